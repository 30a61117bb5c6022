// Flow directives (dsl-reference.md, "Flow Directive"): continue, exit, end, or a task of the same list.
import type { Context, OuterLists, TaskPlace } from "./context.ts";
import type { FlowDirective } from "./ir.ts";
import type { Advice } from "./problems.ts";
import { didYouMean, listOf, readText } from "./read.ts";
import type { SourceNode, TextNode } from "./source/node.ts";

const directives = ["continue", "exit", "end"] as const;
/** Up to how many targets are worth listing. */
const fewTargets = 8;
const toEnd = `direct to ${directives.map((word) => `\`${word}\``).join(", ")} instead`;
const goOn: FlowDirective = { kind: "continue" };

/** Reads a directive; a target must be a task of the list in which the task stands. */
export function readDirective(cx: Context, node: SourceNode, place: TaskPlace): FlowDirective {
  const text = readText(cx, node, "`then`");
  if (text === undefined) return goOn;
  const directive = directives.find((word) => word === text.json);
  if (directive !== undefined) return { kind: directive };
  const index = place.siblings.get(text.json);
  if (index !== undefined && place.branches === undefined) return { kind: "task", index };
  reportTarget(cx, text, place);
  return goOn;
}

function reportTarget(cx: Context, node: TextNode, place: TaskPlace): void {
  const target = node.json;
  const report = (message: string, advice: Advice): void => cx.problems.add("unknown-target", node, node, message, advice);
  if (place.branches !== undefined) return report(`Branches of a fork run side by side, so that none can direct to \`${target}\``, toEnd);
  if (isInOuterList(place.lists, target))
    return report(
      `\`${target}\` lies at another depth; \`then\` leads only to a task of the same list`,
      "leave this list with `exit`, and put the `then` on the task around it",
    );
  return report(`There is no task \`${target}\` in this list`, () => adviseTarget(target, [...place.siblings.keys(), ...directives]));
}

function adviseTarget(target: string, targets: readonly string[]): string {
  return didYouMean(target, targets) ?? (targets.length <= fewTargets ? `it can be ${listOf(targets)}` : toEnd);
}

function isInOuterList(lists: OuterLists | undefined, name: string): boolean {
  for (let list = lists; list !== undefined; list = list.outer) if (list.names.has(name)) return true;
  return false;
}
