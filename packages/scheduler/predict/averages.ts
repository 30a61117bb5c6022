// Learners that look at the last runs of a job's key and remember nothing themselves.
import type { Millis } from "@baton/core";
import { percentile } from "../metrics/distribution.ts";
import type { Learner } from "./learner.ts";

/** With fewer runs of a key than this, its quantiles say nothing. */
const fewestRuns = 3;

/** The mean of the last two runs (Tsafrir, Etsion and Feitelson 2007); it needs two. */
export const meanOfTwo: Learner = {
  predict: ({ runs }) => (runs.length < 2 ? undefined : wholeSeconds(((runs[0] as Millis) + (runs[1] as Millis)) / 2)),
};

/** The longest of the last three runs, or of as many as there are: seldom too short. */
export const maxOfThree: Learner = {
  predict: ({ runs }) => (runs.length === 0 ? undefined : Math.max(...runs.slice(0, 3))),
};

/** The median of the runs that are remembered, and their 90th percentile; it needs three. */
export const quantileOfRuns: Learner = {
  predict: ({ runs }) => quantile(runs, 0.5),
  high: ({ runs }) => quantile(runs, 0.9),
};

/** The nearest-rank quantile of the runs; undefined where there are too few. */
function quantile(runs: readonly Millis[], q: number): Millis | undefined {
  return runs.length < fewestRuns ? undefined : percentile(Float64Array.from(runs).sort(), q);
}

/** Rounded down to whole seconds, as logs have them; below a second to whole milliseconds. */
function wholeSeconds(ms: Millis): Millis {
  return ms >= 1000 ? Math.floor(ms / 1000) * 1000 : Math.floor(ms);
}
