// Finds the node for a job: nodes with room (by the index), then what the index cannot know (holds, reservations in
// advance, the places of others), then the placement policy's choice among them.
import { remainingOn, type Job, type Node, type NodeGroup, type Spread } from "../model.ts";
import { isAllowed, markUnfit } from "../lanes.ts";
import { search } from "../node-index.ts";
import { fits } from "../resources.ts";
import { respects } from "../running.ts";
import { windowsAdmit } from "../windows.ts";
import type { World } from "../world.ts";
import { choose, packs } from "./balance.ts";
import { preferenceOf } from "./filters.ts";
import { intrudes } from "./conflicts.ts";
import { NodeChoices } from "./node-choices.ts";
import { domainValue, failedRelation, leastCount, relationsOfGroups } from "./watch.ts";

/** How many nodes with room are compared for one job, where the policy does not say. */
export const defaultCandidates = 16;

/** The node on which a job may start now; undefined where there is none, and then `w.refusal` says why. */
export function findNode(w: World, job: Job): Node | undefined {
  if (job.pinned !== undefined) return pinnedNode(w, job, job.pinned);
  const { shape } = job;
  if (w.sole !== undefined) return onlyNode(w, job, w.sole);
  const found: Node[] = [];
  const refused = job.spec.constraints?.nodes ? amongNamed(w, job, found) : amongGroups(w, job, found);
  if (found.length === 0) {
    w.refusal = refused === 0 ? "pending.capacity" : w.refusal;
    if (refused === 0) markUnfit(w, shape);
    return undefined;
  }
  return chooseNode(w, job, found);
}

function pinnedNode(w: World, job: Job, node: Node): Node | undefined {
  if (!fits(job.held, node.ledger.free)) w.refusal = "pending.capacity";
  else if (admits(w, job, node)) return node;
  return undefined;
}

/** The index would find the same; one machine is common enough, in simulations above all. */
function onlyNode(w: World, job: Job, node: Node): Node | undefined {
  if (node.status === "ready" && fits(job.held, node.ledger.free) && isAllowed(job.shape, node) && isNamed(job, node)) {
    return admits(w, job, node) ? node : undefined;
  }
  w.refusal = "pending.capacity";
  markUnfit(w, job.shape);
  return undefined;
}

function isNamed(job: Job, node: Node): boolean {
  return job.spec.constraints?.nodes?.includes(node.id) !== false;
}

function amongNamed(w: World, job: Job, found: Node[]): number {
  let refused = 0;
  for (const id of job.spec.constraints?.nodes ?? []) {
    const node = w.nodes.get(id);
    if (node?.status !== "ready" || !fits(job.held, node.ledger.free) || !isAllowed(job.shape, node)) continue;
    if (admits(w, job, node)) found.push(node);
    else refused++;
  }
  return refused;
}

function amongGroups(w: World, job: Job, found: Node[]): number {
  const { shape } = job;
  const { name, candidates = defaultCandidates } = w.policy.placement;
  const most = candidates === 0 ? Infinity : candidates;
  const from = packs(name) ? 0 : w.cursor++;
  const isPlain = shape.relations === undefined && w.holds.length === 0 && w.reservations.size === 0;
  const admitted = isPlain ? always : (node: Node): boolean => admits(w, job, node);
  const ofGroups = shape.relations && relationsOfGroups(shape.relations);
  let refused = 0;
  for (const group of w.groups) {
    if (found.length >= most) break;
    const first = group.nodes[0];
    if (first === undefined || !isAllowed(shape, first)) continue;
    const isRefused = ofGroups !== undefined && failedRelation(ofGroups, first, (spread) => leastOf(w, job, spread)) !== undefined;
    refused += isRefused ? refuseGroup(w, job, group) : search(group, job.held, from, most, admitted, found);
  }
  return refused;
}

/** What keeps a job from one node of a group keeps it from all: only whether there was room at all is of interest. */
function refuseGroup(w: World, job: Job, group: NodeGroup): number {
  const roomy: Node[] = [];
  search(group, job.held, 0, 1, always, roomy);
  if (roomy.length > 0) w.refusal = "pending.constraint";
  return roomy.length;
}

const always = (): boolean => true;

/** Whether a node that has room may take the job now; where it may not, `w.refusal` says why. */
export function admits(w: World, job: Job, node: Node): boolean {
  if (node.hold !== undefined && !respects(node, job, w.now + remainingOn(job, node.speed))) {
    w.refusal = "pending.reservation";
    return false;
  }
  if ((node.windows.length > 0 || job.spec.reservation !== undefined) && !windowsAdmit(node, job, w.now)) {
    w.refusal = "pending.reservation";
    return false;
  }
  if (w.clearing !== undefined && intrudes(w.clearing, job, node, w.now + remainingOn(job, node.speed))) {
    w.refusal = "pending.reservation";
    return false;
  }
  const { relations } = job.shape;
  if (
    relations !== undefined &&
    job.pinned === undefined &&
    failedRelation(relations, node, (spread) => leastOf(w, job, spread)) !== undefined
  ) {
    w.refusal = "pending.constraint";
    return false;
  }
  return true;
}

/** The least count of a spread, over the domains of nodes that the job's constraints allow. */
export function leastOf(w: World, job: Job, spread: Spread): number {
  if (spread.nodesVersion !== w.nodesVersion) {
    const values = new Set<string>();
    for (const node of w.nodes.values()) {
      const value = domainValue(node, spread.watch.domain);
      if (value !== undefined && node.status === "ready" && isAllowed(job.shape, node)) values.add(value);
    }
    spread.values = [...values];
    spread.nodesVersion = w.nodesVersion;
    spread.falls = -1;
  }
  return leastCount(spread);
}

function chooseNode(w: World, job: Job, found: readonly Node[]): Node {
  if (found.length === 1) return found[0] as Node;
  const preferred = job.shape.constraints?.prefer !== undefined || w.hasSoftTaints ? mostPreferred(job, found) : found;
  return preferred[choose(new NodeChoices(preferred, job, w.now), w.policy.placement.name, w.balance)] as Node;
}

/** Preferences go first; the policy decides among equals. */
function mostPreferred(job: Job, found: readonly Node[]): readonly Node[] {
  let best = -Infinity;
  let nodes: Node[] = [];
  for (const node of found) {
    const preference = preferenceOf(job.shape.constraints, node.spec);
    if (preference < best) continue;
    if (preference > best) nodes = [];
    best = preference;
    nodes.push(node);
  }
  return nodes;
}
