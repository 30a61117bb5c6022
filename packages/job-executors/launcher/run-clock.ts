// The time that a job has run for: time in which it was held does not count. Calls back once that has reached a limit.
import type { Millis } from "@baton/core";

/** The longest that a timer of Node's takes; a longer wait is made of several. */
const longestTimerMs = 2 ** 31 - 1;

/** A stopwatch with an alarm. */
export class RunClock {
  readonly #limitMs: Millis | undefined;
  readonly #onLimit: () => void;
  #ranMs = 0;
  #since: number | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(limitMs: Millis | undefined, onLimit: () => void) {
    this.#limitMs = limitMs;
    this.#onLimit = onLimit;
  }

  start(): void {
    if (this.#since !== undefined) return;
    this.#since = performance.now();
    this.#arm();
  }

  stop(): void {
    clearTimeout(this.#timer);
    if (this.#since !== undefined) this.#ranMs += performance.now() - this.#since;
    this.#since = undefined;
  }

  #arm(): void {
    if (this.#limitMs === undefined) return;
    const leftMs = this.#limitMs - this.#ranMs;
    if (leftMs <= 0) return this.#onLimit();
    this.#timer = setTimeout(() => this.#again(), Math.min(leftMs, longestTimerMs));
  }

  #again(): void {
    this.stop();
    this.#since = performance.now();
    this.#arm();
  }
}
