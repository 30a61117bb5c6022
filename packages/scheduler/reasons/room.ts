// What a node could give to a job right now, resource by resource, if it asked for less: what is free there, within the
// limits of its queue, and without delaying whom room is held for.
import type { Instant } from "@baton/core";
import { reservationOf } from "../backfill/reserve.ts";
import { remainingOn, type Hold, type Job, type Node, type Queue } from "../model.ts";
import { intrudes } from "../place/conflicts.ts";
import { failedRelation } from "../place/watch.ts";
import { leastOf } from "../place/find.ts";
import { isAllowed } from "../lanes.ts";
import type { Vector } from "../resources.ts";
import { isFor } from "../running.ts";
import { windowsAdmit } from "../windows.ts";
import type { World } from "../world.ts";

/** Holds that a pass would make at this instant, by what they are on. */
export type Holds = ReadonlyMap<Node | Queue, Hold>;

/** The holds as of the last pass; where it had nothing to decide it made none, and they are found here. */
export function holdsNow(w: World, head: Job | undefined): Holds {
  const holds = new Map(w.holds.map(({ on, hold }): [Node | Queue, Hold] => [on, hold]));
  const { backfill, fairness } = w.policy;
  const makesHolds = backfill.name === "easy" || (backfill.name === "none" && fairness.name !== "none");
  if (!makesHolds || head === undefined || w.reservedFor !== undefined) return holds;
  for (const { on, hold } of reservationOf(w, head)?.holds ?? []) if (!holds.has(on)) holds.set(on, hold);
  return holds;
}

/** Why a node does not take a job although it has the room. */
export type Objection = "hold" | "window" | "relation";

/** The objection of a node with room; undefined where it has none. */
export function objectionOf(w: World, job: Job, node: Node, holds: Holds, endsAt: Instant): Objection | undefined {
  const { relations } = job.shape;
  const failed = relations !== undefined && failedRelation(relations, node, (spread) => leastOf(w, job, spread));
  if (failed) return "relation";
  if ((node.windows.length > 0 || job.spec.reservation !== undefined) && !windowsAdmit(node, job, w.now)) return "window";
  const hold = holds.get(node);
  const delays = hold !== undefined && !isFor(hold, job) && endsAt > hold.at && !isWithin(job.held, hold.extra);
  return delays || intrudes(w, job, node, endsAt) ? "hold" : undefined;
}

/** What the job could have of each resource on a node now, at most what it asks for; undefined where the node is not possible at all. */
export function obtainable(w: World, job: Job, node: Node, holds: Holds): Vector | undefined {
  if (node.status !== "ready" || !isAllowed(job.shape, node) || job.spec.constraints?.nodes?.includes(node.id) === false) return undefined;
  const endsAt = w.now + remainingOn(job, node.speed);
  const objection = objectionOf(w, job, node, holds, endsAt);
  if (objection === "window" || objection === "relation") return undefined;
  const some = job.held.slice();
  lowerTo(some, node.ledger.free);
  const hold = holds.get(node);
  if (objection === "hold" && hold === undefined) return undefined;
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

function isWithin(request: Vector, bound: Vector): boolean {
  for (let d = 0; d < request.length; d++) if ((request[d] as number) > 0 && (request[d] as number) > (bound[d] as number)) return false;
  return true;
}
