// An autoscaler as people write it: what is scaled, by which measurements, within which bounds.
import type { Millis } from "@baton/core";
import type { ScaleRule } from "@baton/scheduler";
import type { Fields } from "../jobs/read/fields.ts";
import { maxReplicas, readName } from "../deployments/spec.ts";

/** What is scaled. */
export type ScaleTargetSpec =
  | { readonly kind: "deployment"; readonly name: string }
  /** Told how many there should be; `secret` names the secret that messages are signed with. */
  | { readonly kind: "webhook"; readonly url: string; readonly secret: string | null }
  | { readonly kind: "kubernetes"; readonly cluster: string | null; readonly namespace: string | null; readonly name: string };

/** What is measured. */
export type MetricSpec =
  /** Jobs of a queue that wait for room; each one of what is scaled should have so many. */
  | { readonly kind: "pending"; readonly queue: string; readonly target: number }
  /** The 95th percentile of how long jobs of a queue have waited that wait or run. */
  | { readonly kind: "queueWait"; readonly queue: string; readonly target: Millis }
  /** How much of a resource is given to jobs, on all nodes or those of a pool. */
  | { readonly kind: "utilisation"; readonly resource: string; readonly pool: string | null; readonly target: number }
  /** Calls of a function that wait or run; each one should have so many. */
  | { readonly kind: "calls"; readonly function: string; readonly target: number };

/** An autoscaler. */
export interface AutoscalerSpec extends ScaleRule {
  readonly name: string;
  readonly target: ScaleTargetSpec;
  readonly metrics: readonly MetricSpec[];
  readonly intervalMs: Millis;
  /** Decides and says so, and does nothing. */
  readonly dryRun: boolean;
}

const fieldNames = ["kind", "name", "target", "metrics", "min", "max", "tolerance", "stabilisation", "interval", "dryRun"];
const defaults = { tolerance: 0.1, upWindowMs: 0, downWindowMs: 300_000, intervalMs: 15_000 } as const;
const longest = 2_000;
const mostMetrics = 20;
/** It measures everything at each turn. */
const shortestIntervalMs = 10;
/** What was recommended within a window is kept, one recommendation for each interval. */
const mostRecommendations = 10_000;

/** An autoscaler; what is wrong with it is noted. */
export function readAutoscaler(fields: Fields): AutoscalerSpec {
  fields.only(fieldNames);
  const name = readName(fields, "an autoscaler");
  const min = fields.whole("min", 0, maxReplicas) ?? 1;
  if (!fields.has("max")) fields.wrong("max", "max is needed: the most that there may be");
  const max = fields.whole("max", 1, maxReplicas) ?? Math.max(1, min);
  if (max < min) fields.wrong("max", "max must be at least as much as min");
  const windows = fields.object("stabilisation");
  windows?.only(["up", "down"]);
  const upWindowMs = windows?.span("up", 0) ?? defaults.upWindowMs;
  const downWindowMs = windows?.span("down", 0) ?? defaults.downWindowMs;
  const intervalMs = fields.span("interval", shortestIntervalMs) ?? defaults.intervalMs;
  if (Math.max(upWindowMs, downWindowMs) > mostRecommendations * intervalMs)
    fields.wrong("stabilisation", `stabilisation may be at most ${mostRecommendations} times as long as interval`);
  return {
    name,
    target: readTarget(fields),
    metrics: readMetrics(fields),
    min,
    max,
    tolerance: fields.number("tolerance", 0) ?? defaults.tolerance,
    upWindowMs,
    downWindowMs,
    intervalMs,
    dryRun: fields.flag("dryRun") ?? false,
  };
}

const targetKinds = ["deployment", "webhook", "kubernetes"] as const;

function readTarget(fields: Fields): ScaleTargetSpec {
  const none = { kind: "deployment", name: "" } as const;
  const target = fields.object("target");
  if (target === undefined) {
    if (!fields.has("target")) fields.wrong("target", `target is needed: an object with one of ${targetKinds.join(", ")}`);
    return none;
  }
  target.only(targetKinds);
  const given = targetKinds.filter((kind) => target.has(kind));
  if (given.length !== 1) target.wrong("", `target needs one of ${targetKinds.join(", ")}`);
  if (given[0] === "webhook") return readWebhook(target.object("webhook"));
  if (given[0] === "kubernetes") return readCluster(target.object("kubernetes"));
  return { kind: "deployment", name: target.text("deployment", longest) ?? "" };
}

function readWebhook(fields: Fields | undefined): ScaleTargetSpec {
  fields?.only(["url", "secret"]);
  const url = fields?.text("url", longest) ?? "";
  if (!URL.canParse(url) || !/^https?:/.test(url)) fields?.wrong("url", "url must be an address over HTTP");
  return { kind: "webhook", url, secret: fields?.text("secret", longest) ?? null };
}

function readCluster(fields: Fields | undefined): ScaleTargetSpec {
  fields?.only(["cluster", "namespace", "deployment"]);
  if (fields?.has("deployment") === false) fields.wrong("deployment", "deployment is needed: what is scaled in the cluster");
  const text = (key: string): string | null => fields?.text(key, longest) ?? null;
  return { kind: "kubernetes", cluster: text("cluster"), namespace: text("namespace"), name: text("deployment") ?? "" };
}

function readMetrics(fields: Fields): readonly MetricSpec[] {
  const metrics = fields.objects("metrics", mostMetrics) ?? [];
  if (metrics.length === 0) fields.wrong("metrics", "metrics are needed: at least one measurement with its target");
  return metrics.map(readMetric);
}

const metricKinds = ["pending", "queueWait", "utilisation", "calls"] as const;

function readMetric(fields: Fields): MetricSpec {
  fields.only([...metricKinds, "target", "pool"]);
  const given = metricKinds.filter((kind) => fields.has(kind));
  if (given.length !== 1) fields.wrong("", `a metric needs one of ${metricKinds.join(", ")}`);
  const kind = given[0] ?? "pending";
  const named = fields.text(kind, longest) ?? "";
  if (!fields.has("target")) fields.wrong("target", "target is needed");
  if (fields.has("pool") && kind !== "utilisation") fields.wrong("pool", "pool goes with utilisation");
  if (kind === "queueWait") return { kind, queue: named, target: fields.span("target") ?? 1 };
  const target = fields.number("target", 0) ?? 1;
  if (target === 0) fields.wrong("target", "target must be above 0");
  if (kind === "utilisation") return { kind, resource: named, pool: fields.text("pool", longest) ?? null, target };
  return kind === "calls" ? { kind, function: named, target } : { kind, queue: named, target };
}
