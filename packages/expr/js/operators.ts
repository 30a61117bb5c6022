// The operators, and the conversions that they make, as ECMAScript defines them; an object is "[object Object]".
import type { Run } from "../budget.ts";
import { fail } from "../failure.ts";
import { isList, JsFunction, kindOf, type JsValue } from "./value.ts";

/** Values that are no objects. */
export type Primitive = undefined | null | boolean | number | string;

/** Characters that are compared, or passed over, in the time of a step. */
const charactersPerStep = 64;

/** Pays for comparing two texts: as far as they may be alike. */
export function comparing(run: Run, a: JsValue, b: JsValue): void {
  if (typeof a === "string" && typeof b === "string") run.work(Math.floor(Math.min(a.length, b.length) / charactersPerStep));
}

/** Characters of what is looked for that make looking for it as costly again: it may be compared at every place. */
const costlyCharacters = 4;

/** Pays for looking for a text in another one. */
export function searching(run: Run, text: string, part: string): void {
  run.work(1 + Math.floor((text.length * (1 + part.length / costlyCharacters)) / charactersPerStep));
}

/** Whether a value counts as true. */
export function isTruthy(value: JsValue): boolean {
  return Boolean(value);
}

/** A value as operators take it: arrays and objects become text. */
export function toPrimitive(run: Run, value: JsValue): Primitive {
  return typeof value === "object" && value !== null ? toText(run, value) : value;
}

/** A value as a number. */
export function toNumber(run: Run, value: JsValue): number {
  return numberOf(run, toPrimitive(run, value));
}

/** Reading a number off a text takes longer than passing over it. */
const digitsPerStep = 16;

function numberOf(run: Run, value: Primitive): number {
  if (typeof value === "string") run.work(Math.floor(value.length / digitsPerStep));
  return Number(value);
}

/** A value as a whole number; what is no number is 0. */
export function toInteger(run: Run, value: JsValue): number {
  const number = Math.trunc(toNumber(run, value));
  return Number.isNaN(number) ? 0 : number;
}

/** A value as text. */
export function toText(run: Run, value: JsValue): string {
  if (typeof value === "string") return value;
  if (value instanceof JsFunction) return fail(`Cannot convert the function ${value.name} to text`);
  if (isList(value)) return joined(run, value, ",");
  return typeof value === "object" && value !== null ? "[object Object]" : String(value);
}

/** The texts of a list with a separator between them; null and undefined are empty. */
export function joined(run: Run, list: readonly JsValue[], separator: string): string {
  run.work(list.length);
  const texts = list.map((item) => (item === null || item === undefined ? "" : toText(run, item)));
  run.allocate(2 * texts.reduce((sum, text) => sum + text.length + separator.length, 0));
  return texts.join(separator);
}

/** `==`. */
export function looselyEqual(run: Run, a: JsValue, b: JsValue): boolean {
  if (a === null || a === undefined || b === null || b === undefined) return (a ?? null) === (b ?? null);
  const objects = (typeof a === "object" ? 1 : 0) + (typeof b === "object" ? 1 : 0);
  if (objects === 2 || typeof a === typeof b) return strictlyEqual(run, a, b);
  const [x, y] = [toPrimitive(run, a), toPrimitive(run, b)];
  return typeof x === typeof y ? strictlyEqual(run, x, y) : numberOf(run, x) === numberOf(run, y);
}

/** `===`. */
export function strictlyEqual(run: Run, a: JsValue, b: JsValue): boolean {
  comparing(run, a, b);
  return a === b;
}

/** What `includes` compares with: as `===`, but NaN is NaN. */
export function sameValue(run: Run, a: JsValue, b: JsValue): boolean {
  return strictlyEqual(run, a, b) || (Number.isNaN(a) && Number.isNaN(b));
}

function add(run: Run, a: JsValue, b: JsValue): JsValue {
  const [x, y] = [toPrimitive(run, a), toPrimitive(run, b)];
  if (typeof x !== "string" && typeof y !== "string") return Number(x) + Number(y);
  const [left, right] = [String(x), String(y)];
  run.allocate(2 * (left.length + right.length));
  return left + right;
}

function compare(run: Run, a: JsValue, b: JsValue, texts: (x: string, y: string) => boolean, numbers: (x: number, y: number) => boolean) {
  const [x, y] = [toPrimitive(run, a), toPrimitive(run, b)];
  comparing(run, x, y);
  return typeof x === "string" && typeof y === "string" ? texts(x, y) : numbers(numberOf(run, x), numberOf(run, y));
}

function hasKey(run: Run, key: JsValue, value: JsValue): boolean {
  if (typeof value === "object" && value !== null && !(value instanceof JsFunction)) return Object.hasOwn(value, toText(run, key));
  return fail(`Cannot use \`in\` to look into ${kindOf(value)}`);
}

/** Operators as they are between two numbers, the most frequent case. */
export const numberOperators: ReadonlyMap<string, (a: number, b: number) => JsValue> = new Map<string, (a: number, b: number) => JsValue>([
  ["+", (a, b) => a + b],
  ["-", (a, b) => a - b],
  ["*", (a, b) => a * b],
  ["/", (a, b) => a / b],
  ["%", (a, b) => a % b],
  ["<", (a, b) => a < b],
  [">", (a, b) => a > b],
  ["<=", (a, b) => a <= b],
  [">=", (a, b) => a >= b],
  ["===", (a, b) => a === b],
  ["!==", (a, b) => a !== b],
]);

type Operator = (run: Run, a: JsValue, b: JsValue) => JsValue;

const arithmetic =
  (operation: (a: number, b: number) => number): Operator =>
  (run, a, b) =>
    operation(toNumber(run, a), toNumber(run, b));

/** The operators between two values, but for those that may leave out the second one. */
export const binaryOperators: ReadonlyMap<string, Operator> = new Map<string, Operator>([
  ["+", add],
  ["-", arithmetic((a, b) => a - b)],
  ["*", arithmetic((a, b) => a * b)],
  ["/", arithmetic((a, b) => a / b)],
  ["%", arithmetic((a, b) => a % b)],
  ["**", arithmetic((a, b) => a ** b)],
  ["&", arithmetic((a, b) => a & b)],
  ["|", arithmetic((a, b) => a | b)],
  ["^", arithmetic((a, b) => a ^ b)],
  ["<<", arithmetic((a, b) => a << b)],
  [">>", arithmetic((a, b) => a >> b)],
  [">>>", arithmetic((a, b) => a >>> b)],
  ["===", strictlyEqual],
  ["!==", (run, a, b) => !strictlyEqual(run, a, b)],
  ["==", looselyEqual],
  ["!=", (run, a, b) => !looselyEqual(run, a, b)],
  [
    "<",
    (run, a, b) =>
      compare(
        run,
        a,
        b,
        (x, y) => x < y,
        (x, y) => x < y,
      ),
  ],
  [
    ">",
    (run, a, b) =>
      compare(
        run,
        a,
        b,
        (x, y) => x > y,
        (x, y) => x > y,
      ),
  ],
  [
    "<=",
    (run, a, b) =>
      compare(
        run,
        a,
        b,
        (x, y) => x <= y,
        (x, y) => x <= y,
      ),
  ],
  [
    ">=",
    (run, a, b) =>
      compare(
        run,
        a,
        b,
        (x, y) => x >= y,
        (x, y) => x >= y,
      ),
  ],
  ["in", hasKey],
]);
