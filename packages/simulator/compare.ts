// A tournament of policies on one workload. The jobs are cut at the middle one; each half is simulated on an empty machine.
// The winner is chosen on the first half alone and then checked on the second, so that what is recommended was not
// fitted to what it is judged by.
//
// A policy is eligible on the first half if its longest wait is at most 1.5 times the baseline's and its root-mean-square
// bounded slowdown is no worse: a better average that is bought with starvation does not win.
import { defined } from "@baton/core";
import type { ScheduleMetrics } from "@baton/scheduler";
import { formatNumber, formatPercent, formatSpan } from "./report/format.ts";
import type { PolicyResult } from "./report/result.ts";
import type { Workload } from "./workload/workload.ts";

/** What a tournament minimises. */
export interface Objective {
  readonly name: string;
  readonly label: string;
  readonly of: (metrics: ScheduleMetrics) => number;
}

/** The objectives by name. */
export const objectives: readonly Objective[] = [
  { name: "slowdown", label: "mean bounded slowdown", of: (metrics) => metrics.boundedSlowdown.mean },
  { name: "slowdown-rms", label: "root-mean-square bounded slowdown", of: (metrics) => metrics.boundedSlowdown.rms },
  { name: "wait", label: "mean waiting time in seconds", of: (metrics) => metrics.waiting.mean },
  { name: "wait-p99", label: "99th percentile of the waiting time in seconds", of: (metrics) => metrics.waiting.p99 },
  { name: "wait-max", label: "longest waiting time in seconds", of: (metrics) => metrics.waiting.max },
  { name: "weighted-response", label: "weighted average response in seconds", of: (metrics) => metrics.weightedResponse },
  { name: "makespan", label: "makespan in seconds", of: (metrics) => metrics.makespan },
];

/** How much longer than the baseline's a winner's longest wait may be. */
export const longestWaitFactor = 1.5;

/** One policy in the tournament. */
export interface Entry {
  readonly policy: string;
  readonly first: PolicyResult;
  readonly second: PolicyResult;
  readonly eligible: boolean;
  /** Why it is not eligible. */
  readonly reason: string;
  /** What would have made it so on the second half; empty where nothing would. */
  readonly secondReason: string;
}

/** The outcome of a tournament; entries in the order of their first half. */
export interface Tournament {
  readonly objective: Objective;
  readonly baseline: Entry;
  readonly winner: Entry;
  readonly entries: readonly Entry[];
}

/** The two halves of a workload by number of jobs; jobs of one instant stay together in the first. */
export function halves(workload: Workload): readonly [Workload, Workload] {
  let middle = Math.ceil(workload.count / 2);
  while (middle < workload.count && workload.submit[middle] === workload.submit[middle - 1]) middle++;
  return [slice(workload, 0, middle, "first half"), slice(workload, middle, workload.count, "second half")];
}

function slice(workload: Workload, from: number, to: number, what: string): Workload {
  const part: Workload = {
    ...workload,
    name: `${workload.name}, ${what}`,
    count: to - from,
    ids: workload.ids.slice(from, to),
    submit: workload.submit.subarray(from, to),
    run: workload.run.subarray(from, to),
    request: workload.request.subarray(from, to),
    resources: workload.resources.map(({ name, amount }) => ({ name, amount: amount.subarray(from, to) })),
    tenant: workload.tenant.subarray(from, to),
    weight: workload.weight.subarray(from, to),
    priority: workload.priority.subarray(from, to),
    deadline: workload.deadline.subarray(from, to),
  };
  if (!workload.specs) return part;
  const kept = new Set(part.ids);
  const specs = workload.specs
    .slice(from, to)
    .map((spec) => (spec.after ? { ...spec, after: spec.after.filter((id) => kept.has(id)) } : spec));
  return { ...part, specs };
}

/** Chooses on the first half. `results` pairs the two halves of each policy; the baseline is one of the names. */
export function judge(results: readonly (readonly [PolicyResult, PolicyResult])[], baselineName: string, objective: Objective): Tournament {
  const base = defined(
    results.find(([first]) => first.policy === baselineName),
    `a result of the baseline ${baselineName}`,
  );
  const entries = results.map(([first, second]): Entry => {
    const isBaseline = first.policy === base[0].policy;
    const reason = isBaseline ? "" : objection(first, base[0]);
    const secondReason = isBaseline ? "" : objection(second, base[1]);
    return { policy: first.policy, first, second, eligible: reason === "", reason, secondReason };
  });
  entries.sort((a, b) => objective.of(a.first.metrics) - objective.of(b.first.metrics));
  const baseline = entries.find(({ policy }) => policy === base[0].policy) as Entry;
  return { objective, baseline, winner: entries.find(({ eligible }) => eligible) ?? baseline, entries };
}

function objection({ metrics, refused, stranded }: PolicyResult, base: PolicyResult): string {
  if (refused + stranded > base.refused + base.stranded) return `${refused + stranded} jobs never ran`;
  // Below a second nobody cares how many times as long it is.
  const wait = metrics.waiting.max / Math.max(1, base.metrics.waiting.max);
  if (wait > longestWaitFactor) return `longest wait ${formatNumber(wait)} times that of ${base.policy}`;
  const rms = metrics.boundedSlowdown.rms / base.metrics.boundedSlowdown.rms;
  return rms > 1 ? `root-mean-square slowdown ${formatNumber(rms)} times that of ${base.policy}` : "";
}

/** Which policy to use and by how much it is better, in words, from the half that it was not chosen on. */
export function advice({ objective, baseline, winner, entries }: Tournament): string {
  const score = (entry: Entry): number => objective.of(entry.second.metrics);
  const own = score(winner);
  const other = score(baseline);
  if (winner === baseline)
    return `Keep ${baseline.policy}: no other policy was better on the first half without making somebody wait much longer.`;
  const change = other > 0 ? (other - own) / other : 0;
  const head = `On the second half ${winner.policy} has a ${objective.label} of ${formatNumber(own)}, ${baseline.policy} ${formatNumber(other)}`;
  const [longest, otherLongest] = [winner.second.metrics.waiting.max, baseline.second.metrics.waiting.max];
  const keep = `Keep ${baseline.policy}: ${winner.policy} won on the first half, but`;
  if (change < 0) return `${keep} that did not hold. ${head}.`;
  if (change === 0) return `${keep} on the second half both have the same ${objective.label}: ${formatNumber(own)}.`;
  if (winner.secondReason !== "") return `${keep} not by the rules on the second: ${winner.secondReason}. ${head}.`;
  const best = [...entries].filter(({ eligible }) => eligible).sort((a, b) => score(a) - score(b))[0] as Entry;
  const note = best === winner ? "" : ` (${best.policy} would have been best there: ${formatNumber(score(best))}.)`;
  const waits = `the longest wait is ${formatSpan(longest)} instead of ${formatSpan(otherLongest)}`;
  return `Use ${winner.policy}. ${head}: ${formatPercent(change)} less; ${waits}.${note}`;
}
