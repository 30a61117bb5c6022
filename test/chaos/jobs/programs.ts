// The real programs that are killed: `baton up` with its local node, always at the same address, nodes that join it, and a worker.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { assert } from "@baton/core";
import { nodeLabel } from "./orders.ts";

const baton = fileURLToPath(new URL("../../../packages/cli/bin/baton.mjs", import.meta.url));
const worker = fileURLToPath(new URL("worker.ts", import.meta.url));

/** A server under way; `ready` resolves when it takes requests. */
export interface ServerProgram {
  readonly child: ChildProcess;
  readonly ready: Promise<void>;
}

/** Where the servers on a data folder record their schedulers. */
export function recordingsOf(data: string): string {
  return join(data, "recordings");
}

function plainEnvironment(): { readonly [name: string]: string | undefined } {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("BATON_")));
}

/** Starts `baton up`, which adds to the log. */
export function startServer(data: string, port: number, logFile: string): ServerProgram {
  const args = [baton, "up", "--data", data, "--port", String(port), "--log", "error", "--record", recordingsOf(data)];
  const log = openSync(logFile, "a");
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", log], env: plainEnvironment() });
  closeSync(log);
  assert(child.stdout !== null, "Expected a pipe from the server, but there is none.");
  return { child, ready: once(createInterface(child.stdout), "line").then(() => undefined) };
}

/** Starts `baton node join`, which adds what it says to the log. */
export function startNodeProgram(name: string, data: string, port: number, logFile: string): ChildProcess {
  const args = [baton, "node", "join", `http://127.0.0.1:${port}`, "--name", name, "--label", `${nodeLabel}=${name}`, "--data", data];
  const log = openSync(logFile, "a");
  const child = spawn(process.execPath, args, { stdio: ["ignore", "ignore", log], env: plainEnvironment() });
  closeSync(log);
  return child;
}

/** Starts a worker, which connects for as long as it lives. */
export function startWorkerProgram(port: number): ChildProcess {
  return spawn(process.execPath, [worker, `http://127.0.0.1:${port}`], { stdio: ["pipe", "inherit", "ignore"] });
}

/** Ends a process and waits until it is gone. */
export async function end(child: ChildProcess, signal: "SIGKILL" | "SIGTERM"): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill(signal);
  await gone;
}
