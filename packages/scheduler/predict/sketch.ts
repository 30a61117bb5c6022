// Quantiles of a stream in bounded room: of few values exact, of more by counts per logarithmic bucket, so that every quantile is
// right to one percent of its value (DDSketch: Masson, Rim and Lee 2019).
import { percentile } from "../metrics/distribution.ts";

/** How far a quantile may lie from the true one, as a share of it. */
export const sketchAccuracy = 0.01;

const gamma = (1 + sketchAccuracy) / (1 - sketchAccuracy);
const logGamma = Math.log(gamma);
/** Room for values to 2^53; larger ones count as this. */
const mostBuckets = 1 + Math.ceil(Math.log(Number.MAX_SAFE_INTEGER) / logGamma);
const firstBuckets = 64;
/** So many values are kept as they are. */
export const exactValues = 500;

/** Counts values from 0 on; those below 1 are one. */
export class Sketch {
  #counts = new Float64Array(firstBuckets);
  #total = 0;
  /** All values, as long as they are few. */
  #exact: number[] | undefined = [];

  get count(): number {
    return this.#total;
  }

  add(value: number): void {
    this.#exact?.push(value);
    if (this.#exact !== undefined && this.#exact.length > exactValues) this.#exact = undefined;
    const bucket = value < 1 ? 0 : Math.min(mostBuckets - 1, 1 + Math.max(0, Math.ceil(Math.log(value) / logGamma)));
    if (bucket >= this.#counts.length) this.#grow(bucket);
    this.#counts[bucket] = (this.#counts[bucket] as number) + 1;
    this.#total++;
  }

  /** The value that at least the share `q` of all does not exceed (nearest rank); 0 where there is none. */
  quantile(q: number): number {
    if (this.#exact !== undefined) return percentile(Float64Array.from(this.#exact).sort(), q);
    let left = Math.max(1, Math.ceil(q * this.#total));
    for (let bucket = 0; bucket < this.#counts.length; bucket++) {
      left -= this.#counts[bucket] as number;
      if (left <= 0) return bucket === 0 ? 0 : (2 * gamma ** (bucket - 1)) / (gamma + 1);
    }
    return 0;
  }

  /** See fork.ts. */
  forked(): Sketch {
    const copy = new Sketch();
    copy.#counts = this.#counts.slice();
    copy.#total = this.#total;
    copy.#exact = this.#exact?.slice();
    return copy;
  }

  #grow(bucket: number): void {
    const longer = new Float64Array(Math.min(mostBuckets, Math.max(bucket + 1, this.#counts.length * 2)));
    longer.set(this.#counts);
    this.#counts = longer;
  }
}
