// The smallest parts: `.`, `empty`, constants, and the folding of code that depends on constants alone.
import { Run } from "../budget.ts";
import { Break, BudgetEnd, Failure, Halt } from "../failure.ts";
import type { Value } from "../value/value.ts";
import { Code, Frame, type Paths, unchanged } from "./code.ts";

/** `.` */
export const identityCode = new Code({
  yields: "one",
  pure: true,
  fields: [],
  one: () => (input) => input,
  paths: () => (input, path, _frame, sink) => sink(input, path),
  update: () => (input, _frame, replace) => replace(input),
  edit: () => (state) => state,
});

/** `empty` */
export const emptyCode = new Code({
  yields: "option",
  pure: true,
  option: () => () => undefined,
  push: () => () => {},
  each: () => () => true,
  paths: () => () => true,
  update: () => () => unchanged,
});

/** Code that always yields `value`. */
export function constantCode(value: Value, paths?: () => Paths): Code {
  return new Code({ yields: "one", pure: true, constant: value, one: () => () => value, ...(paths ? { paths } : {}) });
}

/** What folding may use: enough for what people write, too little to make compiling slow. */
const foldingLimits = { now: 0, steps: 1_000, bytes: 16_384, depth: 20, regexSteps: 0 };

/** The code as a constant, if it is pure and yields one value without an error for this input. */
export function foldedOn(code: Code, input: Value): Code | undefined {
  if (!code.pure || !code.isOne) return undefined;
  try {
    return constantCode(code.one()(input, new Frame(new Run(foldingLimits), undefined, [], [])));
  } catch (error) {
    if (error instanceof Failure || error instanceof BudgetEnd || error instanceof Break || error instanceof Halt) return undefined;
    throw error;
  }
}

/** The code, or the constant that it amounts to where all of `parts` are constants. */
export function folded(code: Code, parts: readonly Code[]): Code {
  return parts.every((part) => part.constant !== undefined) ? (foldedOn(code, null) ?? code) : code;
}
