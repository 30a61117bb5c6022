// Reading, replacing and deleting at paths. Replacing changes copies of the containers on the way, made by an editor.
import { bytesPerElement, maxJsonDepth, type Run } from "../budget.ts";
import { fail } from "../failure.ts";
import { cannotIndex, elementOf, sliceRange } from "./access.ts";
import { compareValues, valuesEqual } from "./compare.ts";
import type { Editor } from "./editor.ts";
import { isArray, isNumber, isObject, kindOf, putValue, toDouble, type Value, type ValueObject } from "./value.ts";

/** Largest index that an assignment may create, so that `.[1e9] = 0` cannot fill the memory. */
export const maxArrayIndex = 536_870_911;

/** The value at `keys`; null where one is missing. */
export function getPath(value: Value, keys: readonly Value[], run: Run): Value {
  return checkedLength(keys).reduce<Value>((at, key) => elementOf(at, key, run), value);
}

function checkedLength(keys: readonly Value[]): readonly Value[] {
  return keys.length > maxJsonDepth ? fail("Path too deep") : keys;
}

/** `value` with what is at `keys` replaced by `item`. */
export function setPath(value: Value, keys: readonly Value[], item: Value, editor: Editor): Value {
  const containers: Value[] = [];
  let at = value;
  for (const key of checkedLength(keys)) {
    containers.push(at);
    const inside = elementOf(at, key, editor.run);
    // A place that cannot be set is an error before anything below it is.
    if (isNumber(key)) settableIndex(isArray(at) ? at.length : 0, Math.trunc(toDouble(key)));
    at = inside;
  }
  return containers.reduceRight((below, container, i) => setKey(container, keys[i] as Value, below, editor), item);
}

/** `value` with `item` under `key`. */
export function setKey(value: Value, key: Value, item: Value, editor: Editor): Value {
  if (typeof key === "string" && (value === null || isObject(value))) {
    const copy = editor.object(value ?? {});
    putValue(copy, key, item);
    return copy;
  }
  if (isNumber(key) && (value === null || isArray(value))) return setItem(value ?? [], Math.trunc(toDouble(key)), item, editor);
  if (isObject(key) && (value === null || isArray(value))) return setSlice(value ?? [], key, item, editor.run);
  if (isObject(key) && typeof value === "string") return fail("Cannot update string slices");
  if (isArray(key) && isArray(value)) return fail("Cannot update field at array index of array");
  return cannotIndex(value, key);
}

function setItem(items: readonly Value[], index: number, item: Value, editor: Editor): Value {
  const at = settableIndex(items.length, index);
  if (at > items.length) editor.run.allocate((at - items.length) * bytesPerElement);
  const copy = editor.array(items);
  while (copy.length < at) copy.push(null);
  copy[at] = item;
  return copy;
}

function settableIndex(length: number, index: number): number {
  if (Number.isNaN(index)) return fail("Cannot set array element at NaN index");
  const at = index < 0 ? index + length : index;
  if (at < 0) return fail("Out of bounds negative array index");
  return at > maxArrayIndex ? fail("Array index too large") : at;
}

function setSlice(items: readonly Value[], key: ValueObject, replacement: Value, run: Run): Value {
  const { start, end } = sliceRange(items.length, bound(key, "start"), bound(key, "end"));
  if (!isArray(replacement)) return fail("A slice of an array can only be assigned another array");
  run.allocate((items.length + replacement.length) * bytesPerElement);
  return [...items.slice(0, start), ...replacement, ...items.slice(end)];
}

function bound(key: ValueObject, name: string): Value {
  return Object.hasOwn(key, name) ? (key[name] as Value) : "missing";
}

/** Deletes what is at each of `paths`. Paths that end in one container are all meant in it as it was. */
export function deletePaths(value: Value, paths: readonly Value[], editor: Editor): Value {
  const sorted = [...paths].sort((a, b) => compareValues(a, b, editor.run)).map(checkedPath);
  const [first] = sorted;
  if (first === undefined) return value;
  return first.length === 0 ? null : deleteSorted(value, sorted, 0, editor);
}

function checkedPath(path: Value): readonly Value[] {
  return isArray(path) ? checkedLength(path) : fail(`Path must be specified as array, not ${kindOf(path)}`);
}

function deleteSorted(value: Value, paths: readonly (readonly Value[])[], depth: number, editor: Editor): Value {
  let result = value;
  const ending: Value[] = [];
  for (let i = 0; i < paths.length;) {
    const path = paths[i] as readonly Value[];
    const key = path[depth] as Value;
    let end = i;
    while (end < paths.length && valuesEqual(key, (paths[end] as readonly Value[])[depth] as Value, editor.run)) end++;
    if (path.length === depth + 1) ending.push(key);
    else result = deleteBelow(result, key, paths.slice(i, end), depth, editor);
    i = end;
  }
  return deleteKeys(result, ending, editor);
}

function deleteBelow(value: Value, key: Value, paths: readonly (readonly Value[])[], depth: number, editor: Editor): Value {
  const old = elementOf(value, key, editor.run);
  return old === null ? value : setKey(value, key, deleteSorted(old, paths, depth + 1, editor), editor);
}

/** `value` without what is under each of `keys`. */
export function deleteKeys(value: Value, keys: readonly Value[], editor: Editor): Value {
  if (value === null || keys.length === 0) return value;
  if (isArray(value)) return withoutItems(value, keys, editor.run);
  if (!isObject(value)) return fail(`Cannot delete fields from ${kindOf(value)}`);
  const copy = editor.object(value);
  for (const key of keys) {
    if (typeof key !== "string") return fail(`Cannot delete ${kindOf(key)} field of object`);
    delete copy[key];
  }
  return copy;
}

/** `value` without what is under `key`. */
export function deleteKey(value: Value, key: Value, editor: Editor): Value {
  return deleteKeys(value, [key], editor);
}

function withoutItems(items: readonly Value[], keys: readonly Value[], run: Run): Value {
  run.allocate(items.length * bytesPerElement);
  const gone = new Set<number>();
  for (const key of keys) {
    const { start, end } = rangeToDelete(items, key);
    for (let i = start; i < end; i++) gone.add(i);
  }
  return gone.size === 0 ? items : items.filter((_item, i) => !gone.has(i));
}

function rangeToDelete(items: readonly Value[], key: Value): { readonly start: number; readonly end: number } {
  if (isObject(key)) return sliceRange(items.length, bound(key, "start"), bound(key, "end"));
  if (!isNumber(key)) return fail(`Cannot delete ${kindOf(key)} element of array`);
  const index = Math.trunc(toDouble(key));
  const start = index < 0 ? index + items.length : index;
  return start < 0 || start >= items.length ? { start: 0, end: 0 } : { start, end: start + 1 };
}
