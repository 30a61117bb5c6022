// `try`: tasks whose errors are caught, retried and answered (dsl-reference.md, "Try").
import { child, extendScope, type Context } from "../context.ts";
import { readErrorFilter } from "../error-definitions.ts";
import { readExpression } from "../expressions.ts";
import { readDirective } from "../flow.ts";
import type { CatchRule } from "../ir.ts";
import { optional, present, readShape } from "../read.ts";
import { readRetry } from "../retry.ts";
import type { SourceNode } from "../source/node.ts";
import type { KindCompiler, TaskSource } from "./kind.ts";
import { readVariableName } from "./variables.ts";

const errorName = "error";

export const tryCompiler: KindCompiler<"try"> = {
  keys: ["try", "catch"],
  required: ["try", "catch"],
  compile(cx, source) {
    const { map, base, place } = source;
    const tasks = child(map, "try");
    const inside = { reference: `${place.reference}/try`, scope: place.scope, outer: place.lists };
    return {
      ...base,
      kind: "try",
      try: tasks ? cx.list(tasks, inside) : [],
      catch: optional(map, "catch", (node) => readCatch(cx, node, source)) ?? { as: errorName },
    };
  },
};

function readCatch(cx: Context, node: SourceNode, { place, site }: TaskSource): CatchRule | undefined {
  const keys = ["errors", "as", "when", "exceptWhen", "retry", "do", "then"];
  const map = readShape(cx, node, { what: "`catch`", keys });
  if (map === undefined) return undefined;
  const as = optional(map, "as", (name) => readVariableName(cx, name, "`as`", place.scope, errorName)) ?? errorName;
  const scope = extendScope(place.scope, [as]);
  const caught = { ...site, scope };
  const inside = { reference: `${place.reference}/catch/do`, scope, outer: place.lists };
  return present<CatchRule>({
    with: optional(map, "errors", (errors) => readErrorFilter(cx, errors)),
    as,
    when: optional(map, "when", (when) => readExpression(cx, when, "`when`", caught)),
    exceptWhen: optional(map, "exceptWhen", (when) => readExpression(cx, when, "`exceptWhen`", caught)),
    retry: optional(map, "retry", (retry) => readRetry(cx, retry, caught)),
    do: optional(map, "do", (tasks) => cx.list(tasks, inside)),
    then: optional(map, "then", (then) => readDirective(cx, then, place)),
  });
}
