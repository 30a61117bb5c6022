// Numbers as text. Doubles are written with the fewest digits that read back the same; literals keep the digits they
// were written with, in the canonical form of the General Decimal Arithmetic specification ("to-scientific-string").
import { NumberLiteral } from "./value.ts";

const largest = "1.7976931348623157e+308";
const maxExponent = 999_999_999;
const decimalText = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;
const shortInteger = /^(?:0|[1-9]\d{0,14})$/;

/** A decimal number apart: sign, coefficient without leading zeros, power of ten. */
interface Decimal {
  readonly negative: boolean;
  readonly digits: string;
  readonly exponent: number;
}

function parseDecimal(text: string): Decimal | undefined {
  const match = decimalText.exec(text);
  if (!match) return undefined;
  const [, sign, whole = "", fraction = "", power = "0"] = match;
  if (whole === "" && fraction === "") return undefined;
  const digits = (whole + fraction).replace(/^0+(?=\d)/, "");
  return { negative: sign === "-", digits, exponent: Number(power) - fraction.length };
}

/** Reads number text: a plain double where that keeps every digit, else a literal. Undefined if it is no number. */
export function numberFromText(text: string): number | NumberLiteral | undefined {
  if (shortInteger.test(text)) return Number(text);
  const decimal = parseDecimal(text);
  if (decimal === undefined) return undefined;
  const value = Number(text);
  const adjusted = decimal.exponent + decimal.digits.length - 1;
  if (decimal.digits !== "0" && adjusted > maxExponent) return value;
  const canonical = decimalToText(decimal);
  return canonical === formatDouble(value) && Number.isSafeInteger(Math.trunc(value)) ? value : new NumberLiteral(canonical, value);
}

function decimalToText({ negative, digits, exponent }: Decimal): string {
  const sign = negative ? "-" : "";
  const adjusted = exponent + digits.length - 1;
  if (exponent <= 0 && adjusted >= -6) {
    if (exponent === 0) return sign + digits;
    const point = digits.length + exponent;
    return point > 0 ? `${sign}${digits.slice(0, point)}.${digits.slice(point)}` : `${sign}0.${"0".repeat(-point)}${digits}`;
  }
  const mantissa = digits.length > 1 ? `${digits[0]}.${digits.slice(1)}` : digits;
  return `${sign}${mantissa}E${adjusted < 0 ? "-" : "+"}${Math.abs(adjusted)}`;
}

/** The same number with the other sign, its digits kept. */
export function negateLiteral(literal: NumberLiteral): NumberLiteral {
  return new NumberLiteral(literal.text.startsWith("-") ? literal.text.slice(1) : `-${literal.text}`, -literal.value);
}

/** Orders two literals by their exact decimal value. */
export function compareLiterals(a: NumberLiteral, b: NumberLiteral): number {
  if (a.value !== b.value) return a.value < b.value ? -1 : 1;
  const x = parseDecimal(a.text);
  const y = parseDecimal(b.text);
  if (!x || !y) return 0;
  if (x.digits === "0" || y.digits === "0") return signOf(x) - signOf(y);
  if (x.negative !== y.negative) return x.negative ? -1 : 1;
  return x.negative ? -compareMagnitudes(x, y) : compareMagnitudes(x, y);
}

function signOf(decimal: Decimal): number {
  if (decimal.digits === "0") return 0;
  return decimal.negative ? -1 : 1;
}

function compareMagnitudes(x: Decimal, y: Decimal): number {
  const height = x.exponent + x.digits.length - (y.exponent + y.digits.length);
  if (height !== 0) return height;
  const width = Math.max(x.digits.length, y.digits.length);
  const left = x.digits.padEnd(width, "0");
  const right = y.digits.padEnd(width, "0");
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

/** A number as JSON text: NaN is null, an infinity the largest double. */
export function formatNumber(value: number | NumberLiteral): string {
  return typeof value === "number" ? formatDouble(value) : value.text;
}

/** A double as JSON text. */
export function formatDouble(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e15) return Object.is(value, -0) ? "-0" : String(value);
  if (Number.isNaN(value)) return "null";
  if (value === Infinity) return largest;
  if (value === -Infinity) return `-${largest}`;
  const [mantissa = "", power = "0"] = Math.abs(value).toExponential().split("e");
  const text = placePoint(mantissa.replace(".", ""), Number(power) + 1);
  return value < 0 ? `-${text}` : text;
}

// Exponents from -4 down and beyond fifteen places past the digits are written in scientific form.
function placePoint(digits: string, point: number): string {
  if (point <= -4 || point > digits.length + 15) {
    const exponent = String(Math.abs(point - 1)).padStart(2, "0");
    const mantissa = digits.length > 1 ? `${digits[0]}.${digits.slice(1)}` : digits;
    return `${mantissa}e${point - 1 < 0 ? "-" : "+"}${exponent}`;
  }
  if (point <= 0) return `0.${"0".repeat(-point)}${digits}`;
  if (point >= digits.length) return digits + "0".repeat(point - digits.length);
  return `${digits.slice(0, point)}.${digits.slice(point)}`;
}
