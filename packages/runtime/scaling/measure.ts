// What autoscalers go by, from the jobs and nodes as they are now.
import type { Instant } from "@baton/core";
import { defaultPool, type Reading } from "@baton/scheduler";
import type { Job } from "../jobs/job.ts";
import type { Jobs } from "../jobs/jobs.ts";
import type { MetricSpec } from "./spec.ts";

/** Measures one thing now; a value of null is not known. */
export function measure(metric: MetricSpec, jobs: Pick<Jobs, "scheduler" | "nodes">, now: Instant): Reading {
  switch (metric.kind) {
    case "pending": {
      const value = count(jobs, (job) => queueOf(job) === metric.queue && job.reason === "pending.capacity");
      return { name: `pending by capacity in ${metric.queue}`, kind: "total", value, target: metric.target };
    }
    case "queueWait": {
      const waits = live(jobs).flatMap((job) => (queueOf(job) === metric.queue ? [waited(job, now)] : []));
      return { name: `wait in ${metric.queue} (p95, ms)`, kind: "average", value: percentile95(waits), target: metric.target };
    }
    case "utilisation": {
      const name = `utilisation of ${metric.resource}${metric.pool === null ? "" : ` in ${metric.pool}`}`;
      return { name, kind: "average", value: utilisation(metric, jobs), target: metric.target };
    }
    case "calls": {
      const value = count(jobs, ({ definition: { work } }) => work.kind === "function" && isNamed(work, metric.function));
      return { name: `calls of ${metric.function}`, kind: "total", value, target: metric.target };
    }
  }
}

function live({ scheduler }: Pick<Jobs, "scheduler">): readonly Job[] {
  return [...scheduler.jobs.values()].filter(({ ended }) => !ended);
}

function count(jobs: Pick<Jobs, "scheduler">, counts: (job: Job) => boolean): number {
  return live(jobs).filter(counts).length;
}

function queueOf({ definition }: Job): string {
  return definition.placement.queue ?? "default";
}

function waited({ identity, startedAt }: Job, now: Instant): number {
  return Math.max(0, (startedAt ?? now) - identity.submittedAt);
}

/** With its version, or of all versions. */
function isNamed(work: { readonly function: string; readonly version: string }, wanted: string): boolean {
  return wanted === work.function || wanted === `${work.function}:${work.version}`;
}

/** The nearest rank; nobody waits where nobody is. */
function percentile95(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * 0.95) - 1)] ?? 0;
}

function utilisation({ resource, pool }: Extract<MetricSpec, { kind: "utilisation" }>, { nodes }: Pick<Jobs, "nodes">): number | null {
  let [capacity, given] = [0, 0];
  for (const node of nodes.list()) {
    if (pool !== null && (node.spec.pool ?? defaultPool) !== pool) continue;
    capacity += node.spec.capacity[resource] ?? 0;
    for (const { definition } of node.jobs.values()) given += definition.placement.requests[resource] ?? 0;
  }
  return capacity === 0 ? null : given / capacity;
}
