// The formula: desired = ceil(current x measured / target), as Kubernetes' HorizontalPodAutoscaler has it: the largest wish of several
// measurements counts, one that is not known keeps things from being scaled down, and what is within the tolerance changes nothing.
import type { Reading, ScaleRule, Wish } from "./types.ts";

/** How many each measurement wants where there are `current`. */
export function wishesOf({ tolerance }: Pick<ScaleRule, "tolerance">, current: number, readings: readonly Reading[]): readonly Wish[] {
  return readings.map(asKnown).map((reading) => ({ reading, wanted: wantedBy(reading, current, tolerance) }));
}

/** Nothing follows from a measurement that is no number. */
function asKnown(reading: Reading): Reading {
  return Number.isFinite(reading.value) ? reading : { ...reading, value: null };
}

function wantedBy({ kind, value, target }: Reading, current: number, tolerance: number): number | null {
  if (value === null) return null;
  if (current === 0) return kind === "total" ? ceil(value / target) : null;
  const ratio = kind === "total" ? value / (target * current) : value / target;
  return isWithin(ratio, tolerance) ? current : ceil(current * ratio);
}

function isWithin(ratio: number, tolerance: number): boolean {
  return Math.abs(ratio - 1) <= tolerance + rounding;
}

/** Whether a measurement would change something, were it not so close to its target. */
export function isTolerated({ wanted, reading: { kind, value, target } }: Wish, current: number): boolean {
  return value !== null && wanted === current && ceil(kind === "total" ? value / target : (current * value) / target) !== current;
}

/** Sums of fractions may lie a hair beside the whole number that they mean. */
const rounding = 1e-9;

function ceil(value: number): number {
  return Math.ceil(value - rounding);
}

/** What all wishes come to, before the windows. */
export function combined({ min, max }: Pick<ScaleRule, "min" | "max">, current: number, wishes: readonly Wish[]): number {
  const known = wishes.flatMap(({ wanted }) => (wanted === null ? [] : [wanted]));
  const largest = known.length === 0 ? current : Math.max(...known);
  const wanted = known.length < wishes.length ? Math.max(largest, current) : largest;
  return Math.min(max, Math.max(min, wanted));
}
