// Times as people give them on the command line.
import { formatInstant, parseInstant } from "@baton/core";
import { CommandFailure } from "./failure.ts";
import { exitCodes } from "./exit-codes.ts";

const forms = "2026-12-24 (its start, UTC), 2026-12-24T18:00:00Z or 2026-12-24T18:00:00+01:00";

/** A day or an instant, as an instant in UTC. */
export function readTime(option: string, text: string): string {
  const instant = parseInstant(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text);
  if (instant !== undefined) return formatInstant(instant);
  throw notATime(option, text, `write ${forms}`);
}

const unitMs: { readonly [unit: string]: number } = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** The same, or how long ago it was. */
export function readPastTime(option: string, text: string): string {
  const [, count, unit = ""] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
  if (count !== undefined) return formatInstant(Math.max(0, Date.now() - Number(count) * (unitMs[unit] ?? 0)));
  try {
    return readTime(option, text);
  } catch {
    throw notATime(option, text, `write how long ago (24h, 7d), ${forms}`);
  }
}

function notATime(option: string, text: string, next: string): CommandFailure {
  return new CommandFailure(exitCodes.usage, `"${text}" is not a time`, { where: option, next });
}
