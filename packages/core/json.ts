// JSON values as Baton passes them around: immutable by convention, compared by content.

/** Any JSON value. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

/** A JSON object. Read its keys with `get`, which never reaches the prototype chain. */
export type JsonObject = { readonly [key: string]: Json };

/** True for a JSON object (not an array, not null). */
export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** True for a JSON array. */
export function isArray(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

/** The object's own value under `key`, else undefined; `__proto__` and `constructor` are keys like any other. */
export function get(object: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/** Equality by content; the order of an object's keys does not count. */
export function jsonEquals(a: Json, b: Json): boolean {
  if (a === b) return true;
  if (isArray(a)) return isArray(b) && a.length === b.length && a.every((item, i) => jsonEquals(item, b[i] as Json));
  if (!isObject(a) || !isObject(b)) return false;
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every((key) => Object.hasOwn(b, key) && jsonEquals(a[key] as Json, b[key] as Json));
}

/** Parses JSON text into a value, or gives the parser's message. */
export function parseJson(text: string): { ok: true; value: Json } | { ok: false; error: string } {
  try {
    return { ok: true, value: JSON.parse(text) as Json };
  } catch (error) {
    return { ok: false, error: error instanceof Error ? error.message : String(error) };
  }
}

/** True when the value has more than `max` levels of arrays and objects. What walks values recursively relies on a bound. */
export function isDeeperThan(value: Json, max: number): boolean {
  let level: Json[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    level = level.filter((item) => typeof item === "object" && item !== null);
    if (depth === max) return level.length > 0;
    level = level.flatMap((item) => Object.values(item as object) as Json[]);
  }
  return false;
}

/** Escapes one segment of a JSON Pointer (RFC 6901, section 3). */
export function escapePointer(segment: string): string {
  return segment.replaceAll("~", "~0").replaceAll("/", "~1");
}
