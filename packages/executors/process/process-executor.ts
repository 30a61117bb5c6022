// `run: shell` and `run: script`: a process of this machine with a folder, an environment and a group of its own.
// So many run at a time; each leaves nothing behind, neither processes nor files.
import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { assert } from "@baton/core";
import type { ProcessWork, WorkFault, WorkOutcome } from "@baton/engine";
import { machineTools } from "@baton/job-executors";
import { killGraceMs, maxOutputBytes, maxProcesses } from "../limits.ts";
import type { Executor } from "../port.ts";
import type { ResourceLoader } from "../resources/port.ts";
import { runChild } from "./child.ts";
import { commandFor, environmentFor, type Confinement } from "./command.ts";
import { Gate } from "./gate.ts";
import { outcomeOf, outputsFor } from "./result.ts";

/** How processes are run. */
export interface ProcessExecutorOptions {
  /** Fetches scripts that lie elsewhere; absent: such scripts are refused. */
  readonly resources?: ResourceLoader;
  readonly sandbox?: Confinement["sandbox"];
  readonly tools?: Confinement["tools"];
  readonly maxProcesses?: number;
  readonly maxOutputBytes?: number;
  readonly killGraceMs?: number;
}

/** The executor of shell commands and scripts. */
export function createProcessExecutor(options: ProcessExecutorOptions = {}): Executor {
  const confinement: Confinement = { tools: options.tools ?? machineTools(), sandbox: options.sandbox ?? "auto" };
  const limits = { maxBytes: options.maxOutputBytes ?? maxOutputBytes, graceMs: options.killGraceMs ?? killGraceMs };
  const gate = new Gate(options.maxProcesses ?? maxProcesses);
  const running = new Map<Promise<WorkOutcome>, AbortController>();
  return {
    kinds: ["shell", "script"],
    perform: (work, { signal }) => {
      assert(work.kind === "shell" || work.kind === "script", `Expected a process, but got ${work.kind}.`);
      const own = new AbortController();
      const abort = (): void => own.abort(signal.reason);
      if (signal.aborted) abort();
      signal.addEventListener("abort", abort, { once: true });
      const outcome = withCode(work, options.resources, own.signal, (ready) => perform(gate, ready, own.signal, confinement, limits));
      running.set(outcome, own);
      return outcome.finally(() => {
        signal.removeEventListener("abort", abort);
        running.delete(outcome);
      });
    },
    close: async () => {
      for (const own of running.values()) own.abort();
      await Promise.allSettled(running.keys());
    },
  };
}

/** Goes on with the work once the code is there, which may lie elsewhere. */
async function withCode(
  work: ProcessWork,
  loader: ResourceLoader | undefined,
  signal: AbortSignal,
  next: (work: ProcessWork) => Promise<WorkOutcome>,
): Promise<WorkOutcome> {
  if (work.source === undefined) return next(work);
  if (loader === undefined) return { ok: false, fault: noLoader };
  const loaded = await loader.load(work.source, signal);
  if (!loaded.ok) return { ok: false, fault: loaded.error };
  return next({ ...work, code: new TextDecoder().decode(loaded.value.bytes) });
}

const noLoader: WorkFault = {
  kind: "configuration",
  status: 501,
  title: "Script cannot be fetched",
  detail: "This server fetches no scripts from elsewhere.",
};

interface Limits {
  readonly maxBytes: number;
  readonly graceMs: number;
}

async function perform(gate: Gate, work: ProcessWork, signal: AbortSignal, confinement: Confinement, limits: Limits): Promise<WorkOutcome> {
  try {
    return (await gate.pass(signal, () => runInFolder(work, signal, confinement, limits))) ?? aborted;
  } catch (error) {
    return troubleWithFiles(error);
  }
}

async function runInFolder(work: ProcessWork, signal: AbortSignal, confinement: Confinement, limits: Limits): Promise<WorkOutcome> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "baton-")));
  try {
    return await runOnce(work, folder, signal, confinement, limits);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A disk that is full or a folder that cannot be made is an outcome; anything else is a bug and is thrown on. */
function troubleWithFiles(error: unknown): WorkOutcome {
  if (!(error instanceof Error && "syscall" in error)) throw error;
  const detail = `The process could not be given a folder of its own: ${error.message}.`;
  return { ok: false, fault: { kind: "runtime", status: 500, title: "Process cannot be started", detail } };
}

async function runOnce(
  work: ProcessWork,
  folder: string,
  signal: AbortSignal,
  confinement: Confinement,
  { maxBytes, graceMs }: Limits,
): Promise<WorkOutcome> {
  const env = environmentFor(work, folder);
  if (!env.ok) return { ok: false, fault: env.error };
  const line = await commandFor(work, folder, confinement);
  if (!line.ok) return { ok: false, fault: line.error };
  const outputs = outputsFor(work.return, maxBytes);
  const end = await runChild({ ...line.value, ...outputs, cwd: folder, env: env.value, stdin: work.stdin, graceMs, signal });
  return signal.aborted ? aborted : outcomeOf(work, end, outputs, maxBytes);
}

const aborted: WorkOutcome = {
  ok: false,
  fault: { kind: "runtime", status: 500, title: "Aborted", detail: "The process was stopped before it had ended." },
};
