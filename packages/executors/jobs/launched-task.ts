// A task that an executor of this machine runs (job-executors), followed from its order to its end and told in the words of
// the port. What runs outlives this process: after a kill it is found again, ended or not, with what it wrote.
import { constants } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { BatonError, type Instant, type Json, type Millis } from "@baton/core";
import type { JobExecutor as MachineExecutor, JobHandle, JobResult, JobSpec } from "@baton/job-executors";
import { jobOutputRate, OutputPace } from "./output-pace.ts";
import { shownTailBytes } from "../limits.ts";
import { outputTail } from "../process/output.ts";
import type { AdoptedTask, JobEnd, JobExecutor, JobTask, JobWork, RunningTask, TaskListener } from "./port.ts";

/** How tasks are followed. */
export interface FollowOptions {
  readonly now: () => Instant;
  /** Whether they run on when the executor is closed, to be found again by the next one. */
  readonly outlive: boolean;
  readonly graceMs?: Millis;
}

/** An executor of some kinds of work over those of the machine; `launch` gives the order to one of them. */
export interface Machinery {
  readonly kinds: readonly JobWork["kind"][];
  readonly executors: readonly MachineExecutor[];
  readonly launch: (work: JobWork, order: Omit<JobSpec, "program">, task: JobTask) => Promise<JobHandle>;
}

/** Follows what the machine runs. */
export function followed({ kinds, executors, launch }: Machinery, options: FollowOptions): JobExecutor {
  const running = new Set<LaunchedTask>();
  const follow = (job: Promise<JobHandle>, listener: TaskListener): RunningTask => {
    const one = new LaunchedTask(job, listener, options.now);
    running.add(one);
    void one.ended.then(() => running.delete(one));
    return one;
  };
  return {
    kinds,
    start: (task, listener) => follow(launch(task.work, orderOf(task, options.graceMs), task), listener),
    adopt: async () => {
      const found = await Promise.all(executors.map((executor) => executor.adopt()));
      return found.flat().map((handle) => adopted(handle, (listener) => follow(Promise.resolve(handle), listener)));
    },
    close: async () => {
      if (!options.outlive) {
        for (const task of running) task.stop("at-once");
        await Promise.all([...running].map(async (task) => task.forgotten()));
      }
      await Promise.all(executors.map((executor) => executor.close()));
    },
  };
}

function adopted(handle: JobHandle, attach: AdoptedTask["attach"]): AdoptedTask {
  // The allocation is the job and its attempt.
  return { job: handle.allocation.slice(0, handle.allocation.lastIndexOf(".")), token: handle.token, attach };
}

function orderOf({ job, token, payload, environment, limits, timeoutMs }: JobTask, graceMs?: Millis): Omit<JobSpec, "program"> {
  const input = inputOf(payload);
  return {
    allocation: `${job}.${token}`,
    token,
    env: { ...environment, BATON_JOB: job, BATON_ATTEMPT: String(token) },
    limits: limitsOf(limits),
    ...(input !== undefined && { stdin: input }),
    ...(timeoutMs !== null && { timeoutMs }),
    ...(graceMs !== undefined && { graceMs }),
  };
}

/** What was asked for is what it may use; nothing asked, no limit. */
function limitsOf(asked: JobTask["limits"]): JobSpec["limits"] {
  const { cpu = 0, memory = 0, disk = 0, pids = 0 } = asked;
  return {
    ...(cpu > 0 && { cpuMillis: cpu }),
    ...(memory > 0 && { memoryBytes: memory }),
    ...(disk > 0 && { diskBytes: disk }),
    ...(pids > 0 && { pids }),
  };
}

function inputOf(payload: Json): string | undefined {
  if (payload === null) return undefined;
  return typeof payload === "string" ? payload : JSON.stringify(payload);
}

class LaunchedTask implements RunningTask {
  /** Settles when its end was reported. */
  readonly ended: Promise<void>;
  readonly #job: Promise<JobHandle>;
  readonly #listener: TaskListener;
  readonly #now: () => Instant;
  readonly #stderr = outputTail(shownTailBytes);
  readonly #pace: OutputPace;

  constructor(job: Promise<JobHandle>, listener: TaskListener, now: () => Instant) {
    this.#job = job;
    this.#listener = listener;
    this.#now = now;
    this.#pace = new OutputPace(jobOutputRate, now);
    this.ended = this.#run();
  }

  stop(how: "gently" | "at-once"): void {
    void this.#ask((job) => job.stop(how === "at-once" ? { graceMs: 0 } : {}));
  }

  async freeze(): Promise<boolean> {
    try {
      await (await this.#job).freeze();
      return true;
    } catch {
      // It has ended, or cannot be held: the scheduler goes on without.
      return false;
    }
  }

  thaw(): void {
    void this.#ask((job) => job.thaw());
  }

  forget(): void {
    void this.forgotten();
  }

  /** Resolves when nothing of it is left on the node. */
  async forgotten(): Promise<void> {
    await this.ended;
    await this.#ask((job) => job.release());
  }

  /** Whatever cannot be done has no point any more: the job has ended, or its end tells what is wrong. */
  #ask(what: (job: JobHandle) => Promise<void>): Promise<void> {
    return this.#job.then(what).catch(() => undefined);
  }

  async #run(): Promise<void> {
    const startedAt = this.#now();
    try {
      const job = await this.#job;
      if (job.began === undefined) this.#listener.started(startedAt);
      else void job.began.then(() => this.#listener.started(this.#now()));
      const reading = this.#read(job);
      // It is told below, when the job has ended.
      reading.catch(() => undefined);
      const result = await job.result;
      await reading;
      this.#listener.ended(endOf(result, this.#stderr.text().trim()), result);
    } catch (error) {
      const code = error instanceof BatonError ? error.code : "job-start-failed";
      const message = error instanceof Error ? error.message : String(error);
      this.#listener.ended({ status: "failed", fault: { code, message }, usage: { wallMs: this.#now() - startedAt } });
    }
  }

  async #read(job: JobHandle): Promise<void> {
    const over = new AbortController();
    void job.result.then(() => over.abort());
    for await (const piece of job.output()) {
      // What the node has thrown away shows as a gap.
      if (piece.kind === "cut") continue;
      if (piece.stream === "stderr") this.#stderr.push(piece.data);
      this.#listener.output(piece.stream, piece.data, piece.offset);
      const waitMs = this.#pace.read(piece.data.length);
      // Once it has ended nothing more comes: the rest is read at once.
      if (waitMs > 0) await sleep(waitMs, undefined, { signal: over.signal, ref: false }).catch(() => undefined);
    }
  }
}

/** As shells count it: 128 and the number of the signal. */
function codeOf(signal: string): number {
  return 128 + (constants.signals[signal as NodeJS.Signals] ?? 0);
}

function endOf({ end, usage: used }: JobResult, lastWords: string): JobEnd {
  const isMeasured = used.cpuMs > 0 || used.memoryPeakBytes > 0;
  const usage = { wallMs: Math.round(used.wallMs), ...(isMeasured && { cpuMs: used.cpuMs, memoryBytes: used.memoryPeakBytes }) };
  const told = lastWords === "" ? "" : ` The end of stderr: ${lastWords}`;
  if (end.kind === "exited") {
    if (end.exitCode === 0) return { status: "completed", result: { exitCode: 0 }, usage };
    const message = `It ended with exit code ${end.exitCode}.${told}`;
    return { status: "failed", fault: { code: "job-exit", message, exitCode: end.exitCode }, usage };
  }
  if (end.kind === "signalled")
    return {
      status: "failed",
      fault: { code: "job-killed", message: `It was ended by ${end.signal}.${told}`, exitCode: codeOf(end.signal) },
      usage,
    };
  if (end.code === "job-cancelled") return { status: "stopped", usage };
  if (end.code === "job-evicted") return { status: "lost", usage, reason: end.message };
  if (end.code === "job-lost" || end.code === "job-orphaned") return { status: "lost", usage };
  return { status: "failed", fault: { code: end.code, message: end.message }, usage };
}
