// A dry run: what events would do, without doing it. They are played to a fork, and the expected starts of what waits are
// compared before and after.
import type { Instant } from "@baton/core";
import { fork } from "./fork.ts";
import type { Job } from "./model.ts";
import type { StartEstimate } from "./reason.ts";
import { estimateStart } from "./reasons/estimate.ts";
import { step, worldOf, type SchedulerState } from "./step.ts";
import type { Decision, SchedulerEvent, TraceEntry } from "./types.ts";

/** For so many waiting jobs per queue, the first ones of it, the expected starts are compared. */
export const comparedJobs = 50;

/** A waiting job whose expected start would change. */
export interface EstimateChange {
  readonly jobId: string;
  /** Undefined: it was not known before, or nothing said when it could start. */
  readonly before: StartEstimate | undefined;
  /** Undefined: it would not wait any more, or nothing says when it could start. */
  readonly after: StartEstimate | undefined;
}

/** What a change would do. */
export interface PlanAnswer {
  /** What would be decided at once. */
  readonly decisions: readonly Decision[];
  readonly trace: readonly TraceEntry[];
  /** Waiting jobs that would be expected earlier or later, the first ones of each queue. */
  readonly changes: readonly EstimateChange[];
}

/** Answers what these events would do at an instant. The state stays as it is. */
export function plan(state: SchedulerState, events: readonly SchedulerEvent[], now: Instant): PlanAnswer {
  const before = estimates(state);
  const after = fork(state);
  const results = events.map((event) => step(after, event, now));
  return {
    decisions: results.flatMap(({ decisions }) => decisions),
    trace: results.flatMap(({ trace }) => trace),
    changes: compare(before, estimates(after)),
  };
}

function estimates(state: SchedulerState): Map<string, StartEstimate | undefined> {
  const w = worldOf(state);
  const first: Job[] = w.leaves.flatMap((leaf) =>
    Array.from({ length: Math.min(comparedJobs, leaf.pending.size) }, (_, i) => leaf.pending.at(i) as Job),
  );
  return new Map(first.map((job) => [job.id, estimateStart(w, job)]));
}

function compare(
  before: ReadonlyMap<string, StartEstimate | undefined>,
  after: ReadonlyMap<string, StartEstimate | undefined>,
): EstimateChange[] {
  const ids = new Set([...before.keys(), ...after.keys()]);
  return [...ids].flatMap((jobId) => {
    const change = { jobId, before: before.get(jobId), after: after.get(jobId) };
    const isSame = change.before?.at === change.after?.at && before.has(jobId) === after.has(jobId);
    return isSame ? [] : [change];
  });
}
