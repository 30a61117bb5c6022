// The difference of two JSON values as a JSON Patch (RFC 6902), and its application. A watcher is sent one
// snapshot, then patches. Only `add`, `replace` and `remove` are made and understood.
//
// Invariant: applyPatch(a, diff(a, b)) equals b.
import { assert, escapePointer, isArray, isObject, jsonEquals, type Json, type JsonObject } from "@baton/core";

/** One operation of a patch. */
export type PatchOperation =
  | { readonly op: "add" | "replace"; readonly path: string; readonly value: Json }
  | { readonly op: "remove"; readonly path: string };

/** Below this depth a value that changed is replaced as a whole: looking further would cost more than it saves. */
const maxDiffDepth = 4;

/** What turns `before` into `after`. */
export function diff(before: Json, after: Json, path = "", depth = 0): PatchOperation[] {
  if (before === after) return [];
  if (depth < maxDiffDepth) {
    if (isObject(before) && isObject(after)) return diffObjects(before, after, path, depth);
    if (isArray(before) && isArray(after)) return diffArrays(before, after, path, depth);
  }
  return jsonEquals(before, after) ? [] : [{ op: "replace", path, value: after }];
}

function diffObjects(before: JsonObject, after: JsonObject, path: string, depth: number): PatchOperation[] {
  const removed = Object.keys(before).filter((key) => !Object.hasOwn(after, key));
  return [
    ...removed.map((key): PatchOperation => ({ op: "remove", path: `${path}/${escapePointer(key)}` })),
    ...Object.keys(after).flatMap((key): PatchOperation[] => {
      const place = `${path}/${escapePointer(key)}`;
      const value = after[key] as Json;
      return Object.hasOwn(before, key) ? diff(before[key] as Json, value, place, depth + 1) : [{ op: "add", path: place, value }];
    }),
  ];
}

function diffArrays(before: readonly Json[], after: readonly Json[], path: string, depth: number): PatchOperation[] {
  const common = Math.min(before.length, after.length);
  const operations: PatchOperation[] = [];
  for (let i = 0; i < common; i++) operations.push(...diff(before[i] as Json, after[i] as Json, `${path}/${i}`, depth + 1));
  for (let i = before.length - 1; i >= common; i--) operations.push({ op: "remove", path: `${path}/${i}` });
  for (let i = common; i < after.length; i++) operations.push({ op: "add", path: `${path}/-`, value: after[i] as Json });
  return operations;
}

/** The value after all operations; what is not changed is shared with the original. */
export function applyPatch(value: Json, operations: readonly PatchOperation[]): Json {
  return operations.reduce((state, operation) => applyAt(state, operation.path.split("/").slice(1).map(unescape), operation), value);
}

function unescape(segment: string): string {
  return segment.replaceAll("~1", "/").replaceAll("~0", "~");
}

function applyAt(value: Json, segments: readonly string[], operation: PatchOperation): Json {
  const [segment, ...rest] = segments;
  if (segment === undefined) return operation.op === "remove" ? null : operation.value;
  return isArray(value) ? applyToArray(value, segment, rest, operation) : applyToObject(value, segment, rest, operation);
}

function applyToArray(value: readonly Json[], segment: string, rest: readonly string[], operation: PatchOperation): Json {
  const copy = [...value];
  const index = segment === "-" ? copy.length : Number(segment);
  assert(Number.isInteger(index) && index <= copy.length, `Expected an index of the array, but got "${segment}".`);
  if (rest.length > 0) copy[index] = applyAt(copy[index] as Json, rest, operation);
  else if (operation.op === "remove") copy.splice(index, 1);
  else copy.splice(index, operation.op === "add" ? 0 : 1, operation.value);
  return copy;
}

function applyToObject(value: Json, segment: string, rest: readonly string[], operation: PatchOperation): Json {
  assert(isObject(value), `Expected an object to patch, but got ${typeof value}.`);
  const entries = new Map(Object.entries(value));
  if (rest.length > 0) entries.set(segment, applyAt(entries.get(segment) ?? null, rest, operation));
  else if (operation.op === "remove") entries.delete(segment);
  else entries.set(segment, operation.value);
  return Object.fromEntries(entries);
}
