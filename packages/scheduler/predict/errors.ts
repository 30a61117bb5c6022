// How the predictions of one learner turned out: over all jobs that completed, and over the last ones.
import type { Millis } from "@baton/core";
import { Ratios } from "../reasons/ratios.ts";
import { Sketch } from "./sketch.ts";

/** The errors of predictions in summary; an error is the prediction minus the run time. */
export interface PredictionErrorSummary {
  /** Completed jobs whose run time had been predicted. */
  readonly jobs: number;
  /** The mean of the errors without their signs. */
  readonly meanAbsoluteMs: number;
  /** The mean of the errors: above zero where predictions are too long. */
  readonly biasMs: number;
  /** The share of the jobs that ran longer than predicted. */
  readonly underestimated: number;
  /** Mean of the smaller over the larger of prediction and run time: 1 is exact (Tsafrir, Etsion and Feitelson 2007). */
  readonly accuracy: number;
  /** Errors without their signs; the percentiles of few jobs are exact, of many right to one percent. */
  readonly absoluteMs: { readonly p50: number; readonly p90: number; readonly p99: number; readonly max: number };
  /** Run time over prediction, of the last jobs. */
  readonly recentRatio: { readonly p10: number; readonly p50: number; readonly p90: number };
}

/** Counts errors. */
export class PredictionErrors {
  /** Run time over prediction, of the last jobs. */
  readonly ratios: Ratios;
  readonly #absolute: Sketch;
  #sumAbsolute = 0;
  #sum = 0;
  #under = 0;
  #accuracy = 0;
  #max = 0;

  constructor(ratios: Ratios = new Ratios(), absolute: Sketch = new Sketch()) {
    this.ratios = ratios;
    this.#absolute = absolute;
  }

  add(predicted: Millis, run: Millis): void {
    const error = predicted - run;
    const size = Math.abs(error);
    this.#sumAbsolute += size;
    this.#sum += error;
    if (error < 0) this.#under++;
    this.#accuracy += error === 0 ? 1 : Math.min(predicted, run) / Math.max(predicted, run);
    if (size > this.#max) this.#max = size;
    this.#absolute.add(size);
    this.ratios.add(run, predicted);
  }

  summary(): PredictionErrorSummary {
    const jobs = this.#absolute.count;
    const mean = (sum: number): number => (jobs === 0 ? 0 : sum / jobs);
    const at = (q: number): number => Math.min(this.#max, this.#absolute.quantile(q));
    const [p10, p50, p90] = this.ratios.quantiles();
    return {
      jobs,
      meanAbsoluteMs: mean(this.#sumAbsolute),
      biasMs: mean(this.#sum),
      underestimated: mean(this.#under),
      accuracy: mean(this.#accuracy),
      absoluteMs: { p50: at(0.5), p90: at(0.9), p99: at(0.99), max: this.#max },
      recentRatio: { p10, p50, p90 },
    };
  }

  /** See fork.ts. */
  forked(copy: <T>(value: T) => T): PredictionErrors {
    const other = new PredictionErrors(copy(this.ratios), copy(this.#absolute));
    other.#sumAbsolute = this.#sumAbsolute;
    other.#sum = this.#sum;
    other.#under = this.#under;
    other.#accuracy = this.#accuracy;
    other.#max = this.#max;
    return other;
  }
}
