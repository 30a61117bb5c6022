// Nodes that take no jobs now and could take one that waits: who they are, and what would let them take jobs again.
import { isAllowed } from "../lanes.ts";
import type { Job } from "../model.ts";
import type { ClosedCandidate } from "../reason.ts";
import { fits } from "../resources.ts";
import type { ClosedNode } from "../types.ts";
import type { World } from "../world.ts";

/** So many nodes are called by their names. */
export const namedNodes = 3;

/** The nodes that would have to take jobs again, each with why it takes none. */
export function namesOf(closed: readonly ClosedCandidate[]): string {
  const names = closed.slice(0, namedNodes).map(({ nodeId, status }) => `${nodeId} (${status})`);
  const more = closed.length - names.length;
  return [...names, ...(more > 0 ? [`${more} more`] : [])].join(" or ");
}

/** What lets the first node of each kind take jobs again. */
export function opening(closed: readonly ClosedCandidate[]): string {
  const firsts = [...new Map([...closed].reverse().map((one) => [one.status, one])).values()].reverse();
  return [...new Set(firsts.map(({ nodeId, status }) => openings[status](nodeId))), "add a node that could take it"].join(", or ");
}

const openings: { readonly [S in ClosedNode]: (nodeId: string) => string } = {
  cordoned: (nodeId) => `uncordon ${nodeId}`,
  draining: (nodeId) => `uncordon ${nodeId}`,
  suspect: (nodeId) => `wait until ${nodeId} is heard of and has ended what is not its own`,
  lost: (nodeId) => `start ${nodeId} again`,
  "memory-pressure": (nodeId) => `wait until ${nodeId} has memory to spare, or end what uses it there`,
  "disk-pressure": (nodeId) => `wait until ${nodeId} has disk to spare, or clear some`,
};

/** The closed nodes that could take a job, were they open and empty. */
export function closedFor(w: World, job: Job): readonly ClosedCandidate[] {
  return [...w.nodes.values()].flatMap((node) => {
    const { id: nodeId, status, ledger } = node;
    if (status === "ready" || job.spec.constraints?.nodes?.includes(nodeId) === false) return [];
    return fits(job.held, ledger.capacity) && isAllowed(job.shape, node) ? [{ nodeId, status }] : [];
  });
}
