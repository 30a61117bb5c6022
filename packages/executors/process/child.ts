// One process, from its start until nothing of it is left.
//
// The process leads a group of its own. However it ends, the whole group ends with it: on abort with SIGTERM and,
// after a grace, SIGKILL (at once, where the signal says so); when the leader has ended by itself with SIGKILL at once, so that nothing that it left
// in the background keeps running unseen. Only a process that made itself a session of its own escapes.
import { spawn, type ChildProcess } from "node:child_process";
import type { Millis } from "@baton/core";
import { atOnce } from "../port.ts";
import type { OutputSink } from "./output.ts";

/** What to start. */
export interface ChildSpec {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: { readonly [name: string]: string };
  readonly stdin: string | undefined;
  readonly stdout: OutputSink;
  readonly stderr: OutputSink;
  readonly graceMs: Millis;
  readonly signal: AbortSignal;
  /** Told the id of the process, and so of its group, once it is there. */
  readonly onStart?: (pid: number) => void;
}

/** How it ended: with a code, by a signal, or not even started. */
export type ChildEnd =
  | { readonly kind: "exited"; readonly code: number }
  | { readonly kind: "killed"; readonly signal: string }
  | { readonly kind: "failed"; readonly code: string; readonly message: string };

/** What a stream is waited for that a process outside the group still holds open. */
const drainMs = 1000;

/** Runs the process. The promise settles once, when it and its group are gone; it never rejects. */
export function runChild(spec: ChildSpec): Promise<ChildEnd> {
  return new Promise((resolve) => {
    const child = start(spec);
    if ("kind" in child) return resolve(child);
    const stop = new GroupStop(child, spec.graceMs);
    collect(child, spec, stop);
    if (child.pid !== undefined) spec.onStart?.(child.pid);
    const onAbort = (): void => (spec.signal.reason === atOnce ? stop.finish() : stop.gently());
    spec.signal.addEventListener("abort", onAbort, { once: true });
    let end: ChildEnd = { kind: "failed", code: "", message: "the process ended without a word" };
    let drain: NodeJS.Timeout | undefined;
    child.on("error", (error) => (end = failure(error)));
    child.on("exit", (code, signal) => {
      end = code === null ? { kind: "killed", signal: signal ?? "?" } : { kind: "exited", code };
      // After one more look at what is in the streams: the time may have passed while nobody could look.
      drain = setTimeout(() => setImmediate(destroyStreams, child), stop.leaderEnded() + drainMs);
    });
    child.on("close", () => {
      clearTimeout(drain);
      stop.finish();
      spec.signal.removeEventListener("abort", onAbort);
      resolve(end);
    });
    if (spec.signal.aborted) onAbort();
  });
}

function destroyStreams(child: ChildProcess): void {
  child.stdout?.destroy();
  child.stderr?.destroy();
}

function start({ command, args, cwd, env, stdin }: ChildSpec): ChildProcess | Extract<ChildEnd, { kind: "failed" }> {
  try {
    return spawn(command, args, { cwd, env, detached: true, stdio: [stdin === undefined ? "ignore" : "pipe", "pipe", "pipe"] });
  } catch (error) {
    return failure(error);
  }
}

function failure(error: unknown): Extract<ChildEnd, { kind: "failed" }> {
  const code = error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
  return { kind: "failed", code, message: error instanceof Error ? error.message : String(error) };
}

function collect(child: ChildProcess, spec: ChildSpec, stop: GroupStop): void {
  for (const name of ["stdout", "stderr"] as const)
    child[name]?.on("data", (chunk: Buffer) => {
      spec[name].push(chunk);
      if (spec[name].overflowed) stop.gently();
    });
  // A process need not read its input to the end.
  child.stdin?.on("error", () => {});
  child.stdin?.end(spec.stdin);
}

/** Ends a process group. */
class GroupStop {
  readonly #child: ChildProcess;
  readonly #graceMs: Millis;
  #timer: NodeJS.Timeout | undefined;

  constructor(child: ChildProcess, graceMs: Millis) {
    this.#child = child;
    this.#graceMs = graceMs;
  }

  /** SIGTERM, and SIGKILL when the grace is over. */
  gently(): void {
    if (this.#timer !== undefined) return;
    this.#send("SIGTERM");
    this.#timer = setTimeout(() => this.#send("SIGKILL"), this.#graceMs);
  }

  /** Tells how long the rest of the group may still take: nothing, unless it is being stopped gently. */
  leaderEnded(): Millis {
    if (this.#timer !== undefined) return this.#graceMs;
    this.#send("SIGKILL");
    return 0;
  }

  /** Leaves nothing behind. */
  finish(): void {
    clearTimeout(this.#timer);
    this.#send("SIGKILL");
  }

  #send(signal: NodeJS.Signals): void {
    if (this.#child.pid === undefined) return;
    try {
      process.kill(-this.#child.pid, signal);
    } catch {
      // The group is gone already.
    }
  }
}
