// Where in a text a match can begin: known from the pattern alone, so that most places are never tried.

import { emptyNode, type Literal, type Node, type Pattern } from "./ast.ts";
import { fullFoldOf, fullFoldsAt, variantSet } from "./case-fold.ts";
import { noChar, setOf, union, type CharSet } from "./char-set.ts";

/** Where to try. */
export type SearchPlan =
  /** Only at the beginning of the text. */
  | { readonly kind: "text-start" }
  /** Only where the search starts. */
  | { readonly kind: "search-start" }
  /** Only where this text stands. */
  | { readonly kind: "text"; readonly text: string }
  /** Only before a code point of this set. */
  | { readonly kind: "set"; readonly set: CharSet }
  | { readonly kind: "everywhere" };

/** What a node can begin with; `nullable` if it can also match without consuming. */
export interface First {
  readonly set: CharSet;
  readonly nullable: boolean;
}

const transparent: First = { set: noChar, nullable: true };

/** Where matches of the pattern can begin. */
export function planSearch({ root, called }: Pattern): SearchPlan {
  const leading = leadingNodes(root);
  for (const kind of ["text-start", "search-start"] as const) {
    if (leading.some((node) => node.kind === "anchor" && node.anchor === kind)) return { kind };
  }
  const start = leading.at(-1);
  const text = start?.kind === "literal" && !called.has(0) ? wholeText(start) : "";
  if (text !== "") return { kind: "text", text };
  const first = firstOf(root);
  return first === undefined || first.nullable ? { kind: "everywhere" } : { kind: "set", set: first.set };
}

/** What every match passes through first: nodes that consume nothing, up to one that may. */
function leadingNodes(node: Node): readonly Node[] {
  switch (node.kind) {
    case "capture":
    case "atomic":
      return leadingNodes(node.body);
    case "sequence": {
      const consuming = node.items.findIndex(({ kind }) => kind !== "anchor" && kind !== "look" && kind !== "keep");
      if (consuming === -1) return node.items;
      return [...node.items.slice(0, consuming), ...leadingNodes(node.items[consuming] ?? emptyNode)];
    }
    default:
      return [node];
  }
}

/** The exact text of a literal up to the first lone surrogate. */
function wholeText({ codes, fold }: Literal): string {
  if (fold !== "exact") return "";
  const surrogate = codes.findIndex((code) => code >= 0xd800 && code <= 0xdfff);
  return String.fromCodePoint(...(surrogate === -1 ? codes : codes.slice(0, surrogate)));
}

/** What the node can begin with; undefined where that is not known. */
export function firstOf(node: Node): First | undefined {
  switch (node.kind) {
    case "empty":
    case "anchor":
    case "look":
    case "keep":
      return transparent;
    case "set":
      return { set: node.set, nullable: false };
    case "literal":
      return firstOfLiteral(node);
    case "sequence":
      return firstOfSequence(node.items);
    case "alternation":
      return anyOf(node.branches.map(firstOf));
    case "repeat":
      return node.max === 0 ? transparent : optional(firstOf(node.body), node.min === 0);
    case "capture":
    case "atomic":
      return firstOf(node.body);
    default:
      return undefined;
  }
}

function firstOfLiteral({ codes, fold }: Literal): First | undefined {
  const [code] = codes;
  if (code === undefined) return transparent;
  const own = fold === "exact" ? undefined : variantSet(code);
  if (fold === "full" && fullFoldOf(code) !== undefined) return undefined;
  const sources = fold === "full" ? fullFoldsAt(codes, 0).map((full) => full.sources) : [];
  return { set: union([own ?? setOf([code]), ...sources]), nullable: false };
}

function firstOfSequence(items: readonly Node[]): First | undefined {
  const sets: CharSet[] = [];
  for (const item of items) {
    const first = firstOf(item);
    if (first === undefined) return undefined;
    sets.push(first.set);
    if (!first.nullable) return { set: union(sets), nullable: false };
  }
  return { set: union(sets), nullable: true };
}

function anyOf(firsts: readonly (First | undefined)[]): First | undefined {
  const known = firsts.filter((first) => first !== undefined);
  if (known.length < firsts.length) return undefined;
  return { set: union(known.map(({ set }) => set)), nullable: known.some(({ nullable }) => nullable) };
}

function optional(first: First | undefined, isOptional: boolean): First | undefined {
  return first === undefined ? undefined : { set: first.set, nullable: first.nullable || isOptional };
}
