// Random variates from a seeded source of uniform numbers, by inversion (Box and Muller for the normal), so that the
// same seed gives the same sequence on every machine. Each distribution is given by its mean.
import type { Random } from "@baton/core";

/** How long services take, around their mean. */
export type Service =
  | { readonly kind: "exponential" }
  | { readonly kind: "deterministic" }
  /** A power-law tail with exponent `alpha` above 1; below 2 the variance is infinite. */
  | { readonly kind: "pareto"; readonly alpha: number }
  /** The logarithm is normal with standard deviation `sigma`. */
  | { readonly kind: "lognormal"; readonly sigma: number };

/** Draws from the exponential distribution. */
export function exponential(random: Random, mean: number): number {
  return -mean * Math.log(1 - random());
}

/** Draws from the Pareto distribution (type I) whose mean is `mean`. */
export function pareto(random: Random, mean: number, alpha: number): number {
  const smallest = (mean * (alpha - 1)) / alpha;
  return smallest / (1 - random()) ** (1 / alpha);
}

/** Draws from the standard normal distribution. */
export function normal(random: Random): number {
  const radius = Math.sqrt(-2 * Math.log(1 - random()));
  return radius * Math.cos(2 * Math.PI * random());
}

/** Draws from the lognormal distribution whose mean is `mean`. */
export function lognormal(random: Random, mean: number, sigma: number): number {
  return mean * Math.exp(sigma * normal(random) - (sigma * sigma) / 2);
}

/** Draws the length of one service. */
export function drawService(random: Random, mean: number, service: Service): number {
  switch (service.kind) {
    case "exponential":
      return exponential(random, mean);
    case "deterministic":
      return mean;
    case "pareto":
      return pareto(random, mean, service.alpha);
    case "lognormal":
      return lognormal(random, mean, service.sigma);
  }
}
