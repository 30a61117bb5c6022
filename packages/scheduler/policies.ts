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
 * What batch work gets when nobody chooses: the largest expansion factor first, the shortest predicted job first behind it,
 * predictions from the last three runs, and an age after which a job goes before all younger ones. Reservations trust the
 * promised limits, not the predictions: a job whose turn has come is then never put off by a prediction that was too short.
 * Measured in decision 44.
 */
export const defaultPolicy: Policy = {
  order: { name: "expansion", capMs: 84 * hourMs },
  backfill: { name: "easy", by: "shortest" },
  placement: { name: "best-fit" },
  fairness: { name: "drf" },
  prediction: { learner: "max-of-three", correction: "limit", reserve: "limit" },
  preemption: { reclaim: true, suspendedKeep: ["memory", "disk"] },
};
