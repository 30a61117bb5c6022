// What has a name everywhere: a selection of ECMAScript's globals, without any that depend on chance, on the machine or
// on what was evaluated before. `Date.now()` is the time that the host says it is.
import { bytesPerElement, bytesPerProperty, type Run } from "../budget.ts";
import { fail } from "../failure.ts";
import { putValue, type OpenObject } from "../value/value.ts";
import { callback } from "./callback.ts";
import { parse, stringify } from "./json.ts";
import { toList } from "./members.ts";
import { isTruthy, toInteger, toNumber, toText } from "./operators.ts";
import { isList, isRecord, JsFunction, kindOf, type Invoke, type JsObject, type JsValue } from "./value.ts";

type Members = { readonly [name: string]: JsValue | Invoke };

function namespace(name: string, members: Members, invoke?: Invoke): readonly [string, JsFunction] {
  const entries = Object.entries(members).map(([key, member]) => {
    const value = typeof member === "function" ? new JsFunction(`${name}.${key}`, member) : member;
    return [key, value] as const;
  });
  return [name, new JsFunction(name, invoke, new Map(entries))];
}

function called(name: string, invoke: Invoke): readonly [string, JsFunction] {
  return [name, new JsFunction(name, invoke)];
}

function record(run: Run, value: JsValue): JsObject {
  if (isList(value) || typeof value === "string") return Object.fromEntries(toList(run, value).entries());
  if (isRecord(value)) return value;
  return value === null || value === undefined ? fail(`Cannot read the keys of ${String(value)}`) : {};
}

/** The keys of a value, paid for. */
function keysOf(run: Run, value: JsValue): { readonly keys: readonly string[]; readonly of: JsObject } {
  const of = record(run, value);
  const keys = Object.keys(of);
  run.work(keys.length);
  run.allocate(2 * bytesPerElement * keys.length);
  return { keys, of };
}

function assembled(run: Run, entries: Iterable<readonly [string, JsValue]>): JsValue {
  const result: OpenObject = {};
  for (const [key, value] of entries) {
    run.step();
    run.allocate(bytesPerProperty);
    putValue(result, key, value as OpenObject[string]);
  }
  return result as JsValue;
}

function fromEntries(run: Run, value: JsValue): JsValue {
  const pairs = toList(run, value).map((pair) => (isList(pair) ? pair : fail(`an entry must be [key, value], but is ${kindOf(pair)}`)));
  return assembled(
    run,
    pairs.map(([key, entry]) => [toText(run, key), entry] as const),
  );
}

function grouped(run: Run, [value, given]: readonly JsValue[]): JsValue {
  const call = callback(run, given);
  const groups = new Map<string, JsValue[]>();
  toList(run, value).forEach((item, index) => {
    const key = toText(run, call(item, index));
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  });
  return assembled(run, groups);
}

function arrayFrom(run: Run, [value, given]: readonly JsValue[]): JsValue {
  const list = isRecord(value) ? counted(run, value) : toList(run, value);
  if (given === undefined) return list;
  const call = callback(run, given);
  return list.map((item, index) => call(item, index));
}

function counted(run: Run, value: JsObject): readonly JsValue[] {
  const length = Math.max(0, toInteger(run, Object.hasOwn(value, "length") ? value["length"] : 0));
  run.work(length);
  run.allocate(bytesPerElement * length);
  return Array.from({ length }, (_, index) => (Object.hasOwn(value, index) ? value[index] : undefined));
}

const unary = [
  "abs",
  "acos",
  "acosh",
  "asin",
  "asinh",
  "atan",
  "atanh",
  "cbrt",
  "ceil",
  "clz32",
  "cos",
  "cosh",
  "exp",
  "expm1",
  "floor",
  "fround",
  "log",
] as const;
const moreUnary = ["log10", "log1p", "log2", "round", "sign", "sin", "sinh", "sqrt", "tan", "tanh", "trunc"] as const;
const several = ["atan2", "hypot", "imul", "max", "min", "pow"] as const;
const constants = ["E", "LN10", "LN2", "LOG10E", "LOG2E", "PI", "SQRT1_2", "SQRT2"] as const;

function mathMembers(): Members {
  const members: { [name: string]: JsValue | Invoke } = {};
  for (const name of constants) members[name] = Math[name];
  for (const name of [...unary, ...moreUnary]) members[name] = (run, [value]) => Math[name](toNumber(run, value));
  for (const name of several) {
    const operation: (...numbers: number[]) => number = Math[name];
    members[name] = (run, values) => {
      run.work(values.length);
      return values.length > mostNumbers
        ? fail(`Math.${name} takes at most ${mostNumbers} numbers`)
        : operation(...values.map((value) => toNumber(run, value)));
    };
  }
  return members;
}

/** The host's stack bounds how many values a function can be given at once. */
const mostNumbers = 10_000;

const uriFunctions = { decodeURI, decodeURIComponent, encodeURI, encodeURIComponent };

function uriFunction(name: keyof typeof uriFunctions): readonly [string, JsFunction] {
  return called(name, (run, [value]) => {
    const text = toText(run, value);
    run.work(text.length);
    run.allocate(18 * text.length);
    try {
      return uriFunctions[name](text);
    } catch (error) {
      return error instanceof URIError ? fail(`${name}: the text is malformed`) : rethrow(error);
    }
  });
}

function rethrow(error: unknown): never {
  throw error;
}

/** Text that is read, and paid for. */
function read(run: Run, value: JsValue): string {
  const text = toText(run, value);
  run.work(Math.floor(text.length / digitsPerStep));
  return text;
}

const digitsPerStep = 16;

const parseFloat_: Invoke = (run, [value]) => Number.parseFloat(read(run, value));
const parseInt_: Invoke = (run, [value, radix]) => Number.parseInt(read(run, value), toInteger(run, radix));

const numberMembers: Members = {
  EPSILON: Number.EPSILON,
  MAX_SAFE_INTEGER: Number.MAX_SAFE_INTEGER,
  MAX_VALUE: Number.MAX_VALUE,
  MIN_SAFE_INTEGER: Number.MIN_SAFE_INTEGER,
  MIN_VALUE: Number.MIN_VALUE,
  isFinite: (_, [value]) => Number.isFinite(value),
  isInteger: (_, [value]) => Number.isInteger(value),
  isNaN: (_, [value]) => Number.isNaN(value),
  isSafeInteger: (_, [value]) => Number.isSafeInteger(value),
  parseFloat: parseFloat_,
  parseInt: parseInt_,
};

const objectMembers: Members = {
  assign: (run, values) =>
    assembled(
      run,
      values.flatMap((value) => entriesOf(run, value ?? {})),
    ),
  entries: (run, [value]) => entriesOf(run, value).map((entry) => [...entry]),
  fromEntries: (run, [value]) => fromEntries(run, value),
  groupBy: grouped,
  hasOwn: (run, [value, key]) => Object.hasOwn(record(run, value), toText(run, key)),
  keys: (run, [value]) => keysOf(run, value).keys,
  values: (run, [value]) => entriesOf(run, value).map(([, entry]) => entry),
};

function entriesOf(run: Run, value: JsValue): (readonly [string, JsValue])[] {
  const { keys, of } = keysOf(run, value);
  run.allocate(3 * bytesPerElement * keys.length);
  return keys.map((key) => [key, of[key]] as const);
}

/** What has a name everywhere. */
export const globals: ReadonlyMap<string, JsValue> = new Map<string, JsValue>([
  ["undefined", undefined],
  ["NaN", Number.NaN],
  ["Infinity", Infinity],
  namespace("Array", { from: arrayFrom, isArray: (_, [value]) => isList(value), of: (_, values) => values }),
  called("Boolean", (_, [value]) => isTruthy(value)),
  namespace("Date", { now: (run) => run.limits.now }),
  namespace("JSON", { parse: (run, [value]) => parse(run, value), stringify }),
  namespace("Math", mathMembers()),
  namespace("Number", numberMembers, (run, values) => (values.length === 0 ? 0 : toNumber(run, values[0]))),
  namespace("Object", objectMembers),
  namespace("String", { fromCodePoint: (run, values) => fromCodePoints(run, values) }, (run, values) =>
    values.length === 0 ? "" : toText(run, values[0]),
  ),
  uriFunction("decodeURI"),
  uriFunction("decodeURIComponent"),
  uriFunction("encodeURI"),
  uriFunction("encodeURIComponent"),
  called("isFinite", (run, [value]) => Number.isFinite(toNumber(run, value))),
  called("isNaN", (run, [value]) => Number.isNaN(toNumber(run, value))),
  called("parseFloat", parseFloat_),
  called("parseInt", parseInt_),
]);

function fromCodePoints(run: Run, values: readonly JsValue[]): string {
  run.work(values.length);
  return values.map((value) => codePoint(toNumber(run, value))).join("");
}

function codePoint(value: number): string {
  return Number.isInteger(value) && value >= 0 && value <= 0x10ffff ? String.fromCodePoint(value) : fail(`${value} is no code point`);
}

/** Names that people try, and what there is instead. */
export const missingGlobals: ReadonlyMap<string, string> = new Map([
  ["Math.random", "chance would make a replay differ; take it from the input"],
  ["Date.parse", "compare times of one form as texts"],
  ["process", "an expression sees nothing of the server"],
  ["require", "an expression has what it is given"],
  ["globalThis", "an expression sees nothing of the server"],
  ["window", "an expression sees nothing of the server"],
  ["eval", "text is never evaluated"],
  ["Function", "text is never evaluated; write an arrow function"],
  ["fetch", "make the call a task: call: http"],
  ["console", "an expression only gives a value"],
  ["setTimeout", "make the pause a task: wait"],
  ["Promise", "nothing here takes time"],
  ["RegExp", "use includes, startsWith, split or replaceAll with a text"],
  ["Map", "write an object"],
  ["Set", "filter with (x, i) => a.indexOf(x) === i"],
  ["crypto", "chance would make a replay differ"],
  ["arguments", "write (...values) => ..."],
]);
