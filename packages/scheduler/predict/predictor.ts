// Estimates of how long a job will run: what it promised, what its submitter expects, or what was learned from earlier jobs
// with its key. An estimate is never above the promised limit. Estimates order jobs and fill gaps; no limit rests on them.
import type { Millis } from "@baton/core";
import type { LearnerName, PredictionPolicy } from "../policy.ts";
import { Ratios } from "../reasons/ratios.ts";
import type { JobSpec } from "../types.ts";
import { maxOfThree, meanOfTwo, medianRun } from "./averages.ts";
import { Contest } from "./contest.ts";
import { unknownDurationMs } from "./defaults.ts";
import { Histories } from "./history.ts";
import type { Learner, PredictionFacts } from "./learner.ts";
import { Regression } from "./regression.ts";

/** Tsafrir's corrections after overruns: how much is added to the first estimate, one after the other. */
export const correctionSteps: readonly Millis[] = [1, 5, 15, 30, 60, 120, 300, 600, 1200, 3000, 6000].map((minutes) => minutes * 60_000);

/** An estimate of a whole run: for the order of jobs, and for profiles and reservations. */
export interface DurationEstimate {
  readonly orderMs: Millis;
  readonly reserveMs: Millis;
  /** What each learner of the contest said; undefined where there is no contest. */
  readonly predictions: Float64Array | undefined;
}

/** How well a learner does. */
export interface LearnerScore {
  readonly learner: LearnerName;
  /** The harm that its order did lately; see contest.ts. */
  readonly loss: number;
  readonly isLeader: boolean;
}

/** How good the estimates in use were, over the last completed jobs: run time over estimate. */
export interface PredictionError {
  readonly jobs: number;
  readonly p10: number;
  readonly median: number;
  readonly p90: number;
}

/** The learners that take part in the contest of `best`, the one that is believed at first in front. */
const contestants = ["limit", "mean-of-two", "max-of-three", "quantile", "regression"] as const;
type Contestant = (typeof contestants)[number];

/** Learns run times and predicts them. */
export class Predictor {
  readonly histories: Histories = new Histories();
  readonly regression: Regression = new Regression();
  readonly contest: Contest = new Contest(contestants.length);
  /** Run time over estimate, of the last completed jobs. */
  readonly ratios: Ratios = new Ratios();

  estimate(spec: JobSpec, size: number, policy: PredictionPolicy): DurationEstimate {
    const limit = spec.limitMs ?? Infinity;
    const given = spec.expectedMs ?? spec.limitMs ?? unknownDurationMs;
    const promised = spec.limitMs ?? given;
    if (policy.learner === "limit") return { orderMs: Math.min(limit, given), reserveMs: promised, predictions: undefined };
    const facts = factsOf(spec, size, this.histories);
    const predict = (name: Contestant): Millis => Math.max(1, Math.min(limit, this.learner(name)?.predict(facts) ?? given));
    const predictions = policy.learner === "best" ? Float64Array.from(contestants, predict) : undefined;
    const orderMs = policy.learner === "best" ? (predictions?.[this.contest.leader] ?? given) : predict(policy.learner);
    return { orderMs, reserveMs: this.reserved(orderMs, promised, limit, policy), predictions };
  }

  /** Learns from a job that completed. */
  observe(
    spec: JobSpec,
    size: number,
    made: Pick<DurationEstimate, "orderMs" | "predictions">,
    run: Millis,
    { learner }: PredictionPolicy,
  ): void {
    this.ratios.add(run, made.orderMs);
    if (made.predictions !== undefined) this.contest.judge(run, made.predictions);
    if (learner === "best" || learner === "regression") this.regression.observe(factsOf(spec, size, this.histories), run);
    if (spec.predictionKey !== undefined) this.histories.add(spec.predictionKey, run);
  }

  /** How the learners do against each other. */
  scores(): LearnerScore[] {
    const { losses, leader } = this.contest;
    return contestants.map((learner, i) => ({ learner, loss: losses[i] as number, isLeader: i === leader }));
  }

  /** How good the estimates in use were. */
  error(): PredictionError {
    const [p10, median, p90] = this.ratios.quantiles();
    return { jobs: this.ratios.count, p10, median, p90 };
  }

  learner(name: Contestant): Learner | undefined {
    return { limit: undefined, "mean-of-two": meanOfTwo, "max-of-three": maxOfThree, quantile: medianRun, regression: this.regression }[
      name
    ];
  }

  reserved(orderMs: Millis, promised: Millis, limit: Millis, { reserve }: PredictionPolicy): Millis {
    if (reserve === "limit") return promised;
    if (reserve === "estimate") return orderMs;
    const [, , p90] = this.ratios.interval();
    return Math.min(limit, Math.ceil(orderMs * Math.max(1, p90)));
  }
}

function factsOf(spec: JobSpec, size: number, histories: Histories): PredictionFacts {
  const runs = spec.predictionKey === undefined ? [] : histories.of(spec.predictionKey);
  return { runs, limitMs: spec.limitMs, expectedMs: spec.expectedMs, size, inputSize: spec.inputSize };
}

/** The estimate of a job that has run longer than estimated, for the n-th time (from 0). */
export function corrected(first: Millis, limit: Millis, ranMs: Millis, times: number, correction: PredictionPolicy["correction"]): Millis {
  const next = correction === "limit" ? limit : first + (correctionSteps[Math.min(times, correctionSteps.length - 1)] as Millis);
  const bounded = Math.min(next, limit);
  // Past every promise: it may go on for a tenth of what it has run, and at least a minute.
  return bounded > ranMs && bounded < Infinity ? bounded : ranMs + Math.max(60_000, Math.ceil(ranMs / 10));
}
