// The order for batch work where nobody chooses one. In calm times it is close to the expansion factor: short jobs rise fast, so
// that the mean slowdown is small. When the work that waits would keep all nodes busy for long, how well jobs are packed
// decides over everybody's wait: then length counts less, size counts too, and backfilling goes in this order as well, so
// that large jobs are started while there is room for them. A job that waited longer than the work that waits could ever
// justify goes before all that did not, oldest first; under overload without end, that time grows without end too, so that it counts
// for ten caps at most. So nobody starves: only those submitted before a job has waited for ten caps can ever go before it.
//
// With wait w, estimate e (at least ten seconds) and n processors, the largest first:
//   calm     (w + e) / e^1.2
//   crowded  (w + e) n / e^0.85
import type { Instant, Millis } from "@baton/core";
import type { Job, OrderRules } from "../model.ts";

/** Estimates count as at least ten seconds, as in the bounded slowdown. */
const shortestMs: Millis = 10_000;
const calmExponent = 1.2;
const crowdedExponent = 0.85;
/** After so many caps a wait is too long in any case. */
export const longestCaps = 10;
/** Above every priority that can occur. */
const beyond = 1e15;

/** What the order is told: when it is crowded, and how long a wait is too long. */
export interface BalancedParameters {
  /** It is crowded while all that waits would take the nodes longer than this. */
  readonly crowdedMs: Millis;
  /** Nobody is put before others for a shorter wait than this. */
  readonly capMs: Millis;
  /** A wait is too long when it exceeds so many times the time that all that waits would take. */
  readonly capDrains: number;
}

/** The balanced order; `drainMs` is how long the nodes would need for all that waits. */
export function balanced(parameters: BalancedParameters, drainMs: () => Millis): OrderRules {
  const { crowdedMs, capMs, capDrains } = parameters;
  const isCrowded = (): boolean => drainMs() > crowdedMs;
  return {
    policy: { name: "balanced", ...parameters },
    dynamic: true,
    key: (job: Job, now: Instant) => {
      const wait = now - job.submitAt;
      if (wait > Math.max(capMs, Math.min(capDrains * drainMs(), longestCaps * capMs))) return -beyond - wait;
      const estimate = Math.max(shortestMs, job.orderMs);
      return isCrowded()
        ? (0 - (wait + estimate) * job.shape.size) / estimate ** crowdedExponent
        : (0 - (wait + estimate)) / estimate ** calmExponent;
    },
    fillsInOrder: isCrowded,
  };
}
