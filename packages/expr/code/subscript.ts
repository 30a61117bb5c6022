// `TARGET[KEY]` and `TARGET[FROM:TO]`, where keys are computed. Keys run in the outer loop, targets in the inner.
import type { Run } from "../budget.ts";
import { Failure, rethrowAt } from "../failure.ts";
import { elementOf, sliceOf } from "../value/access.ts";
import type { Value } from "../value/value.ts";
import {
  Code,
  extendPath,
  type Frame,
  type One,
  type Option,
  type Paths,
  type Each,
  mostYields,
  isSingle,
  requirePathTo,
  type Update,
  type Yields,
} from "./code.ts";
import { folded } from "./basic.ts";
import { replaceUnder } from "./fields.ts";

type Read = (target: Value, key: Value, run: Run) => Value;

/** `TARGET[KEY]` */
export function indexCode(target: Code, key: Code, optional: boolean, at: number): Code {
  const read: Read = (value, name, run) => {
    try {
      return elementOf(value, name, run);
    } catch (error) {
      return rethrowAt(error, at);
    }
  };
  return subscript(target, key, optional, read);
}

/** `TARGET[FROM:TO]`; an absent bound is null. */
export function sliceCode(target: Code, from: Code, to: Code, optional: boolean, at: number): Code {
  const read: Read = (value, name) => {
    const { start, end } = name as { readonly start: Value; readonly end: Value };
    try {
      return sliceOf(value, start, end, name);
    } catch (error) {
      return rethrowAt(error, at);
    }
  };
  return subscript(target, boundsCode(from, to), optional, read);
}

// A slice as a key: the end runs in the outer loop, as the later operand does everywhere.
function boundsCode(from: Code, to: Code): Code {
  const yields = mostYields(from.yields, to.yields);
  const pair = (start: Value, end: Value): Value => ({ start, end });
  const single = yields !== "many";
  const code = new Code({
    yields,
    pure: from.pure && to.pure,
    usesInput: from.usesInput || to.usesInput,
    ...(single ? { option: () => optionOfTwo(to.option(), from.option(), (end, start) => pair(start, end)) } : {}),
    each: () => eachOfTwo(to, from, (end, start) => pair(start, end)),
  });
  return folded(code, [from, to]);
}

/** Combines the one result of each side; nothing where either has none. */
export function optionOfTwo(outer: Option, inner: Option, combine: (a: Value, b: Value, frame: Frame) => Value): Option {
  return (input, frame) => {
    const a = outer(input, frame);
    if (a === undefined) return undefined;
    const b = inner(input, frame);
    return b === undefined ? undefined : combine(a, b, frame);
  };
}

/** Combines every result of the inner side with every one of the outer. */
export function eachOfTwo(outerCode: Code, innerCode: Code, combine: (a: Value, b: Value, frame: Frame) => Value): Each {
  const outer = outerCode.each();
  if (isSingle(innerCode)) {
    const option = innerCode.option();
    return (input, frame, sink) =>
      outer(input, frame, (a) => {
        const b = option(input, frame);
        return b === undefined || sink(combine(a, b, frame));
      });
  }
  const inner = innerCode.each();
  return (input, frame, sink) => outer(input, frame, (a) => inner(input, frame, (b) => sink(combine(a, b, frame))));
}

function subscript(target: Code, key: Code, optional: boolean, read: Read): Code {
  const yields = mostYields(mostYields(target.yields, key.yields), optional ? "option" : "one");
  const shapes = singleShapes(yields, target, key, optional, read);
  const canUpdate = !optional && target.canUpdate && key.isOne;
  return new Code({
    yields,
    pure: target.pure && key.pure,
    usesInput: target.usesInput || key.usesInput,
    ...shapes,
    each: () =>
      isSingle(target) && isSingle(key)
        ? eachFromOption(shapes.option?.() ?? optionalRead(target, key, optional, read))
        : subscriptEach(target, key, optional, read),
    paths: () => subscriptPaths(target, key, optional, read),
    ...(canUpdate ? { update: () => subscriptUpdate(target, key, read) } : {}),
  });
}

function eachFromOption(option: Option): Each {
  return (input, frame, sink) => {
    const value = option(input, frame);
    return value === undefined || sink(value);
  };
}

function singleShapes(yields: Yields, target: Code, key: Code, optional: boolean, read: Read): { one?: () => One; option?: () => Option } {
  if (yields === "one") return { one: () => readOne(target, key, read) };
  return yields === "option" ? { option: () => optionalRead(target, key, optional, read) } : {};
}

function readOne(target: Code, key: Code, read: Read): One {
  const targets = target.one();
  if (key.constant !== undefined) {
    const { constant } = key;
    return (input, frame) => read(targets(input, frame), constant, frame.run);
  }
  const keys = key.one();
  return (input, frame) => {
    const name = keys(input, frame);
    return read(targets(input, frame), name, frame.run);
  };
}

function optionalRead(target: Code, key: Code, optional: boolean, read: Read): Option {
  return optionOfTwo(
    key.option(),
    target.option(),
    (name, value, frame) => (optional ? tried(read, value, name, frame.run) : read(value, name, frame.run)) as Value,
  );
}

// Only the access itself is forgiven: errors of the target and the key are not.
function tried(read: Read, value: Value, name: Value, run: Run): Value | undefined {
  try {
    return read(value, name, run);
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
}

function subscriptEach(target: Code, key: Code, optional: boolean, read: Read): Each {
  const targets = target.each();
  const keys = key.each();
  return (input, frame, sink) =>
    keys(input, frame, (name) =>
      targets(input, frame, (value) => {
        const item = optional ? tried(read, value, name, frame.run) : read(value, name, frame.run);
        return item === undefined || sink(item);
      }),
    );
}

function subscriptPaths(target: Code, key: Code, optional: boolean, read: Read): Paths {
  const targets = target.paths();
  const keys = key.each();
  return (input, path, frame, sink) =>
    keys(input, frame, (name) =>
      targets(input, path, frame, (value, reached) => {
        const extended = extendPath(requirePathTo(reached, name, value), name);
        const item = optional ? tried(read, value, name, frame.run) : read(value, name, frame.run);
        return item === undefined || sink(item, extended);
      }),
    );
}

function subscriptUpdate(target: Code, key: Code, read: Read): Update {
  const update = target.update();
  const keys = key.one();
  return (input, frame, replace, editor) => {
    const name = keys(input, frame);
    return update(input, frame, (value) => replaceUnder(value, name, replace(read(value, name, frame.run)), editor), editor);
  };
}
