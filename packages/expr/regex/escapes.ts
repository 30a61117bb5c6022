// Escapes that stand for characters: `\n`, `\x41`, `\x{1F600 41}`, `\101`, `\o{101}`, `\cA`, and bytes that together
// spell one character in UTF-8 (`\xc3\xa9`). The same in a class as outside of it, but for ranges inside `\x{...}`.

import { maxCodePoint } from "./char-set.ts";
import type { PatternReader } from "./reader.ts";
import { refuse } from "./syntax-error.ts";

/** The code points from `low` to `high`; a single one where they are equal. */
export interface CodeRange {
  readonly low: number;
  readonly high: number;
}

/** Stands for a byte that is no character of UTF-8: it matches nothing, and ends a range at the last ASCII character. */
export const strayByte = 0x200000;

/** Larger values are no code points to Oniguruma; those above U+10FFFF and below this one merely never match. */
const codeLimit = 0x1fffff;

const maxHexDigits = 8;
const maxOctalDigits = 11;

const controls = new Map([
  ["n", 0x0a],
  ["t", 0x09],
  ["r", 0x0d],
  ["f", 0x0c],
  ["a", 0x07],
  ["b", 0x08],
  ["e", 0x1b],
]);

/** Reads the escape whose letter, already taken, is given; any letter without a meaning stands for itself. */
export function readCharacterEscape(reader: PatternReader, letter: string, inClass: boolean): readonly CodeRange[] {
  const start = reader.offset - letter.length;
  if ((letter === "x" || letter === "o") && !reader.atEnd) {
    const codes = readBraced(reader, letter, inClass);
    if (codes !== undefined) return codes;
    if (letter === "x" && reader.peek() !== "{") return readBytes(reader, reader.takeDigits(16, 2), start, inClass);
  } else if (/^[0-7]$/.test(letter)) {
    reader.offset = start;
    return readBytes(reader, readOctal(reader, inClass), start, inClass);
  } else if (letter === "c") return [single(readControl(reader))];
  return [single(controls.get(letter) ?? letter.codePointAt(0) ?? 0)];
}

function single(code: number): CodeRange {
  return { low: code, high: code };
}

/** A zero takes two more digits outside of a class and inside; any other digit takes three in all. */
function readOctal(reader: PatternReader, inClass: boolean): number {
  const start = reader.offset;
  const value = reader.takeDigits(8, 3);
  if (value <= 0xff) return value;
  return inClass ? refuse("too big number", start) : value & 0xff;
}

function readControl(reader: PatternReader): number {
  if (reader.atEnd) refuse("end pattern at control", reader.offset);
  const char = reader.next();
  if (char === "?") return 0x7f;
  if (char !== "\\") return (char.codePointAt(0) ?? 0) & 0x9f;
  if (reader.atEnd) refuse("end pattern at escape", reader.offset);
  const [escaped] = readCharacterEscape(reader, reader.next(), false);
  return (escaped?.low ?? 0) & 0x9f;
}

/** Reads `{41}`, `{41 42}` and, in a class, `{41-43}`; undefined where no number follows the brace. */
function readBraced(reader: PatternReader, letter: "x" | "o", inClass: boolean): CodeRange[] | undefined {
  const start = reader.offset;
  const base = letter === "x" ? 16 : 8;
  if (!reader.take("{") || !reader.seesDigit(base)) {
    if (base === 8 && /[89]/.test(reader.peek())) refuse("too long wide-char value", start);
    reader.offset = start;
    return undefined;
  }
  const codes: CodeRange[] = [];
  do codes.push(readRange(reader, base, inClass));
  while (reader.match(/[ \n]+/y) !== undefined);
  return reader.take("}") ? codes : refuse("invalid code point value", reader.offset);
}

function readRange(reader: PatternReader, base: 8 | 16, inClass: boolean): CodeRange {
  const low = readCode(reader, base);
  if (!inClass || reader.match(/[ \n]*-[ \n]*/y) === undefined) return single(low);
  const high = readCode(reader, base);
  return low <= high ? { low, high } : refuse("empty range in char class", reader.offset);
}

function readCode(reader: PatternReader, base: 8 | 16): number {
  const start = reader.offset;
  if (!reader.seesDigit(base)) refuse("invalid code point value", start);
  const code = reader.takeDigits(base, base === 16 ? maxHexDigits : maxOctalDigits);
  if (reader.seesDigit(16) && (base === 16 || /[0-9]/.test(reader.peek()))) refuse("too long wide-char value", start);
  return code > codeLimit ? refuse("invalid code point value", start) : code;
}

/** Completes a character whose UTF-8 form begins with `first`. */
function readBytes(reader: PatternReader, first: number, start: number, inClass: boolean): CodeRange[] {
  if (first < 0x80) return [single(first)];
  if (first < 0xc0 && !inClass) refuse("invalid code point value", start);
  const missing = continuationBytes(first);
  let code = missing === 0 ? strayByte : first & (0x3f >> missing);
  for (let taken = 0; taken < missing; taken++) {
    const byte = reader.match(/\\(?:x([89ABab][0-9A-Fa-f])|(2[0-7]{2}))/y);
    if (byte === undefined) refuse("too short multibyte code string", start);
    code = code * 0x40 + (Number.parseInt(byte[1] ?? byte[2] ?? "", byte[1] === undefined ? 8 : 16) & 0x3f);
  }
  return [single(missing === 0 || isEncodable(code, missing) ? code : strayByte)];
}

function continuationBytes(first: number): number {
  if (first >= 0xf0 && first <= 0xf4) return 3;
  if (first >= 0xe0 && first <= 0xef) return 2;
  return first >= 0xc2 && first <= 0xdf ? 1 : 0;
}

/** True where UTF-8 writes the code point with so many continuation bytes. */
function isEncodable(code: number, continuations: number): boolean {
  const least = [0, 0x80, 0x800, 0x10000][continuations] ?? 0;
  return code >= least && code <= maxCodePoint && (code < 0xd800 || code > 0xdfff);
}
