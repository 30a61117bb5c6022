// Builtins over dates. A date is a number of seconds or jq's array [year, month, day, hours, minutes, seconds, day of
// the week, day of the year]. There is no local time zone in an expression: the local ones of jq are UTC here.
import { fail } from "../failure.ts";
import { isArray, isNumber, toDouble, type Value } from "../value/value.ts";
import { type BrokenTime, brokenTimeOf, maxSeconds, secondsFrom } from "./calendar.ts";
import { type MakerTable, pure } from "./maker.ts";
import { formatTime } from "./strftime.ts";
import { readTime } from "./strptime.ts";

const fieldCount = 8;

function gmtime(input: Value, name: string): Value {
  if (!isNumber(input)) return fail(`${name}() requires numeric inputs`);
  const seconds = toDouble(input);
  if (!(Math.abs(seconds) <= maxSeconds)) return fail("error converting number of seconds since epoch to datetime");
  const time = brokenTimeOf(Math.trunc(seconds) + 0);
  // The fraction stays with the seconds.
  return arrayOf({ ...time, second: time.second + (seconds - Math.floor(seconds)) });
}

function arrayOf(time: BrokenTime): Value[] {
  return [time.year, time.month, time.day, time.hour, time.minute, time.second, time.weekday, time.yearDay];
}

/** The fields of a date array, fractions cut off; undefined where they are not eight numbers. */
function timeFrom(value: Value): BrokenTime | undefined {
  if (!isArray(value) || value.length < fieldCount) return undefined;
  const fields = value.slice(0, fieldCount).map((field) => (isNumber(field) ? Math.trunc(toDouble(field)) : Number.NaN));
  if (fields.some(Number.isNaN)) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, weekday = 0, yearDay = 0] = fields;
  return { year, month, day, hour, minute, second, weekday, yearDay };
}

function mktime(input: Value): Value {
  if (!isArray(input)) return fail("mktime requires array inputs");
  const time = timeFrom(input);
  return time === undefined ? fail("mktime requires parsed datetime inputs") : secondsFrom(time);
}

function strftime(input: Value, format: Value, name: string): Value {
  const broken = isNumber(input) ? gmtime(input, "gmtime") : input;
  if (!isArray(broken)) return fail(`${name}/1 requires parsed datetime inputs`);
  if (typeof format !== "string") return fail(`${name}/1 requires a string format`);
  const time = timeFrom(broken);
  return time === undefined ? fail(`${name}/1 requires parsed datetime inputs`) : formatTime(time, format);
}

function strptime(input: Value, format: Value): Value {
  if (typeof input !== "string" || typeof format !== "string") return fail("strptime/1 requires string inputs and arguments");
  const read = readTime(input, format);
  if (read === undefined || /^\S/.test(read.rest)) return fail(`date "${input}" does not match format "${format}"`);
  return read.rest === "" ? arrayOf(read.time) : [...arrayOf(read.time), read.rest];
}

/** Builtins over dates. */
export const dateBuiltins: MakerTable = {
  "gmtime/0": pure((_run, input) => gmtime(input, "gmtime")),
  "localtime/0": pure((_run, input) => gmtime(input, "localtime")),
  "mktime/0": pure((_run, input) => mktime(input)),
  "strftime/1": pure((_run, input, format = null) => strftime(input, format, "strftime")),
  "strflocaltime/1": pure((_run, input, format = null) => strftime(input, format, "strflocaltime")),
  "strptime/1": pure((_run, input, format = null) => strptime(input, format)),
};
