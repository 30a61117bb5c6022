// Code that chooses: `if`, `and`, `or`, `//`, `select`, `try`, `?`, `label` and `break`.
import { Break, Failure } from "../failure.ts";
import { isTruthy, type Value } from "../value/value.ts";
import { emptyCode, folded, identityCode } from "./basic.ts";
import {
  Code,
  type Each,
  type Edit,
  isSingle,
  mostYields,
  Detached,
  type Option,
  type Paths,
  type Push,
  type Sink,
  type TailEach,
  unchanged,
} from "./code.ts";

/** `if CONDITION then THEN else OTHERWISE end` */
export function ifCode(condition: Code, then: Code, otherwise: Code): Code {
  if (condition.constant !== undefined) return isTruthy(condition.constant) ? then : otherwise;
  if (then === identityCode && otherwise === emptyCode && condition.isOne) return selectCode(condition);
  const yields = mostYields(condition.yields, mostYields(then.yields, otherwise.yields));
  return new Code({
    yields,
    pure: condition.pure && then.pure && otherwise.pure,
    ...(yields === "one" ? { one: () => ifOne(condition, then, otherwise) } : {}),
    ...(condition.isOne && then.canEdit && otherwise.canEdit ? { edit: () => ifEdit(condition, then, otherwise) } : {}),
    usesInput: condition.usesInput || then.usesInput || otherwise.usesInput,
    ...(yields === "option" ? { option: () => ifOption(condition, then, otherwise) } : {}),
    each: () => ifEach(condition, then, otherwise),
    ...(condition.isOne ? { push: () => ifPush(condition, then, otherwise), tail: () => ifTail(condition, then, otherwise) } : {}),
    paths: () => ifPaths(condition, then, otherwise),
  });
}

function ifOne(condition: Code, then: Code, otherwise: Code) {
  const test = condition.one();
  const yes = then.one();
  const no = otherwise.one();
  return (input: Value, frame: Parameters<Each>[1]): Value => (isTruthy(test(input, frame)) ? yes(input, frame) : no(input, frame));
}

function ifEdit(condition: Code, then: Code, otherwise: Code): Edit {
  const test = condition.one();
  const yes = then.edit();
  const no = otherwise.edit();
  return (state, frame, editor) => (isTruthy(test(state, frame)) ? yes(state, frame, editor) : no(state, frame, editor));
}

function ifOption(condition: Code, then: Code, otherwise: Code): Option {
  const test = condition.option();
  const yes = then.option();
  const no = otherwise.option();
  return (input, frame) => {
    const chosen = test(input, frame);
    if (chosen === undefined) return undefined;
    return isTruthy(chosen) ? yes(input, frame) : no(input, frame);
  };
}

function ifEach(condition: Code, then: Code, otherwise: Code): Each {
  const yes = then.each();
  const no = otherwise.each();
  if (condition.isOne) {
    const test = condition.one();
    return (input, frame, sink) => (isTruthy(test(input, frame)) ? yes(input, frame, sink) : no(input, frame, sink));
  }
  const tests = condition.each();
  return (input, frame, sink) => tests(input, frame, (test) => (isTruthy(test) ? yes(input, frame, sink) : no(input, frame, sink)));
}

function ifTail(condition: Code, then: Code, otherwise: Code): TailEach {
  const test = condition.one();
  const yes = then.tail();
  const no = otherwise.tail();
  return (input, frame, sink) => (isTruthy(test(input, frame)) ? yes(input, frame, sink) : no(input, frame, sink));
}

function ifPush(condition: Code, then: Code, otherwise: Code): Push {
  const test = condition.one();
  const yes = then.push();
  const no = otherwise.push();
  return (input, frame, out) => {
    if (isTruthy(test(input, frame))) yes(input, frame, out);
    else no(input, frame, out);
  };
}

function ifPaths(condition: Code, then: Code, otherwise: Code): Paths {
  const tests = condition.each();
  const yes = then.paths();
  const no = otherwise.paths();
  return (input, path, frame, sink) =>
    tests(input, frame, (test) => (isTruthy(test) ? yes(input, path, frame, sink) : no(input, path, frame, sink)));
}

/** `select(CONDITION)` */
export function selectCode(condition: Code): Code {
  if (!condition.isOne) return ifCode(condition, identityCode, emptyCode);
  return new Code({
    yields: "option",
    pure: condition.pure,
    condition,
    option: () => {
      const test = condition.one();
      return (input, frame) => (isTruthy(test(input, frame)) ? input : undefined);
    },
    paths: () => {
      const test = condition.one();
      return (input, path, frame, sink) => !isTruthy(test(input, frame)) || sink(input, path);
    },
    update: () => {
      const test = condition.one();
      return (input, frame, replace) => (isTruthy(test(input, frame)) ? replace(input) : unchanged);
    },
  });
}

/** `LEFT and RIGHT`, `LEFT or RIGHT`: `decisive` is the truth of the left side that needs no right side. */
export function logicCode(left: Code, right: Code, decisive: boolean): Code {
  const yields = mostYields(left.yields, right.yields);
  const code = new Code({
    yields,
    pure: left.pure && right.pure,
    ...(isSingle(left) && isSingle(right) ? { option: () => logicOption(left.option(), right.option(), decisive) } : {}),
    ...(yields === "one" ? { one: () => logicOne(left, right, decisive) } : {}),
    each: () => {
      const lefts = left.each();
      const rights = right.each();
      return (input, frame, sink) =>
        lefts(input, frame, (a) => (isTruthy(a) === decisive ? sink(decisive) : rights(input, frame, (b) => sink(isTruthy(b)))));
    },
  });
  return folded(code, [left, right]);
}

function logicOne(left: Code, right: Code, decisive: boolean) {
  const first = left.one();
  const second = right.one();
  return (input: Value, frame: Parameters<Each>[1]): Value =>
    isTruthy(first(input, frame)) === decisive ? decisive : isTruthy(second(input, frame));
}

function logicOption(first: Option, second: Option, decisive: boolean): Option {
  return (input, frame) => {
    const a = first(input, frame);
    if (a === undefined) return undefined;
    if (isTruthy(a) === decisive) return decisive;
    const b = second(input, frame);
    return b === undefined ? undefined : isTruthy(b);
  };
}

/** `LEFT // RIGHT`: what is true of the left side, or else the right side. */
export function alternativeCode(left: Code, right: Code): Code {
  if (left === emptyCode) return right;
  const single = isSingle(left);
  const code = new Code({
    yields: single ? right.yields : "many",
    pure: left.pure && right.pure,
    ...(single && right.isOne ? { one: () => alternativeOption(left.option(), right.one()) as ReturnType<typeof right.one> } : {}),
    ...(single && isSingle(right) ? { option: () => alternativeOption(left.option(), right.option()) } : {}),
    each: () => alternativeEach(left, right),
    paths: () => alternativePaths(left, right),
  });
  return folded(code, [left, right]);
}

function alternativeOption(first: Option, second: Option): Option {
  return (input, frame) => {
    const value = first(input, frame);
    return value === undefined || !isTruthy(value) ? second(input, frame) : value;
  };
}

function alternativeEach(left: Code, right: Code): Each {
  const first = left.each();
  const second = right.each();
  return (input, frame, sink) => {
    let found = false;
    const going = first(input, frame, (value) => {
      if (!isTruthy(value)) return true;
      found = true;
      return sink(value);
    });
    return going && (found || second(input, frame, sink));
  };
}

function alternativePaths(left: Code, right: Code): Paths {
  const first = left.paths();
  const second = right.paths();
  return (input, path, frame, sink) => {
    let found = false;
    const going = first(input, path, frame, (value, reached) => {
      if (!isTruthy(value)) return true;
      found = true;
      return sink(value, reached);
    });
    return going && (found || second(input, path, frame, sink));
  };
}

/** `try BODY catch HANDLER`. Errors of whatever receives the results are not caught. */
export function tryCode(body: Code, handler: Code): Code {
  if (body.constant !== undefined || body === emptyCode) return body;
  const single = isSingle(body) && isSingle(handler);
  const exact = body.isOne && handler.isOne;
  return new Code({
    yields: exact ? "one" : single ? "option" : "many",
    pure: body.pure && handler.pure,
    ...(single ? { option: () => tryOption(body.option(), handler.option()) } : {}),
    each: () => tryEach(body.each(), handler.each()),
    paths: () => tryPaths(body.paths(), handler.paths()),
  });
}

function tryOption(body: Option, handler: Option): Option {
  return (input, frame) => {
    try {
      return body(input, frame);
    } catch (error) {
      if (error instanceof Failure) return handler(error.value, frame);
      throw error;
    }
  };
}

function tryEach(body: Each, handler: Each): Each {
  return (input, frame, sink) => {
    let outside = false;
    const guarded: Sink = (value) => {
      outside = true;
      const going = sink(value);
      outside = false;
      return going;
    };
    try {
      return body(input, frame, guarded);
    } catch (error) {
      if (outside || !(error instanceof Failure)) throw error;
      return handler(error.value, frame, sink);
    }
  };
}

function tryPaths(body: Paths, handler: Paths): Paths {
  return (input, path, frame, sink) => {
    let outside = false;
    try {
      return body(input, path, frame, (value, reached) => {
        outside = true;
        const going = sink(value, reached);
        outside = false;
        return going;
      });
    } catch (error) {
      if (outside || !(error instanceof Failure)) throw error;
      // An error message stands nowhere in the input.
      return handler(error.value, path instanceof Detached ? path : new Detached(path, input), frame, sink);
    }
  };
}

/** `label $NAME | BODY`; the label's identity lives in `slot`. */
export function labelCode(slot: number, body: Code): Code {
  return new Code({
    yields: body.yields === "many" ? "many" : "option",
    each: () => {
      const inner = body.each();
      return (input, frame, sink) => untilBreak(slot, frame, () => inner(input, frame, sink));
    },
    paths: () => {
      const inner = body.paths();
      return (input, path, frame, sink) => untilBreak(slot, frame, () => inner(input, path, frame, sink));
    },
  });
}

function untilBreak(slot: number, frame: Parameters<Each>[1], run: () => boolean): boolean {
  const saved = frame.slots[slot] as Value;
  const label = {};
  frame.slots[slot] = label;
  try {
    return run();
  } catch (error) {
    if (error instanceof Break && error.label === label) return true;
    throw error;
  } finally {
    frame.slots[slot] = saved;
  }
}

/** `break $NAME`: `hops` activations out, the label in `slot` ends. */
export function breakCode(slot: number, hops: number, at: number): Code {
  return new Code({
    yields: "option",
    option: () => (_input, frame) => {
      let owner = frame;
      for (let i = hops; i > 0 && owner.up; i--) owner = owner.up;
      throw new Break(owner.slots[slot] as object, at);
    },
  });
}
