// The total order of values: null < false < true < numbers < strings < arrays < objects. Objects compare by their
// sorted keys first, then by the values under them. A NaN is below every number, itself included.
import type { Run } from "../budget.ts";
import { compareLiterals } from "./number.ts";
import { compareStrings, isArray, kindOf, NumberLiteral, sortedKeys, toDouble, type Value, type ValueObject } from "./value.ts";

/** Negative, zero or positive as `a` sorts before, with or after `b`. */
export function compareValues(a: Value, b: Value, run: Run): number {
  if (typeof a === "number" && typeof b === "number") return compareDoubles(a, b);
  if (typeof a === "string" && typeof b === "string") return compareStrings(a, b);
  const difference = rankOf(a) - rankOf(b);
  if (difference !== 0) return difference;
  if (typeof a !== "object" || a === null || b === null) return typeof a === "number" ? compareNumbers(a, b as NumberLiteral) : 0;
  if (isArray(a)) return compareArrays(a, b as readonly Value[], run);
  return a instanceof NumberLiteral ? compareNumbers(a, b as number | NumberLiteral) : compareObjects(a, b as ValueObject, run);
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

function compareArrays(a: readonly Value[], b: readonly Value[], run: Run): number {
  run.step();
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const difference = compareValues(a[i] as Value, b[i] as Value, run);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

function compareObjects(a: ValueObject, b: ValueObject, run: Run): number {
  run.step();
  const keys = sortedKeys(a);
  const difference = compareArrays(keys, sortedKeys(b), run);
  if (difference !== 0) return difference;
  for (const key of keys) {
    const inside = compareValues(a[key] as Value, b[key] as Value, run);
    if (inside !== 0) return inside;
  }
  return 0;
}

/** Equality by content; the order of an object's keys does not count. */
export function valuesEqual(a: Value, b: Value, run: Run): boolean {
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) {
    return a === b || ((typeof a === "number" || typeof b === "number") && kindOf(a) === kindOf(b) && compareValues(a, b, run) === 0);
  }
  run.step();
  if (isArray(a)) return isArray(b) && a.length === b.length && a.every((item, i) => valuesEqual(item, b[i] as Value, run));
  if (isArray(b) || a instanceof NumberLiteral || b instanceof NumberLiteral) {
    return a instanceof NumberLiteral && b instanceof NumberLiteral && compareLiterals(a, b) === 0;
  }
  return objectsEqual(a, b, run);
}

function objectsEqual(a: ValueObject, b: ValueObject, run: Run): boolean {
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  for (const key of keys) {
    if (!Object.hasOwn(b, key) || !valuesEqual(a[key] as Value, b[key] as Value, run)) return false;
  }
  return true;
}
