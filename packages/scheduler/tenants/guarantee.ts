// What queues can always have. Only resources that a guarantee names are guaranteed; what the queues below are guaranteed is
// part of what their parent is guaranteed, so that every guarantee of the tree holds against all queues beside it, at every level.
import type { Queue } from "../model.ts";
import type { Vector } from "../resources.ts";

/** Gives a queue and all below it their guarantees: their own, and at least the sum of those below. */
export function settleGuarantees(queue: Queue, own: (queue: Queue) => Vector | undefined): void {
  for (const child of queue.children) settleGuarantees(child, own);
  const guarantee = own(queue)?.slice();
  const below = queue.children.flatMap((child) => child.guarantee ?? []);
  queue.guarantee = guarantee ?? (below.length > 0 ? new Float64Array((below[0] as Vector).length) : undefined);
  for (let d = 0; d < (queue.guarantee?.length ?? 0); d++) {
    const sum = below.reduce((all, one) => all + (one[d] as number), 0);
    if (queue.guarantee && (queue.guarantee[d] as number) < sum) queue.guarantee[d] = sum;
  }
}

/** Whether a queue that got so much more, and lost so much, would be within its guarantee, in all of what is guaranteed and asked for. */
export function isWithinGuarantee({ guarantee, used }: Queue, more: Vector, lost?: Vector): boolean {
  if (guarantee === undefined) return false;
  let asks = false;
  for (let d = 0; d < guarantee.length; d++) {
    const amount = guarantee[d] as number;
    if (amount === 0 || (more[d] as number) === 0) continue;
    if ((used[d] as number) - (lost?.[d] ?? 0) + (more[d] as number) > amount) return false;
    asks = true;
  }
  return asks;
}

/** Whether a queue would still have its guarantee if it lost so much. */
export function exceedsGuaranteeBy({ guarantee, used }: Queue, loss: Vector): boolean {
  for (let d = 0; d < (guarantee?.length ?? 0); d++) {
    const amount = guarantee?.[d] as number;
    if (amount > 0 && (loss[d] as number) > 0 && (used[d] as number) - (loss[d] as number) < amount) return false;
  }
  return true;
}

/** Whether a queue that lost so much would still have more than its guarantee of something that is claimed; it has, where it has none. */
export function isAboveGuarantee({ guarantee, used }: Queue, lost: Vector, claim: Vector): boolean {
  let names = false;
  for (let d = 0; d < (guarantee?.length ?? 0); d++) {
    const amount = guarantee?.[d] as number;
    if (amount === 0) continue;
    names = true;
    if ((claim[d] as number) > 0 && (used[d] as number) - (lost[d] as number) > amount) return true;
  }
  return !names;
}

/** Whether a queue uses less than its guarantee in every resource that the guarantee names. */
export function isBelowGuarantee({ guarantee, used }: Queue): boolean {
  let names = false;
  for (let d = 0; d < (guarantee?.length ?? 0); d++) {
    const amount = guarantee?.[d] as number;
    if (amount === 0) continue;
    if ((used[d] as number) >= amount) return false;
    names = true;
  }
  return names;
}
