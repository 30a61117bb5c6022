// Whose queue is next. First those whose next job is within a guarantee that can be taken back. Then, from the root down, at every
// level the child that is furthest below its due goes first:
// queues below their guarantee before all others, then by the policy. Queues where nothing can start are passed over, which
// is what keeps hierarchical dominant resource fairness from starving anyone (Bhattacharya et al. 2013).
import type { Millis } from "@baton/core";
import type { Job, Queue } from "../model.ts";
import { compareOrdered } from "../pending.ts";
import { dominantShare } from "../resources.ts";
import type { World } from "../world.ts";
import { isBelowGuarantee, isWithinGuarantee } from "./guarantee.ts";
import { settleUsage } from "./usage.ts";

/** What a leaf would start next; undefined where it has nothing to offer. */
export type Offer = (leaf: Queue) => Job | undefined;

/**
 * The leaf whose offer is next; undefined where none has one. Where it `passesOver` queues, those in which nothing is open and those that
 * are marked as passed over in this turn are not asked, and those that have nothing to offer are marked.
 */
export function nextLeaf(w: World, offer: Offer, passesOver = false): Queue | undefined {
  const only = w.leaves.length === 1 ? (w.leaves[0] as Queue) : undefined;
  if (only !== undefined) return offer(only) === undefined ? undefined : only;
  const { fairness } = w.policy;
  const overdue = fairness.name === "none" || fairness.capMs === undefined ? undefined : longestOverdue(w, offer, fairness.capMs);
  return overdue ?? firstWithin(w, offer) ?? byPolicy(w, offer, passesOver);
}

/** The leaf whose offer is within what it, or a queue above it, is guaranteed and can take back; undefined where none is. */
function firstWithin(w: World, offer: Offer): Queue | undefined {
  if (!w.policy.preemption.reclaim || w.root.guarantee === undefined) return undefined;
  return bestClaim(w, w.root, offer)?.job.queue;
}

/** An offer that is within a guarantee, and whether it is within the one of the queue that is looked at. */
interface Claim {
  readonly queue: Queue;
  readonly job: Job;
  readonly isWithin: boolean;
}

/** At every level, what is within the guarantee of its queue there goes before what is not: the guarantee of a team is not one against its own. */
function bestClaim(w: World, parent: Queue, offer: Offer): Claim | undefined {
  let best: Claim | undefined;
  for (const queue of parent.children) {
    const job = queue.children.length > 0 ? bestClaim(w, queue, offer)?.job : offer(queue);
    if (job === undefined || !isClaimed(job)) continue;
    const claim = { queue, job, isWithin: isWithinGuarantee(queue, job.held) };
    if (best === undefined || compareClaims(w, claim, best) < 0) best = claim;
  }
  return best;
}

function isClaimed(job: Job): boolean {
  for (let queue: Queue | undefined = job.queue; queue?.parent !== undefined; queue = queue.parent)
    if (isWithinGuarantee(queue, job.held)) return true;
  return false;
}

function compareClaims(w: World, a: Claim, b: Claim): number {
  if (a.isWithin !== b.isWithin) return a.isWithin ? -1 : 1;
  return w.policy.fairness.name === "none"
    ? compareOrdered(a.job, b.job)
    : share(w, a.queue) - share(w, b.queue) || a.queue.lastStart - b.queue.lastStart;
}

function byPolicy(w: World, offer: Offer, passesOver: boolean): Queue | undefined {
  return w.policy.fairness.name === "none" ? firstByKey(w, offer) : descend(w, w.root, offer, passesOver);
}

/** All queues as one order: the leaf whose offer goes before all others. */
function firstByKey(w: World, offer: Offer): Queue | undefined {
  let best: Job | undefined;
  for (const leaf of w.leaves) {
    const job = offer(leaf);
    if (job !== undefined && (best === undefined || compareOrdered(job, best) < 0)) best = job;
  }
  return best?.queue;
}

/** The leaf whose offer has waited longest, if that is longer than anybody has to wait for the shares of others. */
function longestOverdue(w: World, offer: Offer, capMs: Millis): Queue | undefined {
  let oldest: Job | undefined;
  for (const leaf of w.leaves) {
    const job = offer(leaf);
    if (job !== undefined && w.now - job.submitAt > capMs && (oldest === undefined || job.seq < oldest.seq)) oldest = job;
  }
  return oldest?.queue;
}

function descend(w: World, queue: Queue, offer: Offer, passesOver: boolean): Queue | undefined {
  const { children } = queue;
  if (children.length === 0) return offer(queue) === undefined ? undefined : queue;
  if (passesOver) {
    // Mostly one of the first that are due has something to offer: the others are put in order only where it has not.
    for (let tries = 0; tries < quickTries; tries++) {
      const first = firstDue(w, children);
      const found = first && descend(w, first, offer, passesOver);
      if (first === undefined || found !== undefined) return found;
      first.passedOver = w.turns;
    }
  }
  return inOrder(w, children, offer, passesOver);
}

const quickTries = 4;

function firstDue(w: World, children: readonly Queue[]): Queue | undefined {
  let first: Queue | undefined;
  let least = 0;
  let isBelow = false;
  for (const child of children) {
    if (child.open === 0 || child.passedOver === w.turns) continue;
    const below = isBelowGuarantee(child);
    const has = share(w, child);
    if (first !== undefined && (below === isBelow ? has > least || (has === least && child.lastStart >= first.lastStart) : isBelow))
      continue;
    first = child;
    least = has;
    isBelow = below;
  }
  return first;
}

function inOrder(w: World, children: readonly Queue[], offer: Offer, passesOver: boolean): Queue | undefined {
  const left = passesOver ? children.filter((child) => child.open > 0 && child.passedOver !== w.turns) : children;
  const due = left.map((child) => ({ child, below: Number(isBelowGuarantee(child)), share: share(w, child) }));
  due.sort((a, b) => b.below - a.below || a.share - b.share || a.child.lastStart - b.child.lastStart);
  for (const { child } of due) {
    const found = descend(w, child, offer, passesOver);
    if (found !== undefined) return found;
    if (passesOver) child.passedOver = w.turns;
  }
  return undefined;
}

/** What a queue has, in relation to its weight: the less, the sooner it is served. */
export function share(w: World, queue: Queue): number {
  const { fairness } = w.policy;
  if (fairness.name === "weighted-fair") return queue.virtualTime;
  if (fairness.name === "drf" && fairness.halfLifeMs !== undefined) {
    settleUsage(w, queue);
    return dominantShare(queue.usage, w.total) / queue.weight;
  }
  if (queue.dominantAsOf !== w.nodesVersion) {
    queue.dominant = dominantShare(queue.used, w.total);
    queue.dominantAsOf = w.nodesVersion;
  }
  return queue.dominant / queue.weight;
}
