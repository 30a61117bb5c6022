// Shortest job first (Conway, Maxwell and Miller 1967), and its preemptive form, shortest remaining processing time
// first (Schrage 1968), which minimises the mean time in system on one machine.
import type { Instant, Millis } from "@baton/core";
import type { Job, OrderRules } from "../model.ts";

/** The shortest estimate first. */
export const sjf: OrderRules = {
  policy: { name: "sjf" },
  dynamic: false,
  key: (job) => job.orderMs,
};

/** The shortest remaining estimate first; a running job gives way to a shorter one. */
export const srtf: OrderRules = {
  policy: { name: "srtf" },
  dynamic: false,
  key: (job) => job.orderMs - job.ranMs,
  yields: (victim, job, now) => {
    const remaining = remainingOf(victim, now);
    return remaining > job.orderMs - job.ranMs ? 0 - remaining : undefined;
  },
};

/** What a running job still needs, at speed 1, by the estimate that orders. */
export function remainingOf(job: Job, now: Instant): Millis {
  return job.orderMs - job.ranMs - (now - job.startedAt) * (job.node?.speed ?? 1);
}
