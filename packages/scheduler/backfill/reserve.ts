// The reservation of EASY backfilling: the earliest instant at which the first job that does not fit will fit, if what runs
// ends as estimated. What others may use beyond that instant is what is left over then.
import type { Job, Node } from "../model.ts";
import { isAllowed } from "../lanes.ts";
import type { Shadow } from "../ledger.ts";
import { fits } from "../resources.ts";
import type { World } from "../world.ts";

/** On how many nodes a reservation is sought; on more nodes than this it is valid, and perhaps not the earliest. */
export const reservationNodes = 64;

/** Holds room for a job on the node that can give it first. Gives whether there is one. */
export function reserve(w: World, job: Job, preferred: Node | undefined): boolean {
  let best: { node: Node; shadow: Shadow } | undefined;
  for (const node of nodesFor(w, job, preferred)) {
    const shadow = node.ledger.shadow(job.held, w.now);
    if (shadow !== undefined && (best === undefined || shadow.at < best.shadow.at)) best = { node, shadow };
  }
  if (best === undefined) return false;
  w.keep(best.node, { forJob: job, at: best.shadow.at, extra: best.shadow.extra });
  w.reservedFor = job;
  return true;
}

/** Nodes that could take the job if they were empty: the one that was reserved before, then others in rotation. */
function nodesFor(w: World, job: Job, preferred: Node | undefined): Node[] {
  if (job.pinned !== undefined) return [job.pinned];
  const nodes: Node[] = [];
  if (preferred !== undefined && couldTake(job, preferred)) nodes.push(preferred);
  for (const group of w.groups) {
    const size = group.nodes.length;
    const from = size > reservationNodes ? w.cursor++ % size : 0;
    for (let i = 0; i < size && nodes.length < reservationNodes; i++) {
      const node = group.nodes[(from + i) % size] as Node;
      if (node !== preferred && couldTake(job, node)) nodes.push(node);
    }
  }
  return nodes;
}

/** Whether a node is large enough and allowed. */
export function couldTake(job: Job, node: Node): boolean {
  return (
    node.status === "ready" &&
    fits(job.held, node.ledger.capacity) &&
    isAllowed(job.shape, node) &&
    job.spec.constraints?.nodes?.includes(node.id) !== false
  );
}
