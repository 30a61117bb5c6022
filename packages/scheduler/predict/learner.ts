// What every learner of run times has in common. A learner says how long a job will run when it is submitted.
import type { Millis } from "@baton/core";

/** What is known of a job when its run time is to be predicted. */
export interface PredictionFacts {
  /** The last runs of its key, newest first. */
  readonly runs: readonly Millis[];
  /** The promised limit; undefined where none is given. */
  readonly limitMs: Millis | undefined;
  readonly expectedMs: Millis | undefined;
  /** Processors. */
  readonly size: number;
  readonly inputSize: number | undefined;
}

/** Predicts run times. */
export interface Learner {
  /** The median run time, as far as it can tell; undefined where it knows too little. */
  predict(facts: PredictionFacts): Millis | undefined;
  /** Its 90th percentile, where the learner knows one itself; else it follows from how the learner's medians turned out. */
  high?(facts: PredictionFacts): Millis | undefined;
}
