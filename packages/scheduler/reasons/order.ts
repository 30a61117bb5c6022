// A job's place in the order, and the job that stands in front of all that cannot start.
import type { Job, Queue } from "../model.ts";
import { compareOrdered } from "../pending.ts";
import { compareDue, nextLeaf } from "../tenants/fairness.ts";
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
  const others = (leaf: Queue): Job | undefined => (leaf.pending.at(0) === job ? leaf.pending.at(1) : leaf.pending.at(0));
  for (const leaf of w.leaves) {
    const other = others(leaf);
    if (other === undefined || other === job) continue;
    const isAhead =
      leaf === job.queue || w.policy.fairness.name === "none" ? compareOrdered(other, job) < 0 : compareDue(w, leaf, job.queue) <= 0;
    if (isAhead) return false;
  }
  return true;
}
