// The methods of numbers.
import type { Run } from "../budget.ts";
import { fail } from "../failure.ts";
import { toInteger } from "./operators.ts";
import { methods, type JsValue, type Methods } from "./value.ts";

const mostDigits = 100;

/** The methods of numbers by name. */
export const numberMethods: Methods<number> = methods<number>({
  toFixed: (run, self, [digits]) => self.toFixed(within(toInteger(run, digits), 0, mostDigits, "digits")),
  toPrecision: (run, self, [digits]) =>
    digits === undefined ? String(self) : self.toPrecision(within(toInteger(run, digits), 1, mostDigits, "digits")),
  toString: (run: Run, self: number, [radix]: readonly JsValue[]) =>
    self.toString(radix === undefined ? 10 : within(toInteger(run, radix), 2, 36, "a radix")),
});

function within(value: number, min: number, max: number, what: string): number {
  return value >= min && value <= max ? value : fail(`${what} must be between ${min} and ${max}, but ${value} was given`);
}
