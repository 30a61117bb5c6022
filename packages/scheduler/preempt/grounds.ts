// On what grounds running jobs may be stopped for one that waits: the order is preemptive, its priority is higher, or its queue
// takes back what others borrowed. Each says who may be stopped and what that costs.
import type { Job, OrderRules, Queue } from "../model.ts";
import { defaultPriority } from "../order/priority.ts";
import { dominantShare, type Vector } from "../resources.ts";
import { exceedsGuaranteeBy, isWithinGuarantee } from "../tenants/guarantee.ts";
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
  const claimed = reclaim ? claimOf(w, job) : undefined;
  for (let queue: Queue | undefined = claimed && job.queue; queue !== undefined; queue = queue.parent) {
    if (claimed !== undefined && isWithinGuarantee(queue, claimed)) grounds.push(byGuarantee(w, queue));
  }
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

/** Whether a job may be made to start again from the beginning. Who has only just started is left alone: nothing has changed since. */
function isStoppable(w: World, victim: Job): boolean {
  return victim.spec.preemptible !== false && victim.startedAt < w.now;
}

/** What was lent to others, taken back: from queues beside the claimant that have more than their guarantee, and never below it. */
function byGuarantee(w: World, claimant: Queue): Grounds {
  return {
    suspends: false,
    allows: (victim) => isStoppable(w, victim) && pathBeside(victim.queue, claimant) !== undefined,
    cost: (victim) => lossOf(w, victim),
    mayLose: (stopped, further) => {
      const lost = new Map<Queue, Vector>();
      for (const victim of [...stopped, further].flat()) {
        for (const queue of pathBeside(victim.queue, claimant) ?? []) {
          const sum = lost.get(queue) ?? new Float64Array(victim.held.length);
          for (let d = 0; d < sum.length; d++) sum[d] = (sum[d] as number) + (victim.held[d] as number);
          lost.set(queue, sum);
        }
      }
      return [...lost].every(([queue, sum]) => exceedsGuaranteeBy(queue, sum));
    },
  };
}

/** The queues from a victim's own up to the one beside the claimant; undefined where the victim is the claimant's own, or elsewhere. */
function pathBeside(queue: Queue, claimant: Queue): readonly Queue[] | undefined {
  const path: Queue[] = [];
  for (let at: Queue | undefined = queue; at !== undefined; at = at.parent) {
    if (at === claimant) return undefined;
    path.push(at);
    if (at.parent === claimant.parent) return path;
  }
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
