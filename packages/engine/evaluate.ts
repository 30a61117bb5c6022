// Evaluates expressions, templates, durations and schemas in a scope. What fails is raised as the specification's
// error: `expression` (400) with the expression, `authorization` (403) for a missing secret, `validation` (400).
import {
  addDuration,
  durationOf,
  isArray,
  isObject,
  parseDuration,
  type Instant,
  type Json,
  type JsonObject,
  type Result,
  type Duration,
} from "@baton/core";
import type { DurationTemplate, SchemaCheck, Template } from "@baton/dsl";
import { ExpressionError, type Expression } from "@baton/expr";
import { Raised, standardError } from "./workflow-error.ts";
import { authorizationDescriptor, missingSecret } from "./authentication.ts";
import { expressionBudget } from "./limits.ts";
import { bind, type Scope } from "./scope.ts";

/** An expression's value: none gives null, several give an array. */
export function evaluate(scope: Scope, expression: Expression, input: Json): Json {
  const { slots, secrets } = bind(scope, expression, authorization);
  let value: Json;
  try {
    value = resultOf(expression, input, slots, scope.now);
    if (secrets !== null) value = detached(value);
  } catch (error) {
    raiseMissing(scope, secrets?.missing());
    throw failed(scope, expression, error);
  }
  raiseMissing(scope, secrets?.missing());
  return value;
}

function authorization(scope: Scope): JsonObject | null {
  return authorizationDescriptor(scope, fill);
}

function resultOf(expression: Expression, input: Json, slots: readonly Json[], now: Instant): Json {
  const limits = { now, ...expressionBudget };
  return expression.cardinality === "one" ? (expression.first(input, slots, limits) ?? null) : oneOf(expression.all(input, slots, limits));
}

/** A copy that holds no part of `$secrets` itself, which looks its values up when they are read. */
function detached(value: Json): Json {
  if (isArray(value)) return value.map(detached);
  return isObject(value) ? Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, detached(entry)])) : value;
}

function oneOf(results: readonly Json[]): Json {
  return results.length === 1 ? (results[0] as Json) : results.length === 0 ? null : results;
}

function raiseMissing(scope: Scope, secret: string | undefined): void {
  if (secret !== undefined) throw missingSecret(scope, secret);
}

function failed(scope: Scope, expression: Expression, error: unknown): unknown {
  if (!(error instanceof ExpressionError)) return error;
  const source = expression.source.trimStart();
  const leading = expression.source.length - source.length;
  const place = error.offset === undefined ? "" : ` at character ${error.offset - leading + 1}`;
  return expressionError(scope, `The expression ${quote(source.trimEnd())} failed${place}: ${error.message}`);
}

/** An expression error of the step at hand. */
export function expressionError(scope: Scope, detail: string): Raised {
  return new Raised(standardError("expression", scope.instance, { detail }));
}

const longestQuote = 200;

function quote(source: string): string {
  return source.length <= longestQuote ? `"${source}"` : `"${source.slice(0, longestQuote)}..."`;
}

/** True unless the value is null or false; in JavaScript also unless it is 0 or empty text. */
export function isTrue(scope: Scope, condition: Expression, input: Json): boolean {
  const value = evaluate(scope, condition, input);
  return condition.language === "js" ? Boolean(value) : value !== null && value !== false;
}

/** A template's value: its expressions replaced by theirs. */
export function fill(scope: Scope, template: Template, input: Json): Json {
  switch (template.kind) {
    case "constant":
      return template.value;
    case "expression":
      return evaluate(scope, template.expression, input);
    case "text":
      return template.parts.map((part) => (typeof part === "string" ? part : textOf(evaluate(scope, part, input)))).join("");
    case "array":
      return template.items.map((item) => fill(scope, item, input));
    case "object":
      return Object.fromEntries(template.entries.map(([key, value]) => [key, fill(scope, value, input)]));
  }
}

/** A value inserted into text: a string as it is, anything else as JSON. */
export function textOf(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** The instant that lies a duration after `start`. */
export function instantAfter(scope: Scope, template: DurationTemplate, input: Json, start: Instant): Instant {
  if (template.kind === "constant") return addDuration(start, template.duration);
  const value = evaluate(scope, template.expression, input);
  const duration = durationFrom(value);
  if (!duration.ok)
    throw expressionError(scope, `The expression ${quote(template.expression.source)} should give a duration: ${duration.error}.`);
  return addDuration(start, duration.value);
}

const durationParts = ["days", "hours", "minutes", "seconds", "milliseconds"];

function durationFrom(value: Json): Result<Duration, string> {
  if (typeof value === "string") return parseDuration(value);
  const isParts = isObject(value) && Object.entries(value).every(([key, part]) => durationParts.includes(key) && typeof part === "number");
  if (isParts) return durationOf(value);
  return { ok: false, error: `it gave ${describe(value)}, not ISO 8601 text or an object of ${durationParts.join(", ")}` };
}

/** A value's kind in plain words, for messages that must not show the value itself. */
export function describe(value: Json): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

const shownProblems = 5;

/** Raises a validation error unless the value fits the schema. `what` names the value. */
export function validate(scope: Scope, schema: SchemaCheck | undefined, value: Json, what: string): void {
  if (schema === undefined) return;
  const problems = schema.check(value);
  if (problems.length === 0) return;
  const shown = problems.slice(0, shownProblems).map(({ pointer, message }) => (pointer === "" ? message : `${pointer}: ${message}`));
  const more = problems.length > shownProblems ? `; and ${problems.length - shownProblems} more` : "";
  throw new Raised(standardError("validation", scope.instance, { detail: `The ${what} breaks its schema: ${shown.join("; ")}${more}.` }));
}
