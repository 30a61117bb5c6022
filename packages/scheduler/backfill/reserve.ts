// The reservation of EASY backfilling: the earliest instant at which the first job that does not fit, with all of its gang, will fit,
// if what runs ends as estimated. Room is held for it on its nodes and in the limits of its queues: others may use beyond that instant
// what is left over then. Where the places of others stand against it, those that would stand in its way are kept out until then.
//
// Invariant: as long as estimates are not exceeded, the instant never moves back from one pass to the next. So whoever is first in the
// order starts after what runs now has ended, whatever arrives.
import type { Instant } from "@baton/core";
import type { Clearing, Held, Job, Node, Queue, Reservation } from "../model.ts";
import { isAllowed } from "../lanes.ts";
import { conflictsOn } from "../place/conflicts.ts";
import { Mates } from "../place/mates.ts";
import { addTo, fits, takeFrom, type Vector } from "../resources.ts";
import { windowsAdmit } from "../windows.ts";
import type { World } from "../world.ts";
import { limitsAbove, membersOf } from "./booking.ts";

/** On how many nodes a reservation is sought; on more nodes than this it is valid, and perhaps not the earliest. */
export const reservationNodes = 64;

/**
 * So many more are looked at for a job that has a reservation already, and those where something was freed since: it gets better from pass to
 * pass, and never worse.
 */
const furtherNodes = 4;

/** Holds room for a job, and for its gang. Gives whether there can be any. */
export function reserve(w: World, job: Job): boolean {
  const reservation = stillReserved(w, job) ?? reservationOf(w, job);
  w.cursor++;
  w.lastReservation = reservation;
  if (w.freed.length > 0) w.freed = [];
  if (reservation === undefined) return false;
  for (const held of reservation.holds) w.keep(held);
  w.clearing = reservation.clearing;
  w.reservedFor = job;
  return true;
}

/** Holds the limits of its queues for a job that they keep back, so that smaller ones behind it cannot starve it. */
export function reserveLimits(w: World, job: Job, notBefore: Instant): void {
  const limits = limitsOn(job);
  const at = Math.max(notBefore, limitsFreeAt(limits, w.now));
  if (at <= w.now || at === Infinity) return;
  for (const held of limitHolds(limits, job, at)) w.keep(held);
}

/** The last reservation, or a better one, where it is this job's and nothing that it rests on has changed since. */
function stillReserved(w: World, job: Job): Reservation | undefined {
  const last = w.lastReservation;
  if (last?.forJob !== job || job.gang !== undefined || job.pinned !== undefined) return undefined;
  if (last.at <= w.now || job.shape.relations !== undefined || w.reservations.size > 0) return undefined;
  for (const { on, asOf } of last.holds) if (changesOf(on) !== asOf) return undefined;
  if (last.at === last.limitsAt) return last;
  const better = placeAmong(w, job, others(w, job, last.nodes, furtherNodes, []), last.limitsAt, last.at);
  return better === undefined ? last : reservationAt(w, job, better, limitsOn(job), last.limitsAt);
}

function changesOf(on: Node | Queue): number | undefined {
  return "ledger" in on ? on.ledger.changes : on.limit?.changes;
}

/** The reservation that a job would get now; undefined where nothing that runs is in its way, or no end of it helps. */
export function reservationOf(w: World, job: Job): Reservation | undefined {
  const limits = limitsOn(job);
  const limitsAt = limitsFreeAt(limits, w.now);
  if (limitsAt === Infinity) return undefined;
  const preferred = w.lastReservation?.forJob === job ? w.lastReservation.nodes : none;
  const place = job.gang === undefined ? placeOfOne(w, job, preferred, limitsAt) : placeOfAll(w, job, preferred, limitsAt);
  return place && reservationAt(w, job, place, limits, limitsAt);
}

const none: readonly Node[] = [];

function reservationAt(w: World, job: Job, place: Place, limits: readonly LimitClaim[], limitsAt: Instant): Reservation {
  const { at, nodes } = place;
  const holds = limitHolds(limits, job, at);
  for (const [node, taken] of nodes) {
    const hold = { forJob: job, at, extra: left(node.ledger.freeAt(at), taken), slots: Infinity };
    holds.push({ on: node, hold, asOf: node.ledger.changes });
  }
  return { forJob: job, at, limitsAt, nodes: nodes.map(([node]) => node), holds, clearing: clearingFor(w, job, place) };
}

function clearingFor(w: World, job: Job, { at, nodes }: Place): Clearing | undefined {
  if (job.pinned !== undefined || (job.gang === undefined && job.shape.relations === undefined)) return undefined;
  const related = membersOf(job).filter(({ shape }) => shape.relations !== undefined);
  const values = related.flatMap((member) => nodes.flatMap(([node]) => conflictsOn(w, member, node).values));
  return values.length === 0 ? undefined : { forJob: job, at, values };
}

/** Where and when a job, or a gang, will fit: the nodes, with what it takes of each. */
interface Place {
  readonly at: Instant;
  readonly nodes: readonly (readonly [Node, Vector])[];
}

/** Where and when a job will fit: on the nodes that were reserved before, or on others. */
function placeOfOne(w: World, job: Job, preferred: readonly Node[], notBefore: Instant): Place | undefined {
  if (job.pinned !== undefined) return placeAmong(w, job, [job.pinned], notBefore, Infinity);
  const nodes = preferred.filter((node) => couldTake(job, node));
  others(w, job, preferred, nodes.length > 0 ? furtherNodes : reservationNodes, nodes);
  return placeAmong(w, job, nodes, notBefore, Infinity);
}

/** The first of some nodes where a job will fit earliest, from one instant on and before another. */
function placeAmong(w: World, job: Job, nodes: readonly Node[], notBefore: Instant, before: Instant): Place | undefined {
  let best: Node | undefined;
  let bestAt = before;
  const memo = job.shape.relations && new Map<ReadonlySet<Job>, Instant>();
  for (const node of nodes) {
    const at = firstChance(w, job, node, notBefore, bestAt, memo);
    if (at >= bestAt) continue;
    best = node;
    bestAt = at;
  }
  return best && { at: bestAt, nodes: [[best, job.held]] };
}

/** What is known of conflicts. */
type Memo = Map<ReadonlySet<Job>, Instant>;

/** When, before `before`, a job will fit on a node, if no other comes; Infinity where no end of what runs there helps. */
function firstChance(w: World, job: Job, node: Node, notBefore: Instant, before: Instant, memo: Memo | undefined): Instant {
  const roomAt = node.ledger.roomAt(job.held, w.now, before);
  if (roomAt >= before) return Infinity;
  const conflicts = job.shape.relations === undefined || job.pinned !== undefined ? undefined : conflictsOn(w, job, node, memo);
  const from = Math.max(roomAt, notBefore, conflicts?.until ?? -Infinity);
  if (from === Infinity || (node.windows.length === 0 && job.spec.reservation === undefined)) return from;
  const instants = [from, ...node.ledger.jobs.map(({ endsAt }) => endsAt), ...node.windows.flatMap(({ spec }) => [spec.from, spec.until])];
  const later = instants.filter((at) => at >= from).sort((a, b) => a - b);
  return later.find((at) => fits(job.held, node.ledger.freeAt(at)) && windowsAdmit(node, job, at)) ?? Infinity;
}

/** The first instant at which all members of a gang find room at once. More ends free more, so it is found by halving. */
function placeOfAll(w: World, leader: Job, preferred: readonly Node[], notBefore: Instant): Place | undefined {
  const nodes = [...preferred, ...[...w.nodes.values()].filter((node) => !preferred.includes(node))];
  const instants = new Set<Instant>([Math.max(notBefore, w.now)]);
  for (const node of nodes) {
    for (const { endsAt } of node.ledger.jobs) if (endsAt < Infinity) instants.add(Math.max(endsAt, w.now + 1));
    for (const { spec } of node.windows) instants.add(spec.until);
  }
  const sorted = [...instants].filter((at) => at >= notBefore && at >= w.now).sort((a, b) => a - b);
  const clearAt = conflictTimes(w);
  let [low, high] = [0, sorted.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (packed(leader, nodes, sorted[middle] as Instant, clearAt) === undefined) low = middle + 1;
    else high = middle;
  }
  const at = sorted[low];
  const taken = at === undefined ? undefined : packed(leader, nodes, at, clearAt);
  return taken === undefined || at === undefined ? undefined : { at, nodes: [...taken] };
}

/** When nobody stands against a job on a node any more, as estimated. */
export type ClearAt = (job: Job, node: Node) => Instant;

/** Looks that up once for each shape and node. */
export function conflictTimes(w: World): ClearAt {
  const known = new Map<object, Map<Node, Instant>>();
  return (job, node) => {
    if (job.shape.relations === undefined) return -Infinity;
    const byNode = known.get(job.shape) ?? new Map<Node, Instant>();
    known.set(job.shape, byNode);
    const until = byNode.get(node) ?? conflictsOn(w, job, node).until;
    byNode.set(node, until);
    return until;
  };
}

/** What the members of a gang take of which nodes at an instant, the first that fits for each; undefined where one finds no room. */
function packed(leader: Job, nodes: readonly Node[], at: Instant, clearAt: ClearAt): Map<Node, Vector> | undefined {
  const taken = new Map<Node, Vector>();
  const free = new Map<Node, Vector>();
  const mates = new Mates();
  for (const member of membersOf(leader)) {
    const node = nodes.find((one) => {
      if (!couldTake(member, one) || !windowsAdmit(one, member, at)) return false;
      if (!mates.allow(member, one) || clearAt(member, one) > at) return false;
      if (!free.has(one)) free.set(one, one.ledger.freeAt(at));
      return fits(member.held, free.get(one) as Vector);
    });
    if (node === undefined) return undefined;
    mates.place(member, node);
    takeFrom(free.get(node) as Vector, member.held);
    const sum = taken.get(node) ?? new Float64Array(member.held.length);
    addTo(sum, member.held);
    taken.set(node, sum);
  }
  return taken;
}

/** Adds the nodes where something was freed and so many others, in rotation, that could take the job if they were empty, but for those in `but`. */
function others(w: World, job: Job, but: readonly Node[], most: number, nodes: Node[]): readonly Node[] {
  let left = most;
  for (const node of w.freed) if (!but.includes(node) && couldTake(job, node)) nodes.push(node);
  for (const group of w.groups) {
    const size = group.nodes.length;
    if (size === 0 || !isAllowed(job.shape, group.nodes[0] as Node)) continue;
    let at = size > most ? w.cursor % size : 0;
    for (let i = 0; i < size && left > 0; i++) {
      const node = group.nodes[at] as Node;
      at = at + 1 === size ? 0 : at + 1;
      if (but.includes(node) || !couldTake(job, node)) continue;
      nodes.push(node);
      left--;
    }
  }
  return nodes;
}

/** Whether a node is large enough and allowed. */
export function couldTake(job: Job, node: Node): boolean {
  return (
    node.status === "ready" &&
    fits(job.held, node.ledger.capacity) &&
    isAllowed(job.shape, node) &&
    job.spec.constraints?.nodes?.includes(node.id) !== false
  );
}

/** What a job, with its gang, asks of a queue that has limits. */
interface LimitClaim {
  readonly queue: Queue;
  readonly sum: Vector;
  count: number;
}

function limitsOn(leader: Job): readonly LimitClaim[] {
  if (leader.gang === undefined) return limitsAbove(leader).map((queue) => ({ queue, sum: leader.held, count: 1 }));
  const claims = new Map<Queue, LimitClaim>();
  for (const job of leader.gang.members) {
    for (const queue of limitsAbove(job)) {
      const claim = claims.get(queue) ?? { queue, sum: new Float64Array(job.held.length), count: 0 };
      addTo(claim.sum, job.held);
      claim.count++;
      claims.set(queue, claim);
    }
  }
  return [...claims.values()];
}

/** When all limits have room, if what runs ends as estimated; Infinity where nothing that ends helps. */
function limitsFreeAt(claims: readonly LimitClaim[], now: Instant): Instant {
  let at = now;
  for (const { queue, sum, count } of claims) {
    at = Math.max(at, queue.limit?.roomAt(sum, now) ?? Infinity);
    const tooMany = queue.running + count - queue.maxRunning;
    if (tooMany > 0) at = Math.max(at, now + 1, queue.limit?.endOf(tooMany - 1) ?? Infinity);
  }
  return at;
}

function limitHolds(claims: readonly LimitClaim[], job: Job, at: Instant): Held[] {
  return claims.map(({ queue, sum, count }) => {
    const ended = queue.maxRunning < Infinity ? (queue.limit?.endedAt(at) ?? 0) : 0;
    const slots = queue.maxRunning - (queue.running - ended) - count;
    const extra = left(queue.limit?.freeAt(at) ?? new Float64Array(0), sum);
    return { on: queue, hold: { forJob: job, at, extra, slots }, asOf: queue.limit?.changes ?? 0 };
  });
}

function left(free: Vector, taken: Vector): Vector {
  takeFrom(free, taken);
  return free;
}
