// The one error that evaluation throws to the host.
import { defaultLimits, type Run } from "./budget.ts";
import { Break, BudgetEnd, type BudgetName, Failure, Halt } from "./failure.ts";
import { truncatedText } from "./value/describe.ts";
import { kindOf, type Value } from "./value/value.ts";

/** Why an evaluation ended without all its results. */
export type ExpressionErrorKind = "error" | "budget" | "break" | "halt";

/** What an `ExpressionError` says besides its message. */
export interface ExpressionErrorDetail {
  readonly value?: Value;
  readonly offset?: number;
  readonly budget?: BudgetName;
  readonly limit?: number;
  readonly exitCode?: number;
}

/** An evaluation that failed, ran out of a budget, or stopped itself. */
export class ExpressionError extends Error {
  override readonly name = "ExpressionError";
  /** "error" for errors of the program, "budget" for the end of a budget, "halt" where the program stopped itself. */
  readonly kind: ExpressionErrorKind;
  /** What `error(v)` or `halt_error` was given. */
  readonly value: Value | undefined;
  /** Offset in the source, where it is known. */
  readonly offset: number | undefined;
  /** The budget that ended. */
  readonly budget: BudgetName | undefined;
  /** What the budget allowed. */
  readonly limit: number | undefined;
  /** The exit code that `halt` and `halt_error` ask for. */
  readonly exitCode: number | undefined;

  constructor(kind: ExpressionErrorKind, message: string, detail: ExpressionErrorDetail = {}) {
    super(message);
    this.kind = kind;
    this.value = detail.value;
    this.offset = detail.offset;
    this.budget = detail.budget;
    this.limit = detail.limit;
    this.exitCode = detail.exitCode;
  }
}

const budgetWords: { readonly [K in BudgetName]: string } = {
  steps: "steps",
  bytes: "bytes of memory",
  depth: "nested calls",
  output: "values in its results",
  regex: "steps of regular expressions",
};

/** What was thrown inside, as the host sees it. Anything else is a defect and passes as it is. */
export function toExpressionError(error: unknown, run: Run): unknown {
  if (error instanceof Failure) return new ExpressionError("error", messageOf(error.value), { value: error.value, ...offsetOf(error.at) });
  if (error instanceof BudgetEnd) return budgetError(error);
  if (error instanceof Break) return new ExpressionError("break", "break", offsetOf(error.at));
  if (error instanceof Halt)
    return new ExpressionError("halt", error.value === undefined ? "halt" : messageOf(error.value), haltDetail(error));
  if (isStackOverflow(error)) {
    const limit = run.limits.depth ?? defaultLimits.depth;
    return new ExpressionError("budget", `the expression nests too deep for the host's call stack`, { budget: "depth", limit });
  }
  return error;
}

function budgetError({ budget, limit, what, at }: BudgetEnd): ExpressionError {
  const place = at < 0 ? "" : ` (at offset ${at})`;
  const message = `the expression used up its budget of ${limit} ${what ?? budgetWords[budget]}${place}`;
  return new ExpressionError("budget", message, { budget, limit, ...offsetOf(at) });
}

function haltDetail(error: Halt): ExpressionErrorDetail {
  return error.value === undefined ? { exitCode: error.exitCode } : { exitCode: error.exitCode, value: error.value };
}

function offsetOf(at: number): { offset?: number } {
  return at < 0 ? {} : { offset: at };
}

/** The message of an error value, as jq prints it. */
function messageOf(value: Value): string {
  if (typeof value === "string") return value;
  return `${kindOf(value)} (${truncatedText(value)}) (not a string)`;
}

/** Whether the host's call stack has ended: the depth budget ends long before, but a host may call from deep inside. */
export function isStackOverflow(error: unknown): boolean {
  return error instanceof RangeError && /call stack/i.test(error.message);
}
