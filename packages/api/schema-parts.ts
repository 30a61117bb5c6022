// What schemas are made of.
import type { JsonObject } from "@baton/core";

/** Any text. */
export const text = { type: "string" } as const;
/** RFC 3339. */
export const instant = { type: "string", format: "date-time" } as const;
/** Any JSON value. */
export const anything: JsonObject = {};

/** The schema, or null. */
export function orNull(schema: JsonObject): JsonObject {
  return { anyOf: [schema, { type: "null" }] };
}

/** An object of these properties and no others; all are there but the optional ones. */
export function object(properties: JsonObject, optional: readonly string[] = [], description?: string): JsonObject {
  const required = Object.keys(properties).filter((key) => !optional.includes(key));
  return { type: "object", ...(description === undefined ? {} : { description }), required, properties, additionalProperties: false };
}

/** A page of a list. */
export function page(item: string): JsonObject {
  return object({ items: { type: "array", items: reference(item) }, nextPageToken: orNull(text) });
}

/** A reference to one of the schemas. */
export function reference(name: string): JsonObject {
  return { $ref: `#/components/schemas/${name}` };
}
