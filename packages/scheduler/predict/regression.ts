// Online linear regression of the logarithm of the run time, over all keys: on what was promised or expected, the mean of the
// key's last two runs, the processors and the size of the input, each as a logarithm. Recursive least squares with a forgetting
// factor (Plackett 1950; Ljung 1999, chapter 11): each job costs some sixty multiplications and nothing is kept but a matrix.
//
// It minimises  sum over jobs k of 0.998^(jobs since k) (log run - w x)^2  +  0.998^jobs |w - w0|^2 / 10.
import type { Millis } from "@baton/core";
import { unknownDurationMs } from "./defaults.ts";
import type { Learner, PredictionFacts } from "./learner.ts";

/** How many features a job has. */
export const featureCount = 5;
/** What a job weighs after one more has completed: a half-life of about three hundred and fifty jobs, as in the contest. */
export const forgetting = 0.998;
/** How uncertain the weights are at first, and at most: what no job shows any more is not forgotten without bound. */
export const initialVariance = 10;
/** It says nothing before it has seen so many jobs. */
export const fewestJobs = 20;
/** The 90th percentile of the standard normal distribution. */
const normalP90 = 1.2816;

/** Learns the logarithm of run times. */
export class Regression implements Learner {
  readonly #weights = new Float64Array(featureCount);
  readonly #covariance = new Float64Array(featureCount * featureCount);
  readonly #gain = new Float64Array(featureCount);
  #seen = 0;
  /** The fading mean of the squared errors, each as it was before it was learned from. */
  #variance = 0;

  constructor() {
    for (let i = 0; i < featureCount; i++) this.#covariance[i * featureCount + i] = initialVariance;
    // At first: as long as the key's last runs.
    this.#weights[2] = 1;
  }

  /** The weights of the features, in their order. */
  get weights(): readonly number[] {
    return [...this.#weights];
  }

  predict(facts: PredictionFacts): Millis | undefined {
    return this.predictFrom(featuresOf(facts));
  }

  /** As `predict`, for features that are at hand. */
  predictFrom(features: Float64Array): Millis | undefined {
    return this.#seen < fewestJobs ? undefined : Math.round(Math.exp(dot(this.#weights, features)));
  }

  high(facts: PredictionFacts): Millis | undefined {
    if (this.#seen < fewestJobs) return undefined;
    return Math.round(Math.exp(dot(this.#weights, featuresOf(facts)) + normalP90 * Math.sqrt(this.#variance)));
  }

  /** Learns from a completed job, by its features as they were when it was submitted. */
  observe(x: Float64Array, run: Millis): void {
    const gain = this.#gain;
    const p = this.#covariance;
    for (let i = 0; i < featureCount; i++) {
      let sum = 0;
      for (let j = 0; j < featureCount; j++) sum += (p[i * featureCount + j] as number) * (x[j] as number);
      gain[i] = sum;
    }
    const scale = forgetting + dot(gain, x);
    const error = Math.log(Math.max(1, run)) - dot(this.#weights, x);
    for (let i = 0; i < featureCount; i++) this.#weights[i] = (this.#weights[i] as number) + ((gain[i] as number) / scale) * error;
    for (let i = 0; i < featureCount; i++) {
      for (let j = 0; j < featureCount; j++) {
        const at = i * featureCount + j;
        p[at] = ((p[at] as number) - ((gain[i] as number) * (gain[j] as number)) / scale) / forgetting;
      }
    }
    this.#bound();
    this.#seen++;
    // At first a plain mean, later a fading one.
    this.#variance += (error * error - this.#variance) * Math.max(1 / this.#seen, 1 - forgetting);
  }

  /** See fork.ts. */
  forked(): Regression {
    const copy = new Regression();
    copy.#weights.set(this.#weights);
    copy.#covariance.set(this.#covariance);
    copy.#seen = this.#seen;
    copy.#variance = this.#variance;
    return copy;
  }

  /** Brings variances above the bound back to it by shrinking their row and column alike, which keeps the matrix positive definite. */
  #bound(): void {
    const p = this.#covariance;
    for (let i = 0; i < featureCount; i++) {
      const variance = p[i * featureCount + i] as number;
      if (variance <= initialVariance) continue;
      const shrink = Math.sqrt(initialVariance / variance);
      for (let j = 0; j < featureCount; j++) {
        p[i * featureCount + j] = (p[i * featureCount + j] as number) * shrink;
        p[j * featureCount + i] = (p[j * featureCount + i] as number) * shrink;
      }
    }
  }
}

/** A job in numbers: one, and the logarithms of its estimate, its key's last runs, its processors and its input. */
export function featuresOf({ runs, limitMs, expectedMs, size, inputSize }: PredictionFacts): Float64Array {
  const given = expectedMs ?? limitMs ?? unknownDurationMs;
  const [last = given, before = last] = runs;
  const recent = (last + before) / 2;
  const features = new Float64Array(featureCount);
  features[0] = 1;
  features[1] = Math.log(Math.max(1, given));
  features[2] = Math.log(Math.max(1, recent));
  features[3] = Math.log(Math.max(1, size));
  features[4] = Math.log(1 + (inputSize ?? 0));
  return features;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}
