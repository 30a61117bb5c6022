// Ids that sort by time: a prefix that tells the kind, ten characters of time, twelve of chance.
import type { Random } from "./random.ts";
import type { Instant } from "./time.ts";

/** The kinds of things that have an id of their own. */
export type IdPrefix = "run" | "job" | "node" | "alloc" | "evt" | "sch" | "key" | "op";

const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
const timeLength = 10;
const chanceLength = 12;

/** The characters of an id while it is made. */
const time = Array.from({ length: timeLength }, () => 0);
const chance = Array.from({ length: chanceLength }, () => 0);

/** A new id, such as `run_01hzy3v9qk7mbn2x4tqw5r`: Crockford's base 32, 60 bits of chance. */
export function newId(prefix: IdPrefix, now: Instant, random: Random): string {
  for (let i = 0; i < chanceLength; i++) chance[i] = alphabet.charCodeAt(Math.floor(random() * 32));
  return firstIdAt(prefix, now) + String.fromCharCode(...chance);
}

/** Sorts before every id of that instant, and behind every older one. */
export function firstIdAt(prefix: IdPrefix, at: Instant): string {
  let rest = at;
  for (let i = timeLength - 1; i >= 0; i--) {
    time[i] = alphabet.charCodeAt(rest % 32);
    rest = Math.floor(rest / 32);
  }
  return `${prefix}_${String.fromCharCode(...time)}`;
}
