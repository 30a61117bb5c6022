// Repetition operators: reading them, and reducing one that stands directly on another (`(?:a*)+`) the way Oniguruma
// does, which both keeps its results and takes the worst out of careless patterns.

import type { Mode, Node, Repeat } from "./ast.ts";
import type { PatternReader } from "./reader.ts";
import { refuse } from "./syntax-error.ts";

/** The largest number of repetitions that an interval may name. */
export const maxRepeat = 100_000;

/** A repetition operator as read. */
export interface Quantifier {
  readonly min: number;
  readonly max: number;
  readonly mode: Mode;
}

/** Takes the repetition operator that comes next, or undefined; a brace that makes no interval is a literal. */
export function takeQuantifier(reader: PatternReader): Quantifier | undefined {
  const bounds = takeBounds(reader);
  if (bounds === undefined) return undefined;
  const [min, max] = bounds;
  return { min, max, mode: reader.take("?") ? "lazy" : reader.take("+") ? "possessive" : "greedy" };
}

function takeBounds(reader: PatternReader): readonly [number, number] | undefined {
  if (reader.take("*")) return [0, Number.POSITIVE_INFINITY];
  if (reader.take("+")) return [1, Number.POSITIVE_INFINITY];
  if (reader.take("?")) return [0, 1];
  return takeInterval(reader);
}

function takeInterval(reader: PatternReader): readonly [number, number] | undefined {
  const start = reader.offset;
  const numbers = reader.match(/\{([0-9]+)(?:(,)([0-9]*))?/y);
  if (numbers === undefined) return undefined;
  const min = Number.parseInt(numbers[1] ?? "", 10);
  const max = numbers[2] === undefined ? min : numbers[3] === "" ? Number.POSITIVE_INFINITY : Number.parseInt(numbers[3] ?? "", 10);
  if (min > maxRepeat || (max > maxRepeat && Number.isFinite(max))) refuse("too big number for repeat range", start);
  if (!reader.take("}")) {
    reader.offset = start;
    return undefined;
  }
  return min <= max ? [min, max] : refuse("upper is smaller than lower in repeat range", start);
}

/** True for what cannot be repeated: what consumes nothing by its nature. */
export function isUnrepeatable(node: Node): boolean {
  switch (node.kind) {
    case "anchor":
    case "look":
    case "keep":
      return true;
    case "alternation":
      return node.branches.some(isUnrepeatable);
    default:
      return false;
  }
}

/** Repeats a node. */
export function repeat(body: Node, { min, max, mode }: Quantifier): Node {
  if (min === 1 && max === 1) return body;
  if (body.kind !== "repeat" || mode === "possessive") return { kind: "repeat", body, min, max, mode };
  return repeatRepeat(body, { min, max, mode });
}

/** The operators whose nesting has a shorter form, by their names in `reductions`. */
function shorthand({ min, max, mode }: Quantifier): string | undefined {
  const suffix = mode === "lazy" ? "?" : "";
  if (mode === "possessive") return undefined;
  if (min === 0 && max === 1) return `?${suffix}`;
  if (max !== Number.POSITIVE_INFINITY || min > 1) return undefined;
  return `${min === 0 ? "*" : "+"}${suffix}`;
}

/** What an inner and an outer operator come to; the inner alone, where nothing is named. Unlisted pairs stay. */
const reductions: { readonly [inner: string]: { readonly [outer: string]: string } } = {
  "?": { "?": "?", "*": "*", "+": "*", "??": "??", "*?": "*?" },
  "*": { "?": "*", "*": "*", "+": "*", "??": "+ ??", "*?": "+ ??", "+?": "*" },
  "+": { "?": "*", "*": "*", "+": "+", "*?": "+ ??", "+?": "+" },
  "??": { "?": "??", "*": "*?", "+": "*?", "??": "??", "*?": "*?", "+?": "*?" },
  "*?": { "?": "*?", "*": "*?", "+": "*?", "??": "*?", "*?": "*?", "+?": "*?" },
  "+?": { "??": "*?", "*?": "*?", "+?": "+?" },
};

const quantifiers: { readonly [name: string]: Quantifier } = {
  "?": { min: 0, max: 1, mode: "greedy" },
  "*": { min: 0, max: Number.POSITIVE_INFINITY, mode: "greedy" },
  "+": { min: 1, max: Number.POSITIVE_INFINITY, mode: "greedy" },
  "??": { min: 0, max: 1, mode: "lazy" },
  "*?": { min: 0, max: Number.POSITIVE_INFINITY, mode: "lazy" },
  "+?": { min: 1, max: Number.POSITIVE_INFINITY, mode: "lazy" },
};

function repeatRepeat(inner: Repeat, outer: Quantifier): Node {
  const innerName = shorthand(inner);
  const outerName = shorthand(outer);
  if (innerName !== undefined && outerName !== undefined) {
    const reduced = reductions[innerName]?.[outerName];
    if (reduced !== undefined) return reduced.split(" ").reduce<Node>(wrap, inner.body);
  } else if (inner.min === inner.max && outer.min === outer.max && inner.mode !== "possessive") {
    const times = inner.min * outer.min;
    if (times > 0x7fffffff) refuse("too big number for repeat range", 0);
    return { ...inner, min: times, max: times };
  } else if ((innerName === "*" || innerName === "+") && Number.isFinite(outer.max) && outer.max > 1 && outer.mode === "greedy") {
    return { kind: "repeat", body: inner, ...outer, max: Math.max(outer.min, 1) };
  }
  return { kind: "repeat", body: inner, ...outer };
}

function wrap(body: Node, name: string): Node {
  return { kind: "repeat", body, ...(quantifiers[name] ?? { min: 1, max: 1, mode: "greedy" }) };
}
