// How estimates turned out: the ratios of what came to what was expected, of the last ones, and the interval that held eight
// of ten of them.

import { percentile } from "../metrics/distribution.ts";

/** How many of the last ratios count. */
export const countedRatios = 200;
/** With fewer ratios than this, the estimate stands alone. */
const fewRatios = 10;
/** Expectations below a second say nothing about ratios. */
const shortestMs = 1000;
/** The percentiles are computed anew after so many additions. */
const stalest = 16;

/** A window over ratios. */
export class Ratios {
  readonly #ratios: number[] = [];
  #next = 0;
  #sorted: readonly [number, number, number] | undefined = undefined;
  /** How many were added since they were sorted. */
  #stale = 0;

  get count(): number {
    return this.#ratios.length;
  }

  add(came: number, expected: number): void {
    this.#ratios[this.#next] = Math.max(came, shortestMs) / Math.max(expected, shortestMs);
    this.#next = (this.#next + 1) % countedRatios;
    this.#stale++;
    if (this.#ratios.length < countedRatios) this.#sorted = undefined;
  }

  /** The 10th, 50th and 90th percentile; nothing is corrected while there are only few. */
  interval(): readonly [low: number, middle: number, high: number] {
    return this.#ratios.length < fewRatios ? [0, 1, 1] : this.quantiles();
  }

  /** The 10th, 50th and 90th percentile of what there is; 1 where there is nothing. */
  quantiles(): readonly [low: number, middle: number, high: number] {
    if (this.#sorted !== undefined && this.#stale < stalest) return this.#sorted;
    this.#stale = 0;
    const sorted = [...this.#ratios].sort((a, b) => a - b);
    const at = (q: number): number => (sorted.length === 0 ? 1 : percentile(sorted, q));
    this.#sorted = [at(0.1), at(0.5), at(0.9)];
    return this.#sorted;
  }

  /** See fork.ts. */
  forked(): Ratios {
    const copy = new Ratios();
    copy.#ratios.push(...this.#ratios);
    copy.#next = this.#next;
    copy.#sorted = this.#sorted;
    copy.#stale = this.#stale;
    return copy;
  }
}
