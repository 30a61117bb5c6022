// Checks a value against the schemas of the OpenAPI document, as far as these use JSON Schema. For tests: it is written
// from the schema's side, so it notices an answer that the document does not describe.
import { schemas } from "@baton/api";
import { isObject, type Json, type JsonObject } from "@baton/core";

/** Everything that the value has and the schema of that name does not allow. */
export function schemaProblems(value: Json, name: string): string[] {
  return check(value, schemas[name] as JsonObject, "");
}

function check(value: Json, schema: JsonObject, at: string): string[] {
  const reference = schema["$ref"];
  if (typeof reference === "string") return check(value, schemas[reference.split("/").at(-1) as string] as JsonObject, at);
  const options = schema["anyOf"] as readonly JsonObject[] | undefined;
  if (options !== undefined) {
    const results = options.map((option) => check(value, option, at));
    return results.some((problems) => problems.length === 0) ? [] : results.flat();
  }
  return [...checkType(value, schema, at), ...checkObject(value, schema, at), ...checkItems(value, schema, at)];
}

function checkType(value: Json, schema: JsonObject, at: string): string[] {
  const type = schema["type"];
  const choices = schema["enum"] as readonly Json[] | undefined;
  const wrong = type !== undefined && !isOfType(value, type as string);
  if (wrong) return [`${at}: ${JSON.stringify(value)} is not of type ${type as string}`];
  if (choices !== undefined && !choices.includes(value)) return [`${at}: ${JSON.stringify(value)} is none of ${JSON.stringify(choices)}`];
  const isTime = schema["format"] === "date-time" && (typeof value !== "string" || new Date(value).toISOString() !== value);
  return isTime ? [`${at}: ${JSON.stringify(value)} is not a time`] : [];
}

function isOfType(value: Json, type: string): boolean {
  if (type === "null") return value === null;
  if (type === "array") return Array.isArray(value);
  if (type === "object") return isObject(value);
  if (type === "integer") return Number.isInteger(value);
  return typeof value === type;
}

function checkObject(value: Json, schema: JsonObject, at: string): string[] {
  const properties = schema["properties"] as { readonly [key: string]: JsonObject } | undefined;
  if (properties === undefined || !isObject(value)) return [];
  const missing = ((schema["required"] ?? []) as readonly string[]).filter((key) => !Object.hasOwn(value, key));
  const unknown = Object.keys(value).filter((key) => !Object.hasOwn(properties, key));
  return [
    ...missing.map((key) => `${at}: ${key} is missing`),
    ...unknown.map((key) => `${at}: ${key} is not described`),
    ...Object.entries(value).flatMap(([key, item]) => check(item, properties[key] ?? {}, `${at}/${key}`)),
  ];
}

function checkItems(value: Json, schema: JsonObject, at: string): string[] {
  const items = schema["items"] as JsonObject | undefined;
  return items === undefined || !Array.isArray(value) ? [] : value.flatMap((item, i) => check(item as Json, items, `${at}/${i}`));
}
