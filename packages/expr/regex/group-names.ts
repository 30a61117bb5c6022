// Names of groups, as they are defined (`(?<name>`) and referred to (`\k<name>`, `\g<-1>`, `(?(1)`).

import { wordCharacter } from "./properties.ts";
import type { PatternReader } from "./reader.ts";
import { quoted, refuse } from "./syntax-error.ts";

/** A reference to a group: by its name, by its number, or by a number counted from here. */
export type GroupReference =
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "number"; readonly number: number; readonly name: string }
  | { readonly kind: "relative"; readonly number: number; readonly name: string };

function startsWithWordCharacter(name: string): boolean {
  return wordCharacter().has(name.codePointAt(0) ?? 0);
}

function refuseName(name: string, offset: number): never {
  return refuse(`invalid group name <${quoted(name)}>`, offset);
}

function refuseCharacter(name: string, offset: number): never {
  return refuse(`invalid char in group name <${quoted(name)}>`, offset);
}

/** Takes a name and the character that ends it; a name never reaches past its group. */
function takeName(reader: PatternReader, end: string): string {
  const start = reader.offset;
  if (reader.atEnd || reader.peek() === end) refuse("group name is empty", start);
  const first = reader.next();
  const name = first + (reader.match(nameRest[end] ?? /[^)]*/y)?.[0] ?? "");
  if (reader.take(end)) return name;
  if (!/[0-9+-]/.test(first) && !startsWithWordCharacter(first)) refuseCharacter(name, start);
  return refuseName(reader.atEnd ? first + name.slice(first.length, -1) : name, start);
}

/** What may follow in a name, by the character that ends it. */
const nameRest: { readonly [end: string]: RegExp } = { ">": /[^>)]*/y, "'": /[^')]*/y };

/** Reads the name of a group that is being defined, with its closing character. */
export function readGroupName(reader: PatternReader, end: string): string {
  const start = reader.offset;
  const name = takeName(reader, end);
  if (/^[0-9+-]/.test(name)) refuseName(name, start);
  return startsWithWordCharacter(name) ? name : refuseCharacter(name, start);
}

/** Reads a reference to a group, with its closing character. Unlike a call, a back reference takes only names of word characters. */
export function readGroupReference(reader: PatternReader, end: string, strict: boolean): GroupReference {
  const start = reader.offset;
  const name = takeName(reader, end);
  const [, sign, digits] = /^([+-]?)([0-9]+)$/.exec(name) ?? [];
  if (digits === undefined) return { kind: "name", name: checkedName(name, start, strict) };
  const number = Number.parseInt(digits, 10);
  if (number > 0x7fffffff) refuse("too big number", start);
  if (sign === "") return { kind: "number", number, name };
  if (number === 0) refuseName(name, start);
  return { kind: "relative", number: sign === "-" ? -number : number, name };
}

function checkedName(name: string, offset: number, strict: boolean): string {
  if (/^[0-9+-]/.test(name) || (strict && /[+-]/.test(name))) refuseName(name, offset);
  const isValid = strict ? isAllWord(name) : startsWithWordCharacter(name);
  return isValid ? name : refuseCharacter(name, offset);
}

function isAllWord(name: string): boolean {
  return Array.from(name).every(startsWithWordCharacter);
}
