// JSON text as values, with jq's rules: numbers keep their digits, `nan` and infinities are read, containers nest at
// most ten thousand deep, and an error says where it was noticed (line and column in UTF-8 bytes).
import { maxJsonDepth } from "../budget.ts";
import { numberFromText } from "../value/number.ts";
import { putValue, type OpenObject, type Value } from "../value/value.ts";

/** What came of reading JSON text. */
export type JsonReading = { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly message: string };

/** What came of reading a sequence of JSON texts: the values before the first error, and the error. */
export interface JsonSequence {
  readonly values: readonly Value[];
  readonly error: string | undefined;
}

const structure = "[]{}:,";
const literals: { readonly [text: string]: Value } = { true: true, false: false, null: null };
const notANumber = /^-?nan$/i;
const infinity = /^([+-]?)inf(?:inity)?$/i;
const delimiter = /[ \t\r\n"[\]{}:,]/g;
const hexUnit = /^[0-9a-fA-F]{4}$/;
const simpleEscapes: { readonly [letter: string]: string } = {
  "\\": "\\",
  '"': '"',
  "/": "/",
  b: "\b",
  f: "\f",
  t: "\t",
  n: "\n",
  r: "\r",
};

class Problem extends Error {}

/** One container that is being read. */
type Level =
  | { readonly kind: "array"; readonly items: Value[] }
  | { readonly kind: "object"; readonly object: OpenObject; key: string | undefined };

/** Reads exactly one JSON text. */
export function parseJsonText(text: string): JsonReading {
  const { values, error } = parseJsonSequence(text);
  const problem = error ?? (values.length === 0 ? "Expected JSON value" : values.length > 1 ? "Unexpected extra JSON values" : undefined);
  if (problem !== undefined) return { ok: false, message: `${problem} (while parsing '${text}')` };
  return { ok: true, value: values[0] as Value };
}

/** Reads every JSON text in `text`. */
export function parseJsonSequence(text: string): JsonSequence {
  const reader = new Reader(text);
  try {
    reader.read();
    return { values: reader.values, error: undefined };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return { values: reader.values, error: `${error.message} ${reader.place()}` };
  }
}

class Reader {
  readonly values: Value[] = [];
  readonly #text: string;
  readonly #levels: Level[] = [];
  #at = 0;
  #ended = false;
  /** The value that was read last and has no place yet. */
  #pending: Value | undefined;

  constructor(text: string) {
    this.#text = text.startsWith("\ufeff") ? text.slice(1) : text;
  }

  read(): void {
    const text = this.#text;
    while (this.#at < text.length) {
      const character = text.charAt(this.#at);
      if (character === '"') this.#string();
      else if (structure.includes(character)) this.#structure(character);
      else if (character === " " || character === "\n" || character === "\t" || character === "\r") this.#at++;
      else this.#literal();
      if (this.#levels.length === 0 && this.#pending !== undefined) this.#finish();
    }
    this.#ended = true;
    if (this.#levels.length > 0) throw new Problem("Unfinished JSON term");
  }

  /** Where the reader stands, as error messages put it. */
  place(): string {
    const seen = this.#ended ? this.#text : this.#text.slice(0, this.#at + 1);
    const lines = seen.split("\n");
    const column = utf8Length(lines.at(-1) ?? "");
    return `${this.#ended ? "at EOF " : ""}at line ${lines.length}, column ${column}`;
  }

  #finish(): void {
    this.values.push(this.#pending as Value);
    this.#pending = undefined;
  }

  #value(value: Value): void {
    if (this.#pending !== undefined) throw new Problem("Expected separator between values");
    this.#pending = value;
  }

  #literal(): void {
    delimiter.lastIndex = this.#at;
    const end = delimiter.exec(this.#text)?.index ?? this.#text.length;
    const token = this.#text.slice(this.#at, end);
    this.#at = end;
    this.#ended = end === this.#text.length;
    this.#value(literalValue(token));
    this.#ended = false;
  }

  #string(): void {
    const start = this.#at + 1;
    let end = this.#text.indexOf('"', start);
    let escaped = this.#text.slice(start, end < 0 ? undefined : end).includes("\\");
    if (escaped) end = closingQuote(this.#text, start);
    if (end < 0) {
      this.#ended = true;
      throw new Problem("Unfinished string");
    }
    escaped ||= end < 0;
    this.#at = end;
    this.#value(stringValue(this.#text.slice(start, end), escaped));
    this.#at = end + 1;
  }

  #structure(character: string): void {
    const level = this.#levels.at(-1);
    if (character === "[" || character === "{") this.#open(character);
    else if (character === ":") this.#colon(level);
    else if (character === ",") this.#comma(level);
    else if (character === "]") this.#closeArray(level);
    else this.#closeObject(level);
    this.#at++;
  }

  #open(character: "[" | "{"): void {
    if (this.#levels.length >= maxJsonDepth) throw new Problem("Exceeds depth limit for parsing");
    if (this.#pending !== undefined) throw new Problem("Expected separator between values");
    this.#levels.push(character === "[" ? { kind: "array", items: [] } : { kind: "object", object: {}, key: undefined });
  }

  #colon(level: Level | undefined): void {
    if (this.#pending === undefined) throw new Problem("Expected string key before ':'");
    if (level?.kind !== "object" || level.key !== undefined) throw new Problem("':' not as part of an object");
    if (typeof this.#pending !== "string") throw new Problem("Object keys must be strings");
    level.key = this.#pending;
    this.#pending = undefined;
  }

  #comma(level: Level | undefined): void {
    if (this.#pending === undefined) throw new Problem("Expected value before ','");
    if (level === undefined) throw new Problem("',' not as part of an object or array");
    this.#place(level);
  }

  #place(level: Level): void {
    if (level.kind === "array") {
      level.items.push(this.#pending as Value);
    } else {
      if (level.key === undefined) throw new Problem("Objects must consist of key:value pairs");
      putValue(level.object, level.key, this.#pending as Value);
      level.key = undefined;
    }
    this.#pending = undefined;
  }

  #closeArray(level: Level | undefined): void {
    if (level?.kind !== "array") throw new Problem("Unmatched ']'");
    if (this.#pending !== undefined) this.#place(level);
    else if (level.items.length > 0) throw new Problem("Expected another array element");
    this.#levels.pop();
    this.#pending = level.items;
  }

  #closeObject(level: Level | undefined): void {
    if (level === undefined) throw new Problem("Unmatched '}'");
    if (this.#pending !== undefined) {
      if (level.kind !== "object") throw new Problem("Objects must consist of key:value pairs");
      this.#place(level);
    } else if (level.kind !== "object" || level.key !== undefined) {
      throw new Problem("Unmatched '}'");
    } else if (Object.keys(level.object).length > 0) {
      throw new Problem("Expected another key-value pair");
    }
    this.#levels.pop();
    this.#pending = (level as { object: OpenObject }).object;
  }
}

function literalValue(token: string): Value {
  const first = token.charAt(0);
  if (first === "t" || first === "f" || token.startsWith("nu")) {
    if (!Object.hasOwn(literals, token)) throw new Problem("Invalid literal");
    return literals[token] as Value;
  }
  if (first === "'") throw new Problem("Invalid string literal; expected \", but got '");
  const value = readNumber(token);
  if (value === undefined) throw new Problem("Invalid numeric literal");
  return value;
}

/** Reads one number as JSON input has it, `nan` and infinities included. */
export function readNumber(token: string): Value | undefined {
  const value = numberFromText(token);
  if (value !== undefined) return value;
  if (notANumber.test(token)) return Number.NaN;
  const match = infinity.exec(token);
  return match ? (match[1] === "-" ? -Infinity : Infinity) : undefined;
}

function closingQuote(text: string, start: number): number {
  for (let i = start; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit === 0x5c) i++;
    else if (unit === 0x22) return i;
  }
  return -1;
}

function stringValue(raw: string, escaped: boolean): string {
  const plain = escaped ? unescapeString(raw) : raw;
  if (typeof plain !== "string") throw new Problem(plain.problem);
  if (/[\u0000-\u001f]/.test(raw)) {
    throw new Problem("Invalid string: control characters from U+0000 through U+001F must be escaped");
  }
  return plain.toWellFormed();
}

/** Resolves the escapes of a JSON string, or says what is wrong with one of them. */
export function unescapeString(raw: string): string | { readonly problem: string } {
  let out = "";
  let from = 0;
  for (let at = raw.indexOf("\\"); at >= 0; at = raw.indexOf("\\", from)) {
    out += raw.slice(from, at);
    const letter = raw.charAt(at + 1);
    if (letter === "u") {
      const unit = unicodeEscape(raw, at);
      if (typeof unit !== "string") return unit;
      out += unit;
      from = at + 6 * unit.length;
    } else if (Object.hasOwn(simpleEscapes, letter)) {
      out += simpleEscapes[letter] as string;
      from = at + 2;
    } else {
      return { problem: letter === "" ? "Expected escape character at end of string" : "Invalid escape" };
    }
  }
  return out + raw.slice(from);
}

function unicodeEscape(raw: string, at: number): string | { readonly problem: string } {
  const digits = raw.slice(at + 2, at + 6);
  if (digits.length < 4) return { problem: "Invalid \\uXXXX escape" };
  if (!hexUnit.test(digits)) return { problem: "Invalid characters in \\uXXXX escape" };
  const unit = Number.parseInt(digits, 16);
  if (unit < 0xd800 || unit > 0xdbff) return String.fromCharCode(unit);
  const second = raw.slice(at + 8, at + 12);
  const low = raw.startsWith("\\u", at + 6) && hexUnit.test(second) ? Number.parseInt(second, 16) : 0;
  if (low < 0xdc00 || low > 0xdfff) return { problem: "Invalid \\uXXXX\\uXXXX surrogate pair escape" };
  return String.fromCharCode(unit, low);
}

/** Bytes of the string in UTF-8. */
export function utf8Length(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    // A surrogate is half of four bytes, so it adds one to its own unit.
    bytes += unit < 0x800 || (unit >= 0xd800 && unit <= 0xdfff) ? 1 : 2;
  }
  return bytes;
}
