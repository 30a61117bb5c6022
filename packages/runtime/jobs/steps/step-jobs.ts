// Work of flows that becomes jobs. A step's job is submitted under a key that is made of its run and step, so it is there once,
// however often it is asked for: also after a server that was killed between the two. What is asked for again finds its job,
// under way or ended, and takes the answer from it.
//
// | the step | its job |
// |---|---|
// | is entered, or taken up after a start | is submitted, or found |
// | is stopped, by a cancelled run or a timeout | is cancelled |
// | waits when this process stops | goes on |
// | was stopped without the job having heard of it | is cancelled by `endOrphans` |
import { BatonError, type Millis } from "@baton/core";
import type { FunctionWork, Work, WorkFault, WorkOutcome } from "@baton/engine";
import { atOnce, leaving, type Executor, type WorkContext } from "@baton/executors";
import type { Clock } from "../../clock.ts";
import type { NewJob } from "../definition.ts";
import { isFinalJobStatus } from "../job.ts";
import type { Jobs } from "../jobs.ts";
import { JobsRefused } from "../jobs-refused.ts";
import { storeRetryMs } from "../limits.ts";
import { readSubmission } from "../read/submission.ts";
import type { JobView } from "../view.ts";
import { faultOfJob, faultOfRefusal, secretInInput } from "./faults.ts";
import { submissionOf } from "./submission.ts";

/** What the work of steps is done with. */
export interface StepJobsParts {
  readonly jobs: Jobs;
  readonly clock: Clock;
  /** Whether a text holds a secret: jobs are stored as they are. */
  readonly isSecret: (text: string) => boolean;
}

/** Performs work by jobs. */
export class StepJobs implements Executor {
  readonly kinds: readonly Work["kind"][] = ["function"];
  readonly elsewhere = true;
  readonly #parts: StepJobsParts;

  constructor(parts: StepJobsParts) {
    this.#parts = parts;
  }

  async perform(work: Work, context: WorkContext): Promise<WorkOutcome> {
    if (work.kind !== "function") throw new TypeError(`Expected a call of a function, but got ${work.kind}.`);
    if (this.#parts.isSecret(JSON.stringify(work.input))) return failed(secretInInput);
    const job = await this.#job(work, context);
    return "kind" in job ? failed(job) : outcomeOf(await this.#ended(job, context.signal));
  }

  /** The jobs are the server's. */
  async close(): Promise<void> {
    // Nothing is held here.
  }

  /** Cancels the jobs whose step does not wait for them any more: its cancel may have been lost with a killed server. */
  async endOrphans(isAwaited: (runId: string, step: number) => Promise<boolean>): Promise<void> {
    const { desk, scheduler } = this.#parts.jobs;
    for (const { id, definition } of Array.from(scheduler.jobs.values())) {
      const { origin } = definition;
      if (origin !== undefined && !(await isAwaited(origin.runId, origin.step))) await desk.cancel(id).catch(ignoreEnded);
    }
  }

  /** The step's job, or why there is none. A store that takes nothing at the moment is asked again. */
  async #job(work: FunctionWork, { workId, signal }: WorkContext): Promise<JobView | WorkFault> {
    const { jobs, clock } = this.#parts;
    await jobs.recovered;
    const read = readSubmission(submissionOf(work, clock.now()), { ...jobs.readingFacts(), functionOf: jobs.functions.awaited });
    if (!read.ok) return faultOfRefusal(JobsRefused.ofFields(read.error));
    const submission = { jobs: withOrigin(read.value, workId), idempotencyKey: `step ${workId}`, fingerprint: workId };
    for (let pauseMs: Millis = storeRetryMs.first; ; pauseMs = Math.min(pauseMs * 2, storeRetryMs.longest)) {
      try {
        const [job] = (await jobs.desk.submit(submission)).jobs;
        if (job !== undefined) return job;
      } catch (error) {
        if (!(error instanceof BatonError)) throw error;
        if (!error.retryable || signal.aborted) return faultOfRefusal(error);
      }
      await new Promise<void>((resolve) => void clock.after(pauseMs, resolve));
    }
  }

  #ended(job: JobView, signal: AbortSignal): Promise<JobView> {
    if (isFinalJobStatus(job.status)) return Promise.resolve(job);
    const { desk } = this.#parts.jobs;
    return new Promise((resolve, reject) => {
      const stop = (): void => void this.#stop(job.id, signal.reason).catch(reject);
      if (signal.aborted) stop();
      else signal.addEventListener("abort", stop, { once: true });
      desk
        .watch(job.id, ({ job: now, final }) => {
          if (final) resolve(now);
        })
        .catch(reject);
    });
  }

  async #stop(id: string, reason: unknown): Promise<void> {
    if (reason === leaving) return;
    const { desk } = this.#parts.jobs;
    await desk.cancel(id).catch(ignoreEnded);
    // Whom nobody waits for gets no time to end in order.
    if (reason === atOnce) await desk.cancel(id).catch(ignoreEnded);
  }
}

function withOrigin(jobs: readonly NewJob[], workId: string): readonly NewJob[] {
  const at = workId.lastIndexOf(":");
  const origin = { runId: workId.slice(0, at), step: Number(workId.slice(at + 1)) };
  return jobs.map((job) => ({ ...job, definition: { ...job.definition, origin } }));
}

function outcomeOf(job: JobView): WorkOutcome {
  return job.status === "completed" ? { ok: true, output: job.output } : failed(faultOfJob(job));
}

function failed(fault: WorkFault): WorkOutcome {
  return { ok: false, fault };
}

function ignoreEnded(error: unknown): void {
  if (!(error instanceof BatonError && error.code === "job-ended")) throw error;
}
