// Look-behind: what may stand in it and how far it looks. The engine steps back a fixed number of code points and
// matches forward, so everything inside must have one width; Oniguruma's Perl syntax has the same rule.

import type { Anchor, Look, Node } from "./ast.ts";
import { nodesOf, type Widths } from "./analysis.ts";
import { refuse } from "./syntax-error.ts";

/** Look-behind over more code points is refused. */
export const maxLookBehind = 65_535;

/** A look-behind ready to compile: how many code points to step back, or that it always holds. */
export type LookBehind = { readonly kind: "always" } | { readonly kind: "fixed"; readonly width: number; readonly body: Node };

const forwardAnchors: ReadonlySet<Anchor> = new Set<Anchor>(["text-end", "text-end-or-newline"]);

/** Checks a look-behind and says how to match it. */
export function prepareLookBehind(look: Look, widths: Widths): LookBehind {
  const body = reduceRepeat(look.body);
  const inside = nodesOf(body);
  if (inside.some((node) => isForbidden(node, look.negated))) refuseLookBehind(look);
  const { min, max } = widths.of(body);
  if (max <= maxLookBehind && min === max) return { kind: "fixed", width: min, body };
  const isPlain = !inside.some(({ kind }) => kind === "anchor" || kind === "look" || kind === "capture" || kind === "backreference");
  return min === 0 && isPlain ? { kind: "always" } : refuseLookBehind(look);
}

function refuseLookBehind(look: Look): never {
  return refuse("invalid pattern in look-behind", look.offset);
}

/** What looks ahead has no place in a look-behind, and a negated one sets no groups. */
function isForbidden(node: Node, negated: boolean): boolean {
  if (node.kind === "look") return !node.behind;
  if (node.kind === "anchor") return forwardAnchors.has(node.anchor);
  return node.kind === "capture" && negated;
}

/** A repetition that is all there is need only be found as often as it must be; case is folded one to one. */
function reduceRepeat(node: Node): Node {
  switch (node.kind) {
    case "repeat":
      return node.mode !== "possessive" && isSimple(node.body)
        ? { ...node, body: simplyFolded(node.body), max: node.min }
        : simplyFolded(node);
    case "alternation":
      return { ...node, branches: node.branches.map(reduceRepeat) };
    default:
      return simplyFolded(node);
  }
}

function isSimple({ kind }: Node): boolean {
  return kind === "literal" || kind === "set" || kind === "backreference";
}

function simplyFolded(node: Node): Node {
  switch (node.kind) {
    case "literal":
      return node.fold === "full" ? { ...node, fold: "simple" } : node;
    case "sequence":
      return { ...node, items: node.items.map(simplyFolded) };
    case "alternation":
      return { ...node, branches: node.branches.map(simplyFolded) };
    case "repeat":
    case "capture":
    case "atomic":
    case "look":
      return { ...node, body: simplyFolded(node.body) };
    default:
      return node;
  }
}
