// When a job is expected to start. What runs is taken to end as estimated, and the jobs ahead to be placed one after the other,
// each at the earliest time at which it fits: on the one machine, or on all possible nodes taken as one. Beyond a number of
// jobs the rest of the queue counts as work to be done at full capacity. The interval comes from how earlier estimates
// turned out.
import type { Instant, Millis } from "@baton/core";
import { couldTake } from "../backfill/reserve.ts";
import { remainingOn, type Job, type Node, type Queue } from "../model.ts";
import { lacksCompany } from "../place/watch.ts";
import type { Profile } from "../profile.ts";
import type { StartEstimate } from "../reason.ts";
import { dominantShare, type Vector } from "../resources.ts";
import type { World } from "../world.ts";
import { jobsAhead } from "./ahead.ts";
import { poolOf } from "./pool.ts";

/** The expected start of a waiting job; undefined where nothing says when it could be. */
export function estimateStart(w: World, job: Job): StartEstimate | undefined {
  const waitMs = expectedWait(w, job);
  if (waitMs === undefined) return undefined;
  const [low, middle, high] = w.waitRatios.interval();
  const held = heldUntil(w, job) - w.now;
  const at = (ratio: number): Instant => w.now + Math.max(held, Math.round(waitMs * ratio));
  return { at: at(middle), earliest: at(low), latest: at(high) };
}

/** The wait that follows from the estimates of all others, if they are right. */
export function expectedWait(w: World, job: Job): Millis | undefined {
  if ((job.waitingFor?.size ?? 0) > 0 || (job.gang !== undefined && job.gang.ready.size < job.gang.size)) return undefined;
  if (lacksCompany(job.shape)) return undefined;
  if (job.bookedOn !== undefined) return Math.max(0, job.bookedAt - w.now);
  const nodes = nodesOf(w, job);
  if (nodes.length === 0) return undefined;
  const { capacity, profile } = poolOf(w, nodes);
  if (capacity.length === 0) return 0;
  const ahead = jobsAhead(w, job);
  const mayOvertake = w.policy.backfill.name !== "none";
  let from = w.now;
  for (const other of ahead.first) {
    const at = place(profile, other, from, capacity);
    if (!mayOvertake) from = at;
  }
  const admitted = admittedAt(w, job);
  if (admitted === undefined) return undefined;
  const start = profile.earliest(clamped(job.held, capacity), remainingOn(job, 1), Math.max(from, admitted));
  return start - w.now + dominantShare(ahead.restOfWork, capacity);
}

/** When the limits of its queues let it in, if what runs ends as estimated; undefined where that is never. */
function admittedAt(w: World, job: Job): Instant | undefined {
  let at: Instant = w.now;
  for (let queue: Queue | undefined = job.queue; queue !== undefined; queue = queue.parent) {
    const byAmount = queue.limit === undefined ? w.now : queue.limit.roomAt(job.held, w.now);
    const byCount = queue.running < queue.maxRunning ? w.now : endOfRunning(w, queue, queue.running - queue.maxRunning);
    if (byAmount === Infinity || byCount === undefined) return undefined;
    at = Math.max(at, byAmount, byCount);
  }
  return at;
}

/** When the n-th (from 0) of the running jobs of a queue and of those below it ends; undefined where there are not so many. */
function endOfRunning(w: World, queue: Queue, n: number): Instant | undefined {
  const ends = [...w.running()].filter((job) => isWithin(job.queue, queue)).map((job) => Math.max(job.endsAt, w.now + 1));
  return ends.sort((a, b) => a - b)[n];
}

function isWithin(leaf: Queue, queue: Queue): boolean {
  for (let at: Queue | undefined = leaf; at !== undefined; at = at.parent) if (at === queue) return true;
  return false;
}

function heldUntil(w: World, job: Job): Instant {
  return Math.max(w.now, job.spec.notBefore ?? w.now);
}

function nodesOf(w: World, job: Job): Node[] {
  if (job.pinned !== undefined) return [job.pinned];
  return w.sole !== undefined && couldTake(job, w.sole) ? [w.sole] : [...w.nodes.values()].filter((node) => couldTake(job, node));
}

/** Takes what a job will hold, from the first instant on at which it fits, and gives that instant. */
function place(profile: Profile, job: Job, from: Instant, capacity: Vector): Instant {
  const held = clamped(job.held, capacity);
  const duration = remainingOn(job, 1);
  const at = profile.earliest(held, duration, from);
  profile.take(at, at + duration, held);
  return at;
}

/** A job that is meant for other nodes takes of these no more than there is. */
function clamped(held: Vector, capacity: Vector): Vector {
  for (let d = 0; d < held.length; d++)
    if ((held[d] as number) > (capacity[d] as number)) return held.map((amount, i) => Math.min(amount, capacity[i] as number));
  return held;
}
