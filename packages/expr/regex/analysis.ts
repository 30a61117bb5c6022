// Facts about a syntax tree that the compiler needs: how much a node consumes, which groups it sets, and whether a
// call can come back to itself without end.

import { childrenOf, emptyNode, type Backreference, type GroupCheck, type Node, type Pattern } from "./ast.ts";
import { refuse } from "./syntax-error.ts";

/** How many code points a node consumes. */
export interface Width {
  readonly min: number;
  readonly max: number;
}

const noWidth: Width = { min: 0, max: 0 };
const oneWide: Width = { min: 1, max: 1 };
const anyWidth: Width = { min: 0, max: Number.POSITIVE_INFINITY };

/** How many code points the node consumes; `groups` are the bodies that calls and back references lead to. */
export function widthOf(node: Node, groups: readonly Node[], open: ReadonlySet<number> = new Set()): Width {
  const width = (child: Node) => widthOf(child, groups, open);
  const groupWidth = (group: number) =>
    open.has(group) ? anyWidth : widthOf(groups[group] ?? emptyNode, groups, new Set([...open, group]));
  switch (node.kind) {
    case "empty":
    case "fail":
    case "keep":
    case "anchor":
    case "look":
      return noWidth;
    case "set":
      return oneWide;
    case "grapheme":
      return { min: 1, max: Number.POSITIVE_INFINITY };
    case "literal":
      return node.fold === "full" ? { min: foldedMin(node.codes.length), max: node.codes.length * 3 } : fixed(node.codes.length);
    case "sequence":
      return node.items.map(width).reduce(plus, noWidth);
    case "alternation":
      return node.branches.map(width).reduce(either);
    case "repeat":
      return repeated(width(node.body), node.min, node.max);
    case "capture":
    case "atomic":
      return width(node.body);
    case "backreference":
      return node.groups.map(groupWidth).reduce(either);
    case "call":
      return groupWidth(node.group);
    case "conditional":
      return either(plus(node.condition.kind === "group-check" ? noWidth : width(node.condition), width(node.then)), width(node.otherwise));
  }
}

/** With case ignored, one code point may stand for up to three. */
function foldedMin(length: number): number {
  return Math.ceil(length / 3);
}

function fixed(length: number): Width {
  return { min: length, max: length };
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
export function* nodesOf(node: Node): Generator<Node> {
  yield node;
  for (const child of childrenOf(node)) yield* nodesOf(child);
}

/** What refers to groups inside a node: back references and conditions. */
export function referencesIn(node: Node): (Backreference | GroupCheck)[] {
  return [...nodesOf(node)].flatMap((inner): (Backreference | GroupCheck)[] => {
    if (inner.kind === "backreference") return [inner];
    return inner.kind === "conditional" && inner.condition.kind === "group-check" ? [inner.condition] : [];
  });
}

/** The groups that are set inside a node. */
export function capturesIn(node: Node): number[] {
  return [...nodesOf(node)].flatMap((inner) => (inner.kind === "capture" ? [inner.group] : []));
}

/** Refuses a pattern in which a call comes back to itself before anything is consumed, or in every case. */
export function refuseEndlessCalls(pattern: Pattern): void {
  for (const inner of nodesOf(pattern.root)) {
    if (inner.kind === "call" && isEndless(inner.group, pattern)) refuse("never ending recursion", inner.offset);
  }
}

function isEndless(group: number, pattern: Pattern): boolean {
  const body = pattern.groups[group] ?? emptyNode;
  return startsWithCall(body, group, pattern, new Set()) || alwaysCalls(body, group, pattern, new Set());
}

/** True where a call of the group can be reached before anything is consumed. */
function startsWithCall(node: Node, group: number, pattern: Pattern, seen: Set<number>): boolean {
  switch (node.kind) {
    case "call":
      if (node.group === group) return true;
      if (seen.has(node.group)) return false;
      return startsWithCall(pattern.groups[node.group] ?? emptyNode, group, pattern, seen.add(node.group));
    case "sequence": {
      const consuming = node.items.findIndex((item) => widthOf(item, pattern.groups).min > 0);
      const reachable = consuming === -1 ? node.items : node.items.slice(0, consuming + 1);
      return reachable.some((item) => startsWithCall(item, group, pattern, seen));
    }
    default:
      return childrenOf(node).some((child) => startsWithCall(child, group, pattern, seen));
  }
}

/** True where no way through the node avoids a call of the group. */
function alwaysCalls(node: Node, group: number, pattern: Pattern, seen: Set<number>): boolean {
  const always = (child: Node) => alwaysCalls(child, group, pattern, seen);
  switch (node.kind) {
    case "call":
      if (node.group === group) return true;
      if (seen.has(node.group)) return false;
      return alwaysCalls(pattern.groups[node.group] ?? emptyNode, group, pattern, seen.add(node.group));
    case "alternation":
      return node.branches.every(always);
    case "conditional":
      return always(node.then) && always(node.otherwise);
    case "repeat":
      return node.min > 0 && always(node.body);
    default:
      return childrenOf(node).some(always);
  }
}
