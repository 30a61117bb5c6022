// Giving a node to a job and taking it back: the only two places where amounts change hands. What `start` takes from the
// node, from the limits and from the shares above its queue, `release` returns in full, on every way out.
import { remainingOn, type Hold, type Job, type Node, type Queue } from "./model.ts";
import { settle } from "./expectation.ts";
import { dequeue, nodeFreed } from "./lanes.ts";
import { refresh } from "./node-index.ts";
import { countJob } from "./place/watch.ts";
import { addTo, fits, takeFrom, type Vector } from "./resources.ts";
import { markRelated } from "./related.ts";
import { chargeStart, settleUsage } from "./tenants/usage.ts";
import type { World } from "./world.ts";

/** Gives a pending job its node, from now on. The caller has checked that all of it fits. */
export function start(w: World, job: Job, node: Node): void {
  dequeue(w, job);
  const resumes = job.pinned !== undefined;
  if (resumes) giveBackKept(w, job, node);
  hold(w, job, node);
  begun(w, job);
  if (resumes) w.decisions.push({ type: "resume", jobId: job.id, nodeId: node.id });
  else w.decisions.push({ type: "start", jobId: job.id, nodeId: node.id, estimateMs: job.endsAt - w.now });
}

/** Forgets why a job that has started waited, and whom it kept waiting. */
export function begun(w: World, job: Job): void {
  if (w.expectations.size > 0) settle(w, job);
  job.code = undefined;
  job.stoppedFor = undefined;
  job.displaced = undefined;
}

/** Enters a job in all books as running on a node since `startedAt` (now where nothing is said). */
export function hold(w: World, job: Job, node: Node, startedAt = w.now): void {
  job.phase = "running";
  job.node = node;
  job.startedAt = startedAt;
  job.endsAt = startedAt + remainingOn(job, node.speed);
  useHolds(job, node);
  node.ledger.add(job);
  refresh(node);
  for (let queue: Queue | undefined = job.queue; queue !== undefined; queue = queue.parent) {
    settleUsage(w, queue);
    addTo(queue.used, job.held);
    queue.dominantAsOf = -1;
    queue.running++;
    queue.limit?.add(job);
  }
  chargeStart(w, job);
  if (job.queue.order.yieldsAt) job.queue.turns.add(job);
  const window = job.spec.reservation && node.windows.find((one) => one.spec.id === job.spec.reservation);
  if (window) addTo(window.used, job.held);
  if (job.shape.countedBy.length > 0) markRelated(w, countJob(job, node, 1));
}

/** Takes back all that a running or stopping job holds. Its phase and its node stay for the caller to change. */
export function release(w: World, job: Job): void {
  const node = job.node as Node;
  node.ledger.remove(job);
  refresh(node);
  for (let queue: Queue | undefined = job.queue; queue !== undefined; queue = queue.parent) {
    settleUsage(w, queue);
    takeFrom(queue.used, job.held);
    queue.dominantAsOf = -1;
    queue.running--;
    queue.limit?.remove(job);
  }
  if (job.queue.order.yieldsAt) job.queue.turns.delete(job);
  const window = job.spec.reservation && node.windows.find((one) => one.spec.id === job.spec.reservation);
  if (window) takeFrom(window.used, job.held);
  if (job.shape.countedBy.length > 0) markRelated(w, countJob(job, node, -1));
  if (job.phase === "stopping") {
    node.coming.splice(node.coming.indexOf(job), 1);
    w.stopping--;
  }
  nodeFreed(w, node);
}

/** What a suspended job keeps is part of what it holds again. */
function giveBackKept(w: World, job: Job, node: Node): void {
  w.frozen--;
  node.suspended.splice(node.suspended.indexOf(job), 1);
  addTo(node.ledger.free, keptBy(job));
  job.held = job.shape.request;
  job.pinned = undefined;
}

/** What a job gives back while it is suspended, and needs to go on: its request without what freezing does not free. */
export function thawNeeds(w: World, job: Job): Vector {
  const needs = job.shape.request.slice();
  for (const name of w.policy.preemption.suspendedKeep) {
    const number = w.resources.numberOf(name);
    if (number !== undefined) needs[number] = 0;
  }
  return needs;
}

/** What a suspended job has kept on its node: its request less what it needs to go on. */
export function keptBy(job: Job): Vector {
  const kept = job.shape.request.slice();
  takeFrom(kept, job.held);
  return kept;
}

/** A job that ends after a hold's time lives on what the hold leaves over. */
function useHolds(job: Job, node: Node): void {
  spend(node, job);
  for (let queue: Queue | undefined = job.queue; queue !== undefined; queue = queue.parent) if (queue.hold) spend(queue, job);
}

function spend(on: Node | Queue, job: Job): void {
  const hold = on.hold;
  if (hold === undefined || isFor(hold, job) || job.endsAt <= hold.at) return;
  takeFrom(hold.extra, job.held);
  hold.slots--;
}

/** Whether a job that would end at `endsAt` leaves alone what is held for another. */
export function respects(on: Node | Queue, job: Job, endsAt: number): boolean {
  return on.hold === undefined || respectsHold(on.hold, job, endsAt);
}

/** The same, of one hold. */
export function respectsHold(hold: Hold, job: Job, endsAt: number): boolean {
  return isFor(hold, job) || endsAt <= hold.at || (hold.slots > 0 && fits(job.held, hold.extra));
}

/** Whether room is held for a job, or for the gang that it belongs to. */
export function isFor({ forJob }: Hold, job: Job): boolean {
  return forJob === job || (forJob.gang !== undefined && forJob.gang === job.gang);
}
