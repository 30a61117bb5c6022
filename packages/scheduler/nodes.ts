// Nodes that come, change, drain and go, and the groups of nodes that are alike.
import { allMayFit } from "./lanes.ts";
import { Ledger } from "./ledger.ts";
import type { Node, NodeGroup } from "./model.ts";
import { addToGroup, newGroup, refresh, removeFromGroup } from "./node-index.ts";
import { defaultPool, defaultZone } from "./place/filters.ts";
import { addTo, takeFrom } from "./resources.ts";
import { openWindow } from "./windows.ts";
import type { ClosedNode, NodeSpec, NodeStatus } from "./types.ts";
import type { World } from "./world.ts";

/** Adds a node, or gives a known one what it says now. */
export function nodeUp(w: World, spec: NodeSpec, status: NodeStatus = "ready"): void {
  w.learnResources(spec.capacity);
  const known = w.nodes.get(spec.id);
  if (known === undefined) addNode(w, spec);
  else changeNode(w, known, spec);
  const node = w.nodes.get(spec.id);
  if (status !== "ready" && node !== undefined) drainNode(w, node, status);
  nodesChanged(w);
}

/** Stops giving jobs to a node. */
export function drainNode(w: World, node: Node, closed: ClosedNode = "draining"): void {
  const before = node.status;
  node.status = closed;
  if (before !== "ready") return;
  takeFrom(w.total, node.ledger.capacity);
  refresh(node);
  nodesChanged(w);
}

/** Forgets a node; its jobs must have been taken off it. */
export function removeNode(w: World, node: Node): void {
  if (node.status === "ready") takeFrom(w.total, node.ledger.capacity);
  removeFromGroup(node);
  w.nodes.delete(node.id);
  nodesChanged(w);
}

/** Sorts all nodes into groups anew, for when constraints look at labels that they did not look at before. */
export function regroup(w: World): void {
  w.groups = [];
  w.groupOf.clear();
  for (const shape of w.shapes.values()) shape.allowed = [];
  for (const node of w.nodes.values()) addToGroup(groupFor(w, node.spec), node);
}

function addNode(w: World, spec: NodeSpec): void {
  const node: Node = {
    id: spec.id,
    seq: w.nextNodeSeq++,
    spec,
    status: "ready",
    speed: spec.speed ?? 1,
    ledger: new Ledger(w.resources.vector(spec.capacity)),
    group: groupFor(w, spec),
    slot: -1,
    coming: [],
    suspended: [],
    hold: undefined,
    profile: undefined,
    windows: [],
  };
  for (const reservation of w.reservations.values()) openWindow(w, node, reservation);
  w.nodes.set(spec.id, node);
  addToGroup(node.group, node);
  addTo(w.total, node.ledger.capacity);
}

function changeNode(w: World, node: Node, spec: NodeSpec): void {
  if (node.status === "ready") takeFrom(w.total, node.ledger.capacity);
  removeFromGroup(node);
  node.ledger.resize(w.resources.vector(spec.capacity));
  node.spec = spec;
  node.speed = spec.speed ?? 1;
  node.status = "ready";
  addToGroup(groupFor(w, spec), node);
  addTo(w.total, node.ledger.capacity);
}

function nodesChanged(w: World): void {
  w.nodesVersion++;
  w.sole = w.nodes.size === 1 ? [...w.nodes.values()][0] : undefined;
  w.mustRebook = true;
  w.hasSoftTaints = [...w.groups].some((group) => group.like.taints?.some((taint) => taint.effect === "prefer-not"));
  w.forgetReservations();
  allMayFit(w);
}

function groupFor(w: World, spec: NodeSpec): NodeGroup {
  const labels = Object.entries(spec.labels ?? {})
    .filter(([key]) => w.labelKeys.has(key))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const key = JSON.stringify([spec.pool ?? defaultPool, spec.zone ?? defaultZone, spec.speed ?? 1, spec.taints ?? [], labels]);
  let group = w.groupOf.get(key);
  if (group === undefined) {
    group = newGroup(w.groups.length, spec);
    w.groupOf.set(key, group);
    w.groups.push(group);
  }
  return group;
}
