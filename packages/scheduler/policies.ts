// Policies that have a name of their own.
import type { Policy } from "./policy.ts";

const hourMs = 3_600_000;

/** Strict order of arrival, whole promises as estimates: what every other policy is compared with. */
export const plainPolicy: Policy = {
  order: { name: "fcfs" },
  backfill: { name: "none" },
  placement: { name: "best-fit" },
  fairness: { name: "none" },
  prediction: { learner: "limit", correction: "limit", reserve: "estimate" },
  preemption: { reclaim: false, suspendedKeep: ["memory", "disk"] },
};

/** EASY backfilling in the order of arrival, with promised limits as estimates. */
export const easyPolicy: Policy = { ...plainPolicy, backfill: { name: "easy", by: "queue-order" } };

/**
 * What batch work gets when nobody chooses: the balanced order, the shortest predicted job first behind it, predictions by the
 * learner that does best for the order, and the promised limits for reservations, so that no reservation ever slips.
 */
export const defaultPolicy: Policy = {
  order: { name: "balanced", crowdedMs: 36 * hourMs, capMs: 60 * hourMs, capDrains: 1.4 },
  backfill: { name: "easy", by: "shortest" },
  placement: { name: "best-fit" },
  fairness: { name: "drf", capMs: 60 * hourMs },
  prediction: { learner: "best", correction: "limit", reserve: "limit" },
  preemption: { reclaim: true, suspendedKeep: ["memory", "disk"] },
};
