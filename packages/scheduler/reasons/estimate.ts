// When a job is expected to start. What runs is taken to end as estimated, and the jobs ahead to be placed one after the other,
// each at the earliest time at which it fits: on the one machine, or on all possible nodes taken as one. Beyond a number of
// jobs the rest of the queue counts as work to be done at full capacity. The interval comes from how earlier estimates
// turned out.
import type { Instant, Millis } from "@baton/core";
import { couldTake } from "../backfill/reserve.ts";
import { remainingOn, type Job, type Node, type Queue } from "../model.ts";
import { lacksCompany } from "../place/watch.ts";
import { Profile } from "../profile.ts";
import type { StartEstimate } from "../reason.ts";
import { addTo, dominantShare, type Vector } from "../resources.ts";
import type { World } from "../world.ts";

/** So many jobs ahead are placed one by one; more of them count as work. */
export const placedAhead = 300;
/** So many ends of running jobs are kept apart; more of them are gathered into this many moments. */
export const distinctEnds = 128;

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
  for (const other of ahead.slice(0, placedAhead)) {
    const at = place(profile, other, from, capacity);
    if (!mayOvertake) from = at;
  }
  const admitted = admittedAt(w, job);
  if (admitted === undefined) return undefined;
  const start = profile.earliest(clamped(job.held, capacity), remainingOn(job, 1), Math.max(from, admitted));
  return start - w.now + workOf(ahead.slice(placedAhead), capacity);
}

/** When the limits of its queues let it in, if what runs ends as estimated; undefined where that is never. */
function admittedAt(w: World, job: Job): Instant | undefined {
  let at: Instant = w.now;
  for (let queue: Queue | undefined = job.queue; queue !== undefined; queue = queue.parent) {
    const byAmount = queue.limit === undefined ? w.now : queue.limit.shadow(job.held, w.now)?.at;
    const byCount = queue.running < queue.maxRunning ? w.now : endOfRunning(w, queue, queue.running - queue.maxRunning);
    if (byAmount === undefined || byCount === undefined) return undefined;
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

/** The nodes taken as one machine, with what runs there. */
function poolOf(w: World, nodes: readonly Node[]): { readonly capacity: Vector; readonly profile: Profile } {
  const [only] = nodes;
  const capacity = new Float64Array(w.resources.size);
  const free = capacity.slice();
  const ends: { readonly at: Instant; readonly held: Vector }[] = [];
  for (const node of nodes) {
    addTo(capacity, node.ledger.capacity);
    addTo(free, node.ledger.free);
    for (const job of node.ledger.jobs) {
      ends.push({ at: Math.max(job.endsAt, w.now + 1), held: job.held });
      addTo(free, job.held);
    }
  }
  const profile = new Profile(free, w.now);
  if (only === undefined) return { capacity, profile };
  for (const { at, held } of gathered(ends)) profile.take(w.now, at, held);
  return { capacity, profile };
}

/** Ends in order, at most `distinctEnds` of them: neighbours are put together at the latest of them. */
function gathered(ends: { readonly at: Instant; readonly held: Vector }[]): { readonly at: Instant; readonly held: Vector }[] {
  if (ends.length <= distinctEnds) return ends;
  const order = Float64Array.from(ends, ({ at }) => at).sort();
  const moments = Array.from({ length: distinctEnds }, (_, i) => order[Math.floor(((i + 1) * order.length) / distinctEnds) - 1] as number);
  const sums = moments.map((at) => ({ at, held: new Float64Array(ends[0]?.held.length ?? 0) }));
  for (const { at, held } of ends) addTo((sums[momentOf(moments, at)] as (typeof sums)[number]).held, held);
  return sums;
}

function momentOf(moments: readonly Instant[], at: Instant): number {
  let [low, high] = [0, moments.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((moments[middle] as Instant) < at) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The jobs that are likely to start before it: ahead in its own queue, and as much of the others' as fairness lets through. */
function jobsAhead(w: World, job: Job): Job[] {
  const leader = job.gang?.members[0] ?? job;
  const own = job.queue.pending;
  const place = leader.phase === "pending" ? own.placeOf(leader) : own.size;
  if (w.leaves.length === 1) return firstOf(job.queue, place);
  const due = dueAfter(w, job.queue, place);
  const ahead: { readonly job: Job; readonly due: number }[] = firstOf(job.queue, place).map((one, i) => ({
    job: one,
    due: dueAfter(w, job.queue, i),
  }));
  for (const leaf of w.leaves) {
    if (leaf === job.queue) continue;
    let i = 0;
    for (const other of leaf.pending) {
      const dueThen = w.policy.fairness.name === "none" ? other.key : dueAfter(w, leaf, i++);
      if (dueThen >= (w.policy.fairness.name === "none" ? job.key : due)) break;
      ahead.push({ job: other, due: dueThen });
    }
  }
  return ahead.sort((a, b) => a.due - b.due).map((one) => one.job);
}

function firstOf(queue: Queue, count: number): Job[] {
  const jobs: Job[] = [];
  for (let i = 0; i < count; i++) jobs.push(queue.pending.at(i) as Job);
  return jobs;
}

/** What share a queue will have when so many more of its jobs have started; each is taken to be like its first. */
function dueAfter(w: World, queue: Queue, more: number): number {
  const first = queue.pending.at(0);
  const each = first === undefined ? 0 : dominantShare(first.held, w.total);
  return (dominantShare(queue.used, w.total) + each * more) / queue.weight;
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

/** How long the capacity needs for the work of these jobs, in the resource that needs longest. */
function workOf(jobs: readonly Job[], capacity: Vector): Millis {
  const work = new Float64Array(capacity.length);
  for (const job of jobs) {
    const duration = job.reserveMs - job.ranMs;
    for (let d = 0; d < work.length; d++) work[d] = (work[d] as number) + (job.held[d] as number) * duration;
  }
  return dominantShare(work, capacity);
}
