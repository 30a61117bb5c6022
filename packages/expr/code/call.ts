// Calls of functions that refer to themselves (all others are compiled into their callers), and of the filters that
// functions are given. Every call is an activation; a call in last position replaces its caller's.
import { endAt } from "../failure.ts";
import type { Value } from "../value/value.ts";
import { frameAt } from "./bind.ts";
import { Code, type Each, type Filter, Frame, type Paths, TailCall } from "./code.ts";
import { emptyCode } from "./basic.ts";

/** A function that is called at run time. Its body is known only after calls to it have been compiled. */
export class FunctionCode {
  body: Code = emptyCode;
  slots = 0;
  /** What one call counts against the depth budget. */
  weight = 1;
}

/** One argument of a call: code that runs in the caller's activation, or a filter that the caller was given itself. */
export type Argument = { readonly code: Code; readonly weight: number } | { readonly index: number; readonly hops: number };

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
    each: () => callEach(callee, activate, at),
    tail: () => (input, frame) => {
      frame.run.step();
      return new TailCall(callee.body.tail(), input, activate(frame));
    },
    paths: () => callPaths(callee, activate, at),
  });
}

type Activate = (frame: Frame) => Frame;

// One frame of the host's stack per call: recursion should get as deep as it can.
function callEach(callee: FunctionCode, activate: Activate, at: number): Each {
  return (input, frame, sink) => {
    const { run } = frame;
    try {
      run.enter(callee.weight);
      let result = callee.body.tail()(input, activate(frame), sink);
      while (result instanceof TailCall) result = result.body(result.input, result.frame, sink);
      return result;
    } catch (error) {
      return endAt(error, at);
    } finally {
      run.leave(callee.weight);
    }
  };
}

function callPaths(callee: FunctionCode, activate: Activate, at: number): Paths {
  return (input, path, frame, sink) => {
    const { run } = frame;
    try {
      run.enter(callee.weight);
      return callee.body.paths()(input, path, activate(frame), sink);
    } catch (error) {
      return endAt(error, at);
    } finally {
      run.leave(callee.weight);
    }
  };
}

function emptySlots(count: number): Value[] {
  const slots: Value[] = [];
  for (let i = 0; i < count; i++) slots.push(null);
  return slots;
}

function filterFor(arg: Argument, frame: Frame): Filter {
  return "code" in arg ? { code: arg.code, frame, weight: arg.weight } : (frameAt(frame, arg.hops).filters[arg.index] as Filter);
}

/** Runs the filter that the function `hops` activations out was given as its `index`-th argument. */
export function filterCode(index: number, hops: number): Code {
  const filterOf = (frame: Frame): Filter => frameAt(frame, hops).filters[index] as Filter;
  return new Code({
    yields: "many",
    each: () => (input, frame, sink) => {
      const { code, frame: own, weight } = filterOf(frame);
      try {
        own.run.enter(weight);
        return code.each()(input, own, sink);
      } finally {
        own.run.leave(weight);
      }
    },
    paths: () => (input, path, frame, sink) => {
      const { code, frame: own, weight } = filterOf(frame);
      try {
        own.run.enter(weight);
        return code.paths()(input, path, own, sink);
      } finally {
        own.run.leave(weight);
      }
    },
  });
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
