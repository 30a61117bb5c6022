// `emit`: an event that is published (dsl-reference.md, "Emit", "Event Properties"). What is written as a constant is
// checked here, what an expression gives when the event is made.
import { child, type Context } from "../context.ts";
import { attributeNameProblem, attributeProblem, eventMembers } from "../event-attributes.ts";
import { readTemplate, type Site } from "../expressions.ts";
import type { EmitTask, Template } from "../ir.ts";
import { didYouMean, invalid, lacks, optional, readMapping, readShape, reportMissingKeys } from "../read.ts";
import type { Entry, MappingNode, SourceNode } from "../source/node.ts";
import type { KindCompiler } from "./kind.ts";

export const emitCompiler: KindCompiler<"emit"> = {
  keys: ["emit"],
  required: ["emit"],
  compile(cx, { map, base, site }) {
    const emit = optional(map, "emit", (node) => readShape(cx, node, { what: "`emit`", keys: ["event"], required: ["event"] }));
    const event = emit && optional(emit, "event", (node) => readShape(cx, node, { what: "an event", keys: ["with"], required: ["with"] }));
    const properties = event && child(event, "with");
    return { ...base, kind: "emit", event: (properties && readEvent(cx, properties, site)) ?? [] };
  },
};

function readEvent(cx: Context, node: SourceNode, site: Site): EmitTask["event"] | undefined {
  const map = readMapping(cx, node, "an event's `with`");
  if (map === undefined) return undefined;
  const members = [...map.entries.values()].map((entry) => [entry.key, readMember(cx, entry, site)] as const);
  if (!mistypes(map, "type") && lacks(cx, map, "type"))
    reportMissingKeys(cx, map, { what: "an emitted event", keys: [], required: ["type"] });
  reportTwoPayloads(cx, map);
  return members;
}

/** Whether a key that is no attribute was probably meant to be this one: it has its message already. */
function mistypes(map: MappingNode, key: string): boolean {
  return [...map.entries.keys()].some((name) => attributeNameProblem(name) !== undefined && didYouMean(name, [key]) !== undefined);
}

function readMember(cx: Context, { key, at, value }: Entry, site: Site): Template {
  const template = readTemplate(cx, value, site);
  reportName(cx, key, at, value);
  if (key === "data" || template.kind !== "constant" || attributeNameProblem(key) !== undefined) return template;
  const problem = attributeProblem(key, template.value);
  if (problem !== undefined) invalid(cx, value, `The event's \`${key}\` ${problem}`);
  return template;
}

/** Reports a key that cannot be the name of an attribute. */
export function reportName(cx: Context, key: string, at: Entry["at"], value: SourceNode): void {
  const problem = attributeNameProblem(key);
  if (problem === undefined) return;
  const advice = didYouMean(key, eventMembers) ?? didYouMean(key.toLowerCase(), eventMembers);
  cx.problems.add("unknown-key", at, value, `\`${key}\` is not an attribute of an event: ${problem}`, advice);
}

function reportTwoPayloads(cx: Context, map: MappingNode): void {
  const second = map.entries.has("data") ? map.entries.get("data_base64") : undefined;
  if (second === undefined) return;
  cx.problems.add("invalid-value", second.at, second.value, "An event has `data` or `data_base64`, not both", "remove one of them");
}
