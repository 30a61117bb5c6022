// The data behind the plots: use over time in equal slices, and how many jobs waited longer than each time.
import type { PolicyResult } from "./result.ts";
import type { Workload } from "../workload/workload.ts";

/** A span of time, in the workload's unit. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** From the first submission to the last end under any of the policies. */
export function wholeSpan(workload: Workload, results: readonly PolicyResult[]): Span {
  const from = workload.submit[0] ?? 0;
  let to = from;
  for (const { course } of results) for (const end of course.end) if (end > to) to = end;
  return { from, to: to > from ? to : from + 1 };
}

/** The mean amount of the first resource in use in each of `slices` equal parts of the span. */
export function useOverTime(workload: Workload, { course }: PolicyResult, span: Span, slices: number): Float64Array {
  const width = (span.to - span.from) / slices;
  // Areas of the first and last slice of each job are added directly, the full slices between them as differences.
  const area = new Float64Array(slices);
  const change = new Float64Array(slices + 1);
  const amount = workload.resources[0]?.amount ?? new Float64Array(workload.count).fill(1);
  for (let job = 0; job < workload.count; job++) {
    const start = course.start[job] as number;
    const end = Math.min(course.end[job] as number, span.to);
    if (!(end > start)) continue;
    // A job that was frozen in between counts evenly over its whole stay.
    const level = ((amount[job] as number) * (course.served[job] as number)) / ((course.end[job] as number) - start);
    const first = Math.min(slices - 1, Math.floor((start - span.from) / width));
    const last = Math.min(slices - 1, Math.floor((end - span.from) / width));
    if (first === last) area[first] = (area[first] as number) + level * (end - start);
    else {
      area[first] = (area[first] as number) + level * (span.from + (first + 1) * width - start);
      area[last] = (area[last] as number) + level * (end - span.from - last * width);
      change[first + 1] = (change[first + 1] as number) + level;
      change[last] = (change[last] as number) - level;
    }
  }
  let level = 0;
  return area.map((sum, i) => {
    level += change[i] as number;
    return sum / width + level;
  });
}

/** The share of jobs that waited longer than each of `points` times, which lie evenly on a logarithmic axis. */
export function waitTail(workload: Workload, { course }: PolicyResult, times: readonly number[]): number[] {
  const waits: number[] = [];
  for (let job = 0; job < workload.count; job++) {
    const end = course.end[job] as number;
    if (!Number.isNaN(end)) waits.push(end - (workload.submit[job] as number) - (course.served[job] as number));
  }
  const sorted = Float64Array.from(waits).sort();
  let below = 0;
  return times.map((time) => {
    while (below < sorted.length && (sorted[below] as number) <= time) below++;
    return sorted.length === 0 ? 0 : (sorted.length - below) / sorted.length;
  });
}
