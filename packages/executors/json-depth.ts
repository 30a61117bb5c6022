// How deeply a JSON value is nested. What walks values later does so recursively, so depth is bounded at the door.
import type { Json } from "@baton/core";

/** True when the value has more than `max` levels of arrays and objects. */
export function isDeeperThan(value: Json, max: number): boolean {
  let level: Json[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    level = level.filter((item) => typeof item === "object" && item !== null);
    if (depth === max) return level.length > 0;
    level = level.flatMap((item) => Object.values(item as object) as Json[]);
  }
  return false;
}
