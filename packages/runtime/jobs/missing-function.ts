// Why a call waits that no connected worker could take: in words of functions, where the scheduler speaks of labels.
import type { Explanation } from "@baton/scheduler";
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
