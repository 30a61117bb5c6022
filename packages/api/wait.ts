// How long a caller is ready to wait, as a query parameter: `30s`, `500ms`, `2m`, `1h`, or ISO 8601 such as `PT30S`.
import { err, ok, parseDuration, type Millis, type Result } from "@baton/core";
import { maxWaitMs } from "./limits.ts";

const unitMs: { readonly [unit: string]: Millis } = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Reads the value of `wait`. */
export function parseWait(text: string): Result<Millis, string> {
  const ms = shortForm(text) ?? isoForm(text);
  if (ms === undefined) return err(`"${text}" is not a time to wait: write 30s, 500ms, 2m or PT30S`);
  return ms > maxWaitMs ? err(`${text} is too long: wait at most ${maxWaitMs / 60_000} minutes, and ask again`) : ok(ms);
}

function shortForm(text: string): Millis | undefined {
  const match = /^(\d{1,9})(ms|s|m|h)$/.exec(text);
  return match ? Number(match[1]) * (unitMs[match[2] as string] as number) : undefined;
}

function isoForm(text: string): Millis | undefined {
  const parsed = parseDuration(text);
  return parsed.ok && parsed.value.months === 0 ? parsed.value.ms : undefined;
}
