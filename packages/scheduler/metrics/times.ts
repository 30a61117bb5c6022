// The times of one job, by definition. A job is submitted at s, served for the first time at b, ends at e and needs
// p of service; every function here takes plain numbers, in any unit of time, as long as it is the same one.

/** Below this length a job counts as this long in its bounded slowdown: ten seconds. */
export const boundedSlowdownThresholdMs = 10_000;

/** b - s: how long the job waited until it was first served. */
export function responseTime(submit: number, start: number): number {
  return start - submit;
}

/** e - s: how long its owner waited for the result. */
export function turnaroundTime(submit: number, end: number): number {
  return end - submit;
}

/** t - p: the turnaround that was not service. It equals the response time unless the job was suspended or moved. */
export function waitingTime(turnaround: number, duration: number): number {
  return turnaround - duration;
}

/** t / p: how many times longer the job took than it would have alone. */
export function slowdown(turnaround: number, duration: number): number {
  return turnaround / duration;
}

/** max(1, t / max(p, threshold)): the slowdown in which very short jobs do not drown all others. */
export function boundedSlowdown(turnaround: number, duration: number, threshold: number = boundedSlowdownThresholdMs): number {
  return Math.max(1, turnaround / Math.max(duration, threshold));
}

/** sum(w r) / sum(w): the average in which heavier jobs count more. Zero where there is no weight at all. */
export function weightedMean(values: ArrayLike<number>, weights: ArrayLike<number>): number {
  let sum = 0;
  let total = 0;
  for (let i = 0; i < values.length; i++) {
    const weight = weights[i] as number;
    sum += weight * (values[i] as number);
    total += weight;
  }
  return total === 0 ? 0 : sum / total;
}

/** Jobs completed per unit of time; zero for an empty window. */
export function throughput(completed: number, window: number): number {
  return window > 0 ? completed / window : 0;
}
