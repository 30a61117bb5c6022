// Autoscalers as they go over the wire.
import type { JsonObject } from "@baton/core";

/** What an autoscaler decided, and what that rests on. */
export interface ScaleDecision {
  readonly at: string;
  readonly current: number;
  /** What the measurements want, before bounds and windows; null: nothing is known. */
  readonly wanted: number | null;
  readonly desired: number;
  /** Why what is wanted is not done, or not yet. */
  readonly held: "tolerance" | "stabilisation" | "min" | "max" | "unknown" | "switched-off" | null;
  readonly why: string;
  readonly measured: readonly {
    readonly name: string;
    /** Null: not known at the moment. */
    readonly value: number | null;
    readonly target: number;
    /** Null: it says nothing. */
    readonly wanted: number | null;
  }[];
}

/** An autoscaler with its latest decision. */
export interface Autoscaler {
  readonly name: string;
  readonly target: JsonObject;
  readonly min: number;
  readonly max: number;
  readonly dryRun: boolean;
  readonly decision: ScaleDecision | null;
  /** Why it cannot do what it decided. */
  readonly problem: string | null;
}
