// Metrics of a schedule, each defined once: the live system and the simulator report the same numbers.
export { distribution, percentile, type Distribution } from "./distribution.ts";
export { fairShares, jainIndex, tenantShares, type SharedWork, type TenantShare } from "./fairness.ts";
export { nodeLoad, utilisation, type NodeLoad } from "./load.ts";
export {
  measureSchedule,
  type MeasuredJobs,
  type ResourceUse,
  type ScheduleMetrics,
  type TenantMetrics,
  type TenantWeight,
} from "./schedule.ts";
export {
  boundedSlowdown,
  boundedSlowdownThresholdMs,
  responseTime,
  slowdown,
  throughput,
  turnaroundTime,
  waitingTime,
  weightedMean,
} from "./times.ts";
