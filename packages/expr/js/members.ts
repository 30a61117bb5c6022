// Members of values: own properties, the length of texts and arrays, and the methods of the tables. Nothing else is
// reachable, whatever the name.
import { bytesPerElement, type Run } from "../budget.ts";
import { fail } from "../failure.ts";
import { listMethods } from "./list-methods.ts";
import { numberMethods } from "./number-methods.ts";
import { toText } from "./operators.ts";
import { textMethods } from "./text-methods.ts";
import { isList, isRecord, JsFunction, kindOf, type JsValue } from "./value.ts";

/** The member of a value; what it does not have is undefined. */
export function member(run: Run, self: JsValue, key: JsValue): JsValue {
  if (self === null || self === undefined) return fail(`Cannot read ${nameOf(run, key)} of ${String(self)}`);
  if (self instanceof JsFunction) return self.members.get(toText(run, key));
  if (isList(self) || typeof self === "string") return element(run, self, key);
  if (!isRecord(self)) return undefined;
  const name = toText(run, key);
  return Object.hasOwn(self, name) ? self[name] : undefined;
}

function element(run: Run, self: readonly JsValue[] | string, key: JsValue): JsValue {
  if (key === "length") return self.length;
  const index = typeof key === "number" ? key : toText(run, key);
  return Object.hasOwn(Object(self) as object, index) ? (self as readonly JsValue[])[index as number] : undefined;
}

function nameOf(run: Run, key: JsValue): string {
  const text = toText(run, key);
  return typeof key === "number" ? `[${text}]` : `\`${text}\``;
}

/** Calls a member. `values` are evaluated only where there is something to call. */
export function callMethod(
  run: Run,
  self: JsValue,
  key: JsValue,
  optional: boolean,
  values: () => readonly JsValue[],
  leftOut: JsValue,
): JsValue {
  run.step();
  const own = member(run, self, key);
  if (own instanceof JsFunction && own.invoke !== undefined) return own.invoke(run, values());
  const method = own === undefined ? methodOf(self, toText(run, key)) : undefined;
  if (method !== undefined) return method(run, values());
  if (optional && (own === undefined || own === null)) return leftOut;
  if (own !== undefined) return fail(`${nameOf(run, key)} is ${kindOf(own)}, which cannot be called`);
  return fail(`${kindOf(self)} has no method ${nameOf(run, key)}${adviceFor(self, toText(run, key))}`);
}

function methodOf(self: JsValue, name: string): ((run: Run, values: readonly JsValue[]) => JsValue) | undefined {
  if (isList(self)) return bound(listMethods.get(name), self);
  if (typeof self === "string") return bound(textMethods.get(name), self);
  if (typeof self === "number") return bound(numberMethods.get(name), self);
  if (typeof self === "boolean" && name === "toString") return () => String(self);
  if (isRecord(self) && name === "hasOwnProperty") return (run, [key]) => Object.hasOwn(self, toText(run, key));
  return undefined;
}

function bound<Self>(
  method: ((run: Run, self: Self, values: readonly JsValue[]) => JsValue) | undefined,
  self: Self,
): ((run: Run, values: readonly JsValue[]) => JsValue) | undefined {
  return method && ((run, values) => method(run, self, values));
}

const changing = new Set(["push", "pop", "shift", "unshift", "splice", "fill", "copyWithin"]);

function adviceFor(self: JsValue, name: string): string {
  return isList(self) && changing.has(name) ? ": an expression changes nothing; build a new array with [...a, x], slice or filter" : "";
}

/** The items of what can be spread: an array, or the characters of a text. */
export function toList(run: Run, value: JsValue): readonly JsValue[] {
  if (!isList(value) && typeof value !== "string") return fail(`${kindOf(value)} has no items`);
  run.work(value.length);
  run.allocate(bytesPerElement * value.length);
  return isList(value) ? value : Array.from(value);
}
