// Calls of functions that refer to themselves (all others are compiled into their callers), and of the filters that
// functions are given. Every call is an activation; a call in last position replaces its caller's.
import type { Run } from "../budget.ts";
import { BudgetEnd, rethrowAt } from "../failure.ts";
import type { Value } from "../value/value.ts";
import { frameAt } from "./bind.ts";
import { Code, type Filter, Frame, type Sink, TailCall, type TailEach } from "./code.ts";
import { emptyCode } from "./basic.ts";

/** A function that is called at run time. Its body is known only after calls to it have been compiled. */
export class FunctionCode {
  body: Code = emptyCode;
  slots = 0;
}

/** One argument of a call: code that runs in the caller's activation, or a filter that the caller was given itself. */
export type Argument = { readonly code: Code } | { readonly index: number; readonly hops: number };

/** Calls `callee`, whose definition stands `hops` activations out. */
export function callCode(callee: FunctionCode, args: readonly Argument[], hops: number, at: number): Code {
  const activate = (frame: Frame): Frame =>
    new Frame(
      frame.run,
      frameAt(frame, hops),
      emptySlots(callee.slots),
      args.map((arg) => filterFor(arg, frame)),
    );
  return new Code({
    yields: "many",
    each: () => (input, frame, sink) => guarded(frame.run, at, () => runCalls(callee.body.tail(), input, activate(frame), sink)),
    tail: () => (input, frame) => {
      frame.run.step();
      return new TailCall((value, own, sink) => callee.body.tail()(value, own, sink), input, activate(frame));
    },
    paths: () => (input, path, frame, sink) => guarded(frame.run, at, () => callee.body.paths()(input, path, activate(frame), sink)),
  });
}

function emptySlots(count: number): Value[] {
  const slots: Value[] = [];
  for (let i = 0; i < count; i++) slots.push(null);
  return slots;
}

function filterFor(arg: Argument, frame: Frame): Filter {
  return "code" in arg ? { code: arg.code, frame } : (frameAt(frame, arg.hops).filters[arg.index] as Filter);
}

function runCalls(body: TailEach, input: Value, frame: Frame, sink: Sink): boolean {
  let result = body(input, frame, sink);
  while (result instanceof TailCall) result = result.body(result.input, result.frame, sink);
  return result;
}

function guarded(run: Run, at: number, call: () => boolean): boolean {
  try {
    run.enter();
    return call();
  } catch (error) {
    if (error instanceof BudgetEnd) rethrowAt(error, at);
    throw error;
  } finally {
    run.leave();
  }
}

/** Runs the filter that the function `hops` activations out was given as its `index`-th argument. */
export function filterCode(index: number, hops: number): Code {
  const filterOf = (frame: Frame): Filter => frameAt(frame, hops).filters[index] as Filter;
  return new Code({
    yields: "many",
    each: () => (input, frame, sink) => {
      const { code, frame: own } = filterOf(frame);
      return nested(frame.run, () => code.each()(input, own, sink));
    },
    paths: () => (input, path, frame, sink) => {
      const { code, frame: own } = filterOf(frame);
      return nested(frame.run, () => code.paths()(input, path, own, sink));
    },
  });
}

function nested(run: Run, call: () => boolean): boolean {
  run.enter();
  try {
    return call();
  } finally {
    run.leave();
  }
}

/** Code of an activation `hops` definitions out, as code of this one. */
export function outerCode(code: Code, hops: number): Code {
  if (hops === 0) return code;
  return new Code({
    yields: code.yields,
    pure: code.pure,
    ...(code.constant === undefined ? {} : { constant: code.constant }),
    ...(code.isOne ? { one: () => outerOne(code.one(), hops) } : {}),
    ...(code.yields === "option" ? { option: () => outerOne(code.option(), hops) } : {}),
    each: () => {
      const each = code.each();
      return (input, frame, sink) => each(input, frameAt(frame, hops), sink);
    },
    paths: () => {
      const paths = code.paths();
      return (input, path, frame, sink) => paths(input, path, frameAt(frame, hops), sink);
    },
  });
}

function outerOne<Result>(run: (input: Value, frame: Frame) => Result, hops: number): (input: Value, frame: Frame) => Result {
  return (input, frame) => run(input, frameAt(frame, hops));
}
