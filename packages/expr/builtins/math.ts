// The C mathematics library as jq has it: functions of one number work on the input, others on their arguments.
import { toDouble, isNumber, type Value } from "../value/value.ts";
import { typeError } from "../value/describe.ts";
import { besselJ, besselY } from "./bessel.ts";
import { erf, erfc, gammaOf, gammaSign, logGamma } from "./gamma.ts";
import { type Maker, type MakerTable, pure } from "./maker.ts";

const smallestNormal = 2 ** -1022;

function number(value: Value): number {
  return isNumber(value) ? toDouble(value) : typeError(value, "number required");
}

function unary(apply: (x: number) => Value): Maker {
  return pure((_run, input) => apply(number(input)));
}

/** A question about a number; the answer for anything else is no. */
function question(answer: (x: number) => boolean): Maker {
  return pure((_run, input) => isNumber(input) && answer(toDouble(input)));
}

function binary(apply: (x: number, y: number) => number): Maker {
  return pure((_run, _input, x = null, y = null) => {
    const first = number(x);
    return apply(first, number(y));
  });
}

/** Mantissa in [0.5, 1) and exponent. */
function frexp(x: number): [number, number] {
  if (x === 0 || !Number.isFinite(x)) return [x, 0];
  const exponent = exponentOf(x) + 1;
  // Scaling in two steps reaches the subnormal numbers.
  return [x * 2 ** Math.max(-exponent, -1000) * 2 ** (-exponent - Math.max(-exponent, -1000)), exponent];
}

function exponentOf(x: number): number {
  const size = Math.abs(x);
  let exponent = Math.floor(Math.log2(size));
  // The logarithm may round across a power of two.
  if (ldexp(1, exponent) > size) exponent--;
  else if (ldexp(1, exponent + 1) <= size) exponent++;
  return exponent;
}

function ldexp(x: number, exponent: number): number {
  const steps = Math.trunc(exponent);
  if (Number.isNaN(steps)) return Number.NaN;
  const clamped = Math.max(-2200, Math.min(2200, steps));
  let result = x;
  for (let left = clamped; left !== 0;) {
    const step = Math.max(-1000, Math.min(1000, left));
    result *= 2 ** step;
    left -= step;
  }
  return result;
}

function modf(x: number): Value {
  if (!Number.isFinite(x)) return [Number.isNaN(x) ? x : x > 0 ? 0 : -0, x];
  const whole = Math.trunc(x);
  const fraction = x - whole;
  return [fraction === 0 && (x < 0 || Object.is(x, -0)) ? -0 : fraction, whole];
}

function significand(x: number): number {
  return x === 0 || !Number.isFinite(x) ? x : ldexp(x, -exponentOf(x));
}

function logb(x: number): number {
  if (x === 0) return -Infinity;
  return Number.isFinite(x) ? exponentOf(x) : Math.abs(x);
}

/** Rounds halves to the even neighbour. */
function roundEven(x: number): number {
  const low = Math.floor(x);
  const half = x - low === 0.5;
  const rounded = half ? (low % 2 === 0 ? low : low + 1) : Math.round(x);
  return rounded === 0 && (x < 0 || Object.is(x, -0)) ? -0 : rounded;
}

/** Rounds halves away from zero. */
function roundAway(x: number): number {
  const rounded = Math.abs(x) < 2 ** 52 ? Math.floor(Math.abs(x) + 0.5) : Math.abs(x);
  // 0.49999999999999994 + 0.5 rounds up to 1, though it lies below a half.
  const exact = Math.abs(x) < 0.5 ? 0 : rounded;
  return x < 0 || Object.is(x, -0) ? -exact : exact;
}

function remainder(x: number, y: number): number {
  if (!Number.isFinite(x) || y === 0 || Number.isNaN(y)) return Number.NaN;
  if (!Number.isFinite(y)) return x;
  const rest = x % y;
  const size = Math.abs(y);
  const doubled = 2 * Math.abs(rest);
  // On a tie the quotient must be even.
  const odd = Math.abs(Math.trunc(x / y)) % 2 === 1;
  if (doubled > size || (doubled === size && odd)) return rest - Math.sign(rest) * size;
  return rest;
}

function nextAfter(x: number, y: number): number {
  if (Number.isNaN(x) || Number.isNaN(y)) return Number.NaN;
  if (x === y) return y;
  if (x === 0) return y > 0 ? Number.MIN_VALUE : -Number.MIN_VALUE;
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, x);
  const up = y > x === x > 0;
  view.setBigInt64(0, view.getBigInt64(0) + (up ? 1n : -1n));
  return view.getFloat64(0);
}

function copySign(x: number, y: number): number {
  const negative = y < 0 || Object.is(y, -0);
  return negative ? -Math.abs(x) : Math.abs(x);
}

const roots: MakerTable = {
  "infinite/0": pure(() => Infinity),
  "nan/0": pure(() => Number.NaN),
  "isinfinite/0": question((x) => x === Infinity || x === -Infinity),
  "isnan/0": question((x) => Number.isNaN(x)),
  "isnormal/0": question((x) => Number.isFinite(x) && Math.abs(x) >= smallestNormal),
  "isfinite/0": question((x) => Math.abs(x) !== Infinity),
  "floor/0": unary(Math.floor),
  "ceil/0": unary(Math.ceil),
  "round/0": unary(roundAway),
  "trunc/0": unary(Math.trunc),
  "rint/0": unary(roundEven),
  "nearbyint/0": unary(roundEven),
  "sqrt/0": unary(Math.sqrt),
  "cbrt/0": unary(Math.cbrt),
  "fabs/0": unary(Math.abs),
  "significand/0": unary(significand),
  "logb/0": unary(logb),
  "frexp/0": unary(frexp),
  "modf/0": unary(modf),
};

const transcendentals: MakerTable = {
  "sin/0": unary(Math.sin),
  "cos/0": unary(Math.cos),
  "tan/0": unary(Math.tan),
  "asin/0": unary(Math.asin),
  "acos/0": unary(Math.acos),
  "atan/0": unary(Math.atan),
  "sinh/0": unary(Math.sinh),
  "cosh/0": unary(Math.cosh),
  "tanh/0": unary(Math.tanh),
  "asinh/0": unary(Math.asinh),
  "acosh/0": unary(Math.acosh),
  "atanh/0": unary(Math.atanh),
  "exp/0": unary(Math.exp),
  "exp2/0": unary((x) => 2 ** x),
  "exp10/0": unary((x) => 10 ** x),
  "pow10/0": unary((x) => 10 ** x),
  "expm1/0": unary(Math.expm1),
  "log/0": unary(Math.log),
  "log2/0": unary(Math.log2),
  "log10/0": unary(Math.log10),
  "log1p/0": unary(Math.log1p),
  "gamma/0": unary(logGamma),
  "lgamma/0": unary(logGamma),
  "tgamma/0": unary(gammaOf),
  "lgamma_r/0": unary((x) => [logGamma(x), gammaSign(x)]),
  "erf/0": unary(erf),
  "erfc/0": unary(erfc),
  "j0/0": unary((x) => besselJ(0, x)),
  "j1/0": unary((x) => besselJ(1, x)),
  "y0/0": unary((x) => besselY(0, x)),
  "y1/0": unary((x) => besselY(1, x)),
};

const severalArguments: MakerTable = {
  "pow/2": binary((x, y) => (x === 1 ? 1 : x ** y)),
  "atan2/2": binary(Math.atan2),
  "fmod/2": binary((x, y) => x % y),
  "fmin/2": binary((x, y) => (Number.isNaN(x) ? y : Number.isNaN(y) ? x : Math.min(x, y))),
  "fmax/2": binary((x, y) => (Number.isNaN(x) ? y : Number.isNaN(y) ? x : Math.max(x, y))),
  "fdim/2": binary((x, y) => (x > y ? x - y : Number.isNaN(x) || Number.isNaN(y) ? Number.NaN : 0)),
  "hypot/2": binary(Math.hypot),
  "ldexp/2": binary(ldexp),
  "scalb/2": binary(ldexp),
  "scalbln/2": binary(ldexp),
  "nextafter/2": binary(nextAfter),
  "nexttoward/2": binary(nextAfter),
  "copysign/2": binary(copySign),
  "drem/2": binary(remainder),
  "remainder/2": binary(remainder),
  "jn/2": binary((n, x) => besselJ(Math.trunc(n), x)),
  "yn/2": binary((n, x) => besselY(Math.trunc(n), x)),
  "fma/3": pure((_run, _input, x = null, y = null, z = null) => {
    const [a, b, c] = [number(x), number(y), number(z)];
    return a * b + c;
  }),
};

/** Builtins of the mathematics library. */
export const mathBuiltins: MakerTable = { ...roots, ...transcendentals, ...severalArguments };
