// Retry policies (dsl-reference.md, "Retry").
import type { Context } from "./context.ts";
import { readDuration } from "./durations.ts";
import { readExpression, type Site } from "./expressions.ts";
import type { BackoffRule, DurationTemplate, RetryPolicy } from "./ir.ts";
import { definitionOf, invalid, lacks, optional, present, readExclusive, readInteger, readShape, wrongType } from "./read.ts";
import { isText, type MappingNode, type SourceNode } from "./source/node.ts";

const noBackoff: BackoffRule = { kind: "constant" };
const zero: DurationTemplate = { kind: "constant", duration: { months: 0, ms: 0 } };

/** Reads a retry policy, or the name of one in `use.retries`. */
export function readRetry(cx: Context, node: SourceNode, site: Site): RetryPolicy | undefined {
  if (!isText(node)) return readRetryPolicy(cx, node, site);
  const definition = definitionOf(cx, "retries", node);
  return definition && readRetryPolicy(cx, definition.value, site);
}

/** Reads a retry policy. */
export function readRetryPolicy(cx: Context, node: SourceNode, site: Site): RetryPolicy | undefined {
  const keys = ["when", "exceptWhen", "delay", "backoff", "limit", "jitter"];
  const map = readShape(cx, node, { what: "a retry policy", keys });
  if (map === undefined) return undefined;
  return present<RetryPolicy>({
    when: optional(map, "when", (when) => readExpression(cx, when, "`when`", site)),
    exceptWhen: optional(map, "exceptWhen", (when) => readExpression(cx, when, "`exceptWhen`", site)),
    delay: optional(map, "delay", (delay) => readDuration(cx, delay, "`delay`", site)),
    backoff: optional(map, "backoff", (backoff) => readBackoff(cx, backoff, site)) ?? noBackoff,
    jitter: optional(map, "jitter", (jitter) => readJitter(cx, jitter, site)),
    limit: optional(map, "limit", (limit) => readLimit(cx, limit, site)) ?? {},
  });
}

const backoffKinds = ["constant", "linear", "exponential"] as const;
const backoffKeys: { readonly [K in (typeof backoffKinds)[number]]: readonly string[] } = {
  constant: [],
  linear: ["increment", "maxDelay"],
  exponential: ["factor", "maxDelay"],
};

function readBackoff(cx: Context, node: SourceNode, site: Site): BackoffRule | undefined {
  const map = readShape(cx, node, { what: "`backoff`", keys: backoffKinds });
  if (map === undefined) return undefined;
  const found = readExclusive(cx, map, "`backoff`", backoffKinds);
  if (found === undefined) {
    if (backoffKinds.every((kind) => lacks(cx, map, kind)))
      cx.problems.add("missing-key", map.label, map, "`backoff` needs one of `constant`, `linear` and `exponential`");
    return undefined;
  }
  if (found.value.json === null) return wrongType(cx, found.value, `\`${found.key}\``, "a mapping", `write \`${found.key}: {}\``);
  const parameters = readShape(cx, found.value, { what: `the ${found.key} backoff`, keys: backoffKeys[found.key] });
  return parameters && readParameters(cx, found.key, parameters, site);
}

function readParameters(cx: Context, kind: BackoffRule["kind"], map: MappingNode, site: Site): BackoffRule {
  return present<BackoffRule>({
    kind,
    increment: optional(map, "increment", (increment) => readDuration(cx, increment, "`increment`", site)),
    factor: optional(map, "factor", (factor) => readFactor(cx, factor)),
    maxDelay: optional(map, "maxDelay", (delay) => readDuration(cx, delay, "`maxDelay`", site)),
  });
}

function readFactor(cx: Context, node: SourceNode): number | undefined {
  if (typeof node.json !== "number") return wrongType(cx, node, "`factor`", "a number");
  if (node.json < 1) invalid(cx, node, `\`factor\` must be at least 1, but is ${node.json}`);
  return node.json;
}

function readJitter(cx: Context, node: SourceNode, site: Site): RetryPolicy["jitter"] {
  const map = readShape(cx, node, { what: "`jitter`", keys: ["from", "to"], required: ["from", "to"] });
  if (map === undefined) return undefined;
  const from = optional(map, "from", (from) => readDuration(cx, from, "`from`", site)) ?? zero;
  const to = optional(map, "to", (to) => readDuration(cx, to, "`to`", site)) ?? from;
  if (from.kind === "constant" && to.kind === "constant" && from.duration.ms > to.duration.ms && from.duration.months >= to.duration.months)
    invalid(cx, map, "The jitter ends before it begins", "`from` is the shortest delay that is added, `to` the longest");
  return { from, to };
}

function readLimit(cx: Context, node: SourceNode, site: Site): RetryPolicy["limit"] | undefined {
  const map = readShape(cx, node, { what: "`limit`", keys: ["attempt", "duration"] });
  if (map === undefined) return undefined;
  const attempt = optional(map, "attempt", (attempt) => readShape(cx, attempt, { what: "`attempt`", keys: ["count", "duration"] }));
  return present<RetryPolicy["limit"]>({
    attemptCount: attempt && optional(attempt, "count", (count) => readInteger(cx, count, "`count`", 0, Number.MAX_SAFE_INTEGER)),
    attemptDuration: attempt && optional(attempt, "duration", (duration) => readDuration(cx, duration, "`duration`", site)),
    duration: optional(map, "duration", (duration) => readDuration(cx, duration, "`duration`", site)),
  });
}
