// Functions that are handed to methods.
import type { Run } from "../budget.ts";
import { fail } from "../failure.ts";
import { JsFunction, kindOf, type JsValue } from "./value.ts";

/** The function that was given, ready to be called for each item. */
export function callback(run: Run, value: JsValue): (...values: readonly JsValue[]) => JsValue {
  const invoke = value instanceof JsFunction ? value.invoke : undefined;
  if (invoke === undefined) return fail(`a function is needed here, but ${kindOf(value)} was given`);
  return (...values) => {
    run.step();
    return invoke(run, values);
  };
}
