// `@base64`, `@csv` and the other formats: ways to put a value into text.
import { fail } from "../failure.ts";
import { toJsonText } from "../json/write.ts";
import { describe, typeError } from "../value/describe.ts";
import { formatNumber } from "../value/number.ts";
import { isArray, isNumber, type Value } from "../value/value.ts";
import { base32Decode, base32Encode, base64Decode, base64Encode, percentDecode, percentEncode } from "./encodings.ts";

/** Turns a value into text. */
export type Format = (value: Value) => string;

const htmlEntities: { readonly [character: string]: string } = { "<": "&lt;", ">": "&gt;", "&": "&amp;", "'": "&apos;", '"': "&quot;" };
const tsvEscapes: { readonly [character: string]: string } = { "\t": "\\t", "\n": "\\n", "\r": "\\r", "\\": "\\\\" };

/** The value as `tostring` gives it: strings as they are, everything else as JSON. */
export function toText(value: Value): string {
  return typeof value === "string" ? value : toJsonText(value);
}

const formats: ReadonlyMap<string, Format> = new Map<string, Format>([
  ["@text", toText],
  ["@json", (value) => toJsonText(value)],
  ["@html", (value) => toText(value).replace(/[<>&'"]/g, (character) => htmlEntities[character] ?? character)],
  ["@uri", (value) => percentEncode(toText(value))],
  ["@urid", (value) => percentDecode(toText(value)) ?? typeError(value, "is not a valid uri encoding")],
  ["@csv", (value) => row(value, "csv", ",", csvString)],
  ["@tsv", (value) => row(value, "tsv", "\t", (text) => text.replace(/[\t\n\r\\]/g, (character) => tsvEscapes[character] ?? character))],
  ["@sh", (value) => (isArray(value) ? value.map(shellWord).join(" ") : shellWord(value))],
  ["@base64", (value) => base64Encode(toText(value))],
  ["@base64d", (value) => decoded(value, base64Decode(toText(value)), "is not valid base64 data", "trailing base64 byte found")],
  ["@base32", (value) => base32Encode(toText(value))],
  ["@base32d", (value) => decoded(value, base32Decode(toText(value)), "is not valid base32 data", "is not valid base32 data")],
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

function decoded(value: Value, decoding: ReturnType<typeof base64Decode>, invalid: string, trailing: string): string {
  if (decoding.ok) return decoding.text;
  return typeError(toText(value), decoding.problem === "invalid" ? invalid : trailing);
}

function csvString(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}

function row(value: Value, name: string, separator: string, quoteText: (text: string) => string): string {
  if (!isArray(value)) return typeError(value, `cannot be ${name}-formatted, only array`);
  return value.map((cell) => cellText(cell, quoteText)).join(separator);
}

function cellText(cell: Value, quoteText: (text: string) => string): string {
  if (cell === null) return "";
  if (typeof cell === "boolean") return String(cell);
  if (isNumber(cell)) return Number.isNaN(cell) ? "" : formatNumber(cell);
  if (typeof cell === "string") return quoteText(cell);
  return fail(`${describe(cell)} is not valid in a csv row`);
}

function shellWord(value: Value): string {
  if (typeof value === "string") return `'${value.replaceAll("'", "'\\''")}'`;
  if (typeof value === "object" && value !== null && !isNumber(value)) return typeError(value, "can not be escaped for shell");
  return toJsonText(value);
}
