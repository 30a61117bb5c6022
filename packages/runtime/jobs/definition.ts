// What a job is, as it was submitted: read once, stored as it is, never changed.
import type { Json, Millis } from "@baton/core";
import type { JobWork } from "@baton/executors";
import type { Amounts, JobSpec } from "@baton/scheduler";

/** How often a job is tried again, and after how long. */
export interface RetryRule {
  /** After attempts that failed. */
  readonly failed: number;
  /** After nodes that were lost. */
  readonly lost: number;
  /** Before the first try after a failure; each further one waits twice as long. */
  readonly delayMs: Millis;
}

/** What the scheduler is told of a job, but for its id. */
export type Placement = Omit<JobSpec, "id">;

/** Everything about a job that does not change. */
export interface JobDefinition {
  readonly work: JobWork;
  readonly payload: Json;
  readonly environment: { readonly [name: string]: string };
  readonly placement: Placement;
  readonly retries: RetryRule;
  readonly timeoutMs: Millis | null;
  /** The step of a flow whose work it is. */
  readonly origin?: JobOrigin;
  /** What it may use at most; absent: what it asked for. */
  readonly limits?: Amounts;
  /** The most processes and threads at a time; absent: as its node has it. */
  readonly pids?: number;
  /** Where its end is told. */
  readonly webhook?: JobWebhook;
}

/** Where a job's end is told. */
export interface JobWebhook {
  /** Equal addresses with equal secrets are one webhook. */
  readonly name: string;
  readonly url: string;
  /** Names of the secrets that sign; none: it is not signed. */
  readonly secrets: readonly string[];
}

/** The step of a flow that a job works for. */
export interface JobOrigin {
  readonly runId: string;
  readonly step: number;
  /** The step does not wait for it, and the job goes on when the run is over. */
  readonly detached?: true;
}

/** What is asked for at once: one job, or a graph of jobs that takes effect as a whole. */
export interface NewJob {
  readonly name: string | null;
  /** Names of jobs of the same submission, or ids of earlier ones. */
  readonly after: readonly string[];
  readonly definition: JobDefinition;
  /** The job that it does once more: whoever of the submission waited for that one waits for this one. */
  readonly instead?: string;
  /** Where it was written in the submission, as a JSON Pointer. */
  readonly at?: string;
}
