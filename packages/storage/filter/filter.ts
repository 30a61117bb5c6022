// A filter over runs: what is left of the text once it is read. Every store understands the same filters; match.ts says
// what they mean, sqlite/filter-sql.ts says it in SQL, and the contract suite holds the two together.
//
// A comparison with something that a run does not have is false, whatever the operator; NOT turns that around.
import type { Instant } from "@baton/core";

/** How two values are compared; `:` asks whether a text holds another. */
export type Operator = "=" | "!=" | "<" | "<=" | ">" | ">=" | ":";

/** Texts of a run, by the names of the summary. */
export type TextColumn = "id" | "status" | "reason" | "namespace" | "workflow" | "version" | "parentId" | "forkedFrom" | "incident";

/** Times of a run. */
export type TimeColumn = "startedAt" | "endedAt";

/** A value of an attribute. */
export type AttributeValue = string | number | boolean;

/** One comparison. A `pattern` is a text in which `*` stands for any characters. */
export type Comparison =
  | { readonly kind: "text"; readonly column: TextColumn; readonly operator: Operator; readonly value: string; readonly pattern: boolean }
  | { readonly kind: "time"; readonly column: TimeColumn; readonly operator: Operator; readonly value: Instant }
  /** How long the run took, or has taken until `now`. */
  | { readonly kind: "duration"; readonly operator: Operator; readonly value: number; readonly now: Instant }
  | { readonly kind: "tag"; readonly name: string; readonly operator: Operator; readonly value: string; readonly pattern: boolean }
  | {
      readonly kind: "attribute";
      readonly name: string;
      readonly operator: Operator;
      readonly value: AttributeValue;
      readonly pattern: boolean;
    }
  /** Whether the run has it at all. */
  | { readonly kind: "has"; readonly of: "column"; readonly column: TextColumn | TimeColumn }
  | { readonly kind: "has"; readonly of: "tag" | "attribute"; readonly name: string };

/** A filter. */
export type RunFilter =
  | { readonly kind: "and" | "or"; readonly parts: readonly RunFilter[] }
  | { readonly kind: "not"; readonly part: RunFilter }
  | Comparison;

/** What runs can be ordered by; runs that are equal in it are ordered by their ids. */
export type OrderField = "id" | "startedAt" | "endedAt" | "workflow" | "status";

/** An order of runs. One that has not ended counts as ending last. */
export interface RunOrder {
  readonly field: OrderField;
  readonly descending: boolean;
}

/** Newest first. */
export const newestFirst: RunOrder = { field: "id", descending: true };

/** Stands for the end of a run that has not ended. */
export const notYet: Instant = Number.MAX_SAFE_INTEGER;
