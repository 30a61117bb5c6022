// Builtins over values of any kind: size, keys, paths, conversion, search, entries.
import { bytesPerElement, bytesPerProperty, type Run } from "../budget.ts";
import { fail } from "../failure.ts";
import { parseJsonText, readNumber } from "../json/read.ts";
import { toJsonText } from "../json/write.ts";
import { cannotIndex, elementOf, fieldOf, isIterable, itemsOf, occurrences } from "../value/access.ts";
import { hasKey, negate, splitString, subtract } from "../value/arithmetic.ts";
import { compareValues, valuesEqual } from "../value/compare.ts";
import { describe, typeError, typeError2 } from "../value/describe.ts";
import { Editor } from "../value/editor.ts";
import { deletePaths, setPath } from "../value/paths.ts";
import { codePointLength } from "../value/text.ts";
import {
  isArray,
  isNumber,
  isObject,
  isTruthy,
  kindOf,
  type OpenObject,
  putValue,
  sortedKeys,
  toDouble,
  type Value,
} from "../value/value.ts";
import { toText } from "./formats.ts";
import { type MakerTable, pure } from "./maker.ts";

/** `length` */
export function lengthOf(value: Value): number {
  if (isArray(value)) return value.length;
  if (typeof value === "string") return codePointLength(value);
  if (isNumber(value)) return Math.abs(toDouble(value));
  if (value === null) return 0;
  return isObject(value) ? Object.keys(value).length : typeError(value, "has no length");
}

function keysOf(value: Value, sorted: boolean): Value {
  if (isArray(value)) return [...value.keys()];
  if (!isObject(value)) return typeError(value, "has no keys");
  return sorted ? sortedKeys(value) : Object.keys(value);
}

/** `contains(part)` */
export function contains(whole: Value, part: Value, run: Run): boolean {
  run.step();
  if (isObject(whole) && isObject(part)) {
    return Object.keys(part).every((key) => Object.hasOwn(whole, key) && contains(whole[key] as Value, part[key] as Value, run));
  }
  if (isArray(whole) && isArray(part))
    return part.every((item) => whole.some((candidate) => kindsMatch(candidate, item) && contains(candidate, item, run)));
  if (typeof whole === "string" && typeof part === "string") return whole.includes(part);
  return valuesEqual(whole, part, run);
}

function kindsMatch(a: Value, b: Value): boolean {
  return kindOf(a) === kindOf(b);
}

function containsChecked(whole: Value, part: Value, run: Run): boolean {
  // True and false are kinds of their own here.
  const alike = typeof whole === "boolean" ? whole === part : kindsMatch(whole, part);
  if (!alike) return typeError2(whole, part, "cannot have their containment checked");
  return contains(whole, part, run);
}

/** `tonumber` */
function toNumber(value: Value): Value {
  if (isNumber(value)) return value;
  const number = typeof value === "string" && value.trim() === value ? readNumber(value) : undefined;
  return number ?? typeError(value, "cannot be parsed as a number");
}

function toBoolean(value: Value): Value {
  if (typeof value === "boolean") return value;
  if (value === "true") return true;
  return value === "false" ? false : typeError(value, "cannot be parsed as a boolean");
}

function fromJson(run: Run, value: Value): Value {
  if (typeof value !== "string") return typeError(value, "only strings can be parsed");
  run.work(value.length);
  run.allocate(value.length * bytesPerElement);
  const reading = parseJsonText(value);
  return reading.ok ? reading.value : fail(reading.message);
}

function toJson(run: Run, value: Value): string {
  return toJsonText(value, { run });
}

/** `abs`: negates what sorts below zero, whatever it is, and leaves everything else as it is. */
function absolute(run: Run, value: Value): Value {
  return compareValues(value, 0, run) < 0 ? negate(value) : value;
}

/** `to_entries` */
function toEntries(run: Run, value: Value): Value {
  const keys = keysOf(value, false) as readonly Value[];
  run.work(keys.length);
  run.allocate(keys.length * (bytesPerElement + 2 * bytesPerProperty));
  return keys.map((key) => ({ key, value: elementOf(value, key, run) }));
}

/** `from_entries`: the key under `key`, `Key`, `name` or `Name`, the value under `value` or `Value`. */
function fromEntries(run: Run, value: Value): Value {
  const result: OpenObject = {};
  const entries = itemsOf(value);
  run.work(entries.length);
  run.allocate(entries.length * bytesPerProperty);
  for (const entry of entries)
    putValue(result, entryKey(entry), hasKey(entry, "value") ? fieldOf(entry, "value") : fieldOf(entry, "Value"));
  return result;
}

const keyNames = ["key", "Key", "name", "Name"];

function entryKey(entry: Value): string {
  let key: Value = null;
  for (const name of keyNames) {
    key = fieldOf(entry, name);
    if (isTruthy(key)) break;
  }
  return typeof key === "string" ? key : fail(`Cannot use ${describe(key)} as object key`);
}

function flatten(run: Run, value: Value, depth: Value = Infinity): Value {
  if (compareValues(depth, 0, run) < 0) return fail("flatten depth must not be negative");
  const out: Value[] = [];
  const stack: { readonly items: readonly Value[]; next: number }[] = [{ items: itemsOf(value), next: 0 }];
  for (let level = stack.at(-1); level; level = stack.at(-1)) {
    const item = level.items[level.next++];
    run.step();
    if (item === undefined) stack.pop();
    else if (isArray(item) && goesDeeper(depth, stack.length, run)) stack.push({ items: item, next: 0 });
    else out.push(item);
  }
  run.allocate(out.length * bytesPerElement);
  return out;
}

// The depth is counted down to exactly zero; one that is no number shows when it would be counted down.
function goesDeeper(depth: Value, level: number, run: Run): boolean {
  return isNumber(depth) ? level - 1 !== toDouble(depth) : subtract(depth, 1, run) !== null;
}

/** `indices(part)` */
function indices(run: Run, value: Value, part: Value): Value {
  if (value === null) return null;
  if (typeof value === "string" && typeof part === "string") return stringIndices(value, part, run);
  run.work(isIterable(value) ? itemsOf(value).length : 1);
  if (isArray(value)) return occurrences(value, isArray(part) ? part : [part], run);
  return elementOf(value, part, run);
}

function stringIndices(text: string, part: string, run: Run): Value {
  const found: number[] = [];
  if (part === "") return found;
  run.work(text.length);
  let points = 0;
  let counted = 0;
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + 1)) {
    points += codePointLength(text.slice(counted, at));
    counted = at;
    found.push(points);
  }
  return found;
}

function firstOrNull(found: Value, last: boolean, run: Run): Value {
  return found === null ? null : elementOf(found, last ? -1 : 0, run);
}

function setPathChecked(run: Run, value: Value, keys: Value, item: Value): Value {
  if (!isArray(keys)) return fail("Path must be specified as an array");
  run.work(keys.length);
  return setPath(value, keys, item, new Editor(run, false));
}

function deletePathsChecked(run: Run, value: Value, paths: Value): Value {
  if (!isArray(paths)) return fail("Paths must be specified as an array");
  run.work(paths.length);
  return deletePaths(value, paths, new Editor(run, true));
}

function join(run: Run, value: Value, separator: Value): Value {
  const items = itemsOf(value);
  run.work(items.length);
  if (items.length === 0) return "";
  let text: Value = "";
  for (const [i, item] of items.entries()) {
    const glue: Value = i === 0 ? "" : separator;
    if (glue !== null && typeof glue !== "string") return typeError2(text, glue, "cannot be added");
    const part: Value = isNumber(item) || typeof item === "boolean" ? toText(item, run) : (item ?? "");
    if (typeof part !== "string") return typeError2(text + (glue ?? ""), part, "cannot be added");
    run.allocate((text.length + part.length) * 2);
    text = text + (glue ?? "") + part;
  }
  return text;
}

function transpose(run: Run, value: Value): Value {
  const rows = itemsOf(value);
  const width = Math.ceil(rows.reduce<number>((most, row) => Math.max(most, lengthOf(row)), 0));
  run.allocate(rows.length * width * bytesPerElement);
  return Array.from({ length: width }, (_, column) => rows.map((row) => elementOf(row, column, run)));
}

function binarySearch(run: Run, value: Value, target: Value): Value {
  if (!isArray(value)) return fail(`${describe(value)} cannot be searched from`);
  let low = 0;
  let high = value.length;
  while (low < high) {
    run.step();
    const middle = (low + high) >>> 1;
    const order = compareValues(value[middle] as Value, target, run);
    if (order === 0) return middle;
    if (order < 0) low = middle + 1;
    else high = middle;
  }
  return -1 - low;
}

/** The events of `tostream` in one array. */
function streamOf(run: Run, value: Value): Value[] {
  const events: Value[] = [];
  const visit = (at: Value, path: readonly Value[]): void => {
    run.step();
    run.allocate((path.length + 2) * bytesPerElement);
    const keys = isArray(at) ? [...at.keys()] : isObject(at) ? Object.keys(at) : [];
    const last = keys.at(-1);
    if (last === undefined) {
      events.push([path, at]);
      return;
    }
    for (const key of keys) visit(elementOf(at, key, run), [...path, key]);
    events.push([[...path, last]]);
  };
  visit(value, []);
  return events;
}

/** Builtins over values. */
export const valueBuiltins: MakerTable = {
  "not/0": pure((_run, input) => !isTruthy(input)),
  "length/0": pure((_run, input) => lengthOf(input)),
  "type/0": pure((_run, input) => kindOf(input)),
  "keys/0": pure((_run, input) => keysOf(input, true)),
  "keys_unsorted/0": pure((_run, input) => keysOf(input, false)),
  "has/1": pure((_run, input, key) => hasKey(input, key)),
  "in/1": pure((_run, input, container) => hasKey(container, input)),
  "contains/1": pure((run, input, part) => containsChecked(input, part, run)),
  "inside/1": pure((run, input, whole) => containsChecked(whole, input, run)),
  "tonumber/0": pure((_run, input) => toNumber(input)),
  "toboolean/0": pure((_run, input) => toBoolean(input)),
  "tostring/0": pure((run, input) => (typeof input === "string" ? input : toJson(run, input))),
  "tojson/0": pure(toJson),
  "fromjson/0": pure(fromJson),
  "toarray/0": pure((_run, input) => (isArray(input) ? input : [input])),
  "abs/0": pure(absolute),
  "to_entries/0": pure(toEntries),
  "from_entries/0": pure(fromEntries),
  "flatten/0": pure((run, input) => flatten(run, input)),
  "flatten/1": pure(flatten),
  "reverse/0": pure((run, input) => reverse(run, input)),
  "indices/1": pure(indices),
  "_indices/1": pure(indices),
  "index/1": pure((run, input, part) => firstOrNull(indices(run, input, part), false, run)),
  "rindex/1": pure((run, input, part) => firstOrNull(indices(run, input, part), true, run)),
  "setpath/2": pure(setPathChecked),
  "delpaths/1": pure(deletePathsChecked),
  "join/1": pure(join),
  "split/1": pure(split),
  "transpose/0": pure(transpose),
  "bsearch/1": pure(binarySearch),
  "_stream/0": pure(streamOf),
  "have_decnum/0": pure(() => true),
  "have_literal_numbers/0": pure(() => true),
};

function split(run: Run, input: Value, separator: Value): Value {
  if (typeof input !== "string" || typeof separator !== "string") return fail("split input and separator must be strings");
  return splitString(input, separator, run);
}

function reverse(run: Run, value: Value): Value {
  if (typeof value === "string") return Array.from(value).reverse().join("");
  run.allocate(lengthOf(value) * bytesPerElement);
  if (isArray(value)) return value.toReversed();
  return value === null || lengthOf(value) === 0 ? [] : cannotIndex(value, 0);
}
