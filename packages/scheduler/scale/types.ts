// How many there are to be of something that can be scaled: the rule, what is measured, and what follows from it.
import type { Instant, Millis } from "@baton/core";

/** Within which bounds, and how readily, something is scaled. */
export interface ScaleRule {
  readonly min: number;
  readonly max: number;
  /** A part of the target, such as 0.1: nothing changes while what is measured is closer to it than this. */
  readonly tolerance: number;
  /** Up only as far as was wanted all the time for so long. */
  readonly upWindowMs: Millis;
  /** Down only as far as was wanted all the time for so long. */
  readonly downWindowMs: Millis;
}

/**
 * One measurement. `average`: what each one has on average, such as a utilisation; `total`: what all have together, of which
 * each should have as much as the target. A value of null, or one that is no finite number, is not known at the moment.
 */
export interface Reading {
  readonly name: string;
  readonly kind: "average" | "total";
  readonly value: number | null;
  readonly target: number;
}

/** How many one measurement wants; null: it says nothing. */
export interface Wish {
  readonly reading: Reading;
  readonly wanted: number | null;
}

/**
 * Why what the measurements want is not done, or not at once: they are close enough to their targets, others may want it otherwise
 * within the window, a bound, or one of them is not known.
 */
export type HoldReason = "tolerance" | "stabilisation" | "min" | "max" | "unknown";

/** What was recommended when. */
export interface Recommendation {
  readonly at: Instant;
  readonly wanted: number;
}

/** What is to be done, and why. */
export interface ScaleDecision {
  readonly desired: number;
  /** The largest wish, before bounds and windows; null: nothing is known. */
  readonly wanted: number | null;
  /** Null: what is wanted is done. */
  readonly held: HoldReason | null;
  /** What the measurements want, before bounds and windows. */
  readonly wishes: readonly Wish[];
  /** What was recommended within the longer window, the newest last. */
  readonly history: readonly Recommendation[];
  /** In a sentence. */
  readonly why: string;
}
