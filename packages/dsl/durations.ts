// Durations (dsl-reference.md, "Duration"): a mapping of parts, an ISO 8601 text, or an expression.
import { durationOf, parseDuration, type Result, type Duration } from "@baton/core";
import type { Context } from "./context.ts";
import { isExpressionText, readExpression, readTextTemplate, type Site } from "./expressions.ts";
import type { DurationTemplate } from "./ir.ts";
import { definitionOf, readInteger, readShape, wrongType } from "./read.ts";
import { wholeExpression } from "./segments.ts";
import { isText, type MappingNode, type SourceNode, type TextNode } from "./source/node.ts";

const parts = ["days", "hours", "minutes", "seconds", "milliseconds"] as const;

/** Reads a duration. */
export function readDuration(cx: Context, node: SourceNode, what: string, site: Site): DurationTemplate | undefined {
  if (node.kind === "mapping") return readParts(cx, node, what);
  if (!isText(node)) return wrongType(cx, node, what, 'a duration, such as `seconds: 5` or "PT5S"');
  if (wholeExpression(node.json, cx.evaluation.language) === undefined) return readBare(cx, node, site);
  const expression = readExpression(cx, node, what, site);
  return expression && { kind: "expression", expression };
}

/** A text without a mark: the duration itself, or, in the mode `loose`, an expression that gives it. */
function readBare(cx: Context, node: TextNode, site: Site): DurationTemplate | undefined {
  const duration = parseDuration(node.json);
  const template = duration.ok || !isExpressionText(cx, node) ? undefined : readTextTemplate(cx, node, site);
  return template?.kind === "expression" ? template : constant(cx, node, duration);
}

function readParts(cx: Context, node: MappingNode, what: string): DurationTemplate | undefined {
  const map = readShape(cx, node, { what, keys: parts });
  if (map === undefined) return undefined;
  if (map.entries.size === 0) {
    cx.problems.add("invalid-duration", node, node, "The duration has no parts", "write `seconds: 5`");
    return undefined;
  }
  const known: { [part in (typeof parts)[number]]?: number } = {};
  for (const part of parts) {
    const entry = map.entries.get(part);
    const value = entry && readInteger(cx, entry.value, `\`${part}\``, 0, Number.MAX_SAFE_INTEGER);
    if (value !== undefined) known[part] = value;
  }
  return constant(cx, node, durationOf(known));
}

function constant(cx: Context, node: MappingNode | TextNode, result: Result<Duration, string>): DurationTemplate | undefined {
  if (result.ok) return { kind: "constant", duration: result.value };
  cx.problems.add("invalid-duration", node, node, `Not a duration: ${result.error}`);
  return undefined;
}

/** Reads a timeout: the name of one in `use.timeouts`, or `after` with a duration. */
export function readTimeout(cx: Context, node: SourceNode, site: Site): DurationTemplate | undefined {
  if (isText(node)) {
    const definition = definitionOf(cx, "timeouts", node);
    return definition && readTimeoutDefinition(cx, definition.value, site);
  }
  return readTimeoutDefinition(cx, node, site);
}

/** Reads `after` with a duration. */
export function readTimeoutDefinition(cx: Context, node: SourceNode, site: Site): DurationTemplate | undefined {
  const map = readShape(cx, node, { what: "a timeout", keys: ["after"], required: ["after"] });
  const after = map?.entries.get("after");
  return after && readDuration(cx, after.value, "`after`", site);
}
