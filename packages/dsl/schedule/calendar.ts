// Calendars: days on which a schedule does not fire. Dates of one year or of every year, spans of dates, weekdays.
import { dateOf, dayNumber, parseDate, weekdayOf, type CivilDate } from "./civil.ts";

/** One entry of a calendar. */
export type FreeDays =
  | { readonly kind: "weekday"; readonly weekday: number }
  | { readonly kind: "yearly"; readonly month: number; readonly day: number }
  /** Day numbers, both included. */
  | { readonly kind: "span"; readonly first: number; readonly last: number };

/** The days on which nothing fires. */
export type Calendar = readonly FreeDays[];

/** Weekdays as they are written, Sunday first. */
export const weekdayWords = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];

/** Reads an entry: `2026-12-25`, `12-25`, `2026-12-24/2027-01-02` or `sunday`. */
export function parseFreeDays(text: string): FreeDays | undefined {
  const weekday = weekdayWords.indexOf(text.toLowerCase());
  if (weekday >= 0) return { kind: "weekday", weekday };
  const [from, to, more] = text.split("/").map(parseDate);
  if (from === undefined || more !== undefined || text.split("/").length > 2) return undefined;
  if (text.includes("/")) return spanOf(from, to);
  if (from.year === 0) return { kind: "yearly", month: from.month, day: from.day };
  return spanOf(from, from);
}

function spanOf(from: CivilDate, to: CivilDate | undefined): FreeDays | undefined {
  if (to === undefined || from.year === 0 || to.year === 0) return undefined;
  const [first, last] = [dayNumber(from), dayNumber(to)];
  return last < first ? undefined : { kind: "span", first, last };
}

/** Whether nothing fires on a day. */
export function isFree(calendar: Calendar, day: number): boolean {
  return calendar.some((entry) => {
    if (entry.kind === "weekday") return weekdayOf(day) === entry.weekday;
    if (entry.kind === "span") return day >= entry.first && day <= entry.last;
    const date = dateOf(day);
    return date.month === entry.month && date.day === entry.day;
  });
}
