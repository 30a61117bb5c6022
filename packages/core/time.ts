// Time as data: instants in milliseconds since the epoch, spans in milliseconds, and durations as the
// workflow language writes them. Nothing here reads a clock.
import { err, ok, type Result } from "./result.ts";

declare const unit: unique symbol;

/** A point in time: whole milliseconds since 1970-01-01T00:00:00Z. */
export type Instant = number & { readonly [unit]?: "instant" };

/** A span of time in milliseconds. */
export type Millis = number & { readonly [unit]?: "millis" };

/**
 * A duration as written by an author: calendar months (years are twelve of them) and milliseconds.
 * Months depend on when they start, so they stay apart until `addDuration` is given an instant.
 */
export interface Duration {
  readonly months: number;
  readonly ms: Millis;
}

/** The longest duration that is accepted: a thousand years. */
export const maxDurationMs: Millis = 1000 * 366 * 86_400_000;

const secondMs = 1000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
const weekMs = 7 * dayMs;

const iso8601 =
  /^P(?=[\dT])(?:(\d+(?:[.,]\d+)?)Y)?(?:(\d+(?:[.,]\d+)?)M)?(?:(\d+(?:[.,]\d+)?)W)?(?:(\d+(?:[.,]\d+)?)D)?(?:T(?=\d)(?:(\d+(?:[.,]\d+)?)H)?(?:(\d+(?:[.,]\d+)?)M)?(?:(\d+(?:[.,]\d+)?)S)?)?$/;

/** Parses an ISO 8601 duration: years, months, weeks, days, hours, minutes, seconds; fractions with a point or a comma. */
export function parseDuration(text: string): Result<Duration, string> {
  const match = iso8601.exec(text);
  if (!match) return err(`"${text}" is not an ISO 8601 duration (write "PT5S" for five seconds, "P1DT12H" for a day and a half)`);
  const part = (i: number): number => Number((match[i] ?? "0").replace(",", "."));
  const months = part(1) * 12 + part(2);
  const wholeMonths = Math.trunc(months);
  // A fraction of a month has no calendar meaning; it counts as that fraction of thirty days.
  const ms =
    (months - wholeMonths) * 30 * dayMs + part(3) * weekMs + part(4) * dayMs + part(5) * hourMs + part(6) * minuteMs + part(7) * secondMs;
  return bounded({ months: wholeMonths, ms: Math.round(ms) });
}

/** The parts of a duration object of the workflow language. */
export interface DurationParts {
  readonly days?: number;
  readonly hours?: number;
  readonly minutes?: number;
  readonly seconds?: number;
  readonly milliseconds?: number;
}

/** A duration from its parts. */
export function durationOf(parts: DurationParts): Result<Duration, string> {
  const ms =
    (parts.days ?? 0) * dayMs +
    (parts.hours ?? 0) * hourMs +
    (parts.minutes ?? 0) * minuteMs +
    (parts.seconds ?? 0) * secondMs +
    (parts.milliseconds ?? 0);
  return bounded({ months: 0, ms });
}

function bounded(duration: Duration): Result<Duration, string> {
  const total = duration.months * 31 * dayMs + duration.ms;
  if (!Number.isFinite(total) || total < 0) return err("a duration must not be negative");
  return total > maxDurationMs ? err("a duration must not be longer than a thousand years") : ok(duration);
}

/** The instant that lies `duration` after `start`; months count on the UTC calendar, clamped to a month's last day. */
export function addDuration(start: Instant, duration: Duration): Instant {
  if (duration.months === 0) return start + duration.ms;
  const from = new Date(start);
  const target = new Date(start);
  target.setUTCDate(1);
  target.setUTCMonth(target.getUTCMonth() + duration.months);
  const lastDay = new Date(Date.UTC(target.getUTCFullYear(), target.getUTCMonth() + 1, 0)).getUTCDate();
  target.setUTCDate(Math.min(from.getUTCDate(), lastDay));
  return target.getTime() + duration.ms;
}

const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)$/;

/** Reads RFC 3339, the seconds optional; undefined: it is no instant. */
export function parseInstant(text: string): Instant | undefined {
  const instant = rfc3339.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(instant) ? undefined : instant;
}

/** RFC 3339 in UTC with milliseconds. */
export function formatInstant(instant: Instant): string {
  return new Date(instant).toISOString();
}
