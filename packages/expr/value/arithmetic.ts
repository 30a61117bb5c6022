// The arithmetic operators on values. What they build is charged to the run before it is built.
import { bytesPerElement, bytesPerProperty, type Run } from "../budget.ts";
import { fail } from "../failure.ts";
import { valuesEqual } from "./compare.ts";
import { describe, typeError, typeError2 } from "./describe.ts";
import { negateLiteral } from "./number.ts";
import {
  isArray,
  isNumber,
  isObject,
  NumberLiteral,
  ownValue,
  putValue,
  toDouble,
  type OpenObject,
  type Value,
  type ValueObject,
} from "./value.ts";

/** Longest string that may be built; JavaScript's own limit lies a little above. */
export const maxStringLength = 500_000_000;

/** From here on jq itself refuses to repeat a string, whatever the budget. */
const longestRepeat = 2 ** 31 - 1;

const bytesPerUnit = 2;

/** `a + b` */
export function add(a: Value, b: Value, run: Run): Value {
  if (typeof a === "number" && typeof b === "number") return a + b;
  if (typeof a === "string" && typeof b === "string") return concatenate(a, b, run);
  if (a === null) return b;
  if (b === null) return a;
  if (isNumber(a) && isNumber(b)) return toDouble(a) + toDouble(b);
  if (isArray(a) && isArray(b)) {
    run.allocate((a.length + b.length) * bytesPerElement);
    return a.concat(b);
  }
  if (isObject(a) && isObject(b)) return merge(a, b, run);
  return typeError2(a, b, "cannot be added");
}

/** Two strings as one. */
export function concatenate(a: string, b: string, run: Run): string {
  // The engine joins strings without copying them, so that only the shorter part is new; a little of the longer one is
  // charged too, since it may have to be copied after all.
  const longer = Math.max(a.length, b.length);
  const shorter = a.length + b.length - longer;
  run.allocate(shorter * bytesPerUnit + (longer >> 6) + bytesPerProperty);
  if (shorter + longer > maxStringLength) fail("String result is too long");
  return a + b;
}

function merge(a: ValueObject, b: ValueObject, run: Run): Value {
  const result = { ...a, ...b };
  run.allocate(Object.keys(result).length * bytesPerProperty);
  return result;
}

/** `a - b` */
export function subtract(a: Value, b: Value, run: Run): Value {
  if (typeof a === "number" && typeof b === "number") return a - b;
  if (isNumber(a) && isNumber(b)) return toDouble(a) - toDouble(b);
  if (!isArray(a) || !isArray(b)) return typeError2(a, b, "cannot be subtracted");
  run.work(a.length * b.length);
  return a.filter((item) => !b.some((other) => valuesEqual(item, other, run)));
}

/** `a * b` */
export function multiply(a: Value, b: Value, run: Run): Value {
  if (typeof a === "number" && typeof b === "number") return a * b;
  if (isNumber(a) && isNumber(b)) return toDouble(a) * toDouble(b);
  if (typeof a === "string" && isNumber(b)) return repeat(a, toDouble(b), run);
  if (isNumber(a) && typeof b === "string") return repeat(b, toDouble(a), run);
  if (isObject(a) && isObject(b)) return mergeDeep(a, b, run);
  return typeError2(a, b, "cannot be multiplied");
}

// A count below zero, and NaN, give null; a fraction is cut off.
function repeat(text: string, count: number, run: Run): Value {
  if (!(count >= 0)) return null;
  const length = text.length * Math.floor(count);
  if (text.length === 0) return "";
  if (length > longestRepeat) fail("Repeat string result too long");
  run.allocate(length * bytesPerUnit);
  if (length > maxStringLength) fail("Repeat string result too long");
  return text.repeat(Math.floor(count));
}

function mergeDeep(a: ValueObject, b: ValueObject, run: Run): Value {
  const result: OpenObject = { ...a };
  for (const key of Object.keys(b)) {
    const mine = ownValue(result, key);
    const theirs = b[key] as Value;
    putValue(result, key, isObject(mine ?? null) && isObject(theirs) ? mergeDeep(mine as ValueObject, theirs, run) : theirs);
  }
  run.allocate(Object.keys(result).length * bytesPerProperty);
  return result;
}

/** `a / b` */
export function divide(a: Value, b: Value, run: Run): Value {
  if (isNumber(a) && isNumber(b)) {
    const divisor = toDouble(b);
    return divisor === 0 ? typeError2(a, b, "cannot be divided because the divisor is zero") : toDouble(a) / divisor;
  }
  if (typeof a === "string" && typeof b === "string") return splitString(a, b, run);
  return typeError2(a, b, "cannot be divided");
}

/** The parts of `text` between separators; an empty separator splits into code points. */
export function splitString(text: string, separator: string, run: Run): Value {
  run.allocate(text.length * bytesPerElement);
  if (text === "") return [];
  return separator === "" ? Array.from(text) : text.split(separator);
}

/** `a % b`: the remainder of the operands cut to 64-bit integers, with the sign of the left one. */
export function remainder(a: Value, b: Value): Value {
  if (!isNumber(a) || !isNumber(b)) return typeError2(a, b, "cannot be divided (remainder)");
  const x = toDouble(a);
  const y = toDouble(b);
  if (Number.isNaN(x) || Number.isNaN(y)) return Number.NaN;
  const divisor = Math.trunc(y);
  if (divisor === 0) return typeError2(a, b, "cannot be divided (remainder) because the divisor is zero");
  if (Math.abs(x) <= Number.MAX_SAFE_INTEGER && Math.abs(y) <= Number.MAX_SAFE_INTEGER) {
    // Adding zero keeps -0 out, which integers do not have.
    return (Math.trunc(x) % Math.abs(divisor)) + 0;
  }
  return Number(wideInteger(x) % wideInteger(y));
}

const largestInteger = 2n ** 63n - 1n;
const smallestInteger = -(2n ** 63n);

function wideInteger(value: number): bigint {
  if (value >= 2 ** 63) return largestInteger;
  return value <= -(2 ** 63) ? smallestInteger : BigInt(Math.trunc(value));
}

/** `-a` */
export function negate(value: Value): Value {
  if (typeof value === "number") return -value;
  if (value instanceof NumberLiteral) return negateLiteral(value);
  return typeError(value, "cannot be negated");
}

/** `has(key)` */
export function hasKey(value: Value, key: Value): boolean {
  if (value === null) return false;
  if (isObject(value) && typeof key === "string") return Object.hasOwn(value, key);
  if (isArray(value) && isNumber(key)) {
    const index = Math.trunc(toDouble(key));
    return index >= 0 && index < value.length;
  }
  return cannotHave(value, key);
}

function cannotHave(value: Value, key: Value): never {
  const kind = describe(key).split(" ")[0] as string;
  return fail(`Cannot check whether ${describe(value).split(" ")[0] as string} has a ${kind} key`);
}
