// How fast output is read from what a job has written. What is kept of it is bounded wherever it goes, so reading all that a job
// can write helps nobody: behind a beginning that is read at once, a job that writes more is read at a steady pace, and what its
// log drops meanwhile shows as a gap.
import type { Instant, Millis } from "@baton/core";

/** How much is read at once, and how much a second behind that. */
export interface OutputRate {
  readonly burstBytes: number;
  readonly bytesPerSecond: number;
}

/** More than is kept of the beginning of any output, and enough to follow what people can read. */
export const jobOutputRate: OutputRate = { burstBytes: 16 * 1024 * 1024, bytesPerSecond: 2 * 1024 * 1024 };

/** The pace of one job. */
export class OutputPace {
  readonly #rate: OutputRate;
  readonly #now: () => Instant;
  #left: number;
  #lookedAt: Instant;

  constructor(rate: OutputRate, now: () => Instant) {
    this.#rate = rate;
    this.#now = now;
    this.#left = rate.burstBytes;
    this.#lookedAt = now();
  }

  /** So much was read: how long to wait before more is. */
  read(bytes: number): Millis {
    const { burstBytes, bytesPerSecond } = this.#rate;
    const now = this.#now();
    const passedMs = Math.max(0, now - this.#lookedAt);
    this.#lookedAt = now;
    this.#left = Math.min(burstBytes, this.#left + (passedMs / 1000) * bytesPerSecond) - bytes;
    return this.#left >= 0 ? 0 : Math.ceil((-this.#left / bytesPerSecond) * 1000);
  }
}
