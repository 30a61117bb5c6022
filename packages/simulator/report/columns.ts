// The measures that every output shows, in one list: a table, a CSV file and a report name the same things in the same
// order, and no distribution is ever shown by its mean alone.
import { err, nearest, ok, type Result } from "@baton/core";
import type { Distribution, LearnerReport, ScheduleMetrics, TenantMetrics } from "@baton/scheduler";
import type { PolicyResult } from "./result.ts";

/** How a value is written for people. */
export type Unit = "count" | "seconds" | "share" | "plain";

/** One measure: its name in files, its label for people, and where it is found. */
export interface Measure {
  /** Snake case with the unit last, as in a CSV header. */
  readonly name: string;
  readonly group: string;
  readonly label: string;
  readonly unit: Unit;
  readonly value: (result: PolicyResult) => number;
}

const statistics: readonly (readonly [keyof Distribution, string])[] = [
  ["mean", "mean"],
  ["p50", "median"],
  ["p90", "90th percentile"],
  ["p99", "99th percentile"],
  ["max", "maximum"],
  ["rms", "root mean square"],
];

type DistributionKey = "response" | "turnaround" | "waiting" | "slowdown" | "boundedSlowdown";

const distributions: readonly (readonly [DistributionKey, string, string, Unit])[] = [
  ["waiting", "waiting", "waiting time", "seconds"],
  ["response", "response", "response time", "seconds"],
  ["turnaround", "turnaround", "turnaround time", "seconds"],
  ["slowdown", "slowdown", "slowdown", "plain"],
  ["boundedSlowdown", "bounded_slowdown", "bounded slowdown", "plain"],
];

/** All measures of a result; the utilisation has one per resource. */
export function measures(resources: readonly string[]): readonly Measure[] {
  return [
    overall("jobs", "jobs completed", "count", (metrics) => metrics.jobs),
    { name: "refused", group: "", label: "jobs that can never run", unit: "count", value: (result) => result.refused },
    { name: "stranded", group: "", label: "jobs left waiting", unit: "count", value: (result) => result.stranded },
    overall("makespan_seconds", "makespan", "seconds", (metrics) => metrics.makespan),
    overall("throughput_per_second", "throughput, jobs/s", "plain", (metrics) => metrics.throughput),
    ...distributions.flatMap(([key, name, label, unit]) =>
      statistics.map(([statistic, words]) => ({
        name: `${name}_${statistic}${unit === "seconds" ? "_seconds" : ""}`,
        group: label,
        label: words,
        unit,
        value: (result: PolicyResult) => result.metrics[key][statistic],
      })),
    ),
    overall("weighted_response_seconds", "weighted average response", "seconds", (metrics) => metrics.weightedResponse),
    ...resources.map((resource) =>
      overall(`utilisation_${resource}`, `utilisation, ${resource}`, "share", (metrics) => metrics.utilisation[resource] ?? 0),
    ),
    overall("node_load_mean", "node load, mean", "share", (metrics) => metrics.nodeLoad.mean),
    overall("node_load_imbalance", "node load, imbalance", "plain", (metrics) => metrics.nodeLoad.imbalance),
    overall("fairness_jain", "fairness between tenants (Jain)", "plain", (metrics) => metrics.fairness),
    ...predictionMeasures.map(({ name, label, unit, value }) => ({
      name: `prediction_${name}`,
      group: "prediction of run times",
      label,
      unit,
      value: ({ course: { learners } }: PolicyResult) => (learners[0] && learners[0].jobs > 0 ? value(learners[0]) : Number.NaN),
    })),
    overall("deadline_misses", "deadlines missed", "count", (metrics) => metrics.deadlineMisses),
    overall("preemptions", "preemptions", "count", (metrics) => metrics.preemptions),
  ];
}

/** The measures of these names; a name also stands for all that begin with it. The error names the one that is not there. */
export function chooseMeasures(names: readonly string[], resources: readonly string[]): Result<readonly Measure[], string> {
  const all = measures(resources);
  const chosen: Measure[] = [];
  for (const name of names) {
    const exact = all.filter((measure) => measure.name === name);
    const found = exact.length > 0 ? exact : all.filter((measure) => measure.name.startsWith(`${name}_`));
    if (found.length === 0) return err(noMeasure(name, all));
    chosen.push(...found);
  }
  return ok(chosen);
}

function noMeasure(name: string, all: readonly Measure[]): string {
  const names = all.map((measure) => measure.name);
  const meant = nearest(name, names);
  return `There is no measure "${name}". ${meant === undefined ? `There are ${names.join(", ")}.` : `Did you mean "${meant}"?`}`;
}

function overall(name: string, label: string, unit: Unit, of: (metrics: ScheduleMetrics) => number): Measure {
  return { name, group: "", label, unit, value: ({ metrics }) => of(metrics) };
}

/** One measure of a learner's predictions. */
export interface PredictionMeasure {
  readonly name: string;
  readonly label: string;
  readonly unit: Unit;
  readonly value: (learner: LearnerReport) => number;
}

/** What is shown of each learner; errors are predictions minus run times. */
export const predictionMeasures: readonly PredictionMeasure[] = [
  { name: "error_mean_seconds", label: "mean absolute error", unit: "seconds", value: (learner) => learner.meanAbsoluteMs / 1000 },
  { name: "error_p50_seconds", label: "median error", unit: "seconds", value: ({ absoluteMs }) => absoluteMs.p50 / 1000 },
  { name: "error_p90_seconds", label: "90th percentile", unit: "seconds", value: ({ absoluteMs }) => absoluteMs.p90 / 1000 },
  { name: "error_p99_seconds", label: "99th percentile", unit: "seconds", value: ({ absoluteMs }) => absoluteMs.p99 / 1000 },
  { name: "error_max_seconds", label: "maximum", unit: "seconds", value: ({ absoluteMs }) => absoluteMs.max / 1000 },
  { name: "bias_seconds", label: "bias", unit: "seconds", value: ({ biasMs }) => biasMs / 1000 },
  { name: "underestimated", label: "underestimated", unit: "share", value: ({ underestimated }) => underestimated },
  { name: "accuracy", label: "accuracy", unit: "share", value: ({ accuracy }) => accuracy },
];

/** One measure of a tenant. */
export interface TenantMeasure {
  readonly name: string;
  readonly label: string;
  readonly unit: Unit;
  readonly value: (tenant: TenantMetrics) => number;
}

/** What is shown of each tenant. */
export const tenantMeasures: readonly TenantMeasure[] = [
  { name: "jobs", label: "jobs", unit: "count", value: (tenant) => tenant.jobs },
  ...statistics.map(([statistic, label]) => ({
    name: `waiting_${statistic}_seconds`,
    label: `wait ${label}`,
    unit: "seconds" as const,
    value: (tenant: TenantMetrics) => tenant.waiting[statistic],
  })),
  ...statistics.map(([statistic, label]) => ({
    name: `bounded_slowdown_${statistic}`,
    label: `slowdown ${label}`,
    unit: "plain" as const,
    value: (tenant: TenantMetrics) => tenant.boundedSlowdown[statistic],
  })),
  { name: "share_received", label: "share received", unit: "plain", value: ({ share }) => share.received },
  { name: "share_due", label: "share due", unit: "plain", value: ({ share }) => share.due },
  { name: "share_ratio", label: "received / due", unit: "plain", value: ({ share }) => (share.due > 0 ? share.received / share.due : 1) },
];
