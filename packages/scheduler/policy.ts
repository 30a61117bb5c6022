// What a policy is made of. A policy is data: it can be stored, compared, sent as an event, and named.
import type { Millis } from "@baton/core";

/** Who of one queue is next. Formulas and sources: docs/guide/scheduling.md. */
export type OrderPolicy =
  | { readonly name: "fcfs" | "sjf" | "srtf" | "edf" | "mct" | "heft" | "peft" | "wfp3" | "unicef" | "f1" }
  | { readonly name: "rr"; readonly sliceMs: Millis }
  /** `pointsPerHour`: how much priority an hour of waiting is worth; 0 turns ageing off. */
  | { readonly name: "priority"; readonly pointsPerHour: number }
  /** (wait + expected) / expected; a job that waited longer than `capMs` goes before all that did not. */
  | { readonly name: "expansion"; readonly capMs?: Millis }
  /** The default of batch work; see order/balanced.ts for its parameters. */
  | { readonly name: "balanced"; readonly crowdedMs: Millis; readonly capMs: Millis; readonly capDrains: number };

/** Whether jobs may overtake the ones that do not fit yet. */
export type BackfillPolicy =
  | { readonly name: "none" }
  /** The first job that does not fit gets a reservation; others start if they do not delay it. `by`: the order in which they are tried. */
  | { readonly name: "easy"; readonly by: "queue-order" | "shortest"; readonly depth?: number }
  /** Every job has a reservation, and none is delayed by a later one. */
  | { readonly name: "conservative" };

/** Which of the possible nodes (or service instances) is taken. */
export type PlacementName =
  | "round-robin"
  | "weighted-round-robin"
  | "random"
  | "power-of-two"
  | "least-connections"
  | "least-remaining-time"
  | "best-fit"
  | "worst-fit"
  | "bin-pack"
  | "min-completion-time"
  | "static";

/** The choice among possible nodes; `candidates` bounds how many of them are compared (0: all). */
export interface PlacementPolicy {
  readonly name: PlacementName;
  readonly candidates?: number;
  readonly seed?: number;
}

/** Whose queue is next. `none` merges all queues into one order. */
export type FairnessPolicy =
  | { readonly name: "none" }
  /**
   * Weighted hierarchical dominant resource fairness; with a half-life, past usage counts too and fades. With a cap, the first job of a
   * queue that has waited longer goes before all that have not, oldest first.
   */
  | { readonly name: "drf"; readonly halfLifeMs?: Millis; readonly capMs?: Millis }
  /** Start-time fair queueing: each start is charged its expected work, divided by the weight. */
  | { readonly name: "weighted-fair"; readonly capMs?: Millis };

/** What is learned of durations, per prediction key. `limit` learns nothing: the promised limit is the estimate. */
export type LearnerName = "limit" | "mean-of-two" | "max-of-three" | "quantile" | "regression" | "best";

/** Where estimates come from, and what becomes of one that has passed. */
export interface PredictionPolicy {
  readonly learner: LearnerName;
  /** After an overrun: the limit at once, or Tsafrir's growing steps up to it. */
  readonly correction: "limit" | "steps";
  /** What profiles and reservations use: the estimate that orders, its 90th percentile, or the limit. */
  readonly reserve: "estimate" | "p90" | "limit";
}

/** Whether running jobs may be stopped for others. */
export interface PreemptionPolicy {
  /** Queues below their guarantee take back what others borrowed. */
  readonly reclaim: boolean;
  /** A job may stop jobs of its own queue whose priority is lower by at least this; undefined: never. */
  readonly priorityGap?: number;
  /** The resources that a suspended job keeps on its node, since freezing a process frees its cpu and not its memory. */
  readonly suspendedKeep: readonly string[];
}

/** How all of it is decided. */
export interface Policy {
  readonly order: OrderPolicy;
  readonly backfill: BackfillPolicy;
  readonly placement: PlacementPolicy;
  readonly fairness: FairnessPolicy;
  readonly prediction: PredictionPolicy;
  readonly preemption: PreemptionPolicy;
}
