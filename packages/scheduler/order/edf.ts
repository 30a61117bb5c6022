// Earliest deadline first (Liu and Layland 1973).
import type { OrderRules } from "../model.ts";

/** The earliest deadline first; jobs without one come last. */
export const edf: OrderRules = {
  policy: { name: "edf" },
  dynamic: false,
  key: (job) => job.spec.deadline ?? Infinity,
};
