// Priority with ageing. Every hour of waiting is worth `pointsPerHour`, so a job of priority p that has waited w hours
// has p + a w. Since all waiting jobs age alike, their order never changes while they wait: the key is fixed.
//
// Bound: a job submitted more than A = 100 / pointsPerHour hours after another goes behind it whatever the priorities are. So at most
// the n jobs submitted before that date are ever ahead of it, and with limits that are kept it starts within A + (n + 1) L, where L is
// the longest limit: docs/guide/scheduling.md says for which policies, starvation.prop.test.ts holds them to it.
import type { OrderRules } from "../model.ts";

const hourMs = 3_600_000;
/** The priority of a job that names none. */
export const defaultPriority = 50;
/** The highest priority; the lowest is 0. */
export const highestPriority = 100;

/** Higher priority first; 0 points per hour turns ageing off. */
export function priority(pointsPerHour: number): OrderRules {
  return {
    policy: { name: "priority", pointsPerHour },
    dynamic: false,
    key: (job) => (pointsPerHour * job.submitAt) / hourMs - (job.spec.priority ?? defaultPriority),
  };
}
