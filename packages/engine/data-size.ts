// The bounds of one value: how large and how deep it may be. Measuring stops as soon as a bound is met, and costs a
// few nanoseconds per element before.
import { isArray, type Json } from "@baton/core";
import { runLimits } from "./limits.ts";
import { limitError, Raised } from "./workflow-error.ts";

/** The limit that a value is beyond; null: it is within both. */
export function exceededLimit(value: Json): "dataSize" | "dataDepth" | null {
  const left = spend(value, runLimits.dataSize, runLimits.dataDepth);
  if (left === tooDeep) return "dataDepth";
  return left < 0 ? "dataSize" : null;
}

/** Raises the limit's error when a value is beyond one. `what` names the value. */
export function checkSize(instance: string, value: Json, what: string): void {
  if (typeof value !== "object" && typeof value !== "string") return;
  const limit = exceededLimit(value);
  if (limit !== null) throw new Raised(limitError(limit, instance, `The ${what} is beyond a limit`));
}

const tooDeep = Number.NEGATIVE_INFINITY;
const scalarSize = 5;

/** What is left of a budget once the value is written as JSON; negative: the budget was not enough. */
function spend(value: Json, budget: number, depth: number): number {
  if (typeof value === "string") return budget - value.length - 2;
  if (typeof value !== "object" || value === null) return budget - scalarSize;
  if (depth === 0) return tooDeep;
  let left = budget - 2;
  if (isArray(value)) {
    for (let i = 0; i < value.length && left >= 0; i++) left = spend(value[i] as Json, left - 1, depth - 1);
    return left;
  }
  for (const key of Object.keys(value)) {
    if (left < 0) return left;
    left = spend(value[key] as Json, left - key.length - 4, depth - 1);
  }
  return left;
}
