// Amounts of resources as people read them: cores of processors, Ki to Pi of bytes; with their units in full where there is room.
import { formatAmount as formatInFull } from "@baton/core";

const units = ["", "Ki", "Mi", "Gi", "Ti", "Pi"];
const byteResources: ReadonlySet<string> = new Set(["memory", "disk"]);

/** An amount of a resource: processors are counted in thousandths, memory and disk in bytes. */
export function formatAmount(name: string, amount: number): string {
  if (byteResources.has(name)) return formatBytes(amount);
  return name === "cpu" ? String(amount / 1000) : String(amount);
}

/** Bytes in the largest unit that they fill. */
export function formatBytes(amount: number): string {
  const power = amount < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(amount) / 10));
  const value = amount / 1024 ** power;
  return `${value < 10 && power > 0 ? value.toFixed(1) : Math.round(value)}${units[power] ?? ""}`;
}

/** All amounts, each with its unit: `{ cpu: "2", memory: "512 MiB" }`. */
export function formatAmounts(amounts: { readonly [resource: string]: number }): { readonly [resource: string]: string } {
  return Object.fromEntries(Object.entries(amounts).map(([name, amount]) => [name, formatInFull(name, amount)]));
}
