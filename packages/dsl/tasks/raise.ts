// `raise`: an error, written here or taken from `use.errors` (dsl-reference.md, "Raise").
import type { Context } from "../context.ts";
import { readErrorDefinition } from "../error-definitions.ts";
import type { Site } from "../expressions.ts";
import type { ErrorDefinition, Template } from "../ir.ts";
import { definitionOf, optional, readShape } from "../read.ts";
import { isText, type SourceNode } from "../source/node.ts";
import type { KindCompiler } from "./kind.ts";

const nothing: Template = { kind: "constant", value: null };

export const raiseCompiler: KindCompiler<"raise"> = {
  keys: ["raise"],
  required: ["raise"],
  compile(cx, { map, base, site }) {
    const raise = optional(map, "raise", (node) => readShape(cx, node, { what: "`raise`", keys: ["error"], required: ["error"] }));
    const error = raise && optional(raise, "error", (node) => readError(cx, node, site));
    return { ...base, kind: "raise", error: error ?? { type: nothing, status: nothing } };
  },
};

function readError(cx: Context, node: SourceNode, site: Site): ErrorDefinition | undefined {
  if (!isText(node)) return readErrorDefinition(cx, node, site);
  const definition = definitionOf(cx, "errors", node);
  return definition && readErrorDefinition(cx, definition.value, site);
}
