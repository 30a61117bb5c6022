// Online linear regression of the logarithm of the run time, over all keys: on the promised limit, the mean of the key's last
// two runs, the processors and the size of the input, each as a logarithm. Recursive least squares with a forgetting factor
// (Plackett 1950; Ljung 1999, chapter 11): each job costs some sixty multiplications and nothing is kept but a matrix.
import type { Millis } from "@baton/core";
import { unknownDurationMs } from "./defaults.ts";
import type { Learner, PredictionFacts } from "./learner.ts";

const features = 5;
/** What a job weighs after one more has completed: a half-life of about seven hundred jobs. */
const forgetting = 0.999;
/** How uncertain the weights are at first. */
const initialVariance = 10;
/** It says nothing before it has seen so many jobs. */
const fewestJobs = 20;

/** Learns the logarithm of run times. */
export class Regression implements Learner {
  readonly #weights = new Float64Array(features);
  readonly #covariance = new Float64Array(features * features);
  #seen = 0;

  constructor() {
    for (let i = 0; i < features; i++) this.#covariance[i * features + i] = initialVariance;
    // At first: as long as the key's last runs.
    this.#weights[2] = 1;
  }

  predict(facts: PredictionFacts): Millis | undefined {
    if (this.#seen < fewestJobs) return undefined;
    return Math.round(Math.exp(dot(this.#weights, featuresOf(facts))));
  }

  observe(facts: PredictionFacts, run: Millis): void {
    const x = featuresOf(facts);
    const gain = new Float64Array(features);
    for (let i = 0; i < features; i++) for (let j = 0; j < features; j++) gain[i] = (gain[i] as number) + this.#p(i, j) * (x[j] as number);
    const scale = forgetting + dot(gain, x);
    const error = Math.log(Math.max(1, run)) - dot(this.#weights, x);
    for (let i = 0; i < features; i++) this.#weights[i] = (this.#weights[i] as number) + ((gain[i] as number) / scale) * error;
    for (let i = 0; i < features; i++) {
      for (let j = 0; j < features; j++) {
        const change = ((gain[i] as number) * (gain[j] as number)) / scale;
        this.#covariance[i * features + j] = Math.min(initialVariance, (this.#p(i, j) - change) / forgetting);
      }
    }
    this.#seen++;
  }

  forked(): Regression {
    const copy = new Regression();
    copy.#weights.set(this.#weights);
    copy.#covariance.set(this.#covariance);
    copy.#seen = this.#seen;
    return copy;
  }

  #p(i: number, j: number): number {
    return this.#covariance[i * features + j] as number;
  }
}

function featuresOf({ runs, limitMs, expectedMs, size, inputSize }: PredictionFacts): Float64Array {
  const given = expectedMs ?? limitMs ?? unknownDurationMs;
  const [last = given, before = last] = runs;
  const recent = (last + before) / 2;
  return Float64Array.of(
    1,
    Math.log(Math.max(1, given)),
    Math.log(Math.max(1, recent)),
    Math.log(Math.max(1, size)),
    Math.log(1 + (inputSize ?? 0)),
  );
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}
