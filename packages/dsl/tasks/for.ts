// `for`: a list of tasks for each item of a collection (dsl-reference.md, "For").
import { child, extendScope, type Context } from "../context.ts";
import { readExpression, readTemplate, type Site } from "../expressions.ts";
import type { ForTask, Template } from "../ir.ts";
import { invalid, optional, present, readShape, wrongType } from "../read.ts";
import { isText, type SourceNode } from "../source/node.ts";
import type { KindCompiler } from "./kind.ts";
import { readVariableName } from "./variables.ts";

export const forCompiler: KindCompiler<"for"> = {
  keys: ["for", "while", "do"],
  required: ["for", "do"],
  compile(cx, { map, base, place, site }) {
    const loop = optional(map, "for", (node) => readShape(cx, node, { what: "`for`", keys: ["each", "in", "at"], required: ["in"] }));
    const name = (key: string, byDefault: string): string =>
      (loop && optional(loop, key, (node) => readVariableName(cx, node, `\`${key}\``, place.scope, byDefault))) ?? byDefault;
    const [each, at] = [name("each", "item"), name("at", "index")];
    const atNode = loop && child(loop, "at");
    if (each === at && loop) invalid(cx, atNode ?? loop, `The item and its index are both called $${each}`, "give them different names");
    const inside = extendScope(place.scope, [each, at]);
    const body = child(map, "do");
    return present<ForTask>({
      ...base,
      kind: "for",
      each,
      at,
      in: (loop && optional(loop, "in", (node) => readCollection(cx, node, site))) ?? { kind: "constant", value: [] },
      while: optional(map, "while", (node) => readExpression(cx, node, "`while`", { ...site, scope: inside })),
      do: body ? cx.list(body, { reference: `${place.reference}/do`, scope: inside, outer: place.lists }) : [],
    });
  },
};

function readCollection(cx: Context, node: SourceNode, site: Site): Template | undefined {
  if (node.kind === "sequence") return readTemplate(cx, node, site);
  if (!isText(node)) return wrongType(cx, node, "`in`", "an expression or a list");
  const expression = readExpression(cx, node, "`in`", site);
  return expression && { kind: "expression", expression };
}
