// The scheduler: what runs next, where, and why. Pure: the same events give the same decisions, to the byte.
export * from "./metrics/index.ts";
export type * from "./policy.ts";
export type * from "./reason.ts";
export type * from "./types.ts";
export { balance, newBalanceState, type BalanceState, type Candidate } from "./place/balance.ts";
export { fork } from "./fork.ts";
export { plan, type EstimateChange, type PlanAnswer } from "./plan.ts";
export { predictionReport, type LearnerReport, type PredictionErrorSummary } from "./prediction.ts";
export { explain } from "./reasons/explain.ts";
export { formatAmount } from "./reasons/format.ts";
export { createScheduler, step, type SchedulerState } from "./step.ts";
export type { WorldOptions } from "./world.ts";
export { defaultPolicy, easyPolicy, plainPolicy } from "./policies.ts";
export * from "./dag/index.ts";
export { backfillNames, fairnessNames, learnerNames, orderNames, parsePolicy, placementNames } from "./check/policy.ts";
export { checkNode } from "./check/nodes.ts";
export { checkTree } from "./check/queues.ts";
export * from "./locks/index.ts";
