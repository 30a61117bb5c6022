// Builtins that are functions of values: the input and the arguments. With several results in the arguments, the last
// argument runs in the outermost loop.
import type { Run } from "../budget.ts";
import { rethrowAt } from "../failure.ts";
import type { Value } from "../value/value.ts";
import { folded } from "./basic.ts";
import { Code, type Each, type Frame, isSingle, mostYields, type One, type Option, type Sink, type Yields } from "./code.ts";

/** A function of the input and the arguments. */
export type Apply = (run: Run, input: Value, ...args: Value[]) => Value;

/** Code that applies a function. `pure` is false for functions that look beyond their arguments. */
export function applyCode(apply: Apply, args: readonly Code[], at: number, pure = true): Code {
  const yields = args.reduce<Yields>((most, arg) => mostYields(most, arg.yields), "one");
  const code = new Code({
    yields,
    pure: pure && args.every((arg) => arg.pure),
    at,
    ...(yields === "one" ? { one: () => applyOne(apply, args, at) } : {}),
    ...(args.every(isSingle) ? { option: () => applyOption(apply, args, at) } : {}),
    each: () => applyEach(apply, args, at),
  });
  return code;
}

/** The same, folded to a constant where input and arguments do not matter or are known. */
export function applyToArguments(apply: Apply, args: readonly Code[], at: number): Code {
  return folded(applyCode(apply, args, at), args);
}

function applyOne(apply: Apply, args: readonly Code[], at: number): One {
  const [first, second] = args.map((arg) => arg.one());
  if (first === undefined) return (input, frame) => call0(apply, input, frame, at);
  if (second === undefined) return applyOne1(apply, args[0] as Code, first, at);
  if (args.length > 2) return applyOption(apply, args, at) as One;
  return (input, frame) => {
    const b = second(input, frame);
    const a = first(input, frame);
    try {
      return apply(frame.run, input, a, b);
    } catch (error) {
      return rethrowAt(error, at);
    }
  };
}

function call0(apply: Apply, input: Value, frame: Frame, at: number): Value {
  try {
    return apply(frame.run, input);
  } catch (error) {
    return rethrowAt(error, at);
  }
}

function applyOne1(apply: Apply, arg: Code, first: One, at: number): One {
  const { constant } = arg;
  const read: One = constant === undefined ? first : () => constant;
  return (input, frame) => {
    const a = read(input, frame);
    try {
      return apply(frame.run, input, a);
    } catch (error) {
      return rethrowAt(error, at);
    }
  };
}

function applyOption(apply: Apply, args: readonly Code[], at: number): Option {
  const options = args.map((arg) => arg.option());
  return (input, frame) => {
    const values: Value[] = [];
    for (let i = options.length - 1; i >= 0; i--) {
      const value = (options[i] as Option)(input, frame);
      if (value === undefined) return undefined;
      values[i] = value;
    }
    return callAll(apply, input, values, frame, at);
  };
}

function callAll(apply: Apply, input: Value, values: readonly Value[], frame: Frame, at: number): Value {
  try {
    return apply(frame.run, input, ...values);
  } catch (error) {
    return rethrowAt(error, at);
  }
}

function applyEach(apply: Apply, args: readonly Code[], at: number): Each {
  return combineEach(args, (values, input, frame, sink) => sink(callAll(apply, input, values, frame, at)));
}

/** Runs `then` for every combination of the arguments' results, the last argument in the outermost loop. */
export function combineEach(args: readonly Code[], then: (values: Value[], input: Value, frame: Frame, sink: Sink) => boolean): Each {
  const each = args.map((arg) => arg.each());
  const run = (from: number, values: Value[], input: Value, frame: Frame, sink: Sink): boolean => {
    if (from < 0) return then(values, input, frame, sink);
    return (each[from] as Each)(input, frame, (value) => {
      const next = values.slice();
      next[from] = value;
      return run(from - 1, next, input, frame, sink);
    });
  };
  return (input, frame, sink) => run(args.length - 1, [], input, frame, sink);
}
