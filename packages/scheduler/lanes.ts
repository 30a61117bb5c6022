// The queues' pending jobs, and which of them are worth looking at. A queue's `open` counts its pending jobs whose shape
// is not known to be unfit, its subtree included; where nothing is open, a pass has nothing to do.
//
// Invariant: for every queue, `open` = sum of `pending` over lanes below it whose shape is not unfit, plus the suspended jobs there.
import type { Job, Lane, Node, Queue, Shape } from "./model.ts";
import { fits } from "./resources.ts";
import { failedFilter } from "./place/filters.ts";
import type { World } from "./world.ts";

/** Puts a job into its queue's order. */
export function enqueue(w: World, job: Job): void {
  const { queue } = job;
  job.phase = "pending";
  job.key = queue.order.key(job, w.now);
  queue.pending.insert(job);
  w.pendingJobs++;
  countWork(w, job, 1);
  if (job.pinned === undefined) {
    if (job.lane.pending === 0) job.shape.lanes.push(job.lane);
    job.lane.pending++;
    if (job.shape.unfit) return;
  }
  addOpen(queue, 1);
}

/** Takes a job out of its queue's order. */
export function dequeue(w: World, job: Job): void {
  job.queue.pending.remove(job);
  w.pendingJobs--;
  if (w.pendingJobs === 0) w.pendingWork.fill(0);
  else countWork(w, job, -1);
  if (job.pinned === undefined) {
    const { lane, shape } = job;
    lane.pending--;
    if (lane.pending === 0) removeFrom(shape.lanes, lane);
    if (shape.unfit) return;
  }
  addOpen(job.queue, -1);
}

function removeFrom<T>(list: T[], item: T): void {
  const last = list.pop() as T;
  if (last !== item) list[list.indexOf(item)] = last;
}

/** Counts the estimated work of a pending job in or out. */
export function countWork(w: World, job: Job, sign: 1 | -1): void {
  const { pendingWork } = w;
  const work = sign * (job.orderMs - job.ranMs);
  for (let d = 0; d < pendingWork.length; d++) pendingWork[d] = (pendingWork[d] as number) + work * (job.held[d] as number);
}

/** The lane of a shape in a queue. */
export function laneOf(shape: Shape, queue: Queue): Lane {
  for (const lane of shape.lanes) if (lane.queue === queue) return lane;
  return { shape, queue, pending: 0 };
}

function addOpen(queue: Queue, change: number): void {
  for (let q: Queue | undefined = queue; q !== undefined; q = q.parent) q.open += change;
}

/** Notes that no node has room for a shape. Shapes that depend on where others run, or for which others may be stopped, are never marked. */
export function markUnfit(w: World, shape: Shape): void {
  if (shape.unfit || shape.relations !== undefined || w.mayPreempt) return;
  shape.unfit = true;
  w.unfitShapes.push(shape);
  for (const lane of shape.lanes) addOpen(lane.queue, -lane.pending);
}

/** So many nodes on which something was freed are remembered until the next reservation. */
const mostFreed = 64;

/** Something was freed on a node: shapes that now have room there are worth looking at again. */
export function nodeFreed(w: World, node: Node): void {
  w.isDirty = true;
  if (node.status !== "ready") return;
  if (w.freed.length < mostFreed) w.freed.push(node);
  const unfit = w.unfitShapes;
  let kept = 0;
  for (const shape of unfit) {
    if (fits(shape.request, node.ledger.free) && isAllowed(shape, node)) markFit(shape);
    else unfit[kept++] = shape;
  }
  unfit.length = kept;
}

/** Anything may have changed: every shape is worth looking at again. */
export function allMayFit(w: World): void {
  w.isDirty = true;
  for (const shape of w.unfitShapes) markFit(shape);
  w.unfitShapes.length = 0;
}

function markFit(shape: Shape): void {
  shape.unfit = false;
  for (const lane of shape.lanes) addOpen(lane.queue, lane.pending);
}

/** Whether the constraints of a shape allow the nodes of a node's group. */
export function isAllowed(shape: Shape, node: Node): boolean {
  const number = node.group.number;
  return (shape.allowed[number] ??= failedFilter(shape.constraints, node.group.like) === undefined);
}
