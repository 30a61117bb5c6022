// On what grounds running jobs may be stopped for one that waits: the order is preemptive, its priority is higher, or its queue
// takes back what others borrowed. Each says who may be stopped and what that costs.
import type { Job, OrderRules, Queue } from "../model.ts";
import { defaultPriority } from "../order/priority.ts";
import { addTo, dominantShare, type Vector } from "../resources.ts";
import { exceedsGuaranteeBy, isAboveGuarantee, isWithinGuarantee } from "../tenants/guarantee.ts";
import type { World } from "../world.ts";

/** Jobs that can only be stopped together: one, or a whole gang. */
export type Unit = readonly Job[];

/** Why units may be stopped, and what stopping one of them costs. */
export interface Grounds {
  /** They are frozen, and go on later where they are; else they start again from the beginning. */
  readonly suspends: boolean;
  allows(victim: Job): boolean;
  cost(victim: Job): number;
  /** Where queues lend to each other: whether these units may all be stopped, and a further one too. */
  mayLose?(stopped: readonly Unit[], further: Unit): boolean;
}

/** The grounds that a job has, the mildest first. */
export function groundsFor(w: World, job: Job): readonly Grounds[] {
  const { order } = job.queue;
  if (order.yields === undefined && w.policy.preemption.priorityGap === undefined && !w.policy.preemption.reclaim) return none;
  const grounds: Grounds[] = [];
  // A gang would have to be frozen and thawed as one; it waits for those that run to end instead.
  if (order.yields !== undefined && job.gang === undefined) grounds.push(byOrder(w, job, order.yields.bind(order)));
  const { priorityGap, reclaim } = w.policy.preemption;
  if (priorityGap !== undefined) grounds.push(byPriority(w, job, priorityGap));
  const claim = reclaim ? claimOf(w, job) : undefined;
  if (claim !== undefined) grounds.push(byGuarantee(w, job.queue, claim, leavesGuarantee), byGuarantee(w, job.queue, claim, hasMore));
  return grounds;
}

const none: readonly Grounds[] = [];

/** A preemptive order: the running job that is last in it goes first, unless its priority would only bring it back at once. */
function byOrder(w: World, job: Job, yields: NonNullable<OrderRules["yields"]>): Grounds {
  const { priorityGap = Infinity } = w.policy.preemption;
  return {
    suspends: true,
    allows: (victim) =>
      victim.queue === job.queue &&
      victim.gang === undefined &&
      leadOf(w, victim, job) < priorityGap &&
      yields(victim, job, w.now) !== undefined,
    cost: (victim) => yields(victim, job, w.now) ?? Infinity,
  };
}

/** Jobs of the same queue whose priority is lower by the gap. */
function byPriority(w: World, job: Job, gap: number): Grounds {
  return {
    suspends: false,
    allows: (victim) => victim.queue === job.queue && isStoppable(w, victim) && leadOf(w, job, victim) >= gap,
    cost: (victim) => lossOf(w, victim),
  };
}

/**
 * By how much the priority of a job is above that of another one of its queue. Where priorities age, what they have waited counts
 * too: whoever has grown old enough to run is not stopped again for the young.
 */
function leadOf(w: World, job: Job, other: Job): number {
  const { order } = job.queue;
  return order.policy.name === "priority" ? order.key(other, w.now) - order.key(job, w.now) : priorityOf(job) - priorityOf(other);
}

/** Whether a job may be made to start again from the beginning. Who has started at this very instant may be, at the next. */
function isStoppable(w: World, victim: Job): boolean {
  if (victim.spec.preemptible === false) return false;
  if (victim.startedAt >= w.now) w.lookAgainAt = w.now + 1;
  return victim.startedAt < w.now;
}

/** Whether a queue may lose something, after what it has lost before, for a claim of another. */
type MayLose = (queue: Queue, before: Vector, loss: Vector, claim: Vector) => boolean;

const leavesGuarantee: MayLose = (queue, before, loss) => exceedsGuaranteeBy(queue, sumOf(before, loss));
const hasMore: MayLose = (queue, before, _, claim) => isAboveGuarantee(queue, before, claim);

/**
 * What was lent to others, taken back. Where the way up from a victim's queue meets the one from the claimant's, the queue on the
 * claimant's side must be within its guarantee, with the claim, and all on the victim's side must have more than theirs. At first only
 * what leaves them their whole guarantee is taken; where that does not help, also what is partly within it: else one wide job that
 * borrowed a little could keep the guarantees of others for as long as it runs.
 */
function byGuarantee(w: World, claimant: Queue, claim: Vector, mayLose: MayLose): Grounds {
  return {
    suspends: false,
    allows: (victim) => victim.queue !== claimant && isStoppable(w, victim),
    cost: (victim) => lossOf(w, victim),
    mayLose: (stopped, further) => {
      const before = lossesOf(stopped.flat());
      const losses = lossesOf(further);
      return further.every((victim) => {
        for (let queue: Queue | undefined = victim.queue; queue !== undefined; queue = queue.parent) {
          const loss = losses.get(queue) as Vector;
          if (!mayLose(queue, before.get(queue) ?? new Float64Array(loss.length), loss, claim)) return false;
          const own = beside(claimant, queue);
          if (own !== undefined) return isWithinGuarantee(own, claim, before.get(own));
        }
        return false;
      });
    },
  };
}

/** What queues lose with some jobs, all above them included. */
function lossesOf(jobs: readonly Job[]): Map<Queue, Vector> {
  const losses = new Map<Queue, Vector>();
  for (const { queue: leaf, held } of jobs)
    for (let queue: Queue | undefined = leaf; queue !== undefined; queue = queue.parent)
      losses.set(queue, sumOf(losses.get(queue) ?? new Float64Array(held.length), held));
  return losses;
}

function sumOf(a: Vector, b: Vector): Vector {
  const sum = a.slice();
  addTo(sum, b);
  return sum;
}

/** The queue on the claimant's way up that has the same parent as another. */
function beside(claimant: Queue, other: Queue): Queue | undefined {
  for (let queue: Queue | undefined = claimant; queue !== undefined; queue = queue.parent) if (queue.parent === other.parent) return queue;
  return undefined;
}

/** What a job, or its whole gang, would hold in its queue; undefined where its members wait in different ones. */
function claimOf(w: World, job: Job): Vector | undefined {
  if (job.gang === undefined) return job.held;
  const sum = new Float64Array(w.resources.size);
  for (const member of job.gang.members) {
    if (member.queue !== job.queue) return undefined;
    for (let d = 0; d < sum.length; d++) sum[d] = (sum[d] as number) + (member.held[d] as number);
  }
  return sum;
}

function priorityOf(job: Job): number {
  return job.spec.priority ?? defaultPriority;
}

/** Priority first, then the work that is thrown away. */
function lossOf(w: World, victim: Job): number {
  return priorityOf(victim) * 1e9 + ((w.now - victim.startedAt) / 1000) * dominantShare(victim.held, w.total);
}
