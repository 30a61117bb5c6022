// Equality of values for the host, which counts no steps.
import { Run } from "./budget.ts";
import { valuesEqual as equalWithin } from "./value/compare.ts";
import type { Value } from "./value/value.ts";

/** Equality by content, as `==` has it; numbers that are kept as written are compared digit by digit. */
export function valuesEqual(a: Value, b: Value): boolean {
  return equalWithin(a, b, new Run({ now: 0, steps: Infinity }));
}
