// Whether an event is one that is awaited (dsl-reference, "Event Filter", "Correlation"). An event comes from outside:
// one whose shape a filter or a correlation cannot be evaluated on is not the one that is meant, and faults nobody. What
// is wrong with the flow itself, such as a secret that is missing, is raised.
import { get, isArray, isObject, jsonEquals, type Json, type JsonObject } from "@baton/core";
import type { Correlation, EventFilter, EventStrategy, EventTest } from "@baton/dsl";
import type { CloudEvent } from "./cloud-event.ts";
import { newConsumption, openFilters, payloadOf, type Consumption, type Match, type Seen } from "./consumption.ts";
import { evaluate, fill } from "./evaluate.ts";
import type { Scope } from "./scope.ts";
import { errorTypeBase, Raised } from "./workflow-error.ts";

/** Begins a consumption: what its correlations expect is evaluated now, once. */
export function startConsumption(scope: Scope, strategy: EventStrategy, input: Json): Consumption {
  const ending = strategy.until?.kind === "strategy" ? expectations(scope, strategy.until.strategy, input) : {};
  return newConsumption(strategy, expectations(scope, strategy, input), ending);
}

function expectations(scope: Scope, { filters }: EventStrategy, input: Json): JsonObject {
  const links = filters.flatMap(({ correlate }) => correlate);
  return Object.fromEntries(links.flatMap(({ name, expect }) => (expect === undefined ? [] : [[name, fill(scope, expect, input)]])));
}

/** What the event is to the consumption; null: nothing. What ends the listening is asked first. */
export function matchEvent(scope: Scope, strategy: EventStrategy, consumption: Consumption, event: CloudEvent): Match | null {
  const { until } = strategy;
  if (until?.kind === "strategy" && consumption.until !== null) {
    const ending = matchFilters(scope, until.strategy, consumption.until, event);
    if (ending !== null) return { by: "until", ...ending };
  }
  const match = matchFilters(scope, strategy, consumption, event);
  return match && { by: "to", ...match };
}

function matchFilters(scope: Scope, strategy: EventStrategy, seen: Seen, event: CloudEvent): Omit<Match, "by"> | null {
  if (strategy.kind === "any" && strategy.filters.length === 0) return { filter: -1, found: {} };
  for (const index of openFilters(strategy, seen)) {
    const filter = strategy.filters[index];
    const found = filter === undefined ? null : matchFilter(scope, filter, seen.expected, event);
    if (found !== null) return { filter: index, found };
  }
  return null;
}

/** What the filter's correlations found first; null: the event is not meant. */
function matchFilter(scope: Scope, filter: EventFilter, expected: JsonObject, event: CloudEvent): JsonObject | null {
  if (!isMeant(scope, filter.with, event)) return null;
  const found: { [name: string]: Json } = {};
  for (const correlation of filter.correlate) {
    const value = correlationValue(scope, correlation, event);
    if (value === null) return null;
    const awaited = get(expected, correlation.name) ?? get(found, correlation.name);
    if (awaited === undefined) found[correlation.name] = value;
    else if (!agrees(awaited, value)) return null;
  }
  return found;
}

/** Whether the event passes all tests of a filter. */
export function isMeant(scope: Scope, tests: EventFilter["with"], event: CloudEvent): boolean {
  return tests.every(({ attribute, test }) => passes(scope, attribute, test, event));
}

/** Texts and numbers that are written alike agree: an attribute of an event is a text, and an expectation may be a number. */
function agrees(expected: Json, value: Json): boolean {
  return jsonEquals(expected, value) || (isScalar(expected) && isScalar(value) && String(expected) === String(value));
}

/** True for a text, a number or a truth value. */
export function isScalar(value: Json): value is string | number | boolean {
  return typeof value !== "object";
}

function correlationValue(scope: Scope, { from }: Correlation, event: CloudEvent): Json {
  return forgiving(null, () => evaluate(scope, from, event));
}

function passes(scope: Scope, attribute: string, test: EventTest, event: CloudEvent): boolean {
  const isPayload = attribute === "data";
  const value = isPayload ? payloadOf(event) : get(event, attribute);
  if (value === undefined) return false;
  switch (test.kind) {
    case "equals":
      return contains(value, test.value);
    case "pattern":
      return isScalar(value) && test.matches(String(value));
    case "template":
      return forgiving(false, () => contains(value, fill(scope, test.template, value)));
    case "expression":
      return forgiving(false, () => holds(evaluate(scope, test.expression, value), value, isPayload));
  }
}

function holds(result: Json, value: Json, isPayload: boolean): boolean {
  if (typeof result === "boolean") return result;
  return isPayload ? result !== null : agrees(result, value);
}

/** Whether the value is the one that is wanted; of an object, whether it has the keys that are. */
function contains(value: Json, wanted: Json): boolean {
  if (!isObject(wanted)) return jsonEquals(value, wanted);
  return isObject(value) && !isArray(value) && Object.entries(wanted).every(([key, part]) => contains(get(value, key) ?? null, part));
}

/** An expression that fails on what came from outside gives the other answer. */
function forgiving<T>(otherwise: T, evaluation: () => T): T {
  try {
    return evaluation();
  } catch (error) {
    if (error instanceof Raised && error.error.type === `${errorTypeBase}expression`) return otherwise;
    throw error;
  }
}
