// `.[]` and `..`, and the loops that a pipe makes of them. Loops over arrays hold the tests and the transformations of
// their items directly, without a callback per item.
import { cannotIterate, isIterable, itemsOf } from "../value/access.ts";
import { putValue, isArray, isTruthy, type OpenObject, type Value, type ValueObject } from "../value/value.ts";
import {
  Code,
  type Each,
  extendPath,
  isSingle,
  type Option,
  type Path,
  type Place,
  type Paths,
  type PathSink,
  type Push,
  requirePathThrough,
  type Replace,
  unchanged,
  type Update,
} from "./code.ts";
import { identityCode } from "./basic.ts";
import { bytesPerElement, bytesPerProperty, type Run } from "../budget.ts";

/** `TARGET[]` */
export function iterateCode(target: Code, at: number): Code {
  return new Code({
    yields: "many",
    pure: target.pure,
    at,
    iterated: target,
    each: () => iterateEach(target, at),
    push: () => iteratePush(target, identityCode, at),
    paths: () => iteratePaths(target, at, false),
    ...(target.canUpdate ? { update: () => iterateUpdate(target, at) } : {}),
  });
}

/** `TARGET[]?`: nothing where the value cannot be iterated over. */
export function optionalIterateCode(target: Code, at: number): Code {
  return new Code({
    yields: "many",
    pure: target.pure,
    each: () => {
      const targets = target.each();
      return (input, frame, sink) => targets(input, frame, (value) => !isIterable(value) || sendItems(itemsOf(value, at), frame.run, sink));
    },
    paths: () => iteratePaths(target, at, true),
  });
}

function sendItems(items: readonly Value[], run: Run, sink: (value: Value) => boolean): boolean {
  run.work(items.length);
  for (const item of items) if (!sink(item)) return false;
  return true;
}

function iterateEach(target: Code, at: number): Each {
  if (!isSingle(target)) {
    const targets = target.each();
    return (input, frame, sink) => targets(input, frame, (value) => sendItems(itemsOf(value, at), frame.run, sink));
  }
  const read = target.option();
  return (input, frame, sink) => {
    const value = read(input, frame);
    return value === undefined || sendItems(itemsOf(value, at), frame.run, sink);
  };
}

/** Sends what `then` makes of every item into the array. */
export function iteratePush(target: Code, then: Code, at: number): Push {
  const loop = itemLoop(then);
  if (!isSingle(target)) {
    const targets = target.each();
    return (input, frame, out) => {
      targets(input, frame, (value) => {
        const items = itemsOf(value, at);
        frame.run.work(items.length);
        loop(items, frame, out);
        return true;
      });
    };
  }
  const read = target.option();
  return (input, frame, out) => {
    const value = read(input, frame);
    if (value === undefined) return;
    const items = itemsOf(value, at);
    frame.run.work(items.length);
    loop(items, frame, out);
  };
}

type ItemLoop = (items: readonly Value[], frame: Parameters<Each>[1], out: Value[]) => void;

function itemLoop(then: Code): ItemLoop {
  if (then === identityCode) {
    return (items, _frame, out) => {
      for (const item of items) out.push(item);
    };
  }
  if (then.condition) return selectLoop(then.condition, identityCode);
  const [first, rest] = then.sides ?? [];
  if (first?.condition && rest && isSingle(rest)) return selectLoop(first.condition, rest);
  if (isSingle(then)) {
    const convert = then.option();
    return (items, frame, out) => {
      for (const item of items) {
        const value = convert(item, frame);
        if (value !== undefined) out.push(value);
      }
    };
  }
  const push = then.push();
  return (items, frame, out) => {
    for (const item of items) push(item, frame, out);
  };
}

function selectLoop(condition: Code, then: Code): ItemLoop {
  const test = condition.one();
  if (then === identityCode) {
    return (items, frame, out) => {
      for (const item of items) if (isTruthy(test(item, frame))) out.push(item);
    };
  }
  const convert: Option = then.option();
  return (items, frame, out) => {
    for (const item of items) {
      if (!isTruthy(test(item, frame))) continue;
      const value = convert(item, frame);
      if (value !== undefined) out.push(value);
    }
  };
}

function iteratePaths(target: Code, at: number, optional: boolean): Paths {
  const targets = target.paths();
  return (input, path, frame, sink) =>
    targets(input, path, frame, (value, reached) => {
      if (optional && !isIterable(value)) return true;
      return sendPaths(value, requirePathThrough(reached, value), frame.run, at, sink);
    });
}

/** Sends every item of a container with its path. */
function sendPaths(value: Value, path: Path, run: Run, at: number, sink: PathSink): boolean {
  const keys: readonly Value[] = isArray(value)
    ? [...value.keys()]
    : isIterable(value)
      ? Object.keys(value as ValueObject)
      : cannotIterate(value, at);
  run.work(keys.length);
  for (const key of keys) {
    const item = (value as { readonly [key: string]: Value })[key as string] as Value;
    if (!sink(item, extendPath(path, key))) return false;
  }
  return true;
}

function iterateUpdate(target: Code, at: number): Update {
  const update = target.update();
  return (input, frame, replace, editor) => update(input, frame, (value) => updateItems(value, frame.run, at, replace), editor);
}

function updateItems(value: Value, run: Run, at: number, replace: Replace): Value {
  if (isArray(value)) {
    run.work(value.length);
    run.allocate(value.length * bytesPerElement);
    const copy: Value[] = [];
    for (const item of value) {
      const replaced = replace(item);
      if (replaced !== undefined) copy.push(replaced === unchanged ? item : replaced);
    }
    return copy;
  }
  if (!isIterable(value)) return cannotIterate(value, at);
  const object = value as ValueObject;
  const keys = Object.keys(object);
  run.work(keys.length);
  run.allocate(keys.length * bytesPerProperty);
  const copy: OpenObject = {};
  for (const key of keys) {
    const replaced = replace(object[key] as Value);
    if (replaced !== undefined) putValue(copy, key, replaced === unchanged ? (object[key] as Value) : replaced);
  }
  return copy;
}

/** `..`: the value, then everything inside it. */
export const recurseCode = new Code({
  yields: "many",
  pure: true,
  each: () => (input, frame, sink) => {
    const stack: Value[] = [input];
    for (let value = stack.pop(); value !== undefined; value = stack.pop()) {
      frame.run.step();
      if (!sink(value)) return false;
      if (!isIterable(value)) continue;
      const items = itemsOf(value);
      for (let i = items.length - 1; i >= 0; i--) stack.push(items[i] as Value);
    }
    return true;
  },
  paths: () => (input, path, frame, sink) => {
    const stack: { readonly value: Value; readonly path: Place }[] = [{ value: input, path }];
    for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
      frame.run.step();
      if (!sink(at.value, at.path)) return false;
      if (!isIterable(at.value)) continue;
      const inside: { readonly value: Value; readonly path: Place }[] = [];
      sendPaths(at.value, requirePathThrough(at.path, at.value), frame.run, -1, (value, inner) => inside.push({ value, path: inner }) > 0);
      for (let i = inside.length - 1; i >= 0; i--) stack.push(inside[i] as { value: Value; path: Place });
    }
    return true;
  },
});
