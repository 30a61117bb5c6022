// Conservative backfilling (Mu'alem and Feitelson 2001): every job is booked when it arrives, at the earliest time that
// delays no booking; whenever something ends, all bookings are looked at in order and moved forward where that is possible.
// A booking never moves back, unless the estimates it was based on turn out wrong; then all are made anew.
import type { Instant, Millis } from "@baton/core";
import { limitingQueue, startTogether, tryStart } from "../attempt.ts";
import { remainingOn, type Job, type Node } from "../model.ts";
import { compareOrdered } from "../pending.ts";
import { Profile } from "../profile.ts";
import { addTo, fits } from "../resources.ts";
import { start } from "../running.ts";
import type { ReasonCode } from "../types.ts";
import { keptIn, windowsAdmit } from "../windows.ts";
import type { World } from "../world.ts";
import { failedRelation, lacksCompany } from "../place/watch.ts";
import { leastOf } from "../place/find.ts";
import { correctOverdue } from "../overrun.ts";
import { membersOf, unbook } from "./booking.ts";
import { couldTake, reserveLimits } from "./reserve.ts";

/** Books new jobs; starts those whose time has come. What is booked stays where it is. */
export function bookArrivals(w: World, jobs: readonly Job[]): void {
  if (w.mustRebook) return conservativePass(w);
  for (const job of jobs) if (job.phase === "pending" && isLeader(job)) book(w, job);
  if (startBooked(w, jobs).size > 0) conservativePass(w);
}

/** Moves bookings forward where something has become free, in the order of the queues, and starts those whose time has come. */
export function conservativePass(w: World): void {
  for (const node of w.nodes.values()) if (correctOverdue(w, node)) w.mustRebook = true;
  if (w.mustRebook) rebook(w);
  const jobs = inOrder(w);
  const failed = new Set<Job>();
  // Where a booking for now turns out to be void, those behind it may be moved into its place.
  for (let before = -1; failed.size > before;) {
    before = failed.size;
    for (const job of jobs) {
      if (job.phase !== "pending" || failed.has(job)) continue;
      if (job.bookedOn === undefined) book(w, job);
      else moveForward(w, job);
    }
    for (const job of startBooked(w, jobs)) failed.add(job);
  }
}

function inOrder(w: World): Job[] {
  const jobs: Job[] = [];
  for (const leaf of w.leaves) jobs.push(...leaf.pending);
  if (w.leaves.length > 1) jobs.sort(compareOrdered);
  return jobs;
}

function isLeader(job: Job): boolean {
  return job.gang === undefined || job.gang.members[0] === job;
}

function rebook(w: World): void {
  for (const node of w.nodes.values()) {
    const unused = node.ledger.free.slice();
    for (const job of node.ledger.jobs) addTo(unused, job.held);
    node.profile = new Profile(unused, w.now);
    for (const job of node.ledger.jobs) node.profile.take(w.now, Math.max(job.endsAt, w.now + 1), job.held);
    for (const window of node.windows) node.profile.take(Math.max(w.now, window.spec.from), window.spec.until, keptIn(window));
  }
  for (const leaf of w.leaves) for (const job of leaf.pending) for (const one of membersOf(job)) one.bookedOn = undefined;
  w.mustRebook = false;
}

function book(w: World, job: Job): void {
  if (limitingQueue(w, job) !== undefined) {
    reserveLimits(w, job, w.now);
    return w.waits(job, "pending.limit");
  }
  if (job.pinned === undefined && lacksCompany(job.shape)) return w.waits(job, "pending.constraint");
  if (job.gang !== undefined) return bookGang(w, job);
  if (job.spec.reservation !== undefined) return startInWindow(w, job);
  if (job.shape.relations !== undefined) return startApart(w, job);
  let best: Node | undefined;
  let bestAt = Infinity;
  for (const node of nodesFor(w, job)) {
    const at = node.profile.earliest(job.held, durationOn(job, node), w.now, bestAt);
    if (at < bestAt) [best, bestAt] = [node, at];
  }
  if (best === undefined) return w.waits(job, "pending.constraint");
  enter(w, job, best, bestAt);
  if (bestAt > w.now) reserveLimits(w, job, bestAt);
}

function moveForward(w: World, job: Job): void {
  if (job.bookedAt <= w.now) return;
  if (job.gang !== undefined) {
    unbook(job);
    return bookGang(w, job);
  }
  const own = job.bookedOn as Booking;
  const duration = durationOn(job, own);
  own.profile.trim(w.now);
  let best: Node = own;
  let bestAt = own.profile.earlierThan(job.bookedAt, job.held, duration, w.now);
  if (w.nodes.size > 1) {
    for (const node of nodesFor(w, job)) {
      if (node === own) continue;
      const at = node.profile.earliest(job.held, durationOn(job, node), w.now, bestAt);
      if (at < bestAt) [best, bestAt] = [node, at];
    }
  }
  if (bestAt >= job.bookedAt) return;
  own.profile.give(job.bookedAt, job.bookedAt + duration, job.held);
  enter(w, job, best, bestAt);
}

/** Nobody knows where others will run later: a job that cares takes what no booking needs, now, and is not booked itself. */
function startApart(w: World, job: Job): void {
  for (const node of nodesFor(w, job)) {
    if (!node.profile.isFree(job.held, durationOn(job, node), w.now) || !isFreeOn(w, job, node)) continue;
    enter(w, job, node, w.now);
    return;
  }
  w.waits(job, "pending.constraint");
}

/** Jobs of a reservation in advance have their room already; they take it as soon as they fit. */
function startInWindow(w: World, job: Job): void {
  const code = tryStart(w, job);
  if (code !== undefined) return w.waits(job, code);
  w.mustRebook = true;
}

/** Books the members of a gang for the first instant at which all of them find room. */
function bookGang(w: World, leader: Job): void {
  const instants = new Set<Instant>([w.now]);
  for (const node of w.nodes.values()) for (const at of node.profile?.changesAfter(w.now) ?? []) instants.add(at);
  for (const at of [...instants].sort((a, b) => a - b)) if (bookAllAt(w, leader, at)) return;
  w.waits(leader, "pending.constraint");
}

function bookAllAt(w: World, leader: Job, at: Instant): boolean {
  for (const job of membersOf(leader)) {
    const node = nodesFor(w, job).find((one) => one.profile.isFree(job.held, durationOn(job, one), at));
    if (node === undefined) {
      unbook(leader);
      return false;
    }
    enter(w, job, node, at);
  }
  return true;
}

type Booking = Node & { readonly profile: Profile };

function enter(w: World, job: Job, node: Node, at: Instant): void {
  job.bookedOn = node;
  job.bookedAt = at;
  job.booking = w.nextBooking++;
  w.nextBookedAt = Math.min(w.nextBookedAt, at);
  node.profile?.take(at, at + durationOn(job, node), job.held);
}

function nodesFor(w: World, job: Job): Booking[] {
  const all = job.pinned === undefined ? [...w.nodes.values()] : [job.pinned];
  return all.filter((node): node is Booking => node.profile !== undefined && (job.pinned === node || couldTake(job, node)));
}

function durationOn(job: Job, node: Node): Millis {
  return remainingOn(job, node.speed);
}

/** Starts all that is booked for now, in the order in which it was booked; gives those that could not be. `jobs` were just looked at. */
function startBooked(w: World, jobs: readonly Job[]): ReadonlySet<Job> {
  const failed = new Set<Job>();
  if (w.nextBookedAt <= w.now) {
    const booked = inOrder(w).filter((job) => job.bookedOn !== undefined);
    w.nextBookedAt = booked.reduce((next, { bookedAt }) => (bookedAt > w.now ? Math.min(next, bookedAt) : next), Infinity);
    const due = booked.filter(({ bookedAt }) => bookedAt <= w.now).sort((a, b) => a.booking - b.booking);
    for (const job of due) if (!startIfFree(w, job)) failed.add(job);
  }
  for (const job of jobs) if (job.phase === "pending" && job.bookedOn !== undefined) w.waits(job, "pending.reservation");
  return failed;
}

/** Starts a booked job, or gang, unless limits, the places of others or a late end on its node stand against it: then its booking is void. */
function startIfFree(w: World, leader: Job): boolean {
  const members = membersOf(leader).map((job) => ({
    job,
    node: job.bookedOn as Node,
    until: job.bookedAt + durationOn(job, job.bookedOn as Node),
  }));
  const code =
    leader.gang === undefined ? startWhereBooked(w, leader) : startTogether(w, leader, leader.gang, (job) => freeBooking(w, job));
  if (code !== undefined) {
    unbook(leader);
    w.waits(leader, code);
    return false;
  }
  for (const { job, node, until } of members) {
    // A start that comes late moves the end of the booking as well.
    node.profile?.take(until, w.now + durationOn(job, node), job.held);
    job.bookedOn = undefined;
  }
  return true;
}

function startWhereBooked(w: World, job: Job): ReasonCode | undefined {
  if (limitingQueue(w, job) !== undefined) return "pending.limit";
  const node = freeBooking(w, job);
  if (node === undefined) return w.refusal;
  start(w, job, node);
  return undefined;
}

/** The node that a job is booked on, where it is free; else undefined, and `w.refusal` says why. */
function freeBooking(w: World, job: Job): Node | undefined {
  const node = job.bookedOn as Node;
  if (isFreeOn(w, job, node)) return node;
  w.refusal = "pending.capacity";
  return undefined;
}

function isFreeOn(w: World, job: Job, node: Node): boolean {
  const { relations } = job.shape;
  if (relations !== undefined && failedRelation(relations, node, (spread) => leastOf(w, job, spread)) !== undefined) return false;
  return fits(job.held, node.ledger.free) && (node.windows.length === 0 || windowsAdmit(node, job, w.now));
}
