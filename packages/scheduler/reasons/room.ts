// What a node could give to a job right now, resource by resource, if it asked for less: what is free there, within the
// limits of its queue, and without delaying whom room is held for.
import type { Instant } from "@baton/core";
import { reservationOf } from "../backfill/reserve.ts";
import { remainingOn, type Clearing, type Hold, type Job, type Node, type Queue } from "../model.ts";
import { intrudes } from "../place/conflicts.ts";
import { failedRelation } from "../place/watch.ts";
import { leastOf } from "../place/find.ts";
import { isAllowed } from "../lanes.ts";
import type { Vector } from "../resources.ts";
import { isFor, respectsHold } from "../running.ts";
import { windowsAdmit } from "../windows.ts";
import type { World } from "../world.ts";

/** Holds that a pass would make at this instant, by what they are on, and among which neighbours it would keep a place clear. */
export interface Holds extends ReadonlyMap<Node | Queue, Hold> {
  readonly clearing: Clearing | undefined;
}

/** The holds as of the last pass; where it had nothing to decide it made none, and they are found here. */
export function holdsNow(w: World, head: Job | undefined): Holds {
  const holds = new Map(w.holds.map(({ on, hold }): [Node | Queue, Hold] => [on, hold]));
  const { backfill, fairness } = w.policy;
  const makesHolds = backfill.name === "easy" || (backfill.name === "none" && fairness.name !== "none");
  if (!makesHolds || head === undefined || w.reservedFor !== undefined) return Object.assign(holds, { clearing: w.clearing });
  const reservation = reservationOf(w, head);
  for (const { on, hold } of reservation?.holds ?? []) if (!holds.has(on)) holds.set(on, hold);
  return Object.assign(holds, { clearing: w.clearing ?? reservation?.clearing });
}

/** Why a node does not take a job although it has the room: in words for the count of nodes, and for whom it is kept. */
export type Objection = { readonly filter: string; readonly detail: string } & (
  | { readonly kind: "hold" | "clearing"; readonly forJob: Job; readonly at: Instant }
  | { readonly kind: "window" | "relation" }
);

/** The objection of a node with room; undefined where it has none. */
export function objectionOf(w: World, job: Job, node: Node, holds: Holds, endsAt: Instant): Objection | undefined {
  const { relations } = job.shape;
  const isFree = relations === undefined || job.pinned !== undefined;
  const failed = isFree ? undefined : failedRelation(relations, node, (spread) => leastOf(w, job, spread));
  if (failed !== undefined) return { kind: "relation", filter: "affinity", detail: failed };
  if ((node.windows.length > 0 || job.spec.reservation !== undefined) && !windowsAdmit(node, job, w.now)) {
    return { kind: "window", filter: "reservation", detail: "in advance" };
  }
  // Asking for less helps against a hold, but not against a clearing, so that comes first.
  const { clearing } = holds;
  if (clearing !== undefined && intrudes(clearing, job, node, endsAt)) return keptFor("clearing", clearing);
  const hold = holds.get(node);
  return hold !== undefined && !respectsHold(hold, job, endsAt) ? keptFor("hold", hold) : undefined;
}

function keptFor(kind: "hold" | "clearing", { forJob, at }: Pick<Hold, "forJob" | "at">): Objection {
  return { kind, forJob, at, filter: "reservation", detail: `held for ${forJob.id}` };
}

/** What the job could have of each resource on a node now, at most what it asks for; undefined where the node is not possible at all. */
export function obtainable(w: World, job: Job, node: Node, holds: Holds): Vector | undefined {
  if (node.status !== "ready" || !isAllowed(job.shape, node) || job.spec.constraints?.nodes?.includes(node.id) === false) return undefined;
  const endsAt = w.now + remainingOn(job, node.speed);
  const objection = objectionOf(w, job, node, holds, endsAt);
  if (objection !== undefined && objection.kind !== "hold") return undefined;
  const some = job.held.slice();
  lowerTo(some, node.ledger.free);
  const hold = holds.get(node);
  if (hold !== undefined && !isFor(hold, job) && endsAt > hold.at) lowerTo(some, hold.extra);
  for (let queue: Queue | undefined = job.queue; queue !== undefined; queue = queue.parent) {
    if (queue.limit !== undefined) lowerTo(some, queue.limit.free);
    const held = holds.get(queue);
    if (held !== undefined && !isFor(held, job) && endsAt > held.at) {
      if (held.slots <= 0) return undefined;
      lowerTo(some, held.extra);
    }
  }
  return some;
}

function lowerTo(some: Vector, bound: Vector): void {
  for (let d = 0; d < some.length; d++) if ((some[d] as number) > (bound[d] as number)) some[d] = Math.max(0, bound[d] as number);
}
