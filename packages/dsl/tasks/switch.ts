// `switch`: the first case that matches directs the flow (dsl-reference.md, "Switch").
import { child, type Context } from "../context.ts";
import { readExpression } from "../expressions.ts";
import { readDirective } from "../flow.ts";
import type { SwitchCase } from "../ir.ts";
import { invalid, optional, present, readShape, wrongType } from "../read.ts";
import type { SourceNode } from "../source/node.ts";
import { readNamedItems, type NamedItem } from "./items.ts";
import type { KindCompiler, TaskSource } from "./kind.ts";

export const switchCompiler: KindCompiler<"switch"> = {
  keys: ["switch"],
  required: ["switch"],
  compile(cx, source) {
    const node = child(source.map, "switch");
    const items = node ? readCases(cx, node) : [];
    reportSeveralDefaults(cx, items);
    return { ...source.base, kind: "switch", cases: items.map((item) => readCase(cx, item, source)) };
  },
};

function readCases(cx: Context, node: SourceNode): NamedItem[] {
  if (node.kind === "sequence") {
    if (node.items.length === 0) invalid(cx, node, "`switch` has no cases", "give at least one case with a `then`");
    return readNamedItems(cx, node, "a case", ["when", "then"]);
  }
  wrongType(cx, node, "`switch`", "a list of cases", "begin each case with a dash");
  return [];
}

function readCase(cx: Context, { name, node }: NamedItem, { place, site }: TaskSource): SwitchCase {
  const map = readShape(cx, node, { what: "a case", keys: ["when", "then"], required: ["then"] });
  return present<SwitchCase>({
    name,
    when: map && optional(map, "when", (when) => readExpression(cx, when, "`when`", site)),
    then: (map && optional(map, "then", (then) => readDirective(cx, then, place))) ?? { kind: "continue" },
  });
}

function reportSeveralDefaults(cx: Context, items: readonly NamedItem[]): void {
  const [first, ...others] = items.filter(({ node }) => node.kind === "mapping" && !node.entries.has("when"));
  for (const { name, at, node } of others) {
    const message = `\`${name}\` is a second default: \`${first?.name}\` has no \`when\` either`;
    cx.problems.add("several-defaults", at, node, message, "give all cases but one a `when`");
  }
}
