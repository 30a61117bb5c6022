// Estimates of how long a job will run: what it promised, what its submitter expects, or what was learned from earlier jobs
// with its key. An estimate is never above the promised limit. Estimates order jobs and fill gaps; no limit rests on them.
import type { Millis } from "@baton/core";
import type { LearnerName, PredictionPolicy } from "../policy.ts";
import type { JobSpec } from "../types.ts";
import { maxOfThree, meanOfTwo, quantileOfRuns } from "./averages.ts";
import { Contest } from "./contest.ts";
import { unknownDurationMs } from "./defaults.ts";
import { PredictionErrors, type PredictionErrorSummary } from "./errors.ts";
import { Histories } from "./history.ts";
import type { Learner, PredictionFacts } from "./learner.ts";
import { featuresOf, Regression } from "./regression.ts";

/** Tsafrir's corrections after overruns: how much is added to the first estimate, one after the other. */
export const correctionSteps: readonly Millis[] = [1, 5, 15, 30, 60, 120, 300, 600, 1200, 3000, 6000].map((minutes) => minutes * 60_000);

/** How an estimate came about, for when its job has completed. */
export interface Forecast {
  readonly learner: LearnerName;
  /** What each learner of the contest said; undefined where there is no contest. */
  readonly predictions: Float64Array | undefined;
  /** What the regression learns from; undefined where it does not take part. */
  readonly features: Float64Array | undefined;
}

/** An estimate of a whole run: for the order of jobs, and for profiles and reservations. */
export interface DurationEstimate {
  readonly orderMs: Millis;
  readonly reserveMs: Millis;
  readonly forecast: Forecast;
}

/** How well a learner does. */
export interface LearnerReport extends PredictionErrorSummary {
  readonly learner: LearnerName;
  /** Whether it is the learner of the policy, whose predictions are used; the others take part in its contest. */
  readonly isInUse: boolean;
  /** Of those that take part in the contest: whether it is believed at the moment, and the harm that its order did lately. */
  readonly contest?: { readonly isLeader: boolean; readonly loss: number };
}

/** The learners that take part in the contest of `best`, the one that is believed at first in front. */
export const contestants = ["limit", "mean-of-two", "max-of-three", "quantile", "regression"] as const;
type Contestant = (typeof contestants)[number];

/** Where nothing is learned, all forecasts are alike. */
const promisedForecast: Forecast = { learner: "limit", predictions: undefined, features: undefined };

/** Learns run times and predicts them. It has no private fields, which fork.ts could not copy. */
export class Predictor {
  readonly histories: Histories = new Histories();
  readonly regression: Regression = new Regression();
  readonly contest: Contest = new Contest(contestants.length);
  readonly errors: Map<LearnerName, PredictionErrors> = new Map();

  estimate(spec: JobSpec, size: number, policy: PredictionPolicy): DurationEstimate {
    const limit = spec.limitMs ?? Infinity;
    const given = spec.expectedMs ?? spec.limitMs ?? unknownDurationMs;
    const { learner } = policy;
    if (learner === "limit") return { orderMs: Math.min(limit, given), reserveMs: spec.limitMs ?? given, forecast: promisedForecast };
    const facts = factsOf(spec, size, this.histories);
    const predict = (name: Contestant): Millis => Math.max(1, Math.min(limit, this.learner(name)?.predict(facts) ?? given));
    const predictions = learner === "best" ? Float64Array.from(contestants, predict) : undefined;
    const { leader } = this.contest;
    const orderMs = learner === "best" ? (predictions?.[leader] ?? given) : predict(learner);
    const believed = learner === "best" ? (contestants[leader] ?? "limit") : learner;
    const features = learner === "best" || learner === "regression" ? featuresOf(facts) : undefined;
    return { orderMs, reserveMs: this.reserved(orderMs, spec, facts, believed, policy), forecast: { learner, predictions, features } };
  }

  /** Learns from a job that completed. */
  observe(spec: JobSpec, { learner, predictions, features }: Forecast, orderMs: Millis, run: Millis): void {
    this.errorsOf(learner).add(orderMs, run);
    if (predictions !== undefined) {
      this.contest.judge(run, predictions);
      contestants.forEach((name, i) => this.errorsOf(name).add(predictions[i] as number, run));
    }
    if (features !== undefined) this.regression.observe(features, run);
    if (spec.predictionKey !== undefined) this.histories.add(spec.predictionKey, run);
  }

  /** How the learner of the policy does, and where they compete all of them. */
  report({ learner }: PredictionPolicy): LearnerReport[] {
    const { losses, leader } = this.contest;
    const own: LearnerReport = { learner, isInUse: true, ...this.errorsOf(learner).summary() };
    if (learner !== "best") return [own];
    const rivals = contestants.map((name, i): LearnerReport => {
      const contest = { isLeader: i === leader, loss: losses[i] as number };
      return { learner: name, isInUse: false, contest, ...this.errorsOf(name).summary() };
    });
    return [own, ...rivals];
  }

  learner(name: Contestant): Learner | undefined {
    return {
      limit: undefined,
      "mean-of-two": meanOfTwo,
      "max-of-three": maxOfThree,
      quantile: quantileOfRuns,
      regression: this.regression,
    }[name];
  }

  errorsOf(learner: LearnerName): PredictionErrors {
    let errors = this.errors.get(learner);
    if (errors === undefined) this.errors.set(learner, (errors = new PredictionErrors()));
    return errors;
  }

  /** What profiles use. A job that promises nothing is reserved by its 90th percentile, where others are by their limits. */
  reserved(orderMs: Millis, spec: JobSpec, facts: PredictionFacts, believed: Contestant, { reserve }: PredictionPolicy): Millis {
    if (reserve === "limit" && spec.limitMs !== undefined) return spec.limitMs;
    if (reserve === "estimate") return orderMs;
    const [, , p90] = this.errorsOf(believed).ratios.interval();
    const high = this.learner(believed)?.high?.(facts) ?? Math.ceil(orderMs * p90);
    return Math.min(spec.limitMs ?? Infinity, Math.max(orderMs, high));
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
