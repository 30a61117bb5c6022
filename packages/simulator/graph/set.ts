// A set of graphs: each runs on an empty cluster, and what counts is how far its makespan lies above what no schedule can beat.
import { distribution } from "@baton/scheduler";
import type { Cluster } from "../cluster.ts";
import { totalCapacity } from "../cluster.ts";
import { formatNumber } from "../report/format.ts";
import type { PolicyResult } from "../report/result.ts";
import type { Workload } from "../workload/workload.ts";

/** One graph of a set under several policies. */
export interface GraphResult {
  readonly graph: string;
  readonly tasks: number;
  /** In seconds; see `lowerBound`. */
  readonly bound: number;
  readonly results: readonly PolicyResult[];
}

/** No schedule is shorter than the longest path on the fastest node, nor than the work of a resource over all there is of it. In seconds. */
export function lowerBound(workload: Workload, cluster: Cluster): number {
  const fastest = Math.max(...cluster.nodes.map(({ speed }) => speed ?? 1));
  const capacity = totalCapacity(cluster);
  const work = workload.resources.map(
    ({ name, amount }) => amount.reduce((sum, value, job) => sum + value * (workload.run[job] as number), 0) / (capacity.get(name) ?? 0),
  );
  const bound = Math.max(longestPath(workload), ...work.filter(Number.isFinite)) / fastest;
  return (bound * workload.unitMs) / 1000;
}

function longestPath({ predecessors = [], run }: Workload): number {
  const ends: number[] = [];
  // Depth first without recursion: a graph may be a chain of a million tasks.
  const visit = (first: number): void => {
    const open = [first];
    for (let task = open.at(-1); task !== undefined; task = open.at(-1)) {
      const before = predecessors[task] ?? [];
      const missing = before.find((other) => ends[other] === undefined);
      if (missing === undefined) {
        ends[task] = before.reduce((latest, other) => Math.max(latest, ends[other] as number), 0) + (run[task] as number);
        open.pop();
      } else open.push(missing);
    }
  };
  for (let task = 0; task < predecessors.length; task++) if (ends[task] === undefined) visit(task);
  return ends.reduce((latest, end) => Math.max(latest, end), 0);
}

/** Makespan over bound: how it is distributed, and the graph for which it is largest, per policy. */
export function graphSetTable(graphs: readonly GraphResult[]): string {
  const policies = graphs[0]?.results.map(({ policy }) => policy) ?? [];
  const header = ["policy", "graphs", "makespan / bound: mean", "median", "90th percentile", "worst", "of graph"];
  const rows = policies.map((policy, k) => {
    const ratios = graphs.map(({ graph, bound, results }) => ({ graph, ratio: (results[k]?.metrics.makespan ?? 0) / bound }));
    const worst = ratios.reduce((a, b) => (b.ratio > a.ratio ? b : a));
    const { mean, p50, p90, max } = distribution(ratios.map(({ ratio }) => ratio));
    return [policy, String(graphs.length), ...[mean, p50, p90, max].map(formatNumber), worst.graph];
  });
  const widths = header.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join("  ")
      .trimEnd();
  return `${[header, ...rows].map(line).join("\n")}\n`;
}

/** One line per graph and policy. */
export function graphSetCsv(graphs: readonly GraphResult[]): string {
  const lines = graphs.flatMap(({ graph, tasks, bound, results }) =>
    results.map(({ policy, metrics }) => [graph, tasks, policy, metrics.makespan, bound, metrics.makespan / bound].join(",")),
  );
  return `${["graph,tasks,policy,makespan_seconds,bound_seconds,ratio", ...lines].join("\n")}\n`;
}

/** The same as one JSON document. */
export function graphSetJson(graphs: readonly GraphResult[]): string {
  const document = graphs.map(({ graph, tasks, bound, results }) => ({
    graph,
    tasks,
    boundSeconds: bound,
    policies: results.map(({ policy, metrics }) => ({ policy, makespanSeconds: metrics.makespan, ratio: metrics.makespan / bound })),
  }));
  return `${JSON.stringify(document, undefined, 2)}\n`;
}
