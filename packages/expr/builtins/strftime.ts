// Dates as text, by the conversions of C's strftime in the C locale; the time zone is UTC.
import { type BrokenTime, isoWeek, months, secondsFrom, weekdays, weekOfYear } from "./calendar.ts";

const conversion = /%([_\-0^#]*)(\d*)([EO]?)([A-Za-z%+])/g;
const maxWidth = 1000;

/** How a number is padded: to a width, with a character. */
type Field = string | { readonly value: number; readonly width: number; readonly fill: "0" | " " };

function padded(value: number, width: number, fill: "0" | " " = "0"): Field {
  return { value, width, fill };
}

function twelve(hour: number): number {
  return ((hour + 11) % 12) + 1;
}

const simple: { readonly [letter: string]: (time: BrokenTime) => Field } = {
  a: (time) => (weekdays[time.weekday] ?? "?").slice(0, 3),
  A: (time) => weekdays[time.weekday] ?? "?",
  b: (time) => (months[time.month] ?? "?").slice(0, 3),
  h: (time) => (months[time.month] ?? "?").slice(0, 3),
  B: (time) => months[time.month] ?? "?",
  C: (time) => padded(Math.floor(time.year / 100), 2),
  d: (time) => padded(time.day, 2),
  e: (time) => padded(time.day, 2, " "),
  G: (time) => padded(isoWeek(time).year, 1),
  g: (time) => padded(((isoWeek(time).year % 100) + 100) % 100, 2),
  H: (time) => padded(time.hour, 2),
  I: (time) => padded(twelve(time.hour), 2),
  j: (time) => padded(time.yearDay + 1, 3),
  k: (time) => padded(time.hour, 2, " "),
  l: (time) => padded(twelve(time.hour), 2, " "),
  m: (time) => padded(time.month + 1, 2),
  M: (time) => padded(time.minute, 2),
  n: () => "\n",
  p: (time) => (time.hour >= 12 ? "PM" : "AM"),
  P: (time) => (time.hour >= 12 ? "pm" : "am"),
  s: (time) => padded(secondsFrom(time), 1),
  S: (time) => padded(time.second, 2),
  t: () => "\t",
  u: (time) => padded(time.weekday === 0 ? 7 : time.weekday, 1),
  U: (time) => padded(weekOfYear(time, 0), 2),
  V: (time) => padded(isoWeek(time).week, 2),
  w: (time) => padded(time.weekday, 1),
  W: (time) => padded(weekOfYear(time, 1), 2),
  y: (time) => padded(((time.year % 100) + 100) % 100, 2),
  Y: (time) => padded(time.year, 1),
  z: () => "+0000",
  Z: () => "UTC",
  "%": () => "%",
};

const composed: { readonly [letter: string]: string } = {
  c: "%a %b %e %H:%M:%S %Y",
  D: "%m/%d/%y",
  F: "%Y-%m-%d",
  r: "%I:%M:%S %p",
  R: "%H:%M",
  T: "%H:%M:%S",
  x: "%m/%d/%y",
  X: "%H:%M:%S",
  "+": "%a %b %e %H:%M:%S %Z %Y",
};

/** The date as text; conversions that do not exist stay as they are. */
export function formatTime(time: BrokenTime, format: string): string {
  return format.replace(conversion, (whole: string, flags: string, width: string, _modifier: string, letter: string) => {
    const pattern = composed[letter];
    const field = pattern === undefined ? simple[letter]?.(time) : formatTime(time, pattern);
    return field === undefined ? whole : fieldText(field, flags, width);
  });
}

function fieldText(field: Field, flags: string, width: string): string {
  const wanted = Math.min(Number(width), maxWidth);
  if (typeof field === "string") {
    const fill = flags.includes("0") ? "0" : " ";
    return cased(field, flags).padStart(wanted, fill);
  }
  const fill = flags.includes("_") ? " " : flags.includes("0") ? "0" : field.fill;
  const size = flags.includes("-") ? 1 : Math.max(field.width, wanted);
  const digits = String(Math.abs(field.value)).padStart(
    field.value < 0 ? size - 1 : size,
    fill === " " && wanted > 0 && !flags.includes("_") ? "0" : fill,
  );
  return field.value < 0 ? `-${digits}` : digits;
}

function cased(text: string, flags: string): string {
  if (flags.includes("^")) return text.toUpperCase();
  if (!flags.includes("#")) return text;
  return text === text.toUpperCase() ? text.toLowerCase() : text.toUpperCase();
}
