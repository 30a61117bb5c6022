// What is measured of jobs since the start: plain numbers, from which the server makes its metrics.
import type { Millis } from "@baton/core";
import { batchBounds, Histogram, increment, longBounds, secondBounds, type HistogramStats } from "../stats.ts";

/** Waits by queue, how well they were foreseen, and what the scheduler took for its decisions. */
export class JobMeters {
  /** How long one event took to be decided on. */
  readonly cycleSeconds = new Histogram(secondBounds);
  /** By how much waits differed from what was expected of them; some jobs are watched. */
  readonly waitErrorSeconds = new Histogram(longBounds);
  refused = 0;
  /** How long a batch took to be stored, and how many jobs it changed. */
  readonly commitSeconds = new Histogram(secondBounds);
  readonly commitBatch = new Histogram(batchBounds);
  /** Jobs that were told to make room, by stopping or by freezing. */
  preemptions = 0;
  /** Calls that ended, as `function status`. */
  readonly #calls = new Map<string, number>();
  /** As `verb who` and `kind result`. */
  readonly #asked = new Map<string, number>();
  readonly #applied = new Map<string, number>();
  readonly #waits = new Map<string, Histogram>();

  /** Somebody wanted something of a job; of who it was only the kind is kept. */
  asked(verb: "submit" | "cancel" | "retry", by: string): void {
    increment(this.#asked, `${verb} ${by.split(" ", 1)[0] ?? ""}`);
  }

  /** An object was created, changed or deleted. */
  applied(kind: string, result: string): void {
    increment(this.#applied, `${kind} ${result}`);
  }

  /** What was wanted of jobs, by verb and kind of who it was. */
  get requests(): readonly { readonly verb: string; readonly by: string; readonly count: number }[] {
    return pairsOf(this.#asked).map(([verb, by, count]) => ({ verb, by, count }));
  }

  /** Objects that were created, changed and deleted, by kind. */
  get objects(): readonly { readonly kind: string; readonly result: string; readonly count: number }[] {
    return pairsOf(this.#applied).map(([kind, result, count]) => ({ kind, result, count }));
  }

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
    return pairsOf(this.#calls).map(([name, status, count]) => ({ function: name, status, count }));
  }

  /** From submission to the first place, by queue. */
  get waitSeconds(): ReadonlyMap<string, HistogramStats> {
    return new Map([...this.#waits].map(([queue, histogram]) => [queue, histogram.read()]));
  }
}

function pairsOf(counts: ReadonlyMap<string, number>): readonly (readonly [string, string, number])[] {
  return [...counts].map(([key, count]) => {
    const [first = "", second = ""] = key.split(" ");
    return [first, second, count];
  });
}
