// Cron expressions: minute, hour, day of month, month, day of week, and optionally the second before them.
//
// The meaning is that of cron since Vixie: lists, ranges, steps, names; 0 and 7 are Sunday; where both the day of
// month and the day of week are restricted (neither begins with `*` or `?`), a day that fits either of them counts.
import { err, nearest, ok, type Result } from "@baton/core";
import { calendarCycleDays, dateOf, weekdayOf } from "./civil.ts";

/** What an expression admits: one entry per value of a field. */
export interface Cron {
  readonly source: string;
  readonly seconds: readonly boolean[];
  readonly minutes: readonly boolean[];
  readonly hours: readonly boolean[];
  readonly days: readonly boolean[];
  readonly months: readonly boolean[];
  readonly weekdays: readonly boolean[];
  /** Both fields for days are restricted: one of them is enough. */
  readonly eitherDay: boolean;
  /** The hour begins with `*`: the expression means a distance in time rather than a time of day. */
  readonly elapsed: boolean;
}

/** What is wrong with an expression, and where in its text. */
export interface CronProblem {
  readonly message: string;
  readonly offset: number;
  readonly length: number;
  readonly advice?: string;
}

interface Field {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly names?: readonly string[];
}

interface Word {
  readonly text: string;
  readonly offset: number;
}

const monthNames = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const weekdayNames = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
const fields = {
  seconds: { name: "second", min: 0, max: 59 },
  minutes: { name: "minute", min: 0, max: 59 },
  hours: { name: "hour", min: 0, max: 23 },
  days: { name: "day of month", min: 1, max: 31 },
  months: { name: "month", min: 1, max: 12, names: monthNames },
  weekdays: { name: "day of week", min: 0, max: 7, names: weekdayNames },
} as const satisfies { readonly [name: string]: Field };
const order = ["seconds", "minutes", "hours", "days", "months", "weekdays"] as const;

const macros: { readonly [macro: string]: string } = {
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
  "@monthly": "0 0 1 * *",
  "@weekly": "0 0 * * 0",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@hourly": "0 * * * *",
};

const shape = "write minute, hour, day of month, month and day of week: `0 9 * * MON-FRI`";

/** Reads an expression. */
export function parseCron(source: string): Result<Cron, CronProblem> {
  const trimmed = source.trim();
  if (trimmed.startsWith("@")) return parseMacro(source, trimmed);
  const words = [...source.matchAll(/\S+/g)].map((match): Word => ({ text: match[0], offset: match.index }));
  if (words.length !== 5 && words.length !== 6) return err(wholly(source, `it has ${words.length} fields, not five or six`, shape));
  return build(source, words.length === 5 ? [{ text: "0", offset: 0 }, ...words] : words);
}

function parseMacro(source: string, macro: string): Result<Cron, CronProblem> {
  const meaning = macros[macro.toLowerCase()];
  if (meaning !== undefined) {
    const parsed = parseCron(meaning);
    return parsed.ok ? ok({ ...parsed.value, source }) : parsed;
  }
  const advice = macro.startsWith("@every") ? "use `every` with a duration" : didYouMean(macro, Object.keys(macros));
  return err(wholly(source, `there is no \`${macro}\``, advice));
}

function wholly(source: string, message: string, advice?: string): CronProblem {
  return { message, offset: 0, length: source.length, ...(advice !== undefined && { advice }) };
}

function build(source: string, words: readonly Word[]): Result<Cron, CronProblem> {
  const sets: { [name: string]: readonly boolean[] } = {};
  for (const [i, name] of order.entries()) {
    const set = parseField(words[i] as Word, fields[name]);
    if (!set.ok) return set;
    sets[name] = set.value;
  }
  const [seconds, minutes, hours, days, months, week] = order.map((name) => sets[name] ?? []) as [
    boolean[],
    boolean[],
    boolean[],
    boolean[],
    boolean[],
    boolean[],
  ];
  const weekdays = week.slice(0, 7).map((set, day) => set || (day === 0 && week[7] === true));
  const open = (i: number): boolean => /^[*?]/.test(words[i]?.text ?? "");
  return ok({ source, seconds, minutes, hours, days, months, weekdays, eitherDay: !open(3) && !open(5), elapsed: open(2) });
}

/** A field: parts with commas between them. */
function parseField(word: Word, field: Field): Result<boolean[], CronProblem> {
  const set = Array.from({ length: field.max + 1 }, () => false);
  let offset = word.offset;
  for (const text of word.text.split(",")) {
    const range = parsePart({ text, offset }, field);
    if (!range.ok) return range;
    const { first, last, step } = range.value;
    for (let value = first; value <= last; value += step) set[value] = true;
    offset += text.length + 1;
  }
  return ok(set);
}

interface Part {
  readonly first: number;
  readonly last: number;
  readonly step: number;
}

const partForm = /^(\*|\?|[A-Za-z0-9]+)(?:-([A-Za-z0-9]+))?(?:\/(\d+))?$/;

function parsePart(word: Word, field: Field): Result<Part, CronProblem> {
  const match = partForm.exec(word.text);
  if (!match) return err(problem(word, `\`${word.text}\` is no ${field.name}`, unusual(word.text) ?? allowed(field)));
  const [, from = "", to, stepText] = match;
  const step = stepText === undefined ? 1 : Number(stepText);
  if (step < 1 || step > field.max)
    return err(problem(word, `a step of ${step} does not fit the ${field.name}`, `steps go from 1 to ${field.max}`));
  if (from === "*" || from === "?") return openPart(word, field, from, to, step);
  const first = valueOf(from, field);
  if (first === undefined)
    return err(problem(word, `\`${from}\` is no ${field.name}`, unusual(from) ?? nearName(from, field) ?? allowed(field)));
  const last = to === undefined ? (stepText === undefined ? first : field.max) : valueOf(to, field);
  if (last === undefined) return err(problem(word, `\`${to}\` is no ${field.name}`, nearName(to ?? "", field) ?? allowed(field)));
  if (last < first)
    return err(problem(word, `the range \`${word.text}\` ends before it begins`, "write two ranges with a comma between them"));
  return ok({ first, last, step });
}

function openPart(word: Word, field: Field, sign: string, to: string | undefined, step: number): Result<Part, CronProblem> {
  if (to !== undefined) return err(problem(word, `\`${word.text}\` is not a range`, allowed(field)));
  if (sign === "?" && field.name !== "day of month" && field.name !== "day of week")
    return err(problem(word, "`?` stands for days only", "write `*`"));
  return ok({ first: field.min, last: field === fields.weekdays ? 6 : field.max, step });
}

function valueOf(text: string, { min, max, names }: Field): number | undefined {
  const named = names?.indexOf(text.toUpperCase()) ?? -1;
  if (named >= 0) return named + (min === 1 ? 1 : 0);
  const value = /^\d{1,2}$/.test(text) ? Number(text) : Number.NaN;
  return value >= min && value <= max ? value : undefined;
}

function problem({ text, offset }: Word, message: string, advice: string): CronProblem {
  return { message, offset, length: Math.max(1, text.length), advice };
}

function allowed({ name, min, max, names }: Field): string {
  return `the ${name} is ${min} to ${max}${names ? ` or ${names[0]} to ${names.at(-1)}` : ""}, \`*\`, a list, a range or a step`;
}

/** What Quartz has and cron has not. */
function unusual(text: string): string | undefined {
  return /^(?:L|LW|\d+[LW]|\w+#\d|L-\d+)$/i.test(text)
    ? "`L`, `W` and `#` are not part of cron; run daily and test the date in the flow"
    : undefined;
}

function nearName(text: string, { names }: Field): string | undefined {
  return names && didYouMean(text.toUpperCase(), names);
}

function didYouMean(word: string, words: readonly string[]): string | undefined {
  const near = nearest(word, words);
  return near === undefined ? undefined : `did you mean \`${near}\`?`;
}

/** Whether an expression admits a day at all. */
export function cronAdmits(cron: Cron, day: number): boolean {
  const date = dateOf(day);
  if (cron.months[date.month] !== true) return false;
  const inMonth = cron.days[date.day] === true;
  const inWeek = cron.weekdays[weekdayOf(day)] === true;
  return cron.eitherDay ? inMonth || inWeek : inMonth && inWeek;
}

/** The first second of a day, at that one or after it, that an expression admits; undefined: none. */
export function cronSecond({ hours, minutes, seconds }: Cron, from: number): number | undefined {
  const [startHour, startMinute, startSecond] = [Math.floor(from / 3600), Math.floor(from / 60) % 60, from % 60];
  for (let hour = startHour; hour < 24; hour++) {
    if (hours[hour] !== true) continue;
    for (let minute = hour === startHour ? startMinute : 0; minute < 60; minute++) {
      if (minutes[minute] !== true) continue;
      const least = hour === startHour && minute === startMinute ? startSecond : 0;
      const second = seconds.indexOf(true, least);
      if (second >= 0) return hour * 3600 + minute * 60 + second;
    }
  }
  return undefined;
}

/** How far ahead a day is looked for: behind that, the calendar repeats. */
export const searchDays = calendarCycleDays;
