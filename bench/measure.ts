// Figures and how they are printed.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** What a piece of work took. */
export interface Taken {
  readonly seconds: number;
  /** CPU time of this process, all threads. */
  readonly cpuSeconds: number;
}

/** Does something and tells what it took. */
export async function measure(work: () => Promise<void>): Promise<Taken> {
  const cpu = process.cpuUsage();
  const started = performance.now();
  await work();
  const seconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  return { seconds, cpuSeconds: (user + system) / 1e6 };
}

/** Does something in rounds of so many pieces each, and tells how many a second the best one did. */
export async function bestRate(rounds: number, pieces: number, round: () => Promise<void>): Promise<number> {
  let best = 0;
  for (let i = 0; i < rounds; i++) {
    const { seconds } = await measure(round);
    best = Math.max(best, pieces / seconds);
  }
  return best;
}

/** Calls `lane` so often in total, so many at a time. */
export async function inLanes(total: number, lanes: number, lane: (i: number) => Promise<void>): Promise<void> {
  let next = 0;
  const one = async (): Promise<void> => {
    while (next < total) await lane(next++);
  };
  await Promise.all(Array.from({ length: lanes }, one));
}

/** The middle one. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

/** A figure against its limit, in words. */
export function verdict(figure: number, limit: { readonly atLeast: number } | { readonly atMost: number }): string {
  const met = "atLeast" in limit ? figure >= limit.atLeast : figure <= limit.atMost;
  const words = "atLeast" in limit ? `at least ${limit.atLeast}` : `at most ${limit.atMost}`;
  return `(${words}: ${met ? "yes" : "NO"})`;
}

/** CPU time of this process, all threads, that some work takes. */
export function cpuSecondsOf(work: () => void): number {
  const started = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(started);
  return (user + system) / 1e6;
}

/** The smallest value that so large a part of them does not exceed. */
export function percentile(values: ArrayLike<number>, part: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? Number.NaN;
}

/** Collects all garbage now, so that what was made before does not count in what is measured. */
export function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
}

/** Bytes in use after a collection. */
export function memoryUsed(): number {
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
