// Character classes in brackets, after the opening bracket. This syntax has no classes inside classes and no `&&`:
// `[` and `&` are ordinary characters in a class, as they are to jq.

import { complement, maxCodePoint, setOfRanges, union, type CharSet } from "./char-set.ts";
import { readCharacterEscape, strayByte, type CodeRange } from "./escapes.ts";
import { memberTypeSet, posixSet, propertySet } from "./properties.ts";
import type { PatternReader } from "./reader.ts";
import { quoted, refuse, refuseUnsupported } from "./syntax-error.ts";

/** What was read last: it decides what a hyphen means. */
type State = "start" | "value" | "set" | "range" | "complete";

interface ClassBuilder {
  readonly ranges: [number, number][];
  readonly sets: CharSet[];
  state: State;
  /** The code point that may begin a range, where the state is "value" or "range". */
  last: number;
}

const lastAscii = 0x7f;

/** Reads a class up to and with its closing bracket. */
export function readClass(reader: PatternReader): { readonly set: CharSet; readonly negated: boolean } {
  const negated = reader.take("^");
  const builder: ClassBuilder = { ranges: [], sets: [], state: "start", last: 0 };
  if (reader.peek() === "]") {
    if (!hasLaterBracket(reader)) refuse("empty char-class", reader.offset);
    addCode(builder, codeOf(reader.next()), reader);
  }
  while (!reader.take("]")) readMember(reader, builder);
  const members = union([setOfRanges(builder.ranges), ...builder.sets]);
  return { set: negated ? complement(members) : members, negated };
}

/** A bracket that comes first is a member, if another one can close the class. */
function hasLaterBracket(reader: PatternReader): boolean {
  return reader.text.includes("]", reader.offset + 1);
}

function codeOf(char: string): number {
  return char.codePointAt(0) ?? 0;
}

function readMember(reader: PatternReader, builder: ClassBuilder): void {
  if (reader.atEnd) refuse("premature end of char-class", reader.offset);
  const char = reader.next();
  if (char === "\\") readEscapedMember(reader, builder);
  else if (char === "-") readHyphen(reader, builder);
  else if (char === "[" && reader.peek() === ":") readPosixBracket(reader, builder);
  else addCode(builder, codeOf(char), reader);
}

/** A hyphen makes a range only between two single characters; everywhere else it stands for itself. */
function readHyphen(reader: PatternReader, builder: ClassBuilder): void {
  const last = reader.peek() === "]";
  if (builder.state === "set" && !last) refuse("unmatched range specifier in char-class", reader.offset);
  if (builder.state === "value" && !last) builder.state = "range";
  else addCode(builder, codeOf("-"), reader);
}

function addCode(builder: ClassBuilder, code: number, reader: PatternReader): void {
  if (builder.state === "range") {
    if (builder.last > code) refuse("empty range in char class", reader.offset);
    builder.ranges.push([builder.last, code === strayByte ? lastAscii : Math.min(code, maxCodePoint)]);
    builder.state = "complete";
    return;
  }
  if (code <= maxCodePoint) builder.ranges.push([code, code]);
  builder.state = "value";
  builder.last = code;
}

function addSet(builder: ClassBuilder, set: CharSet, reader: PatternReader): void {
  if (builder.state === "range") refuse("char-class value at end of range", reader.offset);
  builder.sets.push(set);
  builder.state = "set";
}

function readEscapedMember(reader: PatternReader, builder: ClassBuilder): void {
  if (reader.atEnd) refuse("end pattern at escape", reader.offset);
  const letter = reader.next();
  const type = memberTypeSet(letter);
  if (type !== undefined) addSet(builder, type, reader);
  else if (/^[pP]$/.test(letter) && reader.peek() === "{") addSet(builder, readProperty(reader, letter === "P"), reader);
  else for (const range of readCharacterEscape(reader, letter, true)) addRange(builder, range, reader);
}

function addRange(builder: ClassBuilder, { low, high }: CodeRange, reader: PatternReader): void {
  if (low === high) addCode(builder, low, reader);
  else {
    if (builder.state === "range") refuse("invalid code point value", reader.offset);
    builder.ranges.push([low, high]);
    builder.state = "complete";
  }
}

/** Reads `[:name:]` after its bracket; without a closing `:]` the bracket stands for itself. */
function readPosixBracket(reader: PatternReader, builder: ClassBuilder): void {
  const start = reader.offset;
  const bracket = reader.match(/:(\^?)([A-Za-z]+):\]/y);
  if (bracket === undefined) {
    addCode(builder, codeOf("["), reader);
    return;
  }
  const set = posixSet(bracket[2] ?? "") ?? refuse("invalid POSIX bracket type", start);
  addSet(builder, bracket[1] === "^" ? complement(set) : set, reader);
}

/** Reads `{name}` or `{^name}` after `\p` or `\P`. */
export function readProperty(reader: PatternReader, negated: boolean): CharSet {
  const start = reader.offset;
  const braced = reader.match(/\{(\^?)([^}(){|]*)\}/y);
  if (braced === undefined) refuse("end pattern with unmatched parenthesis", start);
  const name = braced[2] ?? "";
  const set = propertySet(name) ?? refuse(`invalid character property name {${quoted(name)}}`, start);
  if (set === "unsupported") refuseUnsupported(`the character property {${name}}`, start);
  return negated === (braced[1] === "^") ? set : complement(set);
}
