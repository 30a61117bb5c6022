// Reading, replacing and deleting at paths. Replacing copies the containers on the way; `Editor` copies each at most
// once, for many replacements in one value.
import { fail } from "../failure.ts";
import { cannotIndex, elementOf, sliceRange } from "./access.ts";
import { compareValues } from "./compare.ts";
import { isArray, isNumber, isObject, kindOf, type OpenObject, putValue, toDouble, type Value, type ValueObject } from "./value.ts";

/** Largest index that an assignment may create, so that `.[1e9] = 0` cannot fill the memory. */
export const maxArrayIndex = 536_870_911;

/** The value at `keys`; null as soon as one is missing. */
export function getPath(value: Value, keys: readonly Value[]): Value {
  let at = value;
  for (const key of keys) {
    if (at === null) return null;
    at = elementOf(at, key);
  }
  return at;
}

/** Where copies come from: an `Editor` gives back a container that it owns already. */
export interface Copier {
  array(items: readonly Value[], room: number): Value[];
  object(object: ValueObject): OpenObject;
}

/** `value` with what is at `keys` replaced by `replace` of it. */
export function replaceAt(value: Value, keys: readonly Value[], from: number, replace: (old: Value) => Value, copier: Copier): Value {
  if (from === keys.length) return replace(value);
  const key = keys[from] as Value;
  const old = value === null ? null : elementOf(value, key);
  return setKey(value, key, replaceAt(old, keys, from + 1, replace, copier), copier);
}

/** `value` with `item` under `key`. */
export function setKey(value: Value, key: Value, item: Value, copier: Copier): Value {
  if (typeof key === "string" && (value === null || isObject(value))) {
    const copy = copier.object(value ?? {});
    putValue(copy, key, item);
    return copy;
  }
  if (isNumber(key) && (value === null || isArray(value))) return setItem(value ?? [], Math.trunc(toDouble(key)), item, copier);
  if (isObject(key) && (value === null || isArray(value))) return setSlice(value ?? [], key, item);
  if (isObject(key) && typeof value === "string") return fail("Cannot update string slices");
  if (isArray(key) && isArray(value)) return fail("Cannot update field at array index of array");
  return cannotIndex(value, key);
}

function setItem(items: readonly Value[], index: number, item: Value, copier: Copier): Value {
  const at = index < 0 ? index + items.length : Number.isNaN(index) ? 0 : index;
  if (at < 0) return fail("Out of bounds negative array index");
  if (at > maxArrayIndex) return fail("Array index too large");
  const copy = copier.array(items, at + 1);
  while (copy.length < at) copy.push(null);
  copy[at] = item;
  return copy;
}

function setSlice(items: readonly Value[], key: ValueObject, replacement: Value): Value {
  const { start, end } = sliceRange(items.length, bound(key, "start"), bound(key, "end"));
  if (!isArray(replacement)) return fail("A slice of an array can only be assigned another array");
  return [...items.slice(0, start), ...replacement, ...items.slice(end)];
}

function bound(key: ValueObject, name: string): Value {
  return Object.hasOwn(key, name) ? (key[name] as Value) : "missing";
}

/** Deletes what is at each of `paths`; the last paths go first, so that indices stay right. */
export function deletePaths(value: Value, paths: readonly Value[]): Value {
  let result = value;
  for (const path of [...paths].sort(compareValues).reverse()) {
    if (!isArray(path)) return fail(`Path must be specified as array, not ${kindOf(path)}`);
    result = deletePath(result, path, 0);
  }
  return result;
}

function deletePath(value: Value, keys: readonly Value[], from: number): Value {
  if (value === null || keys.length === 0) return null;
  const key = keys[from] as Value;
  if (from === keys.length - 1) return deleteKey(value, key);
  const old = elementOf(value, key);
  if (old === null) return value;
  return setKey(value, key, deletePath(old, keys, from + 1), freshCopies);
}

/** `value` without what is under `key`. */
export function deleteKey(value: Value, key: Value): Value {
  if (value === null) return null;
  if (isObject(value) && typeof key === "string") return withoutKey(value, key);
  if (isArray(value) && isNumber(key)) {
    const index = Math.trunc(toDouble(key));
    const at = index < 0 ? index + value.length : index;
    return at < 0 || at >= value.length ? value : value.toSpliced(at, 1);
  }
  if (isArray(value) && isObject(key)) {
    const { start, end } = sliceRange(value.length, bound(key, "start"), bound(key, "end"));
    return value.toSpliced(start, end - start);
  }
  return cannotDelete(value, key);
}

function cannotDelete(value: Value, key: Value): never {
  if (isObject(value)) return fail(`Cannot delete ${kindOf(key)} field of object`);
  if (isArray(value)) return fail(`Cannot delete ${kindOf(key)} element of array`);
  return fail(`Cannot delete fields from ${kindOf(value)}`);
}

function withoutKey(object: ValueObject, key: string): Value {
  if (!Object.hasOwn(object, key)) return object;
  const copy: OpenObject = {};
  for (const name of Object.keys(object)) if (name !== key) putValue(copy, name, object[name] as Value);
  return copy;
}

/** Copies every container that is changed. */
export const freshCopies: Copier = {
  array: (items) => items.slice(),
  object: (object) => ({ ...object }),
};

/** `value` with `item` at `keys`. */
export function setPath(value: Value, keys: readonly Value[], item: Value): Value {
  return replaceAt(value, keys, 0, () => item, freshCopies);
}
