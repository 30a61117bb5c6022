// A job as people and programs see it, whether it lies in memory or only in the store.
import type { Instant, Json, Millis } from "@baton/core";
import { faultAdvice, type JobFault, type JobUsage, type JobWork } from "@baton/executors";
import type { Amounts } from "@baton/scheduler";
import type { StoredJob } from "@baton/storage";
import { runtimeAdvice } from "../errors.ts";
import type { JobOrigin } from "./definition.ts";
import { jobFromRow, type Job, type JobStatus } from "./job.ts";

/** What a job failed with, and what to do about it where that is known. */
export interface JobError extends JobFault {
  readonly next?: string;
}

/** A job as it is now. */
export interface JobView {
  readonly id: string;
  readonly name: string | null;
  readonly graph: string | null;
  readonly status: JobStatus;
  /** Why it waits, or the code of what it ended with. */
  readonly reason: string | null;
  readonly work: JobWork;
  /** The step of a flow that it works for. */
  readonly origin: JobOrigin | null;
  readonly queue: string;
  readonly priority: number;
  readonly requests: Amounts;
  readonly limits: { readonly pids?: number };
  readonly after: readonly string[];
  readonly attempt: number;
  readonly failures: number;
  readonly losses: number;
  readonly node: string | null;
  readonly cancelling: boolean;
  readonly timeoutMs: Millis | null;
  /** The name of the webhook that is told of its end. */
  readonly webhook: string | null;
  readonly submittedAt: Instant;
  readonly notBefore: Instant | null;
  readonly startedAt: Instant | null;
  readonly endedAt: Instant | null;
  /** What a function answered, or `{ exitCode: 0 }`; null until it has completed. */
  readonly output: Json;
  readonly error: JobError | null;
  readonly usage: JobUsage | null;
}

const defaultPriority = 50;

/** The view of a job in memory. */
export function viewOf(job: Job): JobView {
  const { identity, definition, status, attempt, failures, losses, node, cancelling, startedAt, endedAt, result } = job;
  const { placement, work, timeoutMs, origin = null, webhook, pids } = definition;
  const { id, name, graph, submittedAt } = identity;
  const facts = {
    id,
    name,
    graph,
    status,
    reason: job.ended ? (result?.fault?.code ?? null) : job.whyWaiting,
    work,
    origin,
    queue: placement.queue ?? "default",
  };
  const limits = pids === undefined ? {} : { pids };
  const asked = { priority: placement.priority ?? defaultPriority, requests: placement.requests, limits, after: job.after, timeoutMs };
  const told = { webhook: webhook?.name ?? null };
  const course = { attempt, failures, losses, node, cancelling, submittedAt, notBefore: notBeforeOf(job), startedAt, endedAt };
  return {
    ...facts,
    ...asked,
    ...told,
    ...course,
    output: result?.output ?? null,
    error: result?.fault === undefined ? null : withAdvice(result.fault),
    usage: result?.usage ?? null,
  };
}

/** What is told of the end of a job to those who submit many. */
export type JobEndView = Pick<JobView, "id" | "status" | "output" | "error">;

/** The end of a job. */
export function endViewOf({ id, status, result }: Job): JobEndView {
  return { id, status, output: result?.output ?? null, error: result?.fault === undefined ? null : withAdvice(result.fault) };
}

/** The view of a job that is only stored. */
export function viewOfRow(row: StoredJob): JobView {
  return viewOf(jobFromRow(row));
}

function withAdvice(fault: JobFault): JobError {
  const next = faultAdvice(fault.code) ?? runtimeAdvice(fault.code);
  return next === undefined ? fault : { ...fault, next };
}

function notBeforeOf({ notBefore, definition }: Job): Instant | null {
  return notBefore ?? definition.placement.notBefore ?? null;
}
