// `@base64`, `@csv` and the other formats: ways to put a value into text.
import type { Run } from "../budget.ts";
import { fail } from "../failure.ts";
import { toJsonText } from "../json/write.ts";
import { describe, typeError } from "../value/describe.ts";
import { formatNumber } from "../value/number.ts";
import { isArray, isNumber, type Value } from "../value/value.ts";
import { base32Decode, base32Encode, base64Decode, base64Encode, type Decoding, percentDecode, percentEncode } from "./encodings.ts";

/** Turns a value into text. */
export type Format = (value: Value, run: Run) => string;

/** Bytes charged for one character of a text that is being encoded. */
const bytesPerEncoded = 16;

const htmlEntities: { readonly [character: string]: string } = { "<": "&lt;", ">": "&gt;", "&": "&amp;", "'": "&apos;", '"': "&quot;" };
const tsvEscapes: { readonly [character: string]: string } = { "\t": "\\t", "\n": "\\n", "\r": "\\r", "\\": "\\\\" };

/** The value as `tostring` gives it: strings as they are, everything else as JSON. */
export function toText(value: Value, run: Run): string {
  if (typeof value === "string") return value;
  return typeof value === "number" ? formatNumber(value) : toJsonText(value, { run });
}

/** The text of a value that is about to be encoded character by character. */
function textToEncode(value: Value, run: Run): string {
  const text = toText(value, run);
  run.allocate(text.length * bytesPerEncoded);
  return text;
}

const formats: ReadonlyMap<string, Format> = new Map<string, Format>([
  ["@text", toText],
  ["@json", (value, run) => toJsonText(value, { run })],
  ["@html", (value, run) => textToEncode(value, run).replace(/[<>&'"]/g, (character) => htmlEntities[character] ?? character)],
  ["@uri", (value, run) => percentEncode(textToEncode(value, run))],
  ["@urid", (value, run) => percentDecode(textToEncode(value, run)) ?? typeError(value, "is not a valid uri encoding")],
  ["@csv", (value, run) => row(value, "csv", ",", csvString, run)],
  ["@tsv", (value, run) => row(value, "tsv", "\t", tsvString, run)],
  ["@sh", (value, run) => (isArray(value) ? value.map((word) => shellWord(word, run)).join(" ") : shellWord(value, run))],
  ["@base64", (value, run) => base64Encode(textToEncode(value, run))],
  ["@base64d", (value, run) => decoded(textToEncode(value, run), base64Decode, "is not valid base64 data", "trailing base64 byte found")],
  ["@base32", (value, run) => base32Encode(textToEncode(value, run))],
  ["@base32d", (value, run) => decoded(textToEncode(value, run), base32Decode, "is not valid base32 data", "is not valid base32 data")],
]);

/** Every format's name, with its sign. */
export const formatNames: readonly string[] = [...formats.keys()];

/** Whether there is such a format. */
export function isFormat(name: string): boolean {
  return formats.has(name);
}

/** The format with a name that `isFormat` accepts. */
export function formatNamed(name: string): Format {
  return formats.get(name) ?? fail(`${name.slice(1)} is not a valid format`);
}

function decoded(text: string, decode: (text: string) => Decoding, invalid: string, trailing: string): string {
  const decoding = decode(text);
  if (decoding.ok) return decoding.text;
  return typeError(text, decoding.problem === "invalid" ? invalid : trailing);
}

function csvString(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}

function tsvString(text: string): string {
  return text.replace(/[\t\n\r\\]/g, (character) => tsvEscapes[character] ?? character);
}

function row(value: Value, name: string, separator: string, quoteText: (text: string) => string, run: Run): string {
  if (!isArray(value)) return typeError(value, `cannot be ${name}-formatted, only array`);
  run.work(value.length);
  return value.map((cell) => cellText(cell, quoteText, run)).join(separator);
}

function cellText(cell: Value, quoteText: (text: string) => string, run: Run): string {
  if (cell === null) return "";
  if (typeof cell === "boolean") return String(cell);
  if (isNumber(cell)) return Number.isNaN(cell) ? "" : formatNumber(cell);
  if (typeof cell === "string") return quoteText(textToEncode(cell, run));
  return fail(`${describe(cell)} is not valid in a csv row`);
}

function shellWord(value: Value, run: Run): string {
  if (typeof value === "string") return `'${textToEncode(value, run).replaceAll("'", "'\\''")}'`;
  if (typeof value === "object" && value !== null && !isNumber(value)) return typeError(value, "can not be escaped for shell");
  return toJsonText(value);
}
