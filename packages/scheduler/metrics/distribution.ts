// What a list of numbers looks like: never its mean alone, because a mean hides the job that waited for ever.

/** A list of numbers in summary. All fields are 0 for an empty list. */
export interface Distribution {
  readonly count: number;
  readonly mean: number;
  /** The square root of the mean of the squares: grows with the few that were treated badly. */
  readonly rms: number;
  readonly min: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
}

const nothing: Distribution = { count: 0, mean: 0, rms: 0, min: 0, p50: 0, p90: 0, p99: 0, max: 0 };

/** Summarises `values`, which stay as they are. Costs a sorted copy. */
export function distribution(values: ArrayLike<number>): Distribution {
  const count = values.length;
  if (count === 0) return nothing;
  let sum = 0;
  let squares = 0;
  for (let i = 0; i < count; i++) {
    const value = values[i] as number;
    sum += value;
    squares += value * value;
  }
  const sorted = Float64Array.from(values).sort();
  return {
    count,
    mean: sum / count,
    rms: Math.sqrt(squares / count),
    min: sorted[0] as number,
    p50: percentile(sorted, 0.5),
    p90: percentile(sorted, 0.9),
    p99: percentile(sorted, 0.99),
    max: sorted[count - 1] as number,
  };
}

/** The nearest-rank percentile: the smallest value that at least the share `q` of the list does not exceed. */
export function percentile(sorted: ArrayLike<number>, q: number): number {
  if (sorted.length === 0) return 0;
  const rank = Math.ceil(q * sorted.length);
  return sorted[Math.min(sorted.length, Math.max(1, rank)) - 1] as number;
}
