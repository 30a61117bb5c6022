// What one policy did to one workload: the course of its jobs and the measures of it. Everything that a report
// shows comes from here, and times are converted to seconds here and nowhere else.
import { measureSchedule, type ScheduleMetrics, type TenantMetrics } from "@baton/scheduler";
import { totalCapacity, type Cluster } from "../cluster.ts";
import type { Course } from "../drive/course.ts";
import type { Workload } from "../workload/workload.ts";

/** One policy's result. */
export interface PolicyResult {
  readonly policy: string;
  readonly course: Course;
  /** Times in seconds. */
  readonly metrics: ScheduleMetrics;
  /** Jobs that can never run on this cluster. */
  readonly refused: number;
  /** Jobs that were accepted and still waited when nothing happened any more. */
  readonly stranded: number;
}

/** A comparison of policies on one workload and one cluster. */
export interface Comparison {
  readonly workload: Workload;
  readonly cluster: Cluster;
  readonly results: readonly PolicyResult[];
}

/** The threshold of the bounded slowdown, in seconds. */
export const slowdownThresholdSeconds = 10;

/** Measures what happened. Jobs that never ended count in `refused` or `stranded` and in no other measure. */
export function measureCourse(policy: string, workload: Workload, cluster: Cluster, course: Course): PolicyResult {
  const done = Uint32Array.from({ length: workload.count }, (_, job) => job).filter((job) => !Number.isNaN(course.end[job]));
  const pick = (column: ArrayLike<number>, factor = 1): Float64Array => Float64Array.from(done, (job) => (column[job] as number) * factor);
  const seconds = workload.unitMs / 1000;
  const capacity = totalCapacity(cluster);
  const main = workload.resources[0]?.name ?? "";
  const metrics = measureSchedule(
    {
      submit: pick(workload.submit, seconds),
      start: pick(course.start, seconds),
      end: pick(course.end, seconds),
      duration: pick(course.served, seconds),
      weight: pick(workload.weight),
      deadline: pick(workload.deadline, seconds),
      tenant: Int32Array.from(done, (job) => workload.tenant[job] as number),
      node: Int32Array.from(done, (job) => course.node[job] as number),
      nodeCapacity: cluster.nodes.map((node) => node.capacity[main] ?? 0),
      resources: workload.resources.map(({ name, amount }) => ({ name, capacity: capacity.get(name) ?? 0, amount: pick(amount) })),
      tenants: workload.tenants.map((name) => ({ name, weight: tenantWeight(cluster, name) })),
      preemptions: course.preemptions + course.suspensions,
    },
    slowdownThresholdSeconds,
  );
  return { policy, course, metrics, refused: course.refused.length, stranded: workload.count - done.length - course.refused.length };
}

function tenantWeight(cluster: Cluster, tenant: string): number {
  return cluster.queues.find(({ id }) => id === tenant)?.weight ?? 1;
}

/** The tenants with the largest share received first. */
export function tenantsByShare(metrics: ScheduleMetrics): TenantMetrics[] {
  return [...metrics.tenants].sort((a, b) => b.share.received - a.share.received || (a.name < b.name ? -1 : 1));
}
