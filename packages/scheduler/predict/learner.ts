// What every learner of run times has in common. A learner sees each job when it is submitted and when it has completed.
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
  /** Learns from a completed job, as it was known when it was submitted. */
  observe?(facts: PredictionFacts, run: Millis): void;
  /** See fork.ts; absent where it remembers nothing itself. */
  forked?(): Learner;
}
