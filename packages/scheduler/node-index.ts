// Finds nodes that have room without looking at all of them. Nodes that are alike form a group; a group keeps a binary
// tree whose inner nodes hold, per resource, the most that any node below them has free. A search skips every subtree
// whose maximum is too small, so it costs O(log n) per node found, and nothing where no node has room.
//
// Invariant: the leaf of a node holds its ledger's free amounts while it is ready, and -1 while it takes no jobs.
import type { Node, NodeGroup } from "./model.ts";
import type { Vector } from "./resources.ts";

/** A group without nodes, like `like` in all that constraints can look at. */
export function newGroup(number: number, like: Node["spec"]): NodeGroup {
  return { number, like, nodes: [], tree: new Float64Array(0), leaves: 0 };
}

/** Adds a node to a group, in a new slot. */
export function addToGroup(group: NodeGroup, node: Node): void {
  node.group = group;
  node.slot = group.nodes.length;
  group.nodes.push(node);
  if (group.nodes.length > group.leaves) grow(group, Math.max(1, group.leaves * 2), node.ledger.free.length);
  else refresh(node);
}

/** Builds the tree anew, for so many leaves and resources. */
export function grow(group: NodeGroup, leaves: number, resources: number): void {
  group.leaves = leaves;
  group.tree = new Float64Array(2 * leaves * resources).fill(-1);
  for (const node of group.nodes) refresh(node);
}

/** Takes a node out of its group; the last node of the group moves into its slot. */
export function removeFromGroup(node: Node): void {
  const { group, slot } = node;
  const last = group.nodes.pop() as Node;
  writeLeaf(group, group.nodes.length, undefined, node.ledger.free.length);
  if (last === node) return;
  group.nodes[slot] = last;
  last.slot = slot;
  refresh(last);
}

/** Brings the tree up to date after what a node has free, or its status, has changed. */
export function refresh(node: Node): void {
  const free = node.ledger.free;
  writeLeaf(node.group, node.slot, node.status === "ready" ? free : undefined, free.length);
}

function writeLeaf(group: NodeGroup, slot: number, free: Vector | undefined, resources: number): void {
  const { tree, leaves } = group;
  const leaf = (leaves + slot) * resources;
  for (let d = 0; d < resources; d++) tree[leaf + d] = free === undefined ? -1 : (free[d] as number);
  for (let at = (leaves + slot) >> 1; at >= 1; at >>= 1) if (!pullUp(tree, at, resources)) return;
}

/** Recomputes an inner node from its two children; false where nothing changed. */
function pullUp(tree: Float64Array, at: number, resources: number): boolean {
  const own = at * resources;
  const left = 2 * own;
  const right = left + resources;
  let changed = false;
  for (let d = 0; d < resources; d++) {
    const a = tree[left + d] as number;
    const b = tree[right + d] as number;
    const most = a > b ? a : b;
    if (tree[own + d] === most) continue;
    tree[own + d] = most;
    changed = true;
  }
  return changed;
}

function hasRoom(tree: Float64Array, at: number, request: Vector): boolean {
  const first = at * request.length;
  for (let d = 0; d < request.length; d++) {
    const amount = request[d] as number;
    if (amount > 0 && amount > (tree[first + d] as number)) return false;
  }
  return true;
}

/**
 * Appends to `into` the nodes of a group that have room for `request` and pass `admits`, in the order of their slots from `from` on
 * and around, until it holds `most` of them. Gives how many nodes had room but were not admitted.
 */
export function search(
  group: NodeGroup,
  request: Vector,
  from: number,
  most: number,
  admits: (node: Node) => boolean,
  into: Node[],
): number {
  const found = new Search(group, request, most, admits, into);
  const start = group.nodes.length === 0 ? 0 : from % group.nodes.length;
  found.visit(1, 0, group.leaves, start, group.leaves);
  if (start > 0) found.visit(1, 0, group.leaves, 0, start);
  return found.refused;
}

class Search {
  refused = 0;
  readonly #group: NodeGroup;
  readonly #request: Vector;
  readonly #most: number;
  readonly #admits: (node: Node) => boolean;
  readonly #found: Node[];

  constructor(group: NodeGroup, request: Vector, most: number, admits: (node: Node) => boolean, found: Node[]) {
    this.#group = group;
    this.#request = request;
    this.#most = most;
    this.#admits = admits;
    this.#found = found;
  }

  /** Looks at the part of the tree below `at`, whose leaves are the slots from `first` to `last`, for slots from `low` to `high`. */
  visit(at: number, first: number, last: number, low: number, high: number): void {
    const { tree, leaves } = this.#group;
    if (this.#found.length >= this.#most || first >= high || last <= low || !hasRoom(tree, at, this.#request)) return;
    if (at >= leaves) return this.#look(at - leaves);
    const middle = (first + last) >> 1;
    this.visit(2 * at, first, middle, low, high);
    this.visit(2 * at + 1, middle, last, low, high);
  }

  #look(slot: number): void {
    const node = this.#group.nodes[slot];
    if (node === undefined || node.status !== "ready") return;
    if (this.#admits(node)) this.#found.push(node);
    else this.refused++;
  }
}
