// Bessel functions of integer order. J is computed by Miller's backward recurrence, normalised by J0 + 2(J2 + J4 + ...)
// = 1; Y by its Neumann series over J (Abramowitz and Stegun 9.1.88 and 9.1.89), higher orders by recurrence.

const eulerGamma = 0.577_215_664_901_532_9;
/** From here on the leading asymptotic term is as exact as the recurrence would be. */
const asymptoticFrom = 1e5;

/** J of every order from 0 up to at least `order`, for x > 0. */
function allJ(x: number, order: number): number[] {
  const top = 2 * Math.ceil((Math.max(order, x) + 30 + 3 * Math.cbrt(Math.max(order, x)) * 4) / 2);
  const values: number[] = [];
  let above = 0;
  let here = 1e-300;
  let sum = 0;
  for (let k = top; k >= 0; k--) {
    values[k] = here;
    if (k % 2 === 0) sum += k === 0 ? here : 2 * here;
    const below = ((2 * k) / x) * here - above;
    above = here;
    here = below;
    if (Math.abs(here) > 1e250) ({ here, above, sum } = rescale(values, k, here, above, sum));
  }
  return values.map((value) => value / sum);
}

function rescale(values: number[], from: number, here: number, above: number, sum: number) {
  const factor = 1e-250;
  for (let k = from; k < values.length; k++) values[k] = (values[k] ?? 0) * factor;
  return { here: here * factor, above: above * factor, sum: sum * factor };
}

/** J of order `n`. */
export function besselJ(n: number, x: number): number {
  if (!Number.isFinite(x)) return Number.isNaN(x) ? x : 0;
  const order = Math.abs(n);
  const sign = x < 0 !== n < 0 && order % 2 === 1 ? -1 : 1;
  const size = Math.abs(x);
  if (size === 0) return order === 0 ? 1 : 0;
  if (size > asymptoticFrom) return sign * Math.sqrt(2 / (Math.PI * size)) * Math.cos(size - (order / 2 + 0.25) * Math.PI);
  return sign * (allJ(size, order)[order] ?? 0);
}

/** Y of order `n`; not a number below zero, minus infinity at zero. */
export function besselY(n: number, x: number): number {
  if (Number.isNaN(x) || x < 0) return Number.NaN;
  if (x === 0) return -Infinity;
  if (x === Infinity) return 0;
  const order = Math.abs(n);
  const sign = n < 0 && order % 2 === 1 ? -1 : 1;
  if (x > asymptoticFrom) return sign * Math.sqrt(2 / (Math.PI * x)) * Math.sin(x - (order / 2 + 0.25) * Math.PI);
  let [before, here] = firstY(x);
  if (order === 0) return before;
  for (let k = 1; k < order; k++) [before, here] = [here, ((2 * k) / x) * here - before];
  return sign * here;
}

function firstY(x: number): [number, number] {
  const j = allJ(x, 1);
  const logarithm = Math.log(x / 2) + eulerGamma;
  let even = 0;
  let odd = 0;
  for (let k = 1; 2 * k + 1 < j.length; k++) {
    const sign = k % 2 === 0 ? 1 : -1;
    even += (sign * (j[2 * k] ?? 0)) / k;
    odd += ((sign * (2 * k + 1)) / (k * (k + 1))) * (j[2 * k + 1] ?? 0);
  }
  const y0 = (2 / Math.PI) * logarithm * (j[0] ?? 0) - (4 / Math.PI) * even;
  const y1 = (-2 * (j[0] ?? 0)) / (Math.PI * x) + (2 / Math.PI) * (logarithm - 1) * (j[1] ?? 0) - (2 / Math.PI) * odd;
  return [y0, y1];
}
