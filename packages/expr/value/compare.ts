// The total order of values: null < false < true < numbers < strings < arrays < objects. Objects compare by their
// sorted keys first, then by the values under them. A NaN is below every number, itself included.
import type { Run } from "../budget.ts";
import { compareLiterals } from "./number.ts";
import { compareStrings, isArray, kindOf, NumberLiteral, sortedKeys, toDouble, type Value, type ValueObject } from "./value.ts";

/** Negative, zero or positive as `a` sorts before, with or after `b`. */
export function compareValues(a: Value, b: Value, run: Run): number {
  if (typeof a === "number" && typeof b === "number") return compareDoubles(a, b);
  if (typeof a === "string" && typeof b === "string") return compareStrings(a, b);
  const difference = compareFlat(a, b);
  return difference ?? compareContainers(a as Container, b as Container, run);
}

type Container = readonly Value[] | ValueObject;

/** The order of two values, or undefined for two containers of one kind. */
function compareFlat(a: Value, b: Value): number | undefined {
  if (typeof a === "string" && typeof b === "string") return compareStrings(a, b);
  const difference = rankOf(a) - rankOf(b);
  if (difference !== 0) return difference;
  if (typeof a === "number" || a instanceof NumberLiteral) return compareNumbers(a, b as number | NumberLiteral);
  return typeof a === "object" && a !== null ? undefined : 0;
}

/** Two containers that are being compared: the keys that both have, and how they compare if all items are equal. */
interface Pair {
  readonly a: { readonly [key: string]: Value };
  readonly b: { readonly [key: string]: Value };
  readonly keys: readonly string[] | undefined;
  readonly size: number;
  readonly otherwise: number;
  next: number;
}

// Works on a stack of its own, so that deep values cannot overflow the call stack.
function compareContainers(a: Container, b: Container, run: Run): number {
  const pairs: Pair[] = [];
  for (let left: Container | undefined = a, right: Container | undefined = b; ;) {
    if (left && right) {
      run.step();
      const pair = pairOf(left, right);
      if (typeof pair === "number") return pair;
      pairs.push(pair);
    }
    const pair = pairs.at(-1);
    if (pair === undefined) return 0;
    left = right = undefined;
    if (pair.next === pair.size) {
      if (pair.otherwise !== 0) return pair.otherwise;
      pairs.pop();
      continue;
    }
    const key = pair.keys?.[pair.next] ?? String(pair.next);
    pair.next++;
    const [x, y] = [pair.a[key] as Value, pair.b[key] as Value];
    const difference = compareFlat(x, y);
    if (difference === undefined) [left, right] = [x as Container, y as Container];
    else if (difference !== 0) return difference;
  }
}

// Objects whose keys differ are ordered by them alone.
function pairOf(a: Container, b: Container): Pair | number {
  if (isArray(a) && isArray(b)) {
    const size = Math.min(a.length, b.length);
    return { a: a as unknown as Pair["a"], b: b as unknown as Pair["b"], keys: undefined, size, otherwise: a.length - b.length, next: 0 };
  }
  const keys = sortedKeys(a as ValueObject);
  const difference = compareKeys(keys, sortedKeys(b as ValueObject));
  return difference === 0 ? { a: a as ValueObject, b: b as ValueObject, keys, size: keys.length, otherwise: 0, next: 0 } : difference;
}

function compareKeys(a: readonly string[], b: readonly string[]): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const difference = compareStrings(a[i] as string, b[i] as string);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

function rankOf(value: Value): number {
  switch (kindOf(value)) {
    case "null":
      return 0;
    case "boolean":
      return value === true ? 2 : 1;
    case "number":
      return 3;
    case "string":
      return 4;
    case "array":
      return 5;
    case "object":
      return 6;
  }
}

function compareDoubles(a: number, b: number): number {
  if (a < b || Number.isNaN(a)) return -1;
  return a === b ? 0 : 1;
}

// Two literals are compared digit by digit; a literal and a computed number as doubles.
function compareNumbers(a: number | NumberLiteral, b: number | NumberLiteral): number {
  if (a instanceof NumberLiteral && b instanceof NumberLiteral) return compareLiterals(a, b);
  return compareDoubles(toDouble(a), toDouble(b));
}

/** Equality by content; the order of an object's keys does not count. */
export function valuesEqual(a: Value, b: Value, run: Run): boolean {
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return flatEqual(a, b);
  const rest: [Value, Value][] = [[a, b]];
  for (let pair = rest.pop(); pair; pair = rest.pop()) {
    run.step();
    if (!equalSoFar(pair[0], pair[1], rest)) return false;
  }
  return true;
}

function flatEqual(a: Value, b: Value): boolean {
  return a === b || ((typeof a === "number" || typeof b === "number") && kindOf(a) === kindOf(b) && compareFlat(a, b) === 0);
}

/** Compares what can be seen of two values; what is inside of containers goes to the rest. */
function equalSoFar(a: Value, b: Value, rest: [Value, Value][]): boolean {
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return flatEqual(a, b);
  if (isArray(a)) {
    if (!isArray(b) || a.length !== b.length) return false;
    for (let i = a.length - 1; i >= 0; i--) rest.push([a[i] as Value, b[i] as Value]);
    return true;
  }
  if (a instanceof NumberLiteral || b instanceof NumberLiteral || isArray(b)) {
    return a instanceof NumberLiteral && b instanceof NumberLiteral && compareLiterals(a, b) === 0;
  }
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  for (const key of keys) {
    if (!Object.hasOwn(b, key)) return false;
    rest.push([a[key] as Value, b[key] as Value]);
  }
  return true;
}
