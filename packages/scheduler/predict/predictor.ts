// Estimates of how long a job will run: what it promised, what its submitter expects, or what was learned from earlier
// jobs with its key. An estimate is never above the promised limit.
import type { Millis } from "@baton/core";
import type { PredictionPolicy } from "../policy.ts";
import type { JobSpec } from "../types.ts";
import { Histories } from "./history.ts";

/** The estimate of a job that says nothing of its duration and has no history: an hour. */
export const unknownDurationMs: Millis = 3_600_000;
/** Tsafrir's corrections after overruns: how much is added to the first estimate, one after the other. */
export const correctionSteps: readonly Millis[] = [1, 5, 15, 30, 60, 120, 300, 600, 1200, 3000, 6000].map((minutes) => minutes * 60_000);

/** An estimate of a whole run: for the order of jobs, and for profiles and reservations. */
export interface DurationEstimate {
  readonly orderMs: Millis;
  readonly reserveMs: Millis;
}

/** Learns run times and predicts them. */
export class Predictor {
  readonly histories: Histories = new Histories();

  estimate(spec: JobSpec, policy: PredictionPolicy): DurationEstimate {
    const limit = spec.limitMs ?? Infinity;
    const given = spec.expectedMs ?? spec.limitMs ?? unknownDurationMs;
    const promised = spec.limitMs ?? given;
    if (policy.learner === "limit") return { orderMs: Math.min(limit, given), reserveMs: promised };
    const orderMs = Math.min(limit, predictFrom(this.histories, spec, policy) ?? given);
    return { orderMs, reserveMs: policy.reserve === "limit" ? promised : orderMs };
  }

  /** Learns from a job that completed. */
  observe(spec: JobSpec, run: Millis): void {
    if (spec.predictionKey !== undefined) this.histories.add(spec.predictionKey, run);
  }
}

function predictFrom(histories: Histories, spec: JobSpec, policy: PredictionPolicy): Millis | undefined {
  const runs = spec.predictionKey === undefined ? [] : histories.of(spec.predictionKey);
  if (policy.learner === "max-of-three") return runs.length === 0 ? undefined : Math.max(...runs.slice(0, 3));
  return runs.length < 2 ? undefined : wholeSeconds(((runs[0] as Millis) + (runs[1] as Millis)) / 2);
}

/** Rounded down to whole seconds, as logs have them; below a second to whole milliseconds. */
export function wholeSeconds(ms: Millis): Millis {
  return ms >= 1000 ? Math.floor(ms / 1000) * 1000 : Math.floor(ms);
}

/** The estimate of a job that has run longer than estimated, for the n-th time (from 0). */
export function corrected(first: Millis, limit: Millis, ranMs: Millis, times: number, correction: PredictionPolicy["correction"]): Millis {
  const next = correction === "limit" ? limit : first + (correctionSteps[Math.min(times, correctionSteps.length - 1)] as Millis);
  const bounded = Math.min(next, limit);
  // Past every promise: it may go on for a tenth of what it has run, and at least a minute.
  return bounded > ranMs && bounded < Infinity ? bounded : ranMs + Math.max(60_000, Math.ceil(ranMs / 10));
}
