// The answer to "why does it wait": every reason that binds, its place in the order, the smallest change that starts it, and
// when it is expected to start. Reading only: nothing here changes the state.
import type { Explanation, Reason } from "../reason.ts";
import { worldOf, type SchedulerState } from "../step.ts";
import { bookingReason, heldReasons, limitReasons, nodeReasons, surveyNodes, suspendedReason, turnReasons } from "./binding.ts";
import { smallestChange } from "./change.ts";
import { estimateStart } from "./estimate.ts";
import { firstInOrder, placeOf } from "./order.ts";
import { holdsNow } from "./room.ts";

/** Why a job waits; undefined where it is not known or does not wait. */
export function explain(state: SchedulerState, jobId: string): Explanation | undefined {
  const w = worldOf(state);
  const job = w.jobs.get(jobId);
  if (job === undefined || job.phase === "running" || job.phase === "stopping") return undefined;
  const first = firstInOrder(w);
  const holds = holdsNow(w, first);
  const binding: Reason[] = [
    ...heldReasons(w, job),
    ...suspendedReason(job),
    ...limitReasons(w, job),
    ...nodeReasons(w, job, surveyNodes(w, job, holds)),
  ];
  const reasons = binding.length > 0 ? binding : [...bookingReason(w, job), ...turnReasons(w, job, first)];
  const change = smallestChange(w, job, holds);
  const estimate = estimateStart(w, job);
  return {
    jobId,
    ...placeOf(job),
    reasons,
    ...(change === undefined ? {} : { smallestChange: { summary: change.summary, events: change.events } }),
    ...(estimate === undefined ? {} : { estimate }),
  };
}
