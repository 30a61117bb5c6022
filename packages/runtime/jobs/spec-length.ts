// How much of what was submitted a job keeps in memory: about the characters of its payload, environment and work as JSON.
import type { Json } from "@baton/core";
import type { JobDefinition } from "./definition.ts";

/** About so many characters. */
export function specLengthOf({ payload, environment, work }: JobDefinition): number {
  return lengthOf(payload) + lengthOf(environment) + lengthOf(work);
}

/** Jobs of an array have one payload between them until they are read from the store: it counts for each, and is measured once. */
const measured = new WeakMap<object, number>();

function lengthOf(value: Json | object): number {
  if (typeof value === "string") return value.length;
  if (typeof value !== "object" || value === null) return 0;
  return flatLength(value) ?? measuredLength(value);
}

/** Of few texts and numbers, without writing them down; undefined where it is more than that. */
function flatLength(value: object): number | undefined {
  let [left, length] = [mostFlat, 0];
  for (const key in value) {
    const part: unknown = (value as { readonly [key: string]: unknown })[key];
    if (left-- === 0 || (typeof part === "object" && part !== null)) return undefined;
    length += key.length + (typeof part === "string" ? part.length : 0);
  }
  return length;
}

const mostFlat = 20;

function measuredLength(value: object): number {
  const known = measured.get(value) ?? JSON.stringify(value).length;
  measured.set(value, known);
  return known;
}
