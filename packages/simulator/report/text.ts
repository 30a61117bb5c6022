// Results as text: a table for people, CSV and JSON for programs. Nothing here depends on the clock or the machine, so
// that the same simulation always gives the same bytes.
import type { LearnerReport } from "@baton/scheduler";
import { measures, predictionMeasures, tenantMeasures, type Measure, type TenantMeasure, type Unit } from "./columns.ts";
import { formatNumber, formatPercent, formatSpan } from "./format.ts";
import { tenantsByShare, type Comparison, type PolicyResult } from "./result.ts";
import type { Workload } from "../workload/workload.ts";

/** A value in the words of its unit. */
export function show(value: number, unit: Unit): string {
  switch (unit) {
    case "seconds":
      return formatSpan(value);
    case "share":
      return formatPercent(value);
    case "count":
    case "plain":
      return formatNumber(value);
  }
}

/** What of a table is shown. */
export interface TableOptions {
  /** Width to keep to; blocks of policies are put under each other where they do not fit. */
  readonly columns?: number;
  /** So many tenants, those with the most service first; the others are counted in one line. */
  readonly tenants?: number;
}

const defaultColumns = 120;
const defaultTenants = 8;

/** All measures, one policy per column. */
export function comparisonTable(comparison: Comparison, options: TableOptions = {}): string {
  const resources = comparison.workload.resources.map(({ name }) => name);
  const rows: Row[] = [];
  let group = "";
  for (const measure of measures(resources)) {
    if (measure.group !== group && measure.group !== "") rows.push({ label: measure.group, cells: [] });
    group = measure.group;
    const label = group === "" ? measure.label : `  ${measure.label}`;
    rows.push({ label, cells: comparison.results.map((result) => show(measure.value(result), measure.unit)) });
  }
  const names = comparison.results.map(({ policy }) => policy);
  const tenants = tenantBlocks(comparison, options.tenants ?? defaultTenants);
  const learners = comparison.results.flatMap(learnerBlock);
  return [...blocks("", names, rows, options.columns ?? defaultColumns), ...tenants, ...learners].join("\n\n").concat("\n");
}

/** A few measures, one policy per line. */
export function measuresTable({ results }: Comparison, chosen: readonly Measure[], columns: number = defaultColumns): string {
  const titles = chosen.map(({ group, label }) => (group === "" ? label : `${group} ${label}`));
  const rows = results.map((result) => ({ label: result.policy, cells: chosen.map(({ value, unit }) => show(value(result), unit)) }));
  return blocks("", titles, rows, columns).join("\n\n").concat("\n");
}

interface Row {
  readonly label: string;
  readonly cells: readonly string[];
}

/** Lays rows out, as many columns beside each other as fit. */
function blocks(title: string, names: readonly string[], rows: readonly Row[], width: number): string[] {
  const labelWidth = Math.max(title.length, ...rows.map(({ label }) => label.length));
  const widths = names.map((name, i) => Math.max(name.length, ...rows.map(({ cells }) => (cells[i] ?? "").length)));
  const found: string[] = [];
  for (let from = 0; from < names.length;) {
    let to = from;
    for (let used = labelWidth; to < names.length && (to === from || used + (widths[to] as number) + 2 <= width); to++)
      used += (widths[to] as number) + 2;
    const line = (label: string, cells: readonly string[]): string => {
      const padded = cells.length === 0 ? [] : widths.slice(from, to).map((size, i) => (cells[from + i] ?? "").padStart(size));
      return [label.padEnd(labelWidth), ...padded].join("  ").trimEnd();
    };
    found.push([line(title, names), ...rows.map(({ label, cells }) => line(label, cells))].join("\n"));
    from = to;
  }
  return found;
}

const shownOfTenants: readonly string[] = [
  "jobs",
  "waiting_mean_seconds",
  "waiting_p90_seconds",
  "waiting_max_seconds",
  "bounded_slowdown_mean",
  "bounded_slowdown_max",
  "share_ratio",
];

function tenantBlocks(comparison: Comparison, count: number): string[] {
  if (comparison.workload.tenants.length < 2 || count === 0) return [];
  const shown = tenantMeasures.filter(({ name }) => shownOfTenants.includes(name));
  return comparison.results.map((result) => tenantBlock(result, shown, count));
}

function tenantBlock({ policy, metrics }: PolicyResult, shown: readonly TenantMeasure[], count: number): string {
  const tenants = tenantsByShare(metrics);
  const rows = tenants
    .slice(0, count)
    .map((tenant) => ({ label: tenant.name, cells: shown.map(({ value, unit }) => show(value(tenant), unit)) }));
  const [table] = blocks(
    `tenants under ${policy}`,
    shown.map(({ label }) => label),
    rows,
    Number.POSITIVE_INFINITY,
  );
  const rest = tenants.length - rows.length;
  return rest > 0 ? `${table}\n(${rest} more: --tenants ${tenants.length}, or -o csv)` : (table as string);
}

/** The learners of a contest, where there was one. */
function learnerBlock({ policy, course }: PolicyResult): string[] {
  const rivals = course.learners.filter(({ contest }) => contest !== undefined);
  if (rivals.length === 0) return [];
  const rows = rivals.map((learner) => ({
    label: learner.contest?.isLeader === true ? `${learner.learner} (believed)` : learner.learner,
    cells: predictionMeasures.map(({ value, unit }) => show(value(learner), unit)),
  }));
  const titles = predictionMeasures.map(({ label }) => label);
  return blocks(`learners under ${policy}`, titles, rows, Number.POSITIVE_INFINITY);
}

/** The measures of the learners that competed under some policy; the others are empty there. */
function rivalMeasures(results: readonly PolicyResult[]): readonly Pick<Measure, "name" | "value">[] {
  const names = new Set(results.flatMap(({ course }) => course.learners.filter(({ contest }) => contest).map(({ learner }) => learner)));
  return [...names].flatMap((name) =>
    predictionMeasures.map((measure) => ({
      name: `prediction_${name.replaceAll("-", "_")}_${measure.name}`,
      value: ({ course }: PolicyResult): number => {
        const rival = course.learners.find(({ learner, contest }) => learner === name && contest !== undefined);
        return rival === undefined ? Number.NaN : measure.value(rival);
      },
    })),
  );
}

/** One line per policy, and one per policy and tenant; the tenant is empty in the first. Times in seconds; what there is not is empty. */
export function comparisonCsv({ workload, results }: Comparison): string {
  const all = [...measures(workload.resources.map(({ name }) => name)), ...rivalMeasures(results)];
  const own = tenantMeasures.filter(({ name }) => !all.some((measure) => measure.name === name));
  const header = ["policy", "tenant", ...all.map(({ name }) => name), ...own.map(({ name }) => name)];
  const orEmpty = (value: number): number | string => (Number.isNaN(value) ? "" : value);
  const lines = results.flatMap((result) => [
    [result.policy, "", ...all.map(({ value }) => orEmpty(value(result))), ...own.map(() => "")],
    ...tenantsByShare(result.metrics).map((tenant) => {
      const values = new Map(tenantMeasures.map(({ name, value }) => [name, value(tenant)]));
      return [result.policy, tenant.name, ...header.slice(2).map((name) => values.get(name) ?? "")];
    }),
  ]);
  return csv([header, ...lines]);
}

/** The same as one JSON document. */
export function comparisonJson({ workload, cluster, results }: Comparison): string {
  const document = {
    workload: { name: workload.name, jobs: workload.count, tenants: workload.tenants.length },
    cluster: { nodes: cluster.nodes.length, queues: cluster.queues.length },
    policies: results.map(({ policy, metrics, refused, stranded, course }) => ({
      policy,
      refused,
      stranded,
      ...metrics,
      prediction: course.learners.map(learnerDocument),
    })),
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

/** A learner's errors in seconds. */
function learnerDocument(learner: LearnerReport): object {
  const { learner: name, isInUse, contest, jobs, underestimated, accuracy, recentRatio } = learner;
  const seconds = ({ p50, p90, p99, max }: LearnerReport["absoluteMs"]): object => ({
    mean: learner.meanAbsoluteMs / 1000,
    p50: p50 / 1000,
    p90: p90 / 1000,
    p99: p99 / 1000,
    max: max / 1000,
  });
  return {
    learner: name,
    isInUse,
    ...(contest === undefined ? {} : { contest }),
    jobs,
    absoluteErrorSeconds: seconds(learner.absoluteMs),
    biasSeconds: learner.biasMs / 1000,
    underestimated,
    accuracy,
    recentRatio,
  };
}

/** Every job under every policy: one line each, times in seconds; a job that did not end has empty fields. */
export function* jobLines({ workload, cluster, results }: Comparison): Generator<string> {
  const several = results.length > 1;
  yield `${several ? "policy," : ""}id,submit,start,end,wait,node\n`;
  for (const { policy, course } of results) {
    const lead = several ? `${csvField(policy)},` : "";
    for (let job = 0; job < workload.count; job++) yield lead + jobLine(workload, cluster.nodes, course, job);
  }
}

function jobLine(workload: Workload, nodes: Comparison["cluster"]["nodes"], course: PolicyResult["course"], job: number): string {
  // Multiplied before it is divided: a whole number of milliseconds then has no more than three decimals.
  const seconds = (value: number): number => (value * workload.unitMs) / 1000;
  const submit = workload.submit[job] as number;
  const lead = `${csvField(workload.ids[job] as string)},${seconds(submit)}`;
  const end = course.end[job] as number;
  if (Number.isNaN(end)) return `${lead},,,,\n`;
  const wait = end - submit - (course.served[job] as number);
  const node = nodes[course.node[job] as number]?.id ?? "";
  return `${lead},${seconds(course.start[job] as number)},${seconds(end)},${seconds(wait)},${csvField(node)}\n`;
}

function csv(rows: readonly (readonly (string | number)[])[]): string {
  return rows.map((row) => `${row.map((value) => csvField(String(value))).join(",")}\n`).join("");
}

/** RFC 4180: quoted where it must be. */
function csvField(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
