// Days of the Gregorian calendar by number: 0 is 1970-01-01. Plain arithmetic, exact for every year there is.
import type { Millis } from "@baton/core";

export const dayMs: Millis = 86_400_000;

/** The days after which the calendar repeats, weekdays included. */
export const calendarCycleDays = 146_097;

/** A date; months and days count from one. */
export interface CivilDate {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

/** The number of a date's day; a day beyond the month's last counts on into the next. */
export function dayNumber({ year, month, day }: CivilDate): number {
  return Date.UTC(2000 + (year % 400), month - 1, day) / dayMs + Math.floor(year / 400 - 5) * calendarCycleDays;
}

/** The date of a day. */
export function dateOf(day: number): CivilDate {
  const date = new Date(day * dayMs);
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
}

/** 0 is Sunday. */
export function weekdayOf(day: number): number {
  return (((day + 4) % 7) + 7) % 7;
}

const longestMonths = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Reads `2026-12-25`, or `12-25` for that day of every year (`year` is 0 then); undefined: there is no such day. */
export function parseDate(text: string): CivilDate | undefined {
  const match = /^(?:(\d{4})-)?(\d\d)-(\d\d)$/.exec(text);
  if (!match) return undefined;
  const [year, month, day] = [Number(match[1] ?? 0), Number(match[2]), Number(match[3])];
  const last = longestMonths[month - 1] ?? 0;
  if (day < 1 || day > last) return undefined;
  const exists = match[1] === undefined || dateOf(dayNumber({ year, month, day })).day === day;
  return exists ? { year, month, day } : undefined;
}
