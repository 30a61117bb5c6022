// Amounts and times as people write them.
import type { Millis } from "@baton/core";

const binaryUnits = ["", " KiB", " MiB", " GiB", " TiB", " PiB"] as const;
/** Resources that are counted in bytes. */
const inBytes: ReadonlySet<string> = new Set(["memory", "disk"]);

/** An amount with its unit: cpu in cores, memory and disk in binary units, others as they are. */
export function formatAmount(resource: string, amount: number): string {
  if (resource === "cpu") return `${amount / 1000}`;
  return inBytes.has(resource) ? formatBytes(amount) : `${amount}`;
}

function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < binaryUnits.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${Math.floor(value * 100) / 100}${binaryUnits[unit]}`;
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
