// Event consumption strategies and the filters in them (dsl-reference.md, "Event Consumption Strategy", "Event Filter",
// "Correlation"): of `listen`, and of whatever else waits for events.
import { child, type Context } from "./context.ts";
import { readExpression, readTemplate, type Site } from "./expressions.ts";
import type { Correlation, EventFilter, EventStrategy, EventTest, EventUntil } from "./ir.ts";
import {
  invalid,
  lacks,
  listOf,
  optional,
  present,
  readExclusive,
  readMapping,
  readSequence,
  readShape,
  reportUnknownKeys,
  wrongType,
} from "./read.ts";
import { CheckEnd, Run } from "./schema/run.ts";
import { compilePattern, type Pattern } from "./schema/pattern.ts";
import { describe, isText, type Entry, type MappingNode, type SourceNode, type TextNode } from "./source/node.ts";
import { reportName } from "./tasks/emit.ts";

const kinds = ["one", "any", "all"] as const;

/** Reads a strategy. One that is itself an `until` has none. */
export function readStrategy(cx: Context, node: SourceNode, site: Site, nested = false): EventStrategy | undefined {
  const what = nested ? "an `until`" : "an event consumption strategy";
  const map = readMapping(cx, node, what);
  if (map === undefined) return undefined;
  const untilKey = map.entries.has("any") && !nested ? ["until"] : [];
  reportUnknownKeys(cx, map, { what, keys: [...kinds, ...untilKey] });
  const chosen = readExclusive(cx, map, what, kinds);
  if (chosen === undefined) {
    if (kinds.every((kind) => lacks(cx, map, kind)))
      cx.problems.add(
        "missing-key",
        map.label,
        map,
        `${nested ? "An `until`" : "An event consumption strategy"} needs one of ${listOf(kinds)}`,
      );
    return undefined;
  }
  return present<EventStrategy>({
    kind: chosen.key,
    filters: readFilters(cx, chosen.key, chosen.value, site),
    until: nested ? undefined : optional(map, "until", (until) => readUntil(cx, until, site)),
  });
}

function readFilters(cx: Context, kind: EventStrategy["kind"], node: SourceNode, site: Site): EventFilter[] {
  const nodes = kind === "one" ? [node] : (readSequence(cx, node, `\`${kind}\``)?.items ?? []);
  return nodes.flatMap((filter) => readFilter(cx, filter, site) ?? []);
}

function readUntil(cx: Context, node: SourceNode, site: Site): EventUntil | undefined {
  if (node.kind === "mapping") {
    const strategy = readStrategy(cx, node, site, true);
    return strategy && { kind: "strategy", strategy };
  }
  if (!isText(node)) {
    const advice = typeof node.json === "boolean" ? `write it as an expression: '\${ ${node.json} }'` : undefined;
    return wrongType(cx, node, "`until`", "an expression, or the events that end the listening", advice);
  }
  const condition = readExpression(cx, node, "`until`", site);
  return condition && { kind: "condition", condition, never: ["false", "null"].includes(condition.source.trim()) };
}

function readFilter(cx: Context, node: SourceNode, site: Site): EventFilter | undefined {
  const map = readShape(cx, node, { what: "an event filter", keys: ["with", "correlate"], required: ["with"] });
  if (map === undefined) return undefined;
  return {
    with: optional(map, "with", (tests) => readTests(cx, tests, site)) ?? [],
    correlate: optional(map, "correlate", (links) => readCorrelations(cx, links, site)) ?? [],
  };
}

function readTests(cx: Context, node: SourceNode, site: Site): EventFilter["with"] | undefined {
  const map = readMapping(cx, node, "an event filter's `with`");
  if (map === undefined) return undefined;
  if (map.entries.size === 0) invalid(cx, node, "The event filter is empty", "name at least one attribute, such as `type`");
  return [...map.entries.values()].flatMap((entry) => readTest(cx, entry, site) ?? []);
}

function readTest(cx: Context, { key, at, value }: Entry, site: Site): EventFilter["with"][number] | undefined {
  reportName(cx, key, at, value);
  const isPayload = key === "data" || key === "data_base64";
  if (!isPayload && (value.kind !== "scalar" || value.json === null)) {
    invalid(cx, value, `\`${key}\` must be a constant, a regular expression or a runtime expression, but is ${describe(value)}`);
    return undefined;
  }
  const template = readTemplate(cx, value, site);
  if (template.kind === "expression") return { attribute: key, test: { kind: "expression", expression: template.expression } };
  if (template.kind !== "constant") return { attribute: key, test: { kind: "template", template } };
  return {
    attribute: key,
    test: (!isPayload && isText(value) ? readPattern(cx, value) : undefined) ?? { kind: "equals", value: value.json },
  };
}

/** Characters that make a text a pattern; a dot does not, for every type has some. */
const patternSigns = /[\\^$*+?()[\]{}|]/;

/** A pattern matches as a whole, unless it says itself where it begins or ends. */
function readPattern(cx: Context, node: TextNode): EventTest | undefined {
  const source = node.json;
  if (!patternSigns.test(source)) return undefined;
  const whole = source.startsWith("^") || source.endsWith("$") ? source : `^(?:${source})$`;
  const compiled = compilePattern(whole);
  if (!compiled.ok) {
    const message = `This looks like a regular expression, but is none (${compiled.error}); it is compared as it is`;
    cx.problems.add("not-a-pattern", node, node, message);
    return undefined;
  }
  return { kind: "pattern", source, matches: (text) => text === source || isFound(compiled.value, text) };
}

/** A pattern that takes too long on a text does not match it. */
function isFound(pattern: Pattern, text: string): boolean {
  try {
    return pattern(text, new Run());
  } catch (error) {
    if (error instanceof CheckEnd) return false;
    throw error;
  }
}

function readCorrelations(cx: Context, node: SourceNode, site: Site): Correlation[] {
  const map = readMapping(cx, node, "`correlate`");
  return map ? [...map.entries.values()].flatMap((entry) => readCorrelation(cx, entry, site) ?? []) : [];
}

function readCorrelation(cx: Context, { key, value }: Entry, site: Site): Correlation | undefined {
  const map = readShape(cx, value, { what: "a correlation", keys: ["from", "expect"], required: ["from"] });
  const from = map && optional(map, "from", (node) => readExpression(cx, node, "`from`", site));
  if (map === undefined || from === undefined) return undefined;
  return present<Correlation>({ name: key, from, expect: readExpect(cx, map, site) });
}

/** An expectation without `${ }` is a constant, unless it begins as no constant does: with a path or a variable. */
const bareExpression = /^\s*(?:\.[\p{L}_"[]|\$[\p{L}_])/u;

function readExpect(cx: Context, map: MappingNode, site: Site): Correlation["expect"] {
  const node = child(map, "expect");
  if (node === undefined) return undefined;
  if (node.kind !== "scalar" || node.json === null) return wrongType(cx, node, "`expect`", "a constant or a runtime expression");
  if (!isText(node) || !bareExpression.test(node.json)) return readTemplate(cx, node, site);
  const expression = readExpression(cx, node, "`expect`", site);
  return expression && { kind: "expression", expression };
}
