// The values that expressions work on: JSON as plain JavaScript, plus `NumberLiteral` for numbers whose digits a
// double cannot hold. Values are never changed once another part of a program can see them.

/** Any value that an expression reads or yields. */
export type Value = null | boolean | number | string | readonly Value[] | ValueObject | NumberLiteral;

/** A JSON object. Its keys are own properties; nothing may be read through its prototype. */
export type ValueObject = { readonly [key: string]: Value };

/** An object under construction. */
export type OpenObject = { [key: string]: Value };

/** A number kept as written, because a double would lose digits (1.000, 100000000000000000001). Arithmetic uses `value`. */
export class NumberLiteral {
  readonly #text: string;
  readonly #value: number;

  constructor(text: string, value: number) {
    this.#text = text;
    this.#value = value;
  }

  /** The decimal text in canonical form. */
  get text(): string {
    return this.#text;
  }

  /** The nearest double. */
  get value(): number {
    return this.#value;
  }

  toJSON(): number {
    return this.#value;
  }
}

/** The names that `type` yields. */
export type Kind = "null" | "boolean" | "number" | "string" | "array" | "object";

/** The kind of a value. */
export function kindOf(value: Value): Kind {
  switch (typeof value) {
    case "string":
      return "string";
    case "number":
      return "number";
    case "boolean":
      return "boolean";
    default:
      if (value === null || value === undefined) return "null";
      if (Array.isArray(value)) return "array";
      return value instanceof NumberLiteral ? "number" : "object";
  }
}

/** False for null and false, true for everything else. */
export function isTruthy(value: Value): boolean {
  return value !== null && value !== false && value !== undefined;
}

/** True for a number of either representation. */
export function isNumber(value: Value): value is number | NumberLiteral {
  return typeof value === "number" || value instanceof NumberLiteral;
}

/** The double of a number. */
export function toDouble(value: number | NumberLiteral): number {
  return typeof value === "number" ? value : value.value;
}

/** True for an array. */
export function isArray(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

/** True for an object (not an array, not null, not a number). */
export function isObject(value: Value): value is ValueObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof NumberLiteral);
}

/** The object's own value under `key`, or undefined. */
export function ownValue(object: ValueObject, key: string): Value | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/** Sets an own property whatever its name: assigning to `__proto__` would change the prototype instead. */
export function putValue(object: OpenObject, key: string, value: Value): void {
  if (key === "__proto__") Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
  else object[key] = value;
}

/** The keys of an object in code point order. */
export function sortedKeys(object: ValueObject): string[] {
  return Object.keys(object).sort(compareStrings);
}

/** Orders strings by code points, as their UTF-8 bytes would be. */
export function compareStrings(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
}

// A surrogate stands for a code point above every other code unit.
function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}
