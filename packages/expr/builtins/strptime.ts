// Text as dates, by the conversions of C's strptime in the C locale. What the text does not say stays at zero, except
// that the days of the week and of the year follow from a date where there is one.
import { type BrokenTime, brokenTimeOf, daysBefore, daysFromDate, months, weekdayOf, weekdays } from "./calendar.ts";

/** What reading found, and the text that is left. */
export interface ReadTime {
  readonly time: BrokenTime;
  readonly rest: string;
}

const noWeekday = 8;
const noYearDay = 367;

const composed: { readonly [letter: string]: string } = {
  c: "%a %b %e %H:%M:%S %Y",
  D: "%m/%d/%y",
  F: "%Y-%m-%d",
  r: "%I:%M:%S %p",
  R: "%H:%M",
  T: "%H:%M:%S",
  x: "%m/%d/%y",
  X: "%H:%M:%S",
};

/** Reads a date; undefined where the text does not match the format. */
export function readTime(text: string, format: string): ReadTime | undefined {
  const reader = new Reader(text);
  return reader.follow(format) ? { time: reader.finish(), rest: reader.rest } : undefined;
}

/** A number field: its range, its most digits, and where it goes. */
interface NumberField {
  readonly from: number;
  readonly to: number;
  readonly digits: number;
  readonly set: (reader: Reader, value: number) => void;
}

const dayField: NumberField = { from: 1, to: 31, digits: 2, set: (reader, value) => reader.setDay(value) };
const hourField: NumberField = { from: 0, to: 23, digits: 2, set: ({ time }, value) => (time.hour = value) };
const twelveField: NumberField = { from: 1, to: 12, digits: 2, set: (reader, value) => reader.setTwelve(value) };
const ignored = (from: number, to: number, digits: number): NumberField => ({ from, to, digits, set: () => {} });

const numbers: { readonly [letter: string]: NumberField } = {
  C: { from: 0, to: 99, digits: 2, set: (reader, value) => reader.setCentury(value) },
  d: dayField,
  e: dayField,
  g: ignored(0, 99, 2),
  G: ignored(0, 9999, 4),
  H: hourField,
  k: hourField,
  I: twelveField,
  l: twelveField,
  j: { from: 1, to: 366, digits: 3, set: (reader, value) => reader.setYearDay(value - 1) },
  m: { from: 1, to: 12, digits: 2, set: (reader, value) => reader.setMonth(value - 1) },
  M: { from: 0, to: 59, digits: 2, set: ({ time }, value) => (time.minute = value) },
  S: { from: 0, to: 61, digits: 2, set: ({ time }, value) => (time.second = value) },
  u: { from: 1, to: 7, digits: 1, set: (reader, value) => reader.setWeekday(value % 7) },
  U: { from: 0, to: 53, digits: 2, set: (reader, value) => reader.setWeek(value, 0) },
  V: ignored(0, 53, 2),
  w: { from: 0, to: 6, digits: 1, set: (reader, value) => reader.setWeekday(value) },
  W: { from: 0, to: 53, digits: 2, set: (reader, value) => reader.setWeek(value, 1) },
  y: { from: 0, to: 99, digits: 2, set: (reader, value) => reader.setShortYear(value) },
  Y: { from: 0, to: 9999, digits: 4, set: (reader, value) => reader.setYear(value) },
};

class Reader {
  readonly time: BrokenTime = { year: 1900, month: 0, day: 0, hour: 0, minute: 0, second: 0, weekday: noWeekday, yearDay: noYearDay };
  rest: string;
  #afternoon = false;
  #twelve = false;
  #dated = false;
  #month = false;
  #day = false;
  #weekday = false;
  #yearDay = false;
  #century: number | undefined;
  #week: { readonly number: number; readonly firstDay: 0 | 1 } | undefined;

  constructor(text: string) {
    this.rest = text;
  }

  setDay(day: number): void {
    this.time.day = day;
    this.#day = this.#dated = true;
  }

  setMonth(month: number): void {
    this.time.month = month;
    this.#month = this.#dated = true;
  }

  setYear(year: number): void {
    this.time.year = year;
    this.#century = undefined;
    this.#dated = true;
  }

  // Two digits mean 1969 to 2068.
  setShortYear(year: number): void {
    this.time.year = year >= 69 ? 1900 + year : 2000 + year;
    this.#dated = true;
  }

  setCentury(century: number): void {
    this.#century = century;
    this.#dated = true;
  }

  setYearDay(day: number): void {
    this.time.yearDay = day;
    this.#yearDay = true;
  }

  setWeekday(day: number): void {
    this.time.weekday = day;
    this.#weekday = true;
  }

  setWeek(number: number, firstDay: 0 | 1): void {
    this.#week = { number, firstDay };
  }

  setTwelve(hour: number): void {
    this.time.hour = hour % 12;
    this.#twelve = true;
  }

  /** Reads as the format says; false where the text does not match. */
  follow(format: string): boolean {
    for (let i = 0; i < format.length; i++) {
      const character = format.charAt(i);
      if (/\s/.test(character)) {
        this.rest = this.rest.trimStart();
      } else if (character !== "%") {
        if (!this.#literal(character)) return false;
      } else {
        while (/[_\-0^#EO]/.test(format.charAt(i + 1))) i++;
        if (!this.#conversion(format.charAt(++i))) return false;
      }
    }
    return true;
  }

  #literal(character: string): boolean {
    if (!this.rest.startsWith(character)) return false;
    this.rest = this.rest.slice(character.length);
    return true;
  }

  #conversion(letter: string): boolean {
    const pattern = composed[letter];
    if (pattern !== undefined) return this.follow(pattern);
    const field = numbers[letter];
    if (field) return this.#number(field);
    switch (letter) {
      case "a":
      case "A":
        return this.#name(weekdays, (index) => this.setWeekday(index));
      case "b":
      case "B":
      case "h":
        return this.#name(months, (index) => this.setMonth(index));
      case "p":
      case "P":
        return this.#halfOfDay();
      case "n":
      case "t":
        this.rest = this.rest.trimStart();
        return true;
      case "s":
        return this.#epoch();
      case "z":
        return this.#take(/^\s*(?:Z|[+-]\d{2}:?(?:\d{2})?)/);
      case "Z":
        return this.#take(/^\s*\S*/);
      default:
        return letter === "%" && this.#literal("%");
    }
  }

  #take(pattern: RegExp): boolean {
    const match = pattern.exec(this.rest);
    if (match) this.rest = this.rest.slice(match[0].length);
    return match !== null;
  }

  // Digits are taken while the number can still lie in its range.
  #number({ from, to, digits, set }: NumberField): boolean {
    const text = this.rest.replace(/^ +/, "");
    let value = 0;
    let length = 0;
    while (length < digits && /\d/.test(text.charAt(length)) && value * 10 <= to) value = value * 10 + Number(text.charAt(length++));
    if (length === 0 || value < from || value > to) return false;
    this.rest = text.slice(length);
    set(this, value);
    return true;
  }

  #name(names: readonly string[], set: (index: number) => void): boolean {
    const text = this.rest.toLowerCase();
    const index = names.findIndex((name) => text.startsWith(name.slice(0, 3).toLowerCase()));
    const name = names[index];
    if (name === undefined) return false;
    this.rest = this.rest.slice(text.startsWith(name.toLowerCase()) ? name.length : 3);
    set(index);
    return true;
  }

  #halfOfDay(): boolean {
    this.#afternoon = /^pm/i.test(this.rest);
    return this.#take(/^[ap]m/i);
  }

  #epoch(): boolean {
    const digits = /^\d+/.exec(this.rest)?.[0];
    if (digits === undefined) return false;
    this.rest = this.rest.slice(digits.length);
    Object.assign(this.time, brokenTimeOf(Number(digits)));
    return true;
  }

  /** Works out what follows from what was read. */
  finish(): BrokenTime {
    const { time } = this;
    if (this.#twelve && this.#afternoon) time.hour += 12;
    if (this.#century !== undefined) time.year = this.#century * 100 + (time.year % 100);
    if (this.#dated && !this.#weekday) {
      if (!(this.#month && this.#day) && this.#yearDay) this.#dateFromYearDay();
      time.weekday = weekdayOf(daysFromDate(time.year, time.month, time.day));
    }
    if (this.#dated && !this.#yearDay) time.yearDay = daysBefore(time.year, time.month) + time.day - 1;
    if (this.#week && this.#weekday) this.#dateFromWeek(this.#week.number, this.#week.firstDay);
    return time;
  }

  #dateFromYearDay(): void {
    const { time } = this;
    let month = 0;
    while (month < 11 && daysBefore(time.year, month + 1) <= time.yearDay) month++;
    if (!this.#month) time.month = month;
    if (!this.#day) time.day = time.yearDay - daysBefore(time.year, month) + 1;
  }

  #dateFromWeek(week: number, firstDay: 0 | 1): void {
    const { time } = this;
    const first = weekdayOf(daysFromDate(time.year, 0, 1));
    if (!this.#yearDay) time.yearDay = ((7 - (first - firstDay)) % 7) + (week - 1) * 7 + ((time.weekday - firstDay + 7) % 7);
    this.#dateFromYearDay();
  }
}
