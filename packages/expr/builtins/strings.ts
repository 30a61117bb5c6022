// Builtins over strings.
import { bytesPerElement, type Run } from "../budget.ts";
import { fail } from "../failure.ts";
import { utf8Length } from "../json/read.ts";
import { typeError } from "../value/describe.ts";
import { isArray, isNumber, toDouble, type Value } from "../value/value.ts";
import { formatNamed, isFormat } from "./formats.ts";
import { type MakerTable, pure } from "./maker.ts";

const leading = /^[\p{White_Space}]+/u;
const trailing = /[\p{White_Space}]+$/u;
const replacement = 0xfffd;

function startsWith(input: Value, prefix: Value): boolean {
  if (typeof input !== "string" || typeof prefix !== "string") return fail("startswith() requires string inputs");
  return input.startsWith(prefix);
}

function endsWith(input: Value, suffix: Value): boolean {
  if (typeof input !== "string" || typeof suffix !== "string") return fail("endswith() requires string inputs");
  return input.endsWith(suffix);
}

function withoutPrefix(input: Value, prefix: Value): Value {
  return typeof input === "string" && typeof prefix === "string" && input.startsWith(prefix) ? input.slice(prefix.length) : input;
}

function withoutSuffix(input: Value, suffix: Value): Value {
  return typeof input === "string" && typeof suffix === "string" && input.endsWith(suffix)
    ? input.slice(0, input.length - suffix.length)
    : input;
}

function trimmed(input: Value, ...sides: readonly RegExp[]): Value {
  if (typeof input !== "string") return fail("trim input must be a string");
  return sides.reduce((text, side) => text.replace(side, ""), input);
}

function explode(run: Run, input: Value): Value {
  if (typeof input !== "string") return fail("explode input must be a string");
  run.allocate(input.length * bytesPerElement);
  return Array.from(input.toWellFormed(), (character) => character.codePointAt(0) ?? replacement);
}

function implode(run: Run, input: Value): Value {
  if (!isArray(input)) return fail("implode input must be an array");
  run.allocate(input.length * 2);
  return input.map(codePointText).join("");
}

function codePointText(value: Value): string {
  if (!isNumber(value) || Number.isNaN(toDouble(value)))
    return typeError(value, "can't be imploded, unicode codepoint needs to be numeric");
  const point = Math.trunc(toDouble(value));
  const valid = point >= 0 && point <= 0x10ffff && (point < 0xd800 || point > 0xdfff);
  return String.fromCodePoint(valid ? point : replacement);
}

function changeCase(input: Value, pattern: RegExp, shift: number): Value {
  if (typeof input !== "string") return fail("explode input must be a string");
  return input.replace(pattern, (letter) => String.fromCharCode(letter.charCodeAt(0) + shift));
}

function formatWith(run: Run, input: Value, name: Value): string {
  if (typeof name !== "string") return typeError(name, "is not a valid format");
  return isFormat(`@${name}`) ? formatNamed(`@${name}`)(input, run) : fail(`${name} is not a valid format`);
}

/** Builtins over strings. */
export const stringBuiltins: MakerTable = {
  "startswith/1": pure((_run, input, prefix) => startsWith(input, prefix)),
  "endswith/1": pure((_run, input, suffix) => endsWith(input, suffix)),
  "ltrimstr/1": pure((_run, input, prefix) => withoutPrefix(input, prefix)),
  "rtrimstr/1": pure((_run, input, suffix) => withoutSuffix(input, suffix)),
  "trimstr/1": pure((_run, input, text) => withoutSuffix(withoutPrefix(input, text), text)),
  "trim/0": pure((_run, input) => trimmed(input, leading, trailing)),
  "ltrim/0": pure((_run, input) => trimmed(input, leading)),
  "rtrim/0": pure((_run, input) => trimmed(input, trailing)),
  "explode/0": pure(explode),
  "implode/0": pure(implode),
  "ascii_downcase/0": pure((_run, input) => changeCase(input, /[A-Z]/g, 32)),
  "ascii_upcase/0": pure((_run, input) => changeCase(input, /[a-z]/g, -32)),
  "utf8bytelength/0": pure((_run, input) =>
    typeof input === "string" ? utf8Length(input) : typeError(input, "only strings have UTF-8 byte length"),
  ),
  "format/1": pure(formatWith),
  "ascii/0": pure((_run, input) => codePointText(input)),
};
