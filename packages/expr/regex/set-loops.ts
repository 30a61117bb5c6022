// Loops over one set of characters (`[a-z]+`, `.*`, `x{3}`): the machine runs them without an entry on its stack for
// each round, and what follows them often tells that they need give nothing back.

import { countReferences } from "./analysis.ts";
import type { Node, Pattern, Repeat } from "./ast.ts";
import { fullFoldOf, variantSet } from "./case-fold.ts";
import { areDisjoint, setOf, type CharSet } from "./char-set.ts";
import { firstOf } from "./search-plan.ts";

/** True where a loop need never give back: it must not, or what follows cannot begin with what it took. */
export function keepsAll({ mode }: Repeat, set: CharSet, next: Node | undefined): boolean {
  if (mode === "possessive") return true;
  const first = next === undefined ? undefined : firstOf(next);
  return first !== undefined && !first.nullable && areDisjoint(set, first.set);
}

/** The set of the unbounded loop at the beginning of a pattern that keeps all it takes and that nothing refers back to. */
export function leadingRun({ root, called }: Pattern): CharSet | undefined {
  if (called.size > 0 || countReferences(root).size > 0) return undefined;
  const [start, next] = startOf(root);
  if (start.kind !== "repeat" || start.max !== Number.POSITIVE_INFINITY || start.mode === "lazy") return undefined;
  const set = singleSet(start.body);
  return set !== undefined && keepsAll(start, set, next) ? set : undefined;
}

/** The first node of a tree, through captures, and the node that follows it. */
function startOf(node: Node, next?: Node): readonly [Node, Node | undefined] {
  if (node.kind === "capture") return startOf(node.body, next);
  if (node.kind !== "sequence") return [node, next];
  const [first, second] = node.items;
  return first === undefined ? [node, next] : startOf(first, second ?? next);
}

/** The set of a node that always matches one code point of a set. */
export function singleSet(node: Node): CharSet | undefined {
  if (node.kind === "set") return node.set;
  if (node.kind !== "literal" || node.codes.length !== 1) return undefined;
  const [code = 0] = node.codes;
  if (node.fold === "exact") return setOf([code]);
  return node.fold === "simple" || fullFoldOf(code) === undefined ? (variantSet(code) ?? setOf([code])) : undefined;
}
