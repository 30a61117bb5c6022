// What a consumption strategy has collected so far, and what an event adds to it: plain data, nothing is evaluated here,
// so that a replay needs nothing but what was recorded. Evaluating filters is in event-matching.ts; both know no run, and
// serve whatever waits for events.
//
// Invariants: a filter of `all` is filled once; an expectation, once there, never changes.
import type { Json, JsonObject } from "@baton/core";
import type { EventReading, EventStrategy } from "@baton/dsl";
import { isJsonType, type CloudEvent } from "./cloud-event.ts";

/** What one strategy has seen. */
export interface Seen {
  /** The filters that an event has matched, in the order of the events. */
  readonly filled: readonly number[];
  /** What each correlation must find, by name: given, or found first. */
  readonly expected: JsonObject;
}

/** A strategy at work, with the one that ends it. */
export interface Consumption extends Seen {
  /** Of the `until` that is a strategy; null: there is none. */
  readonly until: Seen | null;
}

/** What an event is to a consumption. */
export interface Match {
  /** Taken by the strategy itself, or by the `until` that ends it. */
  readonly by: "to" | "until";
  /** The filter's place; -1: there are no filters, every event is meant. */
  readonly filter: number;
  /** The expectations that its correlations found first. */
  readonly found: JsonObject;
}

const nothing: JsonObject = {};

/** A consumption that begins. */
export function newConsumption(strategy: EventStrategy, expected: JsonObject = nothing, ending: JsonObject = nothing): Consumption {
  const until: Seen | null = strategy.until?.kind === "strategy" ? { filled: [], expected: ending } : null;
  return { filled: [], expected, until };
}

/** The consumption with one more event. */
export function consumed(consumption: Consumption, { by, filter, found }: Match): Consumption {
  if (by === "until") return { ...consumption, until: consumption.until && withOne(consumption.until, filter, found) };
  return { ...withOne(consumption, filter, found), until: consumption.until };
}

/** Of a strategy that takes any number, which filter it was does not count. */
function withOne({ filled, expected }: Seen, filter: number, found: JsonObject): Seen {
  return { filled: filled.includes(filter) ? filled : [...filled, filter], expected: { ...expected, ...found } };
}

/** True once no further event is wanted, as far as that can be told without a condition. */
export function isSatisfied(strategy: EventStrategy, consumption: Consumption): boolean {
  const { until } = strategy;
  if (until === undefined) return isFilled(strategy, consumption);
  return until.kind === "strategy" && consumption.until !== null && isFilled(until.strategy, consumption.until);
}

function isFilled({ kind, filters }: EventStrategy, { filled }: Seen): boolean {
  return kind === "all" ? filled.length >= filters.length : filled.length > 0;
}

/** The filters that still take events, by their place. */
export function openFilters({ kind, filters }: EventStrategy, { filled }: Seen): readonly number[] {
  return [...filters.keys()].filter((index) => kind !== "all" || !filled.includes(index));
}

/** An event as a task reads it. */
export function readEvent(event: CloudEvent, reading: EventReading): Json {
  if (reading === "envelope") return event;
  const payload = payloadOf(event);
  if (reading === "data") return payload;
  return isText(event, payload) ? payload : JSON.stringify(payload);
}

/** The payload: a JSON value, a text, or bytes as Base64; null: there is none. */
export function payloadOf(event: CloudEvent): Json {
  return event["data"] ?? event["data_base64"] ?? null;
}

function isText(event: CloudEvent, payload: Json): boolean {
  const type = event["datacontenttype"];
  return typeof payload === "string" && (event["data_base64"] !== undefined || !isJsonType(typeof type === "string" ? type : undefined));
}
