// Amounts of resources as people write them: cores of processors, Ki to Pi of bytes.

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
