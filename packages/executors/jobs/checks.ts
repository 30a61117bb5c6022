// How a node asks what runs on it whether it is well: by a request, a connection, or a command beside it or inside its container. What is
// wrong comes back as a text: it is shown to people. Nothing of it is stored anywhere.
import { tmpdir } from "node:os";
import type { Millis } from "@baton/core";
import { commandsInside } from "@baton/job-executors";
import { networkProbe } from "../health/probe.ts";
import { shownTailBytes } from "../limits.ts";
import { atOnce } from "../port.ts";
import { runChild } from "../process/child.ts";
import { outputTail } from "../process/output.ts";
import type { AttemptRef } from "./attempt-ref.ts";

/** What is asked of an attempt. */
export type AttemptCheck =
  | { readonly kind: "http"; readonly port: number; readonly path: string }
  | { readonly kind: "tcp"; readonly port: number }
  | {
      readonly kind: "exec";
      readonly command: readonly string[];
      readonly environment: { readonly [name: string]: string };
      /** In the attempt's container, not beside it. */
      readonly inside: boolean;
    };

/** Asks; null: it is well. Never rejects. */
export type AskAttempt = (attempt: AttemptRef, check: AttemptCheck, timeoutMs: Millis) => Promise<string | null>;

const here = "127.0.0.1";

/** Asks on this machine; without a socket the first container engine that is found. */
export function createChecks(engineSocket?: string): AskAttempt {
  const inside = commandsInside(engineSocket);
  return (attempt, check, timeoutMs) => {
    if (check.kind === "http") return networkProbe.http(here, check.port, check.path, timeoutMs);
    if (check.kind === "tcp") return networkProbe.tcp(here, check.port, timeoutMs);
    return byCommand(timeoutMs, (signal, push) =>
      check.inside
        ? inside({ ...check, allocation: `${attempt.job}.${attempt.token}`, signal, onOutput: push })
        : beside(check, signal, push),
    );
  };
}

type Exec = Extract<AttemptCheck, { readonly kind: "exec" }>;

/** The end of what it wrote says why. */
async function byCommand(
  timeoutMs: Millis,
  run: (signal: AbortSignal, push: (data: Buffer) => void) => Promise<number>,
): Promise<string | null> {
  const tail = outputTail(shownTailBytes);
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(atOnce), timeoutMs);
  try {
    const code = await run(late.signal, (data) => tail.push(data));
    if (late.signal.aborted) return tooLate(timeoutMs);
    const said = tail.text().trim();
    return code === 0 ? null : `its check ended with ${code}${said === "" ? "" : `: ${said}`}`;
  } catch (error) {
    return late.signal.aborted
      ? tooLate(timeoutMs)
      : `its check could not be run: ${error instanceof Error ? error.message : String(error)}`;
  } finally {
    clearTimeout(timer);
  }
}

function tooLate(timeoutMs: Millis): string {
  return `its check did not end within ${timeoutMs} ms`;
}

async function beside(
  { command: [command = "", ...args], environment }: Exec,
  signal: AbortSignal,
  push: (data: Buffer) => void,
): Promise<number> {
  const sink = { push, overflowed: false, text: () => "" };
  const { PATH = "" } = process.env;
  const env = { PATH, ...environment };
  const end = await runChild({ command, args, cwd: tmpdir(), env, stdin: undefined, stdout: sink, stderr: sink, graceMs: 0, signal });
  if (end.kind === "exited") return end.code;
  throw new Error(end.kind === "killed" ? `it was ended by ${end.signal}` : end.message);
}
