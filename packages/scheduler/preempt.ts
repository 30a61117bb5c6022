// Stopping running jobs for one that waits: to take a guarantee back, for a higher priority, or because the order is
// preemptive. The cheapest set of victims on one node is chosen; what they hold counts as coming until they have gone.
import type { Job, Node, OrderRules, Queue } from "./model.ts";
import { couldTake } from "./backfill/reserve.ts";
import { moveEnd } from "./overrun.ts";
import { addTo, dominantShare, fits, takeFrom, type Vector } from "./resources.ts";
import { defaultPriority } from "./order/priority.ts";
import type { ReasonCode } from "./types.ts";
import type { World } from "./world.ts";

/** On how many nodes victims are sought for one job. */
export const victimNodes = 256;

/** Why victims may be stopped, and what stopping one of them costs. */
interface Grounds {
  readonly suspends: boolean;
  allows(victim: Job): boolean;
  cost(victim: Job): number;
  /** For queues that lend: what each of them may lose. */
  readonly lent?: (victim: Job) => { readonly queue: Queue; readonly surplus: Vector } | undefined;
}

/** Tells running jobs to stop where that lets `job` start, and where there are grounds for it. */
export function makeRoom(w: World, job: Job, code: ReasonCode): void {
  if (code !== "pending.capacity" || job.gang !== undefined) return;
  for (const grounds of groundsFor(w, job)) {
    if (roomIsComing(w, job)) return;
    const victims = cheapestVictims(w, job, grounds);
    if (victims === undefined) continue;
    for (const victim of victims) stop(w, victim, job, grounds.suspends);
    return;
  }
  letGo(job);
}

/** Whoever was stopped for a job that cannot be helped any more need not wait for it. */
function letGo(job: Job): void {
  for (const victim of job.displaced ?? []) if (victim.stoppedFor === job) victim.stoppedFor = undefined;
  job.displaced = undefined;
}

/** Tells a running job to stop. What it holds is free when the driver reports that it did. */
export function stop(w: World, victim: Job, forJob: Job, suspends: boolean): void {
  const node = victim.node as Node;
  moveEnd(victim, w.now);
  victim.phase = "stopping";
  victim.stoppedFor = forJob;
  (forJob.displaced ??= []).push(victim);
  node.coming.push(victim);
  w.stopping++;
  w.mustRebook = true;
  if (suspends) w.decisions.push({ type: "suspend", jobId: victim.id, nodeId: node.id, forJobId: forJob.id });
  else w.decisions.push({ type: "preempt", jobId: victim.id, nodeId: node.id, forJobId: forJob.id });
}

function groundsFor(w: World, job: Job): Grounds[] {
  const grounds: Grounds[] = [];
  const { order } = job.queue;
  if (order.yields !== undefined) grounds.push(byOrder(w, job, order.yields.bind(order)));
  const { priorityGap, reclaim } = w.policy.preemption;
  if (priorityGap !== undefined) grounds.push(byPriority(w, job, priorityGap));
  const lender = reclaim ? shortOfGuarantee(job) : undefined;
  if (lender !== undefined) grounds.push(byGuarantee(w, lender));
  return grounds;
}

/** A preemptive order: the running job that is last in it goes first. */
function byOrder(w: World, job: Job, yields: NonNullable<OrderRules["yields"]>): Grounds {
  return {
    suspends: true,
    allows: (victim) => victim.queue === job.queue && victim.gang === undefined && yields(victim, job, w.now) !== undefined,
    cost: (victim) => yields(victim, job, w.now) ?? Infinity,
  };
}

function byPriority(w: World, job: Job, gap: number): Grounds {
  const least = priorityOf(job) - gap;
  return {
    suspends: false,
    allows: (victim) => victim.queue === job.queue && isPreemptible(victim) && priorityOf(victim) <= least,
    cost: (victim) => lossOf(w, victim),
  };
}

/** What was lent to others, taken back: from queues that have more than their guarantee, and never below it. */
function byGuarantee(w: World, lender: Queue): Grounds {
  return {
    suspends: false,
    allows: (victim) => isPreemptible(victim) && siblingAbove(victim.queue, lender) !== undefined,
    cost: (victim) => lossOf(w, victim),
    lent: (victim) => {
      const queue = siblingAbove(victim.queue, lender);
      return queue && { queue, surplus: surplusOf(queue) };
    },
  };
}

/** The queue on the job's path whose guarantee covers the job and is not used up. */
function shortOfGuarantee(job: Job): Queue | undefined {
  for (let queue: Queue | undefined = job.queue; queue !== undefined; queue = queue.parent) {
    if (queue.guarantee === undefined) continue;
    const rest = queue.guarantee.slice();
    takeFrom(rest, queue.used);
    if (fits(job.held, rest)) return queue;
  }
  return undefined;
}

/** The sibling of `lender` that `queue` belongs to; undefined where it belongs to the lender itself, or elsewhere. */
function siblingAbove(queue: Queue, lender: Queue): Queue | undefined {
  for (let at: Queue | undefined = queue; at !== undefined; at = at.parent)
    if (at.parent === lender.parent) return at === lender ? undefined : at;
  return undefined;
}

function surplusOf(queue: Queue): Vector {
  const surplus = queue.used.slice();
  if (queue.guarantee !== undefined) takeFrom(surplus, queue.guarantee);
  return surplus;
}

function isPreemptible(job: Job): boolean {
  return job.spec.preemptible !== false && job.gang === undefined;
}

function priorityOf(job: Job): number {
  return job.spec.priority ?? defaultPriority;
}

/** Priority first, then the work that is thrown away. */
function lossOf(w: World, victim: Job): number {
  return priorityOf(victim) * 1e9 + ((w.now - victim.startedAt) / 1000) * dominantShare(victim.held, w.total);
}

/** Whether what is stopping already will be enough. */
function roomIsComing(w: World, job: Job): boolean {
  if (w.stopping === 0) return false;
  for (const node of w.nodes.values()) {
    if (node.coming.length === 0 || !couldTake(job, node)) continue;
    const then = node.ledger.free.slice();
    for (const leaving of node.coming) addTo(then, leaving.held);
    if (fits(job.held, then)) return true;
  }
  return false;
}

function cheapestVictims(w: World, job: Job, grounds: Grounds): readonly Job[] | undefined {
  let best: readonly Job[] | undefined;
  let bestCost = Infinity;
  let left = victimNodes;
  const nodes = job.pinned === undefined ? w.nodes.values() : [job.pinned];
  for (const node of nodes) {
    if (!couldTake(job, node)) continue;
    if (left-- === 0) break;
    const victims = victimsOn(node, job, grounds);
    if (victims === undefined) continue;
    const cost = victims.reduce((sum, victim) => sum + grounds.cost(victim), 0);
    if (cost < bestCost) [best, bestCost] = [victims, cost];
  }
  return best;
}

/** The cheapest victims on a node that make room for the job; undefined where all of them are not enough. */
function victimsOn(node: Node, job: Job, grounds: Grounds): readonly Job[] | undefined {
  const free = node.ledger.free.slice();
  for (const leaving of node.coming) addTo(free, leaving.held);
  const eligible = node.ledger.jobs.filter((victim) => victim.phase === "running" && grounds.allows(victim));
  eligible.sort((a, b) => grounds.cost(a) - grounds.cost(b) || a.seq - b.seq);
  const surplus = new Map<Queue, Vector>();
  const taken: Job[] = [];
  for (const victim of eligible) {
    if (fits(job.held, free)) break;
    if (!mayLose(grounds, victim, surplus)) continue;
    addTo(free, victim.held);
    taken.push(victim);
  }
  if (!fits(job.held, free)) return undefined;
  return withoutNeedless(taken, free, job);
}

/** Whether the victim's queue still has more than its guarantee without it; notes the loss. */
function mayLose(grounds: Grounds, victim: Job, surplus: Map<Queue, Vector>): boolean {
  if (grounds.lent === undefined) return true;
  const lent = grounds.lent(victim);
  if (lent === undefined) return false;
  const rest = surplus.get(lent.queue) ?? lent.surplus;
  if (lent.queue.guarantee !== undefined && !fits(victim.held, rest)) return false;
  takeFrom(rest, victim.held);
  surplus.set(lent.queue, rest);
  return true;
}

/** Lets go of victims that turned out not to be needed, the dearest first. */
function withoutNeedless(taken: readonly Job[], free: Vector, job: Job): readonly Job[] {
  const needed: Job[] = [];
  for (const victim of [...taken].reverse()) {
    takeFrom(free, victim.held);
    if (fits(job.held, free)) continue;
    addTo(free, victim.held);
    needed.push(victim);
  }
  return needed.reverse();
}
