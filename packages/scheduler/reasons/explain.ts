// The answer to "why does it wait": every reason that binds, its place in the order, the smallest change that starts it, and
// when it is expected to start. Reading only: nothing here changes the state.
import type { Explanation, Reason } from "../reason.ts";
import { worldOf, type SchedulerState } from "../step.ts";
import type { Job } from "../model.ts";
import type { World } from "../world.ts";
import { bookingReason, displacedReason, heldReasons, limitReasons, rankReason, shareReason, suspendedReason } from "./binding.ts";
import { smallestChange } from "./change.ts";
import { estimateStart } from "./estimate.ts";
import { firstInOrder, placeOf } from "./order.ts";
import { gangReasons } from "./gang.ts";
import { holdsNow, type Holds } from "./room.ts";
import { nodeReasons, surveyNodes } from "./survey.ts";

/** Why a job waits; undefined where it is not known or does not wait. */
export function explain(state: SchedulerState, jobId: string): Explanation | undefined {
  const w = worldOf(state);
  const job = w.jobs.get(jobId);
  if (job === undefined || job.phase === "running" || job.phase === "stopping") return undefined;
  const first = firstInOrder(w);
  const holds = holdsNow(w, first);
  const reasons = reasonsOf(w, job, first, holds);
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

/** All that binds: what it waits for, limits, nodes, its gang, and whose turn it is. */
function reasonsOf(w: World, job: Job, first: Job | undefined, holds: Holds): Reason[] {
  const own = [...heldReasons(w, job), ...suspendedReason(job), ...displacedReason(job), ...limitReasons(w, job, holds)];
  const binding = [...own, ...nodeReasons(w, job, surveyNodes(w, job, holds)), ...gangReasons(w, job, holds), ...bookingReason(w, job)];
  // Without backfilling its turn binds in any case; else only where nothing else does.
  const isStrict = w.policy.backfill.name === "none" && job.phase === "pending";
  if (isStrict) binding.push(...rankReason(job));
  if (binding.length > 0) return binding;
  const turn = [...rankReason(job), ...shareReason(w, job, first)];
  return turn.length > 0 ? turn : [nextLook(job)];
}

/** Nothing stands against it any more: what has changed has not been reported yet. */
function nextLook(job: Job): Reason {
  return {
    code: "pending.fairness",
    summary: "nothing stands against it any more",
    evidence: { type: "rank", rank: 1, ahead: [], blockedBy: job.id },
    remedy: { summary: "it starts at the next decision" },
  };
}
