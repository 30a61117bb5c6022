// The policy of a server as long as nobody has applied another one.
import { easyPolicy, type Policy } from "@baton/scheduler";

/**
 * Priority with ageing, so that a submitter's wish counts and nothing starves: an hour of waiting is worth five points. Between
 * queues the dominant share decides; jobs that fit overtake those that do not, without delaying the first of them.
 */
export const livePolicy: Policy = {
  ...easyPolicy,
  order: { name: "priority", pointsPerHour: 5 },
  fairness: { name: "drf" },
  prediction: { learner: "mean-of-two", correction: "limit", reserve: "limit" },
  preemption: { reclaim: true, suspendedKeep: ["memory", "disk"] },
};
