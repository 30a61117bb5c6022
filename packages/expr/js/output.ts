// The last step of an evaluation: its result as JSON. As in `JSON.stringify`, undefined is left out of objects and null
// elsewhere, and what is no number JSON can write is null. A function is no result.
import { maxResultDepth, type Run, defaultLimits } from "../budget.ts";
import type { Json } from "../compile.ts";
import { BudgetEnd, fail } from "../failure.ts";
import { putValue, type OpenObject } from "../value/value.ts";
import { isList, JsFunction, type JsObject, type JsValue } from "./value.ts";

/** A string counts once more for every 64 characters, as in jq's results. */
const longStringShift = 6;

/** The result as the host gets it, within the run's output budget. */
export function toJson(run: Run, value: JsValue): Json {
  const meter = { left: run.limits.output ?? defaultLimits.output };
  return convert(run, meter, value, 0) ?? null;
}

function convert(run: Run, meter: { left: number }, value: JsValue, depth: number): Json | undefined {
  meter.left -= typeof value === "string" ? 1 + (value.length >> longStringShift) : 1;
  if (meter.left < 0) run.end("output");
  if (depth > maxResultDepth) throw new BudgetEnd("output", maxResultDepth, "levels of nesting in its results");
  if (typeof value === "number") return Number.isFinite(value) ? value + 0 : null;
  if (value instanceof JsFunction) return fail("the result is, or holds, a function; call it, or leave it out");
  if (value === undefined || value === null || typeof value !== "object") return value;
  return isList(value) ? value.map((item) => convert(run, meter, item, depth + 1) ?? null) : converted(run, meter, value, depth);
}

function converted(run: Run, meter: { left: number }, value: JsObject, depth: number): Json {
  const result: OpenObject = {};
  for (const key of Object.keys(value)) {
    const entry = convert(run, meter, value[key], depth + 1);
    if (entry !== undefined) putValue(result, key, entry);
  }
  return result as Json;
}
