// Reading parts of values: fields, elements, slices, iteration. Missing parts are null; a wrong type is an error.
import type { Run } from "../budget.ts";
import { fail } from "../failure.ts";
import { utf8Length } from "../json/read.ts";
import { valuesEqual } from "./compare.ts";
import { describe } from "./describe.ts";
import { codePointLength, sliceCodePoints } from "./text.ts";
import { isArray, isNumber, isObject, kindOf, NumberLiteral, toDouble, type Value, type ValueObject } from "./value.ts";

/** Keys of at least this many bytes are not shown in error messages. */
const longestShownKey = 30;

/** `.key` of a value. */
export function fieldOf(value: Value, key: string, at = -1): Value {
  if (typeof value === "object" && value !== null && !isArray(value)) {
    // Own properties only: a literal has none, and an object's prototype is never asked.
    if (Object.hasOwn(value, key)) return (value as { readonly [key: string]: Value })[key] as Value;
    if (!(value instanceof NumberLiteral)) return null;
  }
  return value === null ? null : cannotIndex(value, key, at);
}

/** Raises the error for a key that does not fit the value. */
export function cannotIndex(value: Value, key: Value, at = -1): never {
  const what = typeof key === "string" && utf8Length(key) < longestShownKey ? `string "${key}"` : kindOf(key);
  return fail(`Cannot index ${kindOf(value)} with ${what}`, at);
}

/** `.[key]` of a value. */
export function elementOf(value: Value, key: Value, run: Run): Value {
  if (typeof key === "string") return fieldOf(value, key);
  if (isNumber(key)) {
    if (isArray(value)) return itemAt(value, toDouble(key));
    return value === null ? null : cannotIndex(value, key);
  }
  if (isObject(key)) return sliceOf(value, sliceBound(key, "start"), sliceBound(key, "end"), key);
  if (isArray(key) && isArray(value)) return occurrences(value, key, run);
  return cannotIndex(value, key);
}

function itemAt(items: readonly Value[], index: number): Value {
  const at = Math.trunc(index);
  return items[at < 0 ? at + items.length : at] ?? null;
}

// A slice as a key is an object with both bounds, either of which may be null.
function sliceBound(key: ValueObject, name: "start" | "end"): Value {
  return Object.hasOwn(key, name) ? (key[name] as Value) : "missing";
}

/** `.[from:to]` of a value; null bounds are open. */
export function sliceOf(value: Value, from: Value, to: Value, key: Value = {}): Value {
  if (value === null) return null;
  if (isArray(value)) {
    const { start, end } = sliceRange(value.length, from, to);
    return start === 0 && end === value.length ? value : value.slice(start, end);
  }
  if (typeof value !== "string") return cannotIndex(value, key);
  const { start, end } = sliceRange(codePointLength(value), from, to);
  return sliceCodePoints(value, start, end);
}

/** The range of elements that a slice means: floor of the start, ceiling of the end, both within the length. */
export function sliceRange(length: number, from: Value, to: Value): { readonly start: number; readonly end: number } {
  if ((from !== null && !isNumber(from)) || (to !== null && !isNumber(to))) {
    return fail("Array/string slice indices must be integers");
  }
  const start = Math.floor(clampBound(from === null ? 0 : toDouble(from), length, 0));
  const end = Math.ceil(clampBound(to === null ? length : toDouble(to), length, length));
  return { start, end: Math.max(start, Math.min(end, length)) };
}

function clampBound(bound: number, length: number, ifNaN: number): number {
  if (Number.isNaN(bound)) return ifNaN;
  return Math.max(0, Math.min(bound < 0 ? bound + length : bound, length));
}

/** Where `part` occurs in `whole`, as offsets of its first element. */
export function occurrences(whole: readonly Value[], part: readonly Value[], run: Run): Value {
  if (part.length === 0) return [];
  const found: number[] = [];
  run.work(whole.length);
  for (let at = 0; at + part.length <= whole.length; at++) {
    if (part.every((item, i) => valuesEqual(whole[at + i] as Value, item, run))) found.push(at);
  }
  return found;
}

/** The values that `.[]` yields. */
export function itemsOf(value: Value, at = -1): readonly Value[] {
  if (isArray(value)) return value;
  return isObject(value) ? Object.values(value) : cannotIterate(value, at);
}

/** True if `.[]` works. */
export function isIterable(value: Value): boolean {
  return isArray(value) || isObject(value);
}

/** Raises the error for iterating over a scalar. */
export function cannotIterate(value: Value, at = -1): never {
  return fail(`Cannot iterate over ${describe(value)}`, at);
}
