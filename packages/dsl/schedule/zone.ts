// Time zones: which time the clocks on the wall show at an instant, and which instants belong to a time on the wall.
// The rules come from the zone database of the JavaScript engine (ICU), the only one that every machine has.
//
// Local times are written as if they were UTC: milliseconds since 1970-01-01T00:00 on the wall.
import type { Instant, Millis } from "@baton/core";
import { dayMs } from "./civil.ts";

/** A time zone of the IANA database. */
export interface Zone {
  readonly name: string;
  /** How far local time is ahead of UTC at an instant. */
  offsetAt(instant: Instant): Millis;
}

/** When a time on the wall is: at one or two instants, or never, because the clocks were put forward over it. */
export type Resolved = { readonly kind: "real"; readonly first: Instant } | { readonly kind: "gap"; readonly end: Instant };

export const utc: Zone = { name: "UTC", offsetAt: () => 0 };

const known = new Map<string, Zone>([["UTC", utc]]);

/** The zone of that name; undefined: there is none. */
export function zoneOf(name: string): Zone | undefined {
  const zone = known.get(name) ?? makeZone(name);
  if (zone) known.set(name, zone);
  return zone;
}

/** The names of all zones. */
export function zoneNames(): readonly string[] {
  return ["UTC", ...Intl.supportedValuesOf("timeZone")];
}

function makeZone(name: string): Zone | undefined {
  // An offset such as +02:00 is taken by newer engines only, and knows no daylight saving.
  if (!/^[A-Za-z]/.test(name)) return undefined;
  try {
    const numeric = "2-digit";
    const parts: Intl.DateTimeFormatOptions = {
      year: "numeric",
      month: numeric,
      day: numeric,
      hour: numeric,
      minute: numeric,
      second: numeric,
    };
    const format = new Intl.DateTimeFormat("en-US", { ...parts, timeZone: name, hourCycle: "h23", calendar: "gregory" });
    return { name, offsetAt: (instant) => offsetBy(format, instant) };
  } catch {
    return undefined;
  }
}

function offsetBy(format: Intl.DateTimeFormat, instant: Instant): Millis {
  const whole = Math.floor(instant / 1000) * 1000;
  const found: { [part: string]: number } = {};
  for (const { type, value } of format.formatToParts(whole)) found[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = found;
  return Date.UTC(year, month - 1, day, hour, minute, second) - whole;
}

/** Longer than any distance between a zone's time and UTC. */
const aroundMs = dayMs;

/** The first instant at which the clocks show that local time. */
export function resolve(zone: Zone, local: number): Resolved {
  const before = zone.offsetAt(local - aroundMs);
  const after = zone.offsetAt(local + aroundMs);
  if (zone.offsetAt(local - before) === before) return { kind: "real", first: local - before };
  if (zone.offsetAt(local - after) === after) return { kind: "real", first: local - after };
  return { kind: "gap", end: changeBetween(zone, local - after, local - before) };
}

/** The first instant of the new offset, where there is one change of it after `from` and until `to`. */
export function changeBetween(zone: Zone, from: Instant, to: Instant): Instant {
  const old = zone.offsetAt(from);
  let [low, high] = [from, to];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (zone.offsetAt(middle) === old) low = middle;
    else high = middle;
  }
  return high;
}

/** The first change of the offset after an instant, within the time given; undefined: there is none. */
export function changeWithin(zone: Zone, from: Instant, ms: Millis): Instant | undefined {
  return zone.offsetAt(from) === zone.offsetAt(from + ms) ? undefined : changeBetween(zone, from, from + ms);
}

/** An instant as the zone's clocks show it: RFC 3339 with the offset. */
export function formatLocal(zone: Zone, instant: Instant): string {
  const offset = zone.offsetAt(instant);
  const text = new Date(instant + offset).toISOString().replace(/(\.000)?Z$/, "");
  const minutes = Math.round(Math.abs(offset) / 60_000);
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${text}${offset < 0 ? "-" : "+"}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}
