// Minimum completion time: the job that would be done first, on the fastest machine that it may use (the min-min rule of
// Ibarra and Kim 1977). Together with the placement `min-completion-time` job and node are chosen together.
import type { Millis } from "@baton/core";
import type { Job, OrderRules } from "../model.ts";

/** `fastest` gives the highest speed among the nodes that a job may run on. */
export function mct(fastest: (job: Job) => number): OrderRules {
  return {
    policy: { name: "mct" },
    dynamic: false,
    key: (job): Millis => (job.orderMs - job.ranMs) / fastest(job),
  };
}
