// The syntax tree of a pattern. Every construct of Oniguruma that means the same as a simpler one is already reduced
// to it here: `(?:x)` is x, `\d` and `[0-9]` are both sets, options are resolved into the nodes that they govern.

import { setOf, union, type CharSet } from "./char-set.ts";

/** How a literal treats case: exactly, by single code points, or with foldings to several code points as well. */
export type Fold = "exact" | "simple" | "full";

/** How a repetition gives back what it took: from the most, from the least, or never. */
export type Mode = "greedy" | "lazy" | "possessive";

/** A place in the text that consumes nothing. */
export type Anchor =
  | "text-start"
  | "text-end"
  | "text-end-or-newline"
  | "line-start"
  | "line-end"
  | "search-start"
  | "word-boundary"
  | "not-word-boundary";

export interface Literal {
  readonly kind: "literal";
  readonly codes: readonly number[];
  readonly fold: Fold;
}

export interface SetNode {
  readonly kind: "set";
  readonly set: CharSet;
}

export interface Sequence {
  readonly kind: "sequence";
  readonly items: readonly Node[];
}

export interface Alternation {
  readonly kind: "alternation";
  readonly branches: readonly Node[];
}

export interface Repeat {
  readonly kind: "repeat";
  readonly body: Node;
  readonly min: number;
  readonly max: number;
  readonly mode: Mode;
}

export interface Capture {
  readonly kind: "capture";
  readonly group: number;
  readonly body: Node;
}

export interface Look {
  readonly kind: "look";
  readonly behind: boolean;
  readonly negated: boolean;
  readonly body: Node;
  readonly offset: number;
}

/** Matches again what one of the groups matched; the first of `groups` that is set decides. */
export interface Backreference {
  readonly kind: "backreference";
  readonly groups: readonly number[];
  readonly ignoreCase: boolean;
  readonly offset: number;
}

/** Runs the body of a group again; group 0 is the whole pattern. The group is known once the pattern is read. */
export interface Call {
  readonly kind: "call";
  group: number;
  readonly offset: number;
}

/** Chooses by a condition: that one of some groups is set, or that a pattern matches. */
export interface Conditional {
  readonly kind: "conditional";
  readonly condition: GroupCheck | Node;
  readonly then: Node;
  readonly otherwise: Node;
}

export interface GroupCheck {
  readonly kind: "group-check";
  readonly groups: readonly number[];
  readonly offset: number;
}

export type Node =
  | { readonly kind: "empty" }
  | { readonly kind: "fail" }
  /** `\K`: the match begins here. */
  | { readonly kind: "keep" }
  /** `\X`: one grapheme cluster. */
  | { readonly kind: "grapheme" }
  | { readonly kind: "anchor"; readonly anchor: Anchor }
  | { readonly kind: "atomic"; readonly body: Node }
  | Literal
  | SetNode
  | Sequence
  | Alternation
  | Repeat
  | Capture
  | Look
  | Backreference
  | Call
  | Conditional;

/** A pattern as read. `groupNames[0]` belongs to group 1. */
export interface Pattern {
  readonly root: Node;
  readonly groupNames: readonly (string | null)[];
  /** The groups' bodies by number; 0 is the root. */
  readonly groups: readonly Node[];
  /** The groups that some call runs again. */
  readonly called: ReadonlySet<number>;
}

export const emptyNode: Node = { kind: "empty" };

/** The nodes directly inside a node. */
export function childrenOf(node: Node): readonly Node[] {
  switch (node.kind) {
    case "sequence":
      return node.items;
    case "alternation":
      return node.branches;
    case "repeat":
    case "capture":
    case "atomic":
    case "look":
      return [node.body];
    case "conditional":
      return node.condition.kind === "group-check" ? [node.then, node.otherwise] : [node.condition, node.then, node.otherwise];
    default:
      return [];
  }
}

/** One node after another, with neighbouring literals joined. */
export function sequenceOf(items: readonly Node[]): Node {
  const joined: Node[] = [];
  let codes: number[] = [];
  for (const item of items.flatMap((node) => (node.kind === "sequence" ? node.items : [node]))) {
    const last = joined.at(-1);
    if (item.kind === "empty") continue;
    if (item.kind === "literal" && last?.kind === "literal" && last.fold === item.fold) {
      for (const code of item.codes) codes.push(code);
    } else if (item.kind === "literal") {
      codes = [...item.codes];
      joined.push({ ...item, codes });
    } else joined.push(item);
  }
  const [only] = joined;
  if (only === undefined) return emptyNode;
  return joined.length === 1 ? only : { kind: "sequence", items: joined };
}

/** A choice between branches, in the order in which they are tried; a set where each is one character. */
export function alternationOf(branches: readonly Node[]): Node {
  const [only] = branches;
  if (only === undefined) return emptyNode;
  if (branches.length === 1) return only;
  const sets = branches.map(setOfNode).filter((set) => set !== undefined);
  return sets.length === branches.length ? { kind: "set", set: union(sets) } : { kind: "alternation", branches };
}

function setOfNode(node: Node): CharSet | undefined {
  if (node.kind === "set") return node.set;
  return node.kind === "literal" && node.fold === "exact" && node.codes.length === 1 ? setOf(node.codes) : undefined;
}
