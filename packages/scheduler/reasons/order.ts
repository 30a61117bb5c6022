// A job's place in the order, and the job that stands in front of all that cannot start.
import type { Job, Queue } from "../model.ts";
import { nextLeaf } from "../tenants/fairness.ts";
import type { World } from "../world.ts";

/** How many of the jobs ahead are named. */
export const namedAhead = 5;

/** A job's place in its queue, from 1, and the last jobs before it, nearest first. A held job comes behind all that are pending. */
export function placeOf(job: Job): { readonly rank: number; readonly ahead: readonly string[] } {
  const { pending } = job.queue;
  const leader = job.gang?.members[0] ?? job;
  const place = leader.phase === "pending" ? pending.placeOf(leader) : pending.size;
  const ahead: string[] = [];
  for (let i = place - 1; i >= Math.max(0, place - namedAhead); i--) ahead.push((pending.at(i) as Job).id);
  return { rank: place + 1, ahead };
}

/** The job that a pass would try first; undefined where none is pending. */
export function firstInOrder(w: World): Job | undefined {
  const leaf = nextLeaf(w, (one) => one.pending.at(0));
  return leaf?.pending.at(0);
}

/** Whether a pass would try `job`, in its queue, before everything else that waits. */
export function wouldBeFirst(w: World, job: Job): boolean {
  const { queue } = job;
  const ready = asOfNow(w, job);
  const others = queue.order.dynamic ? queue.pending : [queue.pending.at(0)];
  for (const other of others) if (other !== undefined && other !== job && precedes(w, other, ready)) return false;
  return nextLeaf(w, (leaf) => (leaf === queue ? ready : firstNow(w, leaf))) === queue;
}

/** The key of a pending job is as of the last pass, and a held one has none yet: the same job with the key that it would have now. */
function asOfNow(w: World, job: Job): Job {
  const { order } = job.queue;
  if (job.phase === "pending" && !order.dynamic) return job;
  return Object.create(job, { key: { value: order.key(job, w.now) } }) as Job;
}

function precedes(w: World, other: Job, ready: Job): boolean {
  const { order } = other.queue;
  return ((order.dynamic ? order.key(other, w.now) : other.key) - ready.key || other.turn - ready.turn) < 0;
}

function firstNow(w: World, leaf: Queue): Job | undefined {
  const top = leaf.pending.at(0);
  if (top === undefined || !leaf.order.dynamic) return top;
  let first = asOfNow(w, top);
  for (const job of leaf.pending) if (job !== top && precedes(w, job, first)) first = asOfNow(w, job);
  return first;
}
