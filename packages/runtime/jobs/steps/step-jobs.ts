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
import { createHash } from "node:crypto";
import { BatonError, ok, type JsonObject, type Millis, type Result } from "@baton/core";
import type { ContainerWork, FunctionWork, ProcessWork, Work, NamedFault, WorkFault, WorkOutcome } from "@baton/engine";
import { atOnce, leaving, type Executor, type ResourceLoader, type WorkContext } from "@baton/executors";
import type { Clock } from "../../clock.ts";
import type { NewJob } from "../definition.ts";
import { isFinalJobStatus } from "../job.ts";
import type { Jobs } from "../jobs.ts";
import { JobsRefused } from "../jobs-refused.ts";
import { maxPayloadBytes, storeRetryMs } from "../limits.ts";
import { readSubmission } from "../read/submission.ts";
import type { JobView } from "../view.ts";
import { faultOfJob, faultOfRefusal, secretInContainer, secretInInput } from "./faults.ts";
import { outcomeOfProcess } from "./process-outcome.ts";
import { namesCpu, processSubmission, submissionOf } from "./submission.ts";

/** What the work of steps is done with. */
export interface StepJobsParts {
  readonly jobs: Jobs;
  readonly clock: Clock;
  /** Whether a text holds a secret: jobs are stored as they are. */
  readonly isSecret: (text: string) => boolean;
  /** The kinds of work that become jobs. */
  readonly kinds: readonly Work["kind"][];
  /** Runs processes that cannot be kept as jobs. */
  readonly beside: Executor;
  /** Fetches scripts that lie elsewhere. */
  readonly resources: ResourceLoader;
  /** Sees to it that a node is there or will come; asked before each job of a process. */
  readonly needNode: () => Promise<void>;
}

type AnyProcess = ProcessWork | ContainerWork;

/** Performs work by jobs. */
export class StepJobs implements Executor {
  readonly kinds: readonly Work["kind"][];
  readonly elsewhere = true;
  readonly #parts: StepJobsParts;

  constructor(parts: StepJobsParts) {
    this.#parts = parts;
    this.kinds = parts.kinds;
  }

  perform(work: Work, context: WorkContext): Promise<WorkOutcome> {
    switch (work.kind) {
      case "function":
        return this.#call(work, context);
      case "shell":
      case "script":
        return this.#process(work, context);
      case "container":
        return this.#container(work, context);
      default:
        throw new TypeError(`Expected a call of a function or a process, but got ${work.kind}.`);
    }
  }

  async #call(work: FunctionWork, context: WorkContext): Promise<WorkOutcome> {
    const { isSecret, clock } = this.#parts;
    if (isSecret(JSON.stringify(work.input))) return failed(secretInInput);
    const job = await this.#job(submissionOf(work, clock.now()), context);
    return "kind" in job ? failed(job) : outcomeOf(await this.#awaited(job, context));
  }

  /** What holds a secret, or is larger than a job may be, runs beside the server instead of being stored. */
  async #process(written: ProcessWork, context: WorkContext): Promise<WorkOutcome> {
    const { beside, isSecret } = this.#parts;
    const loaded = await this.#withCode(written, context.signal);
    if (!loaded.ok) return failed(loaded.error);
    const work = loaded.value;
    const text = JSON.stringify(work);
    if (!isSecret(text) && Buffer.byteLength(text) <= maxPayloadBytes && !hasOddName(work)) return this.#asJob(work, context);
    const outcome = Promise.resolve(beside.perform(work, context));
    if (context.awaited !== false) return outcome;
    void outcome.catch(() => undefined);
    return done;
  }

  /** A script may lie elsewhere. */
  async #withCode({ source, ...work }: ProcessWork, signal: AbortSignal): Promise<Result<ProcessWork, WorkFault>> {
    if (source === undefined) return ok(work);
    const loaded = await this.#parts.resources.load(source, signal);
    return loaded.ok ? ok({ ...work, code: new TextDecoder().decode(loaded.value.bytes) }) : loaded;
  }

  #container(work: ContainerWork, context: WorkContext): Promise<WorkOutcome> {
    return this.#parts.isSecret(JSON.stringify(work)) ? Promise.resolve(failed(secretInContainer)) : this.#asJob(work, context);
  }

  async #asJob(work: AnyProcess, context: WorkContext): Promise<WorkOutcome> {
    const { jobs, clock, needNode } = this.#parts;
    await needNode();
    const job = await this.#job(processSubmission(work, clock.now()), context, processSettings(work, context));
    if ("kind" in job) return failed(job);
    if (context.awaited === false) return done;
    return outcomeOfProcess(jobs.desk, work, await this.#awaited(job, context));
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
      if (origin !== undefined && origin.detached !== true && !(await isAwaited(origin.runId, origin.step)))
        await desk.cancel(id, `run ${origin.runId}`).catch(ignoreEnded);
    }
  }

  /** The step's job, or why there is none. A store that takes nothing at the moment is asked again. */
  async #job(written: JsonObject, { workId, signal }: WorkContext, settings: Settings = {}): Promise<JobView | WorkFault> {
    const { jobs, clock } = this.#parts;
    await jobs.recovered;
    const read = readSubmission(written, { ...jobs.readingFacts(), functionOf: jobs.functions.awaited });
    if (!read.ok) return faultOfRefusal(JobsRefused.ofFields(read.error));
    const submission = { jobs: withOrigin(read.value, workId, settings), idempotencyKey: `step ${workId}`, fingerprint: workId };
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

  async #awaited(job: JobView, { workId, signal }: WorkContext): Promise<JobView> {
    const { ofSteps } = this.#parts.jobs;
    ofSteps.set(workId, job.id);
    try {
      return await this.#ended(job, signal);
    } finally {
      ofSteps.delete(workId);
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
    const { desk, scheduler } = this.#parts.jobs;
    const by = `run ${scheduler.jobs.get(id)?.definition.origin?.runId ?? ""}`;
    await desk.cancel(id, by).catch(ignoreEnded);
    // Whom nobody waits for gets no time to end in order.
    if (reason === atOnce) await desk.cancel(id, by).catch(ignoreEnded);
  }
}

/** What a submission does not say of a job. */
interface Settings {
  readonly detached?: true;
  readonly hasFreeCpu?: boolean;
  readonly predictionKey?: string;
}

function processSettings(work: AnyProcess, { awaited }: WorkContext): Settings {
  return {
    hasFreeCpu: !namesCpu(work.placement ?? {}),
    ...(awaited === false && { detached: true }),
    ...(work.kind !== "container" && { predictionKey: `${work.kind} ${digestOf(work.code)}` }),
  };
}

function withOrigin(jobs: readonly NewJob[], workId: string, { detached, hasFreeCpu, predictionKey }: Settings): readonly NewJob[] {
  const at = workId.lastIndexOf(":");
  const origin = { runId: workId.slice(0, at), step: Number(workId.slice(at + 1)), ...(detached && { detached }) };
  return jobs.map(({ definition, ...job }) => {
    const { cpu: _, ...others } = definition.placement.requests;
    const placement = predictionKey === undefined ? definition.placement : { ...definition.placement, predictionKey };
    return { ...job, definition: { ...definition, placement, origin, ...(hasFreeCpu === true && { limits: others }) } };
  });
}

/** Durations are learned by what is run. */
function digestOf(code: string): string {
  return createHash("sha256").update(code).digest("hex").slice(0, 16);
}

const plainName = /^[A-Za-z_]\w*$/;

/** A process of the machine may have a variable of any name. */
function hasOddName({ environment }: ProcessWork): boolean {
  return Object.keys(environment).some((name) => !plainName.test(name));
}

const done: WorkOutcome = { ok: true, output: null };

function outcomeOf(job: JobView): WorkOutcome {
  return job.status === "completed" ? { ok: true, output: job.output } : failed(faultOfJob(job));
}

function failed(fault: WorkFault | NamedFault): WorkOutcome {
  return { ok: false, fault };
}

function ignoreEnded(error: unknown): void {
  if (!(error instanceof BatonError && error.code === "job-ended")) throw error;
}
