// Why a job waits, in words of jobs where the scheduler knows less: of functions where it speaks of labels, and of retries where it
// speaks of dates.
import type { Explanation, Reason } from "@baton/scheduler";
import type { Job } from "./job.ts";
import { functionLabel } from "./functions.ts";
import type { LiveNode } from "./nodes.ts";

/** The explanation, told of the function that is missing where that is what the job waits for. */
export function withMissingFunction(waits: Explanation, job: Job | undefined, nodes: readonly LiveNode[]): Explanation {
  const work = job?.definition.work;
  if (work?.kind !== "function") return waits;
  const named = `${work.function}:${work.version}`;
  const label = functionLabel({ name: work.function, version: work.version });
  if (nodes.some(({ spec }) => spec.labels?.[label] !== undefined)) return waits;
  const summary = `no worker that is connected has ${named}`;
  const remedy = { summary: `start a worker that brings ${named}: the call starts as soon as it is there` };
  const reasons = waits.reasons.map((reason) => (reason.code === "pending.constraint" ? { ...reason, summary, remedy } : reason));
  return { ...waits, reasons };
}

/** The explanation, told of the retry that the job waits for where that is why it waits for a date. */
export function withRetry(waits: Explanation, job: Job | undefined): Explanation {
  if (job?.whyWaiting !== "waiting.retry") return waits;
  const before = `attempt ${job.attempt} failed`;
  const reasons = waits.reasons.map((reason): Reason => {
    if (reason.code !== "pending.schedule") return reason;
    const remedy = { summary: "wait, or cancel it and submit it again" };
    return { ...reason, code: "waiting.retry", summary: `${before}, and it is tried again: ${reason.summary}`, remedy };
  });
  return { ...waits, reasons };
}
