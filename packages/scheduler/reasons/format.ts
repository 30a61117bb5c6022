// Amounts, times and names as people write them.
import type { Millis } from "@baton/core";

/**
 * What people call a gang or an array. Where its name is one among others', its id is that of the submission, a slash and
 * the name.
 */
export function nameOfGroup(id: string): string {
  return id.slice(id.lastIndexOf("/") + 1);
}

/** A number of things. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** A span of time in its two largest units, the second only where there is some of it. */
export function formatSpan(ms: Millis): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return both(minutes, "min", seconds % 60, "s");
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? both(hours, "h", minutes % 60, "min") : both(Math.floor(hours / 24), "d", hours % 24, "h");
}

function both(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}
