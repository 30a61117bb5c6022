// Bookings of conservative backfilling: what will be free over time, on nodes and in the limits of queues, and what takes it. A booking
// takes its room from its node and from all limited queues above it, so that neither is promised twice.
import type { Instant, Millis } from "@baton/core";
import { remainingOn, type Job, type Node, type Queue } from "../model.ts";
import { Profile } from "../profile.ts";
import { addTo, type Vector } from "../resources.ts";
import { keptIn } from "../windows.ts";
import type { World } from "../world.ts";

/** The jobs that are booked together with a job: itself, or all of its gang. */
export function membersOf(job: Job): readonly Job[] {
  return job.gang === undefined ? [job] : job.gang.members;
}

/** Makes all profiles anew from what runs, and forgets all bookings. */
export function forgetBookings(w: World): void {
  for (const node of w.nodes.values()) {
    const unused = node.ledger.free.slice();
    for (const job of node.ledger.jobs) addTo(unused, job.held);
    node.profile = new Profile(unused, w.now);
    for (const window of node.windows) node.profile.take(Math.max(w.now, window.spec.from), window.spec.until, keptIn(window));
  }
  for (const queue of w.queues.values()) {
    queue.profile = queue.limit && new Profile(withSlots(queue.limit.capacity, queue.maxRunning), w.now);
  }
  for (const job of w.running()) takeRoom(job, job.node as Node, w.now, Math.max(job.endsAt, w.now + 1));
  for (const leaf of w.leaves) for (const job of leaf.pending) for (const one of membersOf(job)) one.bookedOn = undefined;
  w.mustRebook = false;
}

/** Enters a booking. */
export function bookOn(w: World, job: Job, node: Node, at: Instant): void {
  job.bookedOn = node;
  job.bookedAt = at;
  job.booking = w.nextBooking++;
  w.nextBookedAt = Math.min(w.nextBookedAt, at);
  takeRoom(job, node, at, at + remainingOn(job, node.speed));
}

/** Takes a job's booking, or that of its gang, back. */
export function unbook(job: Job): void {
  for (const one of membersOf(job)) {
    const node = one.bookedOn;
    if (node !== undefined) giveRoom(one, node, one.bookedAt, one.bookedAt + remainingOn(one, node.speed));
    one.bookedOn = undefined;
  }
}

/** What a job holds, or is to hold, on a node from an instant until another is not free then, nor in the limits above it. */
export function takeRoom(job: Job, node: Node, from: Instant, until: Instant): void {
  node.profile?.take(from, until, job.held);
  for (const queue of limitsAbove(job)) queue.profile?.take(from, until, withSlots(job.held, 1));
}

/** Gives back what `takeRoom` took. */
export function giveRoom(job: Job, node: Node, from: Instant, until: Instant): void {
  node.profile?.give(from, until, job.held);
  for (const queue of limitsAbove(job)) queue.profile?.give(from, until, withSlots(job.held, 1));
}

/** The first instant from `from` on at which a job fits on a node, and in all limits, for as long as it takes; `before` where that is not before it. */
export function firstFree(job: Job, node: Node, from: Instant, before: Instant): Instant {
  const duration = remainingOn(job, node.speed);
  let at = node.profile?.earliest(job.held, duration, from, before) ?? before;
  const limits = limitsAbove(job);
  if (limits.length === 0) return at;
  const claim = withSlots(job.held, 1);
  for (let last = -Infinity; at < before && at > last;) {
    last = at;
    for (const queue of limits) at = queue.profile?.earliest(claim, duration, at, before) ?? before;
    if (at > last && at < before) at = node.profile?.earliest(job.held, duration, at, before) ?? before;
  }
  return at;
}

/** As `firstFree`, for a job that is booked on that node itself: what it takes there counts as free. It must not be limited. */
export function earlierThanBooked(job: Job, node: Node, duration: Millis, now: Instant): Instant {
  return node.profile?.earlierThan(job.bookedAt, job.held, duration, now) ?? job.bookedAt;
}

/** The queues above a job that limit what runs in them. */
export function limitsAbove(job: Job): readonly Queue[] {
  let limits: Queue[] | undefined;
  for (let queue: Queue | undefined = job.queue; queue !== undefined; queue = queue.parent)
    if (queue.limit !== undefined) (limits ??= []).push(queue);
  return limits ?? unlimited;
}

const unlimited: readonly Queue[] = [];

/** What ended early is free again from now on. */
export function profileEnded(w: World, job: Job): void {
  if (job.node?.profile && job.endsAt > w.now) giveRoom(job, job.node, w.now, job.endsAt);
}

/** Amounts with a number of jobs as one more resource. */
function withSlots(amounts: Vector, slots: number): Vector {
  const both = new Float64Array(amounts.length + 1);
  both.set(amounts);
  both[amounts.length] = slots;
  return both;
}
