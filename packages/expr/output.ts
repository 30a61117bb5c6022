// The last step of an evaluation: its results are counted against the output budget (shared parts count every time, as
// they will when written out), and literals become doubles unless the host wants them.
import { maxJsonDepth, type Run, defaultLimits } from "./budget.ts";
import { isArray, NumberLiteral, putValue, type OpenObject, type Value } from "./value/value.ts";

/** The value as the host gets it. Ends the run's output budget where it is too large or nests too deep. */
export function checkOutput(value: Value, run: Run, exact: boolean): Value {
  if (typeof value !== "object" || value === null) return value;
  const meter = { left: run.limits.output ?? defaultLimits.output, literals: false };
  measure(value, run, meter, 0);
  return meter.literals && !exact ? plain(value) : value;
}

interface Meter {
  left: number;
  literals: boolean;
}

function measure(value: Value, run: Run, meter: Meter, depth: number): void {
  if (depth > maxJsonDepth) run.end("output");
  if (--meter.left < 0) run.end("output");
  if (typeof value !== "object" || value === null) return;
  if (isArray(value)) {
    for (const item of value) measure(item, run, meter, depth + 1);
  } else if (value instanceof NumberLiteral) {
    meter.literals = true;
  } else {
    for (const key in value) measure(value[key] as Value, run, meter, depth + 1);
  }
}

function plain(value: Value): Value {
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof NumberLiteral) return value.value;
  if (isArray(value)) return value.map(plain);
  const copy: OpenObject = {};
  for (const key of Object.keys(value)) putValue(copy, key, plain(value[key] as Value));
  return copy;
}
