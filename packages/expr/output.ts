// The last step of an evaluation: its results are counted against the output budget (shared parts count every time, as
// they will when written out), and become plain JSON unless the host wants them exact: literals become doubles, and
// numbers that JSON cannot write become what jq prints for them.
import { maxResultDepth, type Run, defaultLimits } from "./budget.ts";
import { BudgetEnd } from "./failure.ts";
import { isArray, NumberLiteral, putValue, type OpenObject, type Value } from "./value/value.ts";

/** The value as the host gets it. Ends the run's output budget where it is too large or nests too deep. */
export function checkOutput(value: Value, run: Run, exact: boolean): Value {
  if (typeof value !== "object" || value === null) return exact ? value : plain(value);
  const meter = { left: run.limits.output ?? defaultLimits.output, isPlain: true };
  measure(value, run, meter, 0);
  return meter.isPlain || exact ? value : plain(value);
}

/** A string counts once more for every 64 characters. */
const longStringShift = 6;

interface Meter {
  left: number;
  isPlain: boolean;
}

function measure(value: Value, run: Run, meter: Meter, depth: number): void {
  if (depth > maxResultDepth) throw new BudgetEnd("output", maxResultDepth, "levels of nesting in its results");
  meter.left -= typeof value === "string" ? 1 + (value.length >> longStringShift) : 1;
  if (meter.left < 0) run.end("output");
  if (typeof value === "number" && !Number.isFinite(value)) meter.isPlain = false;
  if (typeof value !== "object" || value === null) return;
  if (isArray(value)) {
    for (const item of value) measure(item, run, meter, depth + 1);
  } else if (value instanceof NumberLiteral) {
    meter.isPlain = false;
  } else {
    for (const key of Object.keys(value)) measure(value[key] as Value, run, meter, depth + 1);
  }
}

function plain(value: Value): Value {
  if (typeof value === "number" && !Number.isFinite(value)) return finite(value);
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof NumberLiteral) return plain(value.value);
  if (isArray(value)) return value.map(plain);
  const copy: OpenObject = {};
  for (const key of Object.keys(value)) putValue(copy, key, plain(value[key] as Value));
  return copy;
}

/** What jq prints: null for what is no number, the largest number for an infinite one. */
function finite(value: number): number | null {
  return Number.isNaN(value) ? null : Math.sign(value) * Number.MAX_VALUE;
}
