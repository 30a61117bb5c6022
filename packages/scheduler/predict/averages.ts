// Learners that look at the last runs of a job's key and remember nothing themselves.
import type { Millis } from "@baton/core";
import type { Learner } from "./learner.ts";

/** The mean of the last two runs (Tsafrir, Etsion and Feitelson 2007); it needs two. */
export const meanOfTwo: Learner = {
  predict: ({ runs }) => (runs.length < 2 ? undefined : wholeSeconds(((runs[0] as Millis) + (runs[1] as Millis)) / 2)),
};

/** The longest of the last three runs: seldom too short. */
export const maxOfThree: Learner = {
  predict: ({ runs }) => (runs.length === 0 ? undefined : Math.max(...runs.slice(0, 3))),
};

/** The median of the runs that are remembered; it needs three. */
export const medianRun: Learner = {
  predict: ({ runs }) => (runs.length < 3 ? undefined : quantile(runs, 0.5)),
};

/** The value below which a part of the values lies (the nearest of them). */
export function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] as number;
}

/** Rounded down to whole seconds, as logs have them; below a second to whole milliseconds. */
export function wholeSeconds(ms: Millis): Millis {
  return ms >= 1000 ? Math.floor(ms / 1000) * 1000 : Math.floor(ms);
}
