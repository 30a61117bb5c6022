// Published priority functions of parallel job queues: w is the wait, r the estimate, q the processors, s the submission,
// all in seconds. WFP3 and UNICEF: Tang, Lan, Desai and Buettner 2009; F1: Carastan-Santos and de Camargo 2017.
import type { Instant } from "@baton/core";
import type { Job, OrderRules } from "../model.ts";

const secondMs = 1000;
/** Jobs count as lasting at least a second, so that no formula divides by nothing. */
const shortestSeconds = 1;

function estimateSeconds(job: Job): number {
  return Math.max(shortestSeconds, job.orderMs / secondMs);
}

function waitSeconds(job: Job, now: Instant): number {
  return (now - job.submitAt) / secondMs;
}

/** -(w / r)^3 q: favours jobs that waited long for their length, and large ones among them. */
export const wfp3: OrderRules = {
  policy: { name: "wfp3" },
  dynamic: true,
  key: (job, now) => -((waitSeconds(job, now) / estimateSeconds(job)) ** 3 * job.shape.size),
};

/** -w / (log2(q) r): favours small jobs that waited long; a job on one processor counts as one on two. */
export const unicef: OrderRules = {
  policy: { name: "unicef" },
  dynamic: true,
  key: (job, now) => -waitSeconds(job, now) / (Math.log2(Math.max(2, job.shape.size)) * estimateSeconds(job)),
};

/** log10(r) q + 870 log10(s): learned by regression on simulated schedules; s counts from the first submission. */
export function f1(origin: () => Instant): OrderRules {
  return {
    policy: { name: "f1" },
    dynamic: false,
    key: (job) => Math.log10(estimateSeconds(job)) * job.shape.size + 870 * Math.log10(Math.max(1, (job.submitAt - origin()) / secondMs)),
  };
}
