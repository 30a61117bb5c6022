// Conservative backfilling (Mu'alem and Feitelson 2001): every job is booked when it arrives, at the earliest time that
// delays no booking; whenever something ends, all bookings are looked at in order and moved forward where that is possible.
// A booking never moves back, unless the estimates it was based on turn out wrong; then all are made anew.
import type { Instant, Millis } from "@baton/core";
import { limitingQueue, startTogether, tryStart } from "../attempt.ts";
import { remainingOn, type Clearing, type Job, type Node } from "../model.ts";
import { compareOrdered } from "../pending.ts";
import type { Profile } from "../profile.ts";
import { fits } from "../resources.ts";
import { start } from "../running.ts";
import type { ReasonCode } from "../types.ts";
import { windowsAdmit } from "../windows.ts";
import type { World } from "../world.ts";
import { conflictsOn, intrudes } from "../place/conflicts.ts";
import { Mates } from "../place/mates.ts";
import { failedRelation, lacksCompany } from "../place/watch.ts";
import { leastOf } from "../place/find.ts";
import { correctOverdue } from "../overrun.ts";
import { bookOn, earlierThanBooked, firstFree, forgetBookings, limitsAbove, membersOf, takeRoom, unbook } from "./booking.ts";
import { conflictTimes, couldTake, type ClearAt } from "./reserve.ts";

/** Books new jobs; starts those whose time has come. What is booked stays where it is. */
export function bookArrivals(w: World, jobs: readonly Job[]): void {
  if (w.mustRebook) return conservativePass(w);
  for (const job of jobs) if (job.phase === "pending" && isLeader(job)) book(w, job);
  if (startBooked(w, jobs).size > 0) conservativePass(w);
}

/** Moves bookings forward where something has become free, in the order of the queues, and starts those whose time has come. */
export function conservativePass(w: World): void {
  for (const node of w.nodes.values()) if (correctOverdue(w, node)) w.mustRebook = true;
  if (w.mustRebook) forgetBookings(w);
  const jobs = inOrder(w);
  const failed = new Set<Job>();
  // Where a booking that begins at once turns out to be void, those behind it may be moved into its place.
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

function isRelated(job: Job): boolean {
  return membersOf(job).some(({ shape }) => shape.relations !== undefined);
}

function leaderOf(job: Job): Job {
  return job.gang?.members[0] ?? job;
}

function isLeader(job: Job): boolean {
  return leaderOf(job) === job;
}

function book(w: World, job: Job): void {
  if (job.pinned === undefined && lacksCompany(job.shape)) return w.waits(job, "pending.constraint");
  if (job.gang !== undefined) return bookGang(w, job);
  if (job.spec.reservation !== undefined) return startInWindow(w, job);
  if (job.shape.relations !== undefined) return bookApart(w, job);
  let best: Node | undefined;
  let bestAt = Infinity;
  for (const node of nodesFor(w, job)) {
    const at = firstFree(job, node, w.now, bestAt);
    if (at < bestAt) [best, bestAt] = [node, at];
  }
  if (best !== undefined) bookOn(w, job, best, bestAt);
  else w.waits(job, limitingQueue(w, job) === undefined ? "pending.constraint" : "pending.limit");
}

function moveForward(w: World, job: Job): void {
  if (job.bookedAt <= w.now) return;
  if (job.gang !== undefined || job.shape.relations !== undefined || limitsAbove(job).length > 0) {
    unbook(job);
    if (w.clearing?.forJob === job) w.clearing = undefined;
    return book(w, job);
  }
  const own = job.bookedOn as Booking;
  own.profile.trim(w.now);
  let best: Node = own;
  let bestAt = earlierThanBooked(job, own, durationOn(job, own), w.now);
  if (w.nodes.size > 1) {
    for (const node of nodesFor(w, job)) {
      if (node === own) continue;
      const at = firstFree(job, node, w.now, bestAt);
      if (at < bestAt) [best, bestAt] = [node, at];
    }
  }
  if (bestAt >= job.bookedAt) return;
  unbook(job);
  bookOn(w, job, best, bestAt);
}

/**
 * A job that cares for the places of others is booked for when those that now stand against it will have ended. Nobody knows where
 * others will run later; only for the first of such jobs in the order, no new ones may come there until then.
 */
function bookApart(w: World, job: Job): void {
  let best: Node | undefined;
  let bestAt = Infinity;
  for (const node of nodesFor(w, job)) {
    const from = isFreeOn(w, job, node) && clearedUntil(w, job, node) < w.now ? w.now : welcomeFrom(w, job, node);
    const at = from === Infinity ? from : firstFree(job, node, from, bestAt);
    if (at < bestAt) [best, bestAt] = [node, at];
  }
  if (best === undefined) return w.waits(job, "pending.constraint");
  bookOn(w, job, best, bestAt);
  if (bestAt > w.now) w.clearing ??= { forJob: job, at: bestAt, values: valuesOf(w, [job]) };
}

/** When nobody stands against a job on a node any more: neither who runs there, nor who is first of those that it would keep away. */
function welcomeFrom(w: World, job: Job, node: Node): Instant {
  return Math.max(w.now + 1, conflictsOn(w, job, node).until, clearedUntil(w, job, node));
}

/** When the job for which a node's domain is cleared will have ended, if this job would be in its way; -Infinity where it would not. */
function clearedUntil(w: World, job: Job, node: Node): Instant {
  const { clearing } = w;
  if (clearing === undefined || !intrudes(clearing, job, node, w.now + durationOn(job, node))) return -Infinity;
  return clearing.at + durationOn(clearing.forJob, node);
}

/** Jobs of a reservation in advance have their room already; they take it as soon as they fit. */
function startInWindow(w: World, job: Job): void {
  const code = tryStart(w, job);
  if (code !== undefined) return w.waits(job, code);
  w.mustRebook = true;
}

/** Books the members of a gang for the first instant at which all of them find room; who cares for the places of others, as above. */
function bookGang(w: World, leader: Job): void {
  const members = membersOf(leader);
  const related = members.filter(({ shape }) => shape.relations !== undefined);
  const clearAt = conflictTimes(w);
  const instants = new Set<Instant>([w.now]);
  for (const { profile } of [...w.nodes.values(), ...w.queues.values()])
    for (const at of profile?.changesAfter(w.now) ?? []) instants.add(at);
  for (const job of related) for (const node of w.nodes.values()) instants.add(clearAt(job, node));
  for (const at of [...instants].sort((a, b) => a - b)) {
    if (at < w.now || at === Infinity || !bookAllAt(w, leader, at, clearAt)) continue;
    if (at > w.now && related.length > 0) w.clearing ??= { forJob: leader, at, values: valuesOf(w, related) };
    return;
  }
  w.waits(leader, "pending.constraint");
}

function valuesOf(w: World, jobs: readonly Job[]): Clearing["values"] {
  return jobs.flatMap((job) => conflictsOn(w, job, job.bookedOn as Node).values);
}

function bookAllAt(w: World, leader: Job, at: Instant, clearAt: ClearAt): boolean {
  const mates = new Mates();
  for (const job of membersOf(leader)) {
    const isFree = (node: Node): boolean => mates.allow(job, node) && clearAt(job, node) <= at && firstFree(job, node, at, at + 1) === at;
    const node = nodesFor(w, job).find((one) => isFree(one) && at > clearedUntil(w, job, one));
    if (node === undefined) {
      unbook(leader);
      return false;
    }
    mates.place(job, node);
    bookOn(w, job, node, at);
  }
  return true;
}

type Booking = Node & { readonly profile: Profile };

function nodesFor(w: World, job: Job): Booking[] {
  const all = job.pinned === undefined ? [...w.nodes.values()] : [job.pinned];
  return all.filter((node): node is Booking => node.profile !== undefined && (job.pinned === node || couldTake(job, node)));
}

function durationOn(job: Job, node: Node): Millis {
  return remainingOn(job, node.speed);
}

/** Starts all whose booking begins at once, in the order in which it was booked; gives those that could not be. `jobs` were just looked at. */
function startBooked(w: World, jobs: readonly Job[]): ReadonlySet<Job> {
  const failed = new Set<Job>();
  if (w.nextBookedAt <= w.now) {
    const booked = inOrder(w).filter((job) => job.bookedOn !== undefined);
    w.nextBookedAt = booked.reduce((next, { bookedAt }) => (bookedAt > w.now ? Math.min(next, bookedAt) : next), Infinity);
    const due = booked.filter(({ bookedAt }) => bookedAt <= w.now);
    const [related, others] = [due.filter(isRelated), due.filter((job) => !isRelated(job))];
    // Who cares for the places of others goes in the order of the queues: of two that shun each other the first must win.
    for (const job of [...related, ...others.sort((a, b) => a.booking - b.booking)]) if (!startIfFree(w, job)) failed.add(job);
  }
  for (const job of jobs) {
    if (job.phase === "pending" && job.bookedOn !== undefined)
      w.waits(job, limitingQueue(w, job) === undefined ? "pending.reservation" : "pending.limit");
  }
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
    takeRoom(job, node, until, w.now + durationOn(job, node));
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
  const { clearing } = w;
  const goesFirst = clearing === undefined || compareOrdered(leaderOf(job), clearing.forJob) < 0;
  if (isFreeOn(w, job, node) && (goesFirst || !intrudes(clearing, job, node, w.now + durationOn(job, node)))) return node;
  w.refusal = "pending.capacity";
  return undefined;
}

function isFreeOn(w: World, job: Job, node: Node): boolean {
  const { relations } = job.shape;
  if (relations !== undefined && failedRelation(relations, node, (spread) => leastOf(w, job, spread)) !== undefined) return false;
  return fits(job.held, node.ledger.free) && (node.windows.length === 0 || windowsAdmit(node, job, w.now));
}
