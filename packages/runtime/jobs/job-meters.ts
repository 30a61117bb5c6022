// What is measured of jobs since the start: plain numbers, from which the server makes its metrics.
import type { Millis } from "@baton/core";
import { Histogram, increment, longBounds, secondBounds, type HistogramStats } from "../stats.ts";

/** Waits by queue, how well they were foreseen, and what the scheduler took for its decisions. */
export class JobMeters {
  /** How long one event took to be decided on. */
  readonly cycleSeconds = new Histogram(secondBounds);
  /** By how much waits differed from what was expected of them; some jobs are watched. */
  readonly waitErrorSeconds = new Histogram(longBounds);
  refused = 0;
  /** Jobs that were told to make room, by stopping or by freezing. */
  preemptions = 0;
  /** Calls that ended, as `function status`. */
  readonly #calls = new Map<string, number>();
  readonly #waits = new Map<string, Histogram>();

  /** A job got its first place, so long after its submission. */
  waited(queue: string, ms: Millis): void {
    let histogram = this.#waits.get(queue);
    if (histogram === undefined) {
      histogram = new Histogram(longBounds);
      this.#waits.set(queue, histogram);
    }
    histogram.record(ms / 1_000);
  }

  /** A call of a function ended. */
  called(name: string, status: string): void {
    increment(this.#calls, `${name} ${status}`);
  }

  /** Calls that ended, by function and final status. */
  get calls(): readonly { readonly function: string; readonly status: string; readonly count: number }[] {
    return [...this.#calls].map(([key, count]) => {
      const [name = "", status = ""] = key.split(" ");
      return { function: name, status, count };
    });
  }

  /** From submission to the first place, by queue. */
  get waitSeconds(): ReadonlyMap<string, HistogramStats> {
    return new Map([...this.#waits].map(([queue, histogram]) => [queue, histogram.read()]));
  }
}
