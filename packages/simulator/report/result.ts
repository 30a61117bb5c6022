// What one policy did to one workload: the course of its jobs and the measures of it. Everything that a report
// shows comes from here, and times are converted to seconds here and nowhere else.
import { measureSchedule, type Distribution, type ScheduleMetrics, type TenantMetrics } from "@baton/scheduler";
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
  const pick = (column: ArrayLike<number>): Float64Array => Float64Array.from(done, (job) => column[job] as number);
  const capacity = totalCapacity(cluster);
  const main = workload.resources[0]?.name ?? "";
  const unitsPerSecond = 1000 / workload.unitMs;
  const metrics = measureSchedule(
    {
      submit: pick(workload.submit),
      start: pick(course.start),
      end: pick(course.end),
      duration: pick(course.served),
      weight: pick(workload.weight),
      deadline: pick(workload.deadline),
      tenant: Int32Array.from(done, (job) => workload.tenant[job] as number),
      node: Int32Array.from(done, (job) => course.node[job] as number),
      nodeCapacity: cluster.nodes.map((node) => node.capacity[main] ?? 0),
      resources: workload.resources.map(({ name, amount }) => ({ name, capacity: capacity.get(name) ?? 0, amount: pick(amount) })),
      tenants: workload.tenants.map((name) => ({ name, weight: tenantWeight(cluster, name) })),
      preemptions: course.preemptions + course.suspensions,
    },
    slowdownThresholdSeconds * unitsPerSecond,
  );
  const stranded = workload.count - done.length - course.refused.length;
  return { policy, course, metrics: inSeconds(metrics, unitsPerSecond), refused: course.refused.length, stranded };
}

/** Measured in whole units and divided at the end, so that a wait of nothing is zero and not a rounding error. */
function inSeconds(metrics: ScheduleMetrics, unitsPerSecond: number): ScheduleMetrics {
  if (unitsPerSecond === 1) return metrics;
  const times = (list: Distribution): Distribution => ({
    count: list.count,
    mean: list.mean / unitsPerSecond,
    rms: list.rms / unitsPerSecond,
    min: list.min / unitsPerSecond,
    p50: list.p50 / unitsPerSecond,
    p90: list.p90 / unitsPerSecond,
    p99: list.p99 / unitsPerSecond,
    max: list.max / unitsPerSecond,
  });
  return {
    ...metrics,
    window: metrics.window / unitsPerSecond,
    makespan: metrics.makespan / unitsPerSecond,
    throughput: metrics.throughput * unitsPerSecond,
    response: times(metrics.response),
    turnaround: times(metrics.turnaround),
    waiting: times(metrics.waiting),
    weightedResponse: metrics.weightedResponse / unitsPerSecond,
    tenants: metrics.tenants.map((tenant) => ({
      ...tenant,
      waiting: times(tenant.waiting),
      share: { received: tenant.share.received / unitsPerSecond, due: tenant.share.due / unitsPerSecond },
    })),
  };
}

function tenantWeight(cluster: Cluster, tenant: string): number {
  return cluster.queues.find(({ id }) => id === tenant)?.weight ?? 1;
}

/** The tenants with the largest share received first. */
export function tenantsByShare(metrics: ScheduleMetrics): TenantMetrics[] {
  return [...metrics.tenants].sort((a, b) => b.share.received - a.share.received || (a.name < b.name ? -1 : 1));
}
