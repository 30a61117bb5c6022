// jq expressions compiled to closures and evaluated within a budget.

/** What one evaluation may use; every absent limit has a default. `now` is milliseconds since the epoch. */
export interface EvaluationLimits {
  readonly now: number;
  readonly steps?: number;
  readonly bytes?: number;
  readonly depth?: number;
  readonly output?: number;
  readonly regexSteps?: number;
}

/** JSON as the expressions see it. */
export type Value = null | boolean | number | string | readonly Value[] | { readonly [key: string]: Value };

/** A compiled expression. */
export interface Expression {
  readonly source: string;
  readonly freeVariables: ReadonlySet<string>;
  /** Whether it always yields exactly one result. */
  readonly cardinality: "one" | "any";
  first(input: Value, variables: readonly Value[], limits: EvaluationLimits): Value | undefined;
  all(input: Value, variables: readonly Value[], limits: EvaluationLimits): Value[];
}
