// Amounts of resources as people write them: cpu in cores or millis ("2", "500m", 1.5), bytes with the suffixes of
// powers of two and of ten ("256Gi", "64M"), anything else as a whole number. Inside, all of them are whole numbers; what
// people are told has its unit ("512 MiB").
import type { Json } from "./json.ts";
import { err, ok, type Result } from "./result.ts";

const byteUnits: { readonly [suffix: string]: number } = {
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
};

/** Resources that are counted in bytes. */
const byteResources: ReadonlySet<string> = new Set(["memory", "disk"]);

/** Reads an amount of a resource: cpu gives millis, memory and disk bytes, others whole units. */
export function readAmount(resource: string, value: Json): Result<number, string> {
  const text = typeof value === "number" ? String(value) : value;
  if (typeof text !== "string") return err("Expected a number or a text with a unit.");
  if (resource === "cpu") return readCpu(text);
  return byteResources.has(resource) ? readBytes(text) : readWhole(text);
}

function readCpu(text: string): Result<number, string> {
  const match = /^(\d+(?:\.\d+)?)(m?)$/.exec(text);
  if (!match) return err(`"${text}" is not an amount of cpu: write cores (2, 0.5) or millis ("500m").`);
  return whole(Number(match[1]) * (match[2] === "m" ? 1 : 1000), text);
}

function readBytes(text: string): Result<number, string> {
  const match = /^(\d+(?:\.\d+)?)([kMGTP]|[KMGTP]i)?$/.exec(text);
  if (!match) return err(`"${text}" is not a number of bytes: write 1073741824, "1Gi" or "1G".`);
  return whole(Number(match[1]) * (byteUnits[match[2] ?? ""] as number), text);
}

function readWhole(text: string): Result<number, string> {
  return /^\d+$/.test(text) ? whole(Number(text), text) : err(`"${text}" is not a whole number.`);
}

function whole(value: number, text: string): Result<number, string> {
  const rounded = Math.round(value);
  if (Math.abs(value - rounded) > 1e-6) return err(`"${text}" is finer than the smallest unit.`);
  return Number.isSafeInteger(rounded) ? ok(rounded) : err(`"${text}" is too large.`);
}

const binaryUnits = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"] as const;

/** An amount with its unit: cpu in cores, memory and disk in binary units, others as they are. */
export function formatAmount(resource: string, amount: number): string {
  if (resource === "cpu") return `${amount / 1000}`;
  return byteResources.has(resource) ? formatBytes(amount) : `${amount}`;
}

/** Bytes in the largest binary unit that they fill, never rounded up. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < binaryUnits.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${Math.floor(value * 100) / 100} ${binaryUnits[unit] as string}`;
}
