// The measures of a whole schedule, from what happened to each of its jobs. Definitions are in times.ts, load.ts and
// fairness.ts; here they are only put together. The window runs from the first submission to the last end.
import { distribution, type Distribution } from "./distribution.ts";
import { jainIndex, tenantShares, type TenantShare } from "./fairness.ts";
import { nodeLoad, utilisation, type NodeLoad } from "./load.ts";
import {
  boundedSlowdown,
  boundedSlowdownThresholdMs,
  responseTime,
  slowdown,
  throughput,
  turnaroundTime,
  waitingTime,
  weightedMean,
} from "./times.ts";

/** What happened: column by column, one entry per completed job, all times in one unit. */
export interface MeasuredJobs {
  readonly submit: ArrayLike<number>;
  /** First served. */
  readonly start: ArrayLike<number>;
  readonly end: ArrayLike<number>;
  /** Service received, which for a job without preemption is end minus start. */
  readonly duration: ArrayLike<number>;
  /** Each 1 where it is left out. */
  readonly weight?: ArrayLike<number>;
  /** The time by which the job should have ended; Infinity where it has no deadline. */
  readonly deadline?: ArrayLike<number>;
  /** Number of the job's tenant, from 0; all jobs belong to one tenant where it is left out. */
  readonly tenant?: ArrayLike<number>;
  /** Number of the node on which the job ran, from 0, or -1 where it had none of its own. */
  readonly node?: ArrayLike<number>;
  readonly preemptions?: number;
  /** At least one; the first is the one that node loads and shares are counted in. */
  readonly resources: readonly ResourceUse[];
  readonly tenants?: readonly TenantWeight[];
  /** What each node has of the first resource. */
  readonly nodeCapacity?: ArrayLike<number>;
}

/** One resource: how much there is, and how much of it each job holds while it runs. */
export interface ResourceUse {
  readonly name: string;
  readonly capacity: number;
  readonly amount: ArrayLike<number>;
}

/** A tenant and its weight when shares are due. */
export interface TenantWeight {
  readonly name: string;
  readonly weight: number;
}

/** Every measure of a schedule. Times are in the unit of the outcome. */
export interface ScheduleMetrics {
  readonly jobs: number;
  readonly window: number;
  /** From the first submission to the last end: the length of the window. */
  readonly makespan: number;
  readonly throughput: number;
  readonly response: Distribution;
  readonly turnaround: Distribution;
  readonly waiting: Distribution;
  readonly slowdown: Distribution;
  readonly boundedSlowdown: Distribution;
  readonly weightedResponse: number;
  readonly utilisation: { readonly [resource: string]: number };
  readonly nodeLoad: NodeLoad;
  /** Jain's index over tenants of (share received / share due). */
  readonly fairness: number;
  readonly deadlineMisses: number;
  readonly preemptions: number;
  readonly tenants: readonly TenantMetrics[];
}

/** The measures of one tenant's jobs. */
export interface TenantMetrics {
  readonly name: string;
  readonly jobs: number;
  readonly waiting: Distribution;
  readonly boundedSlowdown: Distribution;
  readonly share: TenantShare;
}

/** Measures a schedule. `threshold` is that of the bounded slowdown, in the outcome's unit of time. */
export function measureSchedule(outcome: MeasuredJobs, threshold: number = boundedSlowdownThresholdMs): ScheduleMetrics {
  const times = jobTimes(outcome, threshold);
  const window = windowOf(outcome);
  const tenants = measureTenants(outcome, times);
  return {
    jobs: outcome.submit.length,
    window,
    makespan: window,
    throughput: throughput(outcome.submit.length, window),
    response: distribution(times.response),
    turnaround: distribution(times.turnaround),
    waiting: distribution(times.waiting),
    slowdown: distribution(times.slowdown),
    boundedSlowdown: distribution(times.bounded),
    weightedResponse: outcome.weight ? weightedMean(times.response, outcome.weight) : distribution(times.response).mean,
    utilisation: Object.fromEntries(
      outcome.resources.map(({ name, capacity, amount }) => [name, utilisation(used(outcome.duration, amount), capacity, window)]),
    ),
    nodeLoad: nodeLoad(nodeLoads(outcome, window)),
    fairness: jainIndex(tenants.filter(({ share }) => share.due > 0).map(({ share }) => share.received / share.due)),
    deadlineMisses: deadlineMisses(outcome),
    preemptions: outcome.preemptions ?? 0,
    tenants,
  };
}

interface JobTimes {
  readonly response: Float64Array;
  readonly turnaround: Float64Array;
  readonly waiting: Float64Array;
  readonly slowdown: Float64Array;
  readonly bounded: Float64Array;
}

function jobTimes(outcome: MeasuredJobs, threshold: number): JobTimes {
  const n = outcome.submit.length;
  const column = (): Float64Array => new Float64Array(n);
  const times = { response: column(), turnaround: column(), waiting: column(), slowdown: column(), bounded: column() };
  for (let i = 0; i < n; i++) {
    const submit = outcome.submit[i] as number;
    const duration = outcome.duration[i] as number;
    const turnaround = turnaroundTime(submit, outcome.end[i] as number);
    times.response[i] = responseTime(submit, outcome.start[i] as number);
    times.turnaround[i] = turnaround;
    times.waiting[i] = waitingTime(turnaround, duration);
    // A job of no length at all has no slowdown of its own: only the bounded one is meaningful.
    times.slowdown[i] = duration > 0 ? slowdown(turnaround, duration) : boundedSlowdown(turnaround, duration, threshold);
    times.bounded[i] = boundedSlowdown(turnaround, duration, threshold);
  }
  return times;
}

function windowOf(outcome: MeasuredJobs): number {
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < outcome.submit.length; i++) {
    first = Math.min(first, outcome.submit[i] as number);
    last = Math.max(last, outcome.end[i] as number);
  }
  return last > first ? last - first : 0;
}

function used(duration: ArrayLike<number>, amount: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < duration.length; i++) sum += (duration[i] as number) * (amount[i] as number);
  return sum;
}

/** The share of its capacity that each node used over the window. */
function nodeLoads(outcome: MeasuredJobs, window: number): number[] {
  const { node, nodeCapacity } = outcome;
  const main = outcome.resources[0];
  if (!node || !nodeCapacity || !main) return [];
  const load = Array.from(nodeCapacity, () => 0);
  for (let i = 0; i < node.length; i++) {
    const at = node[i] as number;
    if (at >= 0) load[at] = (load[at] as number) + (outcome.duration[i] as number) * (main.amount[i] as number);
  }
  return load.map((sum, at) => utilisation(sum, nodeCapacity[at] as number, window));
}

function deadlineMisses({ end, deadline }: MeasuredJobs): number {
  let misses = 0;
  if (deadline) for (let i = 0; i < end.length; i++) if ((end[i] as number) > (deadline[i] as number)) misses++;
  return misses;
}

function measureTenants(outcome: MeasuredJobs, times: JobTimes): TenantMetrics[] {
  const tenants = outcome.tenants ?? [{ name: "all", weight: 1 }];
  const tenant = outcome.tenant ?? new Uint32Array(outcome.submit.length);
  const members: number[][] = tenants.map(() => []);
  for (let i = 0; i < tenant.length; i++) members[tenant[i] as number]?.push(i);
  const main = outcome.resources[0];
  const shares = main
    ? tenantShares(
        { ...outcome, tenant, amount: main.amount },
        main.capacity,
        tenants.map(({ weight }) => weight),
      )
    : [];
  return tenants.map(({ name }, k) => {
    const jobs = members[k] as number[];
    const pick = (column: Float64Array): Float64Array => Float64Array.from(jobs, (i) => column[i] as number);
    return {
      name,
      jobs: jobs.length,
      waiting: distribution(pick(times.waiting)),
      boundedSlowdown: distribution(pick(times.bounded)),
      share: shares[k] ?? { received: 0, due: 0 },
    };
  });
}
