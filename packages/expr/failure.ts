// What can stop an evaluation. Inside, light objects are thrown (no stack trace is taken, since `try` and `?` make
// them ordinary); the host sees `ExpressionError`. Only `Failure` can be caught by an expression.
import type { Value } from "./value/value.ts";

/** The limits that an evaluation can run into. */
export type BudgetName = "steps" | "bytes" | "depth" | "output" | "regex";

/** An error raised by an expression: `error(v)`, a wrong type, a division by zero. */
export class Failure {
  readonly value: Value;
  /** Offset in the source; -1 while unknown. */
  at: number;

  constructor(value: Value, at = -1) {
    this.value = value;
    this.at = at;
  }
}

/** The end of a budget; no expression can catch it. */
export class BudgetEnd {
  readonly budget: BudgetName;
  readonly limit: number;
  /** What there was too much of, where it is not what the budget counts. */
  readonly what: string | undefined;
  at = -1;

  constructor(budget: BudgetName, limit: number, what?: string) {
    this.budget = budget;
    this.limit = limit;
    this.what = what;
  }
}

/** `break $label` on its way to its label. */
export class Break {
  readonly label: object;
  readonly at: number;

  constructor(label: object, at: number) {
    this.label = label;
    this.at = at;
  }
}

/** `halt` and `halt_error` on their way to the host. */
export class Halt {
  readonly exitCode: number;
  /** What `halt_error` was given; undefined for `halt`. */
  readonly value: Value | undefined;

  constructor(exitCode: number, value: Value | undefined) {
    this.exitCode = exitCode;
    this.value = value;
  }
}

/** Raises an error that `try` can catch. */
export function fail(value: Value, at = -1): never {
  throw new Failure(value, at);
}

/** Passes an error on, with the place where it happened unless a deeper one is known already. */
export function rethrowAt(error: unknown, at: number): never {
  if ((error instanceof Failure || error instanceof BudgetEnd) && error.at < 0) error.at = at;
  throw error;
}

/** Passes an error on; the end of a budget gets the place of the construct that used it up, the innermost known. */
export function endAt(error: unknown, at: number): never {
  if (error instanceof BudgetEnd && error.at < 0) error.at = at;
  throw error;
}
