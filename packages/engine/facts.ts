// What a decision may know beyond the run's own state: time and chance are data.
import type { Instant, Json, JsonObject, Random } from "@baton/core";

export interface Facts {
  readonly now: Instant;
  /** For jitter and for the ids of sub-runs. */
  readonly random: Random;
  readonly runtime: { readonly name: string; readonly version: string; readonly metadata: JsonObject };
  /** A secret's value by name; undefined: there is none, or the workflow may not read it. */
  readonly secret: (name: string) => Json | undefined;
  /** Moves that this decision may make before it asks to be continued; absent: the limit's. */
  readonly moves?: number;
}
