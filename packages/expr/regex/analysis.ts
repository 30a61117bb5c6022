// Facts about a syntax tree that the compiler needs: how much a node consumes, which groups it sets, and whether a
// call can come back to itself without end.

import { childrenOf, emptyNode, type Node, type Pattern } from "./ast.ts";
import { refuse } from "./syntax-error.ts";

/** How many code points a node consumes. */
export interface Width {
  readonly min: number;
  readonly max: number;
}

const noWidth: Width = { min: 0, max: 0 };
const oneWide: Width = { min: 1, max: 1 };
const anyWidth: Width = { min: 0, max: Number.POSITIVE_INFINITY };
const someWidth: Width = { min: 1, max: Number.POSITIVE_INFINITY };

/** One code point stands for up to three where case is folded. */
const maxFolding = 3;

/** Measures the nodes of one pattern, each group once. */
export class Widths {
  readonly #groups: readonly Node[];
  readonly #known = new Map<number, Width>();

  constructor(groups: readonly Node[]) {
    this.#groups = groups;
  }

  /** How many code points the node consumes. */
  of(node: Node): Width {
    switch (node.kind) {
      case "set":
        return oneWide;
      case "grapheme":
        return someWidth;
      case "literal":
        return literalWidth(node.codes.length, node.fold === "full" ? maxFolding : 1);
      case "sequence":
        return node.items.map((item) => this.of(item)).reduce(plus, noWidth);
      case "alternation":
        return node.branches.map((branch) => this.of(branch)).reduce(either);
      case "repeat":
        return repeated(this.of(node.body), node.min, node.max);
      case "capture":
      case "atomic":
        return this.of(node.body);
      case "backreference":
        return node.groups.map((group) => this.#ofGroup(group)).reduce(either);
      case "call":
        return this.#ofGroup(node.group);
      case "conditional": {
        const condition = node.condition.kind === "group-check" ? noWidth : this.of(node.condition);
        return either(plus(condition, this.of(node.then)), this.of(node.otherwise));
      }
      default:
        return noWidth;
    }
  }

  /** A group that is met again inside of itself may have any width there. */
  #ofGroup(group: number): Width {
    const known = this.#known.get(group);
    if (known !== undefined) return known;
    this.#known.set(group, anyWidth);
    const width = this.of(this.#groups[group] ?? emptyNode);
    this.#known.set(group, width);
    return width;
  }
}

function literalWidth(length: number, folding: number): Width {
  return { min: Math.ceil(length / folding), max: length * folding };
}

function plus(left: Width, right: Width): Width {
  return { min: left.min + right.min, max: left.max + right.max };
}

function either(left: Width, right: Width): Width {
  return { min: Math.min(left.min, right.min), max: Math.max(left.max, right.max) };
}

function repeated(body: Width, min: number, max: number): Width {
  return { min: body.min * min, max: body.max === 0 || max === 0 ? 0 : body.max * max };
}

/** All nodes of a tree, the root first. */
export function nodesOf(root: Node): Node[] {
  const nodes = [root];
  for (const node of nodes) for (const child of childrenOf(node)) nodes.push(child);
  return nodes;
}

/** How often back references and conditions inside a node refer to a group. */
export function countReferences(node: Node): Map<number, number> {
  const counts = new Map<number, number>();
  for (const inner of nodesOf(node)) {
    for (const group of groupsReferredBy(inner)) counts.set(group, (counts.get(group) ?? 0) + 1);
  }
  return counts;
}

function groupsReferredBy(node: Node): readonly number[] {
  if (node.kind === "backreference") return node.groups;
  return node.kind === "conditional" && node.condition.kind === "group-check" ? node.condition.groups : [];
}

/** The groups that are set inside a node. */
export function capturesIn(node: Node): number[] {
  return nodesOf(node).flatMap((inner) => (inner.kind === "capture" ? [inner.group] : []));
}

/** Refuses a pattern in which a call comes back to itself before anything is consumed, or in every case. */
export function refuseEndlessCalls(pattern: Pattern, widths: Widths): void {
  const ending = endingGroups(pattern);
  const circling = circlingGroups(pattern, widths);
  for (const node of nodesOf(pattern.root)) {
    if (node.kind === "call" && (!ending.has(node.group) || circling.has(node.group))) refuse("never ending recursion", node.offset);
  }
}

/** The called groups that some way leads through without a call that never ends. */
function endingGroups({ called, groups }: Pattern): ReadonlySet<number> {
  const ending = new Set<number>();
  for (let known = -1; known < ending.size;) {
    known = ending.size;
    for (const group of called) if (!ending.has(group) && canEnd(groups[group] ?? emptyNode, ending)) ending.add(group);
  }
  return ending;
}

function canEnd(node: Node, ending: ReadonlySet<number>): boolean {
  switch (node.kind) {
    case "call":
      return ending.has(node.group);
    case "alternation":
      return node.branches.some((branch) => canEnd(branch, ending));
    case "conditional":
      return canEnd(node.then, ending) || canEnd(node.otherwise, ending);
    case "repeat":
      return node.min === 0 || canEnd(node.body, ending);
    default:
      return childrenOf(node).every((child) => canEnd(child, ending));
  }
}

/** The called groups that can reach a call of themselves before they consume anything. */
function circlingGroups({ called, groups }: Pattern, widths: Widths): ReadonlySet<number> {
  const leads = new Map([...called].map((group) => [group, leadingCalls(groups[group] ?? emptyNode, widths)]));
  return new Set([...called].filter((group) => reaches(group, group, leads)));
}

function reaches(from: number, target: number, leads: ReadonlyMap<number, readonly number[]>): boolean {
  const found = new Set(leads.get(from));
  for (const group of found) for (const next of leads.get(group) ?? []) found.add(next);
  return found.has(target);
}

/** The groups whose calls can be reached before anything is consumed. */
function leadingCalls(node: Node, widths: Widths): readonly number[] {
  if (node.kind === "call") return [node.group];
  const children = node.kind === "sequence" ? leadingItems(node.items, widths) : childrenOf(node);
  return children.flatMap((child) => leadingCalls(child, widths));
}

function leadingItems(items: readonly Node[], widths: Widths): readonly Node[] {
  const consuming = items.findIndex((item) => widths.of(item).min > 0);
  return consuming === -1 ? items : items.slice(0, consuming + 1);
}
