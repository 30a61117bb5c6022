// Jobs that nothing known could ever serve: larger than every node, or than a limit above them. They stand aside, so that they
// keep nobody waiting behind them, until nodes or limits change.
import { dequeue, enqueue } from "./lanes.ts";
import type { Gang, Job, Queue, Shape } from "./model.ts";
import { unbook } from "./backfill/booking.ts";
import { couldTake } from "./backfill/reserve.ts";
import { ownDomains } from "./place/mates.ts";
import { domainValue } from "./place/watch.ts";
import { addTo, fits, type Vector } from "./resources.ts";
import { couldEverFit, couldFitOnceOpen } from "./shapes.ts";
import type { World } from "./world.ts";

/** Whether the nodes that are known, and all limits, could serve the job, and its gang if that is complete, if nothing else ran. */
export function couldEverRun(w: World, job: Job): boolean {
  const { gang } = job;
  if (gang === undefined || gang.members.length < gang.size) return couldRunAlone(w, job);
  return gang.members.every((member) => couldRunAlone(w, member)) && couldGangRun(w, gang);
}

/** As `couldEverRun`, whatever becomes of its gang. */
export function couldRunAlone(w: World, job: Job): boolean {
  return tooSmallLimit(job) === undefined && couldEverFit(w, job.shape);
}

/** Whether it is only nodes that take no jobs at the moment that keep a job from running. */
export function waitsForClosed(w: World, job: Job): boolean {
  return tooSmallLimit(job) === undefined && couldFitOnceOpen(w, job.shape);
}

/** The same for a gang, as far as that can be known: nodes that open may bring what it lacks. */
export function gangWaitsForClosed(w: World, gang: Gang): boolean {
  const isAnyClosed = [...w.nodes.values()].some(({ status }) => status !== "ready");
  return isAnyClosed && gangTooLargeFor(gang) === undefined && gang.members.every((member) => waitsForClosed(w, member));
}

/** Whether there is nothing that certainly keeps the members of a gang from running at the same time. */
function couldGangRun(w: World, gang: Gang): boolean {
  return gangTooLargeFor(gang) === undefined && shapesOf(gang).every(([shape, jobs]) => placesFor(w, shape, jobs) >= jobs.length);
}

/** The first queue whose whole limit is smaller than what the members of a gang need at the same time. */
export function gangTooLargeFor(gang: Gang): Queue | undefined {
  const sums = new Map<Queue, { readonly held: Vector; jobs: number }>();
  for (const job of gang.members) {
    for (let queue: Queue | undefined = job.queue; queue !== undefined; queue = queue.parent) {
      const sum = sums.get(queue) ?? { held: new Float64Array(job.held.length), jobs: 0 };
      addTo(sum.held, job.held);
      sum.jobs++;
      sums.set(queue, sum);
    }
  }
  for (const [queue, { held, jobs }] of sums) {
    if (jobs > queue.maxRunning || (queue.limit !== undefined && !fits(held, queue.limit.capacity))) return queue;
  }
  return undefined;
}

/** The members of a gang by what they ask for. */
export function shapesOf(gang: Gang): [Shape, Job[]][] {
  const shapes = new Map<Shape, Job[]>();
  for (const job of gang.members) shapes.set(job.shape, [...(shapes.get(job.shape) ?? []), job]);
  return [...shapes];
}

/** How many jobs of a shape all nodes together could run at a time if nothing else ran; counting stops where all of them could. */
export function placesFor(w: World, shape: Shape, jobs: readonly Job[]): number {
  const [first] = jobs;
  if (first === undefined) return Infinity;
  let places = 0;
  const domains = ownDomains(first).map((domain) => ({ domain, values: new Set<string>() }));
  for (const node of w.nodes.values()) {
    if (!couldTake(first, node)) continue;
    places += timesIn(shape.request, node.ledger.capacity);
    for (const { domain, values } of domains) values.add(domainValue(node, domain) ?? node.id);
    if (domains.length === 0 && places >= jobs.length) break;
  }
  return Math.min(places, ...domains.map(({ values }) => values.size));
}

function timesIn(request: Vector, capacity: Vector): number {
  let times = Infinity;
  for (let d = 0; d < request.length; d++) {
    const amount = request[d] as number;
    if (amount > 0) times = Math.min(times, Math.floor((capacity[d] as number) / amount));
  }
  return times;
}

/** The first queue on the job's path whose whole limit is smaller than the job. */
export function tooSmallLimit(job: Job): Queue | undefined {
  for (let queue: Queue | undefined = job.queue; queue !== undefined; queue = queue.parent) {
    if (queue.limit !== undefined && !fits(job.held, queue.limit.capacity)) return queue;
    if (queue.maxRunning < 1) return queue;
  }
  return undefined;
}

/** Sorts the waiting jobs anew into those that could run and those that stand aside; to be called when nodes or limits have changed. */
export function sortOut(w: World): void {
  const known = new Map<object, boolean>();
  for (const leaf of w.leaves) {
    for (const job of Array.from(leaf.pending)) {
      if (job.pinned !== undefined) continue;
      let yes = job.gang === undefined ? known.get(job.lane) : couldEverRun(w, job);
      if (yes === undefined) known.set(job.lane, (yes = couldEverRun(w, job)));
      if (!yes) setAside(w, job);
    }
  }
  for (const job of w.stuck) if (couldEverRun(w, job)) bringBack(w, job);
}

/** Takes a pending job out of the order until something changes. */
export function setAside(w: World, job: Job): void {
  unbook(job);
  dequeue(w, job);
  job.phase = "held";
  w.stuck.add(job);
  w.waits(job, stuckCode(job));
}

/** Why a job that stands aside does. */
export function stuckCode(job: Job): "pending.limit" | "pending.constraint" {
  const small = tooSmallLimit(job) ?? (job.gang && gangTooLargeFor(job.gang));
  return small === undefined ? "pending.constraint" : "pending.limit";
}

function bringBack(w: World, job: Job): void {
  w.stuck.delete(job);
  enqueue(w, job);
  w.isDirty = true;
}
