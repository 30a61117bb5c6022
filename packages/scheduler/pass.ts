// A pass: jobs in order, until nothing more can start. The heads of the queues start while they fit; what may happen
// behind a head that does not fit is up to the backfill policy. A pass ends with the reason of every job that it looked at.
import { backfillBehind } from "./backfill/easy.ts";
import { bookArrivals, conservativePass } from "./backfill/conservative.ts";
import { reserve, reserveLimits } from "./backfill/reserve.ts";
import type { Job, Queue } from "./model.ts";
import { isDisplaced, tryStart } from "./attempt.ts";
import { makeRoom } from "./preempt/preempt.ts";
import { lacksCompany } from "./place/watch.ts";
import { fits } from "./resources.ts";
import { nextLeaf } from "./tenants/fairness.ts";
import type { World } from "./world.ts";

/** Decides anew, over all pending jobs. */
export function pass(w: World): void {
  do {
    const before = w.decisions.length;
    w.isDirty = false;
    passOnce(w);
    // Jobs that want to be near others may have got their chance by what has started.
    if (w.decisions.length === before) return;
  } while (w.isDirty && w.root.open > 0);
}

function passOnce(w: World): void {
  if (allHeadsLackRoom(w)) {
    // What was freed may still be of use to the next job that comes.
    w.isDirty = true;
    return;
  }
  w.dropHolds();
  const isConservative = w.policy.backfill.name === "conservative";
  if (w.root.open === 0 && !isConservative) return;
  for (const leaf of w.leaves) if (leaf.order.dynamic) reorder(w, leaf);
  if (isConservative) return conservativePass(w);
  const head = startHeads(w);
  if (w.policy.backfill.name === "easy" && w.root.open > 0) backfillBehind(w, head);
}

/** Whether, without backfilling, nothing can start: every first job was told already that it has no room, and still no node has it. */
function allHeadsLackRoom(w: World): boolean {
  if (w.policy.backfill.name !== "none" || w.root.running === 0 || w.frozen > 0) return false;
  for (const leaf of w.leaves) {
    if (leaf.order.dynamic) return false;
    const head = leaf.open === 0 ? undefined : leaf.pending.at(0);
    if (head !== undefined && (head.code !== "pending.capacity" || !head.shape.unfit || head.pinned !== undefined)) return false;
  }
  return true;
}

function reorder(w: World, leaf: Queue): void {
  for (const job of leaf.pending) job.key = leaf.order.key(job, w.now);
  leaf.pending.resort();
}

/** Starts the first jobs of the queues while they fit. The first one that does not has room held for it; it is given. */
function startHeads(w: World): Job | undefined {
  if (w.root.open === 0) return undefined;
  w.turns++;
  let hopeless: Set<Job> | undefined;
  const firstOf = (leaf: Queue): Job | undefined => (leaf.passedOver === w.turns ? undefined : firstWithHope(w, leaf, hopeless));
  while (w.root.open > 0) {
    const leaf = nextLeaf(w, firstOf, true);
    const head = leaf && firstOf(leaf);
    if (leaf === undefined || head === undefined) return undefined;
    const code = tryStart(w, head);
    if (code === undefined) continue;
    w.waits(head, code);
    makeRoom(w, head, code);
    if (w.frozen > 0 && w.policy.backfill.name === "none") thawBehind(w, leaf, head);
    // Where nothing runs, nothing will be freed either: what does not fit an empty cluster keeps nobody waiting.
    if (w.root.running === 0) {
      (hopeless ??= new Set()).add(head);
      continue;
    }
    leaf.passedOver = w.turns;
    if (code === "pending.limit") reserveLimits(w, head, w.now);
    else if (w.policy.backfill.name === "none" && w.policy.fairness.name === "none") return undefined;
    else if (w.reservedFor === undefined) {
      reserve(w, head);
      // Behind it, all other jobs may start that do not delay it; without backfilling, only those that are first in other queues.
      if (w.policy.backfill.name === "easy") return head;
    }
  }
  return undefined;
}

/** What is frozen may go on where its node is idle: a job that goes before it freezes it again as soon as that helps. */
function thawBehind(w: World, leaf: Queue, head: Job): void {
  for (const job of Array.from(leaf.pending)) if (job.pinned !== undefined && job !== head) tryStart(w, job);
}

/** The first job of a queue, past those that no end of another job can help, and those that have just made room for one. */
function firstWithHope(w: World, leaf: Queue, hopeless: ReadonlySet<Job> | undefined): Job | undefined {
  for (let place = 0; ; place++) {
    const job = leaf.pending.at(place);
    if (job === undefined) return undefined;
    const isLonely = job.pinned === undefined && lacksCompany(job.shape);
    if (isLonely) w.waits(job, "pending.constraint");
    else if (hopeless?.has(job) !== true && !isDisplaced(job)) return job;
  }
}

/** Decides on jobs that have just come. Where nothing was freed, and no order changed, only they can start. */
export function arrive(w: World, jobs: readonly Job[]): void {
  if (jobs.length === 0) return;
  if (w.policy.backfill.name === "conservative") return bookArrivals(w, jobs);
  const job = jobs[0] as Job;
  if (jobs.length > 1 || job.queue.order.dynamic) return pass(w);
  const isFirst = job.queue.pending.at(0) === job;
  if (w.policy.backfill.name === "easy" && !isFirst) return arriveBehind(w, job);
  const isAlone = w.pendingJobs === 1 || (w.policy.backfill.name === "none" && isFirst && w.policy.fairness.name !== "none");
  if (w.isDirty || !isAlone || job.queue.order.yields) return pass(w);
  const code = tryStart(w, job);
  if (code === undefined) return;
  // What it may not touch may be held for a job that has no guarantee, as this one may have: then all is decided anew.
  if (code === "pending.reservation" && w.policy.preemption.reclaim && w.root.guarantee !== undefined) return pass(w);
  w.waits(job, code);
  makeRoom(w, job, code);
}

/** A job behind others may only backfill; as in the published simulations, one that has no room by itself causes no pass. */
function arriveBehind(w: World, job: Job): void {
  const byOrder = w.policy.backfill.name === "easy" && w.policy.backfill.by === "queue-order";
  if (byOrder && !hasRoom(w, job)) return w.waits(job, "pending.capacity");
  const hold = w.holds.find((one) => one.hold.forJob === w.reservedFor)?.hold;
  if (w.isDirty || hold === undefined || hold.at <= w.now) return pass(w);
  const code = tryStart(w, job);
  if (code !== undefined) w.waits(job, code);
}

function hasRoom(w: World, job: Job): boolean {
  if (job.shape.unfit) return false;
  return w.sole === undefined || fits(job.held, w.sole.ledger.free);
}
