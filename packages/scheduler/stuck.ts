// Jobs that nothing known could ever serve: larger than every node, or than a limit above them. They stand aside, so that they
// keep nobody waiting behind them, until nodes or limits change.
import { dequeue, enqueue } from "./lanes.ts";
import type { Job, Queue } from "./model.ts";
import { unbook } from "./backfill/booking.ts";
import { fits } from "./resources.ts";
import { couldEverFit } from "./shapes.ts";
import type { World } from "./world.ts";

/** Whether some node that is known, and all limits, could serve the job if nothing else ran. */
export function couldEverRun(w: World, job: Job): boolean {
  return tooSmallLimit(job) === undefined && couldEverFit(w, job.shape);
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
      let yes = known.get(job.lane);
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
  return tooSmallLimit(job) === undefined ? "pending.constraint" : "pending.limit";
}

function bringBack(w: World, job: Job): void {
  w.stuck.delete(job);
  enqueue(w, job);
  w.isDirty = true;
}
