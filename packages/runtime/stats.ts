// What the runtime has done since it was made: plain numbers, from which the server makes its metrics.

/** How often a value fell below each bound (cumulative, as Prometheus counts); `bounds` has no entry for infinity. */
export interface HistogramStats {
  readonly bounds: readonly number[];
  readonly counts: readonly number[];
  readonly count: number;
  readonly sum: number;
}

/** Counters and gauges of one runtime. */
export interface RuntimeStats {
  readonly runsStarted: number;
  /** By final status. */
  readonly runsFinished: { readonly [status: string]: number };
  /** Steps that ended, by kind of task and by status, as `kind/status`. */
  readonly steps: { readonly [kindAndStatus: string]: number };
  /** Tries of webhook deliveries by what became of them: delivered, retried, failed. */
  readonly deliveries: { readonly [result: string]: number };
  readonly runSeconds: HistogramStats;
  readonly commitSeconds: HistogramStats;
  readonly commitBatch: HistogramStats;
  /** How late timers fired. */
  readonly timerLagSeconds: HistogramStats;
  readonly runsLoaded: number;
  readonly workRunning: number;
  readonly workWaiting: number;
  readonly decisionsPending: number;
  /** Runs that are stopped because of a defect. */
  readonly incidents: number;
}

/** Bounds for what is short. */
export const secondBounds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** Bounds for what may take a day. */
export const longBounds = [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60, 300, 1_800, 3_600, 86_400];
/** Bounds for how much is done at a time. */
export const batchBounds = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000];

/** Counts values by bounds that never change. */
export class Histogram {
  readonly #bounds: readonly number[];
  /** One more than bounds: the last counts what exceeds them all. */
  readonly #buckets: number[];
  #sum = 0;

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#buckets = Array.from({ length: bounds.length + 1 }, () => 0);
  }

  record(value: number): void {
    const found = this.#bounds.findIndex((bound) => value <= bound);
    const bucket = found < 0 ? this.#bounds.length : found;
    this.#buckets[bucket] = (this.#buckets[bucket] ?? 0) + 1;
    this.#sum += value;
  }

  read(): HistogramStats {
    let total = 0;
    const counts = this.#buckets.map((n) => (total += n));
    return { bounds: this.#bounds, counts: counts.slice(0, -1), count: total, sum: this.#sum };
  }
}

/** The counters that the parts of a runtime share. */
export class Counters {
  runsStarted = 0;
  readonly runsFinished = new Map<string, number>();
  readonly steps = new Map<string, number>();
  readonly deliveries = new Map<string, number>();
  readonly runSeconds = new Histogram(longBounds);
  readonly commitSeconds = new Histogram(secondBounds);
  readonly commitBatch = new Histogram(batchBounds);
  readonly timerLagSeconds = new Histogram(secondBounds);

  read(): Pick<
    RuntimeStats,
    "runsStarted" | "runsFinished" | "steps" | "deliveries" | "runSeconds" | "commitSeconds" | "commitBatch" | "timerLagSeconds"
  > {
    return {
      runsStarted: this.runsStarted,
      runsFinished: Object.fromEntries(this.runsFinished),
      steps: Object.fromEntries(this.steps),
      deliveries: Object.fromEntries(this.deliveries),
      runSeconds: this.runSeconds.read(),
      commitSeconds: this.commitSeconds.read(),
      commitBatch: this.commitBatch.read(),
      timerLagSeconds: this.timerLagSeconds.read(),
    };
  }
}

/** Adds one under a key. */
export function increment<Key extends string>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
