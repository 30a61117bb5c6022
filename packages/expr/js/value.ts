// The values of JavaScript expressions: JSON, `undefined`, and functions. Nothing has a prototype here: a member is an
// own property, or a method of the tables in this folder, so that no name leads out of the data. Values are never changed.
import type { Run } from "../budget.ts";

/** Any value that an expression can have on its way to its result. */
export type JsValue = undefined | null | boolean | number | string | readonly JsValue[] | JsObject | JsFunction;

/** An object: own properties, whatever their names. */
export interface JsObject {
  readonly [key: string]: JsValue;
}

/** What a function does. */
export type Invoke = (run: Run, values: readonly JsValue[]) => JsValue;

/** A function, or what only holds functions, such as `Math`. */
export class JsFunction {
  readonly name: string;
  readonly invoke: Invoke | undefined;
  readonly members: ReadonlyMap<string, JsValue>;

  constructor(name: string, invoke: Invoke | undefined, members: ReadonlyMap<string, JsValue> = new Map()) {
    this.name = name;
    this.invoke = invoke;
    this.members = members;
  }
}

/** A method: what it belongs to comes first. */
export type Method<Self> = (run: Run, self: Self, values: readonly JsValue[]) => JsValue;

/** Methods by name. */
export type Methods<Self> = ReadonlyMap<string, Method<Self>>;

/** Methods by name, out of an object literal. */
export function methods<Self>(table: { readonly [name: string]: Method<Self> }): Methods<Self> {
  return new Map(Object.entries(table));
}

/** True for an array. */
export function isList(value: JsValue): value is readonly JsValue[] {
  return Array.isArray(value);
}

/** True for an object that is no array and no function. */
export function isRecord(value: JsValue): value is JsObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof JsFunction);
}

/** What `typeof` gives. */
export function typeOf(value: JsValue): string {
  if (value instanceof JsFunction) return value.invoke === undefined ? "object" : "function";
  return typeof value;
}

/** A value's kind in plain words, for messages. */
export function kindOf(value: JsValue): string {
  if (value === null || value === undefined) return String(value);
  if (isList(value)) return "an array";
  const type = typeOf(value);
  return type === "object" ? "an object" : `a ${type}`;
}
