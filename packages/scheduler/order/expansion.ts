// Expansion factor: how many times its own length a job has already spent, (wait + estimate) / estimate, the largest
// first. Short jobs rise fast, long ones surely. An age cap stops starvation where the load never eases: a job that
// waited longer goes before all that did not, oldest first.
import type { Millis } from "@baton/core";
import type { OrderRules } from "../model.ts";

/** Estimates count as at least ten seconds, as in the bounded slowdown. */
const shortestMs: Millis = 10_000;
/** Above every expansion factor that can occur. */
const beyond = 1e12;

/** The largest expansion factor first; past `capMs` of waiting, the longest wait first. */
export function expansion(capMs?: Millis): OrderRules {
  return {
    policy: capMs === undefined ? { name: "expansion" } : { name: "expansion", capMs },
    dynamic: true,
    key: (job, now) => {
      const wait = now - job.submitAt;
      if (capMs !== undefined && wait > capMs) return -beyond - wait;
      return -(1 + wait / Math.max(shortestMs, job.orderMs));
    },
  };
}
