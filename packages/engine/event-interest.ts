// What a consumption waits for, in terms that an index can hold: a type, a source and the value of one correlation. An
// interest may let through more events than are meant, never fewer; the filter itself decides.
import { get, parseJson, type Json } from "@baton/core";
import type { EventFilter, EventStrategy } from "@baton/dsl";
import { compile, compileJs, type Expression } from "@baton/expr";
import { standardVariables } from "@baton/dsl";
import type { CloudEvent } from "./cloud-event.ts";
import { isSatisfied, openFilters, type Consumption, type Seen } from "./consumption.ts";
import { isScalar } from "./event-matching.ts";
import { expressionBudget } from "./limits.ts";

/** A value that events are found by: what an expression gives when it is evaluated on them. */
export interface CorrelationKey {
  /** The expression's source, marked where it is JavaScript; it reads nothing but the event. */
  readonly path: string;
  readonly value: string;
}

/** Events that may be wanted; null: any. */
export interface EventInterest {
  readonly type: string | null;
  readonly source: string | null;
  readonly key: CorrelationKey | null;
}

/** What one filter lets through. */
export interface FilterInterest {
  /** The filter's place; those that end the listening come after the others. It is the filter's as long as it is open. */
  readonly place: number;
  readonly interest: EventInterest;
}

/** What the consumption waits for, one interest per filter that is open; none once it is satisfied. */
export function interestsOf(strategy: EventStrategy, consumption: Consumption): readonly FilterInterest[] {
  if (isSatisfied(strategy, consumption)) return [];
  const { until, filters } = strategy;
  const behind = Math.max(filters.length, 1);
  const ending = until?.kind === "strategy" && consumption.until !== null ? openInterests(until.strategy, consumption.until, behind) : [];
  return [...openInterests(strategy, consumption, 0), ...ending];
}

function openInterests(strategy: EventStrategy, seen: Seen, first: number): FilterInterest[] {
  if (strategy.kind === "any" && strategy.filters.length === 0)
    return [{ place: first, interest: { type: null, source: null, key: null } }];
  return openFilters(strategy, seen).flatMap((index) => {
    const filter = strategy.filters[index];
    return filter === undefined ? [] : [{ place: first + index, interest: interestOf(filter, seen) }];
  });
}

function interestOf(filter: EventFilter, { expected }: Seen): EventInterest {
  return { type: constantOf(filter, "type"), source: constantOf(filter, "source"), key: keyOf(filter, expected) };
}

function constantOf(filter: EventFilter, attribute: string): string | null {
  const test = filter.with.find((one) => one.attribute === attribute)?.test;
  return test?.kind === "equals" && typeof test.value === "string" ? test.value : null;
}

/** The longest value that events are found by; a longer one is compared, but not looked up. */
const maxKeyLength = 512;

/** The first correlation whose value is known and can be looked up. */
function keyOf({ correlate }: EventFilter, expected: Consumption["expected"]): CorrelationKey | null {
  for (const { name, from } of correlate) {
    const value = get(expected, name);
    if (value === undefined || !isScalar(value) || from.freeVariables.size > 0 || from.isLoose === true || pathOf(pathTo(from)) === null)
      continue;
    const text = String(value);
    if (text.length <= maxKeyLength) return { path: pathTo(from), value: text };
  }
  return null;
}

/** Marks a path that is JavaScript. No jq begins so. */
const jsMark = "js:";

function pathTo({ source, language }: Expression): string {
  return language === "js" ? jsMark + source : source;
}

const known = new Map<string, Expression | null>();
const maxKnown = 1_000;

function pathOf(path: string): Expression | null {
  const found = known.get(path);
  if (found !== undefined) return found;
  if (known.size >= maxKnown) known.clear();
  const options = { variables: standardVariables };
  const compiled = path.startsWith(jsMark) ? compileJs(path.slice(jsMark.length), options) : compile(path, options);
  const expression = compiled.ok ? compiled.expression : null;
  known.set(path, expression);
  return expression;
}

/** The keys that an event is found by, of the paths that somebody waits with. */
export function correlationKeys(event: CloudEvent, paths: Iterable<string>): CorrelationKey[] {
  const keys: CorrelationKey[] = [];
  for (const path of paths) {
    const value = valueAt(event, path);
    if (value !== null && isScalar(value) && String(value).length <= maxKeyLength) keys.push({ path, value: String(value) });
  }
  return keys;
}

function valueAt(event: CloudEvent, path: string): Json {
  const expression = pathOf(path);
  if (expression === null) return null;
  try {
    const results = expression.all(
      event,
      standardVariables.map(() => null),
      { now: 0, ...expressionBudget },
    );
    return results.length === 1 ? (results[0] as Json) : null;
  } catch {
    return null;
  }
}

/** An event out of its stored text. */
export function parseEvent(text: string): CloudEvent {
  const parsed = parseJson(text);
  if (!parsed.ok) throw new Error(`Expected an event, but the text is none: ${parsed.error}`);
  return parsed.value as CloudEvent;
}
