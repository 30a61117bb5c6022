// Dates as arithmetic: the proleptic Gregorian calendar in UTC, without any clock or time zone.

/** A date apart, as C's `struct tm` has it: month from 0, day of the week from Sunday, day of the year from 0. */
export interface BrokenTime {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  weekday: number;
  yearDay: number;
}

export const secondsPerDay = 86_400;
/** Dates beyond this many seconds have years that no one can mean (C's years end near two billion). */
export const maxSeconds = 6.7e16;

export const weekdays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
export const months = "January February March April May June July August September October November December".split(" ");

const daysBeforeMonth = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365];

/** Whether the year has a 29th of February. */
export function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

/** Days of the year before a month (12: the days of the whole year). */
export function daysBefore(year: number, month: number): number {
  return (daysBeforeMonth[month] ?? 0) + (month > 1 && isLeap(year) ? 1 : 0);
}

/** Days from 1970-01-01; month and day may lie outside their ranges. */
export function daysFromDate(year: number, month: number, day: number): number {
  const wholeYear = year + Math.floor(month / 12);
  const inYear = ((month % 12) + 12) % 12;
  const before = wholeYear - 1;
  const leapDays = Math.floor(before / 4) - Math.floor(before / 100) + Math.floor(before / 400);
  return before * 365 + leapDays - 719_162 + daysBefore(wholeYear, inYear) + day - 1;
}

/** Seconds from 1970-01-01; fields may lie outside their ranges. */
export function secondsFrom(time: BrokenTime): number {
  const days = daysFromDate(time.year, time.month, time.day);
  return days * secondsPerDay + time.hour * 3600 + time.minute * 60 + time.second;
}

/** The date of whole seconds from 1970-01-01. */
export function brokenTimeOf(seconds: number): BrokenTime {
  const days = Math.floor(seconds / secondsPerDay);
  const rest = seconds - days * secondsPerDay;
  const year = yearOfDay(days);
  const yearDay = days - daysFromDate(year, 0, 1);
  let month = 0;
  while (month < 11 && daysBefore(year, month + 1) <= yearDay) month++;
  const day = yearDay - daysBefore(year, month) + 1;
  return {
    year,
    month,
    day,
    hour: Math.floor(rest / 3600),
    minute: Math.floor(rest / 60) % 60,
    second: rest % 60,
    weekday: weekdayOf(days),
    yearDay,
  };
}

function yearOfDay(days: number): number {
  let year = 1970 + Math.floor(days / 365.2425);
  while (daysFromDate(year, 0, 1) > days) year--;
  while (daysFromDate(year + 1, 0, 1) <= days) year++;
  return year;
}

/** The day of the week of a day counted from 1970-01-01, a Thursday. */
export function weekdayOf(days: number): number {
  return (((days + 4) % 7) + 7) % 7;
}

/** The week of the year, weeks beginning on `firstDay`. */
export function weekOfYear(time: BrokenTime, firstDay: 0 | 1): number {
  return Math.floor((time.yearDay + 7 - ((time.weekday - firstDay + 7) % 7)) / 7);
}

/** ISO 8601: the week that a date lies in, and the year that the week belongs to. */
export function isoWeek(time: BrokenTime): { readonly year: number; readonly week: number } {
  const fromMonday = (time.weekday + 6) % 7;
  const week = Math.floor((time.yearDay - fromMonday + 10) / 7);
  if (week < 1) return { year: time.year - 1, week: weeksIn(time.year - 1) };
  return week > weeksIn(time.year) ? { year: time.year + 1, week: 1 } : { year: time.year, week };
}

function weeksIn(year: number): number {
  const firstDay = weekdayOf(daysFromDate(year, 0, 1));
  return firstDay === 4 || (firstDay === 3 && isLeap(year)) ? 53 : 52;
}
