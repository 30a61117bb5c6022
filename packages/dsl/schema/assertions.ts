// The keywords that look at one value and apply no other schema (JSON Schema Validation 2020-12, section 6).
import { get, isArray, isObject, jsonEquals, type Json, type JsonObject } from "@baton/core";
import { formatCheck } from "./formats.ts";
import { compilePattern } from "./pattern.ts";
import type { Path, Run, Validator } from "./run.ts";

/** Makes the check of a keyword's value; undefined where there is nothing to check. */
export type Assertion = (value: Json, schema: JsonObject) => Validator | undefined;

/** Builds a check that holds for every value of other types. */
function forNumbers(test: (value: number, run: Run) => boolean, message: string): Validator {
  return (value, path, run) => typeof value !== "number" || test(value, run) || run.fail(path, message);
}

function forTexts(test: (value: string, run: Run) => boolean, message: string): Validator {
  return (value, path, run) => typeof value !== "string" || test(value, run) || run.fail(path, message);
}

function forArrays(test: (value: readonly Json[], run: Run) => boolean, message: string): Validator {
  return (value, path, run) => !isArray(value) || test(value, run) || run.fail(path, message);
}

function forObjects(test: (value: JsonObject) => boolean, message: string): Validator {
  return (value, path, run) => !isObject(value) || test(value) || run.fail(path, message);
}

/** The assertions by keyword. */
export const assertions: ReadonlyMap<string, Assertion> = new Map<string, Assertion>([
  ["type", typeAssertion],
  ["enum", (options) => (isArray(options) ? enumAssertion(options) : undefined)],
  ["const", (wanted) => (value, path, run) => jsonEquals(value, wanted) || run.fail(path, `must be ${JSON.stringify(wanted)}`)],
  ["multipleOf", (n) => forNumbers((value) => isMultiple(value, Number(n)), `must be a multiple of ${Number(n)}`)],
  ["maximum", (n) => forNumbers((value) => value <= Number(n), `must be at most ${Number(n)}`)],
  ["exclusiveMaximum", (n) => forNumbers((value) => value < Number(n), `must be less than ${Number(n)}`)],
  ["minimum", (n) => forNumbers((value) => value >= Number(n), `must be at least ${Number(n)}`)],
  ["exclusiveMinimum", (n) => forNumbers((value) => value > Number(n), `must be greater than ${Number(n)}`)],
  ["maxLength", (n) => forTexts((value) => lengthOf(value) <= Number(n), `must have at most ${plural(n, "character")}`)],
  ["minLength", (n) => forTexts((value) => lengthOf(value) >= Number(n), `must have at least ${plural(n, "character")}`)],
  ["pattern", patternAssertion],
  ["format", (format) => formatAssertion(textOf(format))],
  ["maxItems", (n) => forArrays((value) => value.length <= Number(n), `must have at most ${plural(n, "item")}`)],
  ["minItems", (n) => forArrays((value) => value.length >= Number(n), `must have at least ${plural(n, "item")}`)],
  ["uniqueItems", (unique) => (unique === true ? forArrays(hasUniqueItems, "must not have the same item twice") : undefined)],
  ["maxProperties", (n) => forObjects((value) => Object.keys(value).length <= Number(n), `must have at most ${plural(n, "property")}`)],
  ["minProperties", (n) => forObjects((value) => Object.keys(value).length >= Number(n), `must have at least ${plural(n, "property")}`)],
  ["required", (names) => requiredAssertion(textsOf(names))],
  ["dependentRequired", (lists) => (isObject(lists) ? dependentAssertion(lists) : undefined)],
]);

function typeAssertion(types: Json): Validator {
  const names = isArray(types) ? textsOf(types) : [textOf(types)];
  const message = `must be ${names.map(article).join(" or ")}`;
  return (value, path, run) => names.some((name) => hasType(value, name)) || run.fail(path, `${message}, but is ${article(typeOf(value))}`);
}

function hasType(value: Json, name: string): boolean {
  return name === "integer" ? Number.isInteger(value) : typeOf(value) === name;
}

function typeOf(value: Json): string {
  if (value === null) return "null";
  return isArray(value) ? "array" : typeof value;
}

function article(type: string): string {
  if (type === "null") return type;
  return /^[aio]/.test(type) ? `an ${type}` : `a ${type}`;
}

function enumAssertion(options: readonly Json[]): Validator {
  const message = `must be one of ${options.map((option) => JSON.stringify(option)).join(", ")}`;
  return (value, path, run) => {
    run.spend(options.length);
    return options.some((option) => jsonEquals(value, option)) || run.fail(path, message);
  };
}

/** Whether a number is a whole multiple; decimal fractions count as people write them (0.3 is a multiple of 0.1). */
function isMultiple(value: number, of: number): boolean {
  const quotient = value / of;
  if (!Number.isFinite(quotient)) return value % of === 0;
  return Math.abs(quotient - Math.round(quotient)) <= Math.abs(quotient) * Number.EPSILON * 2;
}

/** The length in characters of Unicode, not in code units. */
function lengthOf(text: string): number {
  let length = 0;
  for (const _ of text) length++;
  return length;
}

function patternAssertion(source: Json): Validator | undefined {
  const pattern = compilePattern(textOf(source));
  if (!pattern.ok) return undefined;
  return forTexts((value, run) => pattern.value(value, run), `must match the pattern ${textOf(source)}`);
}

function formatAssertion(format: string): Validator | undefined {
  const check = formatCheck(format);
  return check && forTexts(check, `must be ${check.what}`);
}

function hasUniqueItems(items: readonly Json[], run: Run): boolean {
  const seen = new Set<string>();
  return items.every((item) => {
    const text = canonical(item, run);
    return !seen.has(text) && seen.add(text);
  });
}

/** JSON text that is the same for equal values: keys in order. */
function canonical(value: Json, run: Run): string {
  run.spend(1);
  if (isArray(value)) return `[${value.map((item) => canonical(item, run)).join(",")}]`;
  if (!isObject(value)) return JSON.stringify(value === 0 ? 0 : value);
  const keys = Object.keys(value).sort();
  return `{${keys.map((key) => `${JSON.stringify(key)}:${canonical(value[key] ?? null, run)}`).join(",")}}`;
}

function textOf(value: Json): string {
  return typeof value === "string" ? value : "";
}

function textsOf(value: Json): string[] {
  return isArray(value) ? value.map(textOf) : [];
}

function requiredAssertion(names: readonly string[]): Validator {
  return (value, path, run) => !isObject(value) || requireAll(value, names, path, run, "is missing");
}

function requireAll(value: JsonObject, names: readonly string[], path: Path | undefined, run: Run, why: string): boolean {
  run.spend(names.length);
  const missing = names.filter((name) => !Object.hasOwn(value, name));
  for (const name of missing) run.fail(path, `the property ${JSON.stringify(name)} ${why}`);
  return missing.length === 0;
}

function dependentAssertion(lists: JsonObject): Validator {
  const triggers = Object.keys(lists).map((name) => ({ name, needed: textsOf(get(lists, name) ?? null) }));
  return (value, path, run) => {
    if (!isObject(value)) return true;
    const present = triggers.filter(({ name }) => Object.hasOwn(value, name));
    const outcomes = present.map(({ name, needed }) =>
      requireAll(value, needed, path, run, `is missing, which ${JSON.stringify(name)} needs`),
    );
    return !outcomes.includes(false);
  };
}

function plural(count: Json, word: string): string {
  if (count === 1) return `1 ${word}`;
  return `${Number(count)} ${word.endsWith("y") ? `${word.slice(0, -1)}ies` : `${word}s`}`;
}
