// The gamma and error functions, which JavaScript lacks.

/** From here on the Stirling series is exact to the last digit or two; smaller arguments are shifted up. */
const stirlingFrom = 16;
const largestFactorial = 171;

/** The gamma function. */
export function gammaOf(x: number): number {
  if (x === 0) return Object.is(x, -0) ? -Infinity : Infinity;
  if (x === -Infinity || (x < 0 && Number.isInteger(x))) return Number.NaN;
  if (x === Infinity || Number.isNaN(x)) return x;
  if (Number.isInteger(x) && x <= largestFactorial) return factorial(x - 1);
  if (x < 0.5) return Math.PI / (Math.sin(Math.PI * x) * gammaOf(1 - x));
  if (x > largestFactorial + 1) return Infinity;
  const { shifted, product } = shiftUp(x);
  // Half of the power on each side of the exponential keeps the result from overflowing early.
  const power = shifted ** (shifted / 2 - 0.25);
  return (Math.sqrt(2 * Math.PI) * power * Math.exp(stirlingRest(shifted) - shifted) * power) / product;
}

function factorial(n: number): number {
  let product = 1;
  for (let i = 2; i <= n; i++) product *= i;
  return product;
}

// gamma(x) = gamma(x + n) / (x (x + 1) ... (x + n - 1))
function shiftUp(x: number): { readonly shifted: number; readonly product: number } {
  let shifted = x;
  let product = 1;
  for (; shifted < stirlingFrom; shifted++) product *= shifted;
  return { shifted, product };
}

/** What the Stirling series adds to its leading terms: the Bernoulli numbers over n (n - 1) x^(n - 1). */
function stirlingRest(x: number): number {
  const inverse = 1 / (x * x);
  const series = 1 / 1188 - inverse * (691 / 360360 - inverse / 156);
  return (1 / 12 - inverse * (1 / 360 - inverse * (1 / 1260 - inverse * (1 / 1680 - inverse * series)))) / x;
}

/** The logarithm of the absolute value of gamma. */
export function logGamma(x: number): number {
  if (Number.isNaN(x)) return x;
  if (!Number.isFinite(x) || (x <= 0 && Number.isInteger(x))) return Infinity;
  if (x > 0 && Number.isInteger(x) && x <= largestFactorial) return Math.log(factorial(x - 1));
  if (x < 0.5) return Math.log(Math.PI / Math.abs(Math.sin(Math.PI * x))) - logGamma(1 - x);
  const { shifted, product } = shiftUp(x);
  return (shifted - 0.5) * Math.log(shifted) - shifted + 0.5 * Math.log(2 * Math.PI) + stirlingRest(shifted) - Math.log(product);
}

/** The sign of gamma. */
export function gammaSign(x: number): number {
  return x < 0 && Math.floor(x) % 2 !== 0 && !Number.isInteger(x) ? -1 : 1;
}

/** The error function. */
export function erf(x: number): number {
  if (Number.isNaN(x)) return x;
  const size = Math.abs(x);
  return Math.sign(x) * (size < 2 ? erfSeries(size) : 1 - erfcFraction(size));
}

/** One minus the error function. */
export function erfc(x: number): number {
  if (Number.isNaN(x)) return x;
  if (x < 0.5) return 1 - erf(x);
  return x < 2 ? 1 - erfSeries(x) : erfcFraction(x);
}

function erfSeries(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-18 * Math.abs(sum) && n < 200; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

// The continued fraction of erfc, evaluated from the far end.
function erfcFraction(x: number): number {
  if (x > 27.3) return 0;
  let fraction = 0;
  for (let k = 120; k > 0; k--) fraction = k / 2 / (x + fraction);
  return Math.exp(-x * x) / (Math.sqrt(Math.PI) * (x + fraction));
}
