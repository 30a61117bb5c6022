// The keywords of JSON Schema and the form of each one's value.

/** The form of a keyword's value. `schema` is a mapping, true or false. */
export type KeywordForm =
  | "schema"
  | "schemas"
  | "schema map"
  | "schema or schemas"
  | "dependencies"
  | "count"
  | "number"
  | "positive number"
  | "text"
  | "pattern"
  | "pattern map"
  | "texts"
  | "text lists"
  | "boolean"
  | "list"
  | "types"
  | "anything";

/** The form of each keyword, in every dialect that has it. */
export const keywordForms: ReadonlyMap<string, KeywordForm> = new Map<string, KeywordForm>([
  ["$schema", "text"],
  ["$id", "text"],
  ["$ref", "text"],
  ["$anchor", "text"],
  ["$dynamicRef", "text"],
  ["$dynamicAnchor", "text"],
  ["$recursiveRef", "text"],
  ["$recursiveAnchor", "boolean"],
  ["$vocabulary", "anything"],
  ["$comment", "anything"],
  ["$defs", "schema map"],
  ["definitions", "schema map"],
  ["type", "types"],
  ["enum", "list"],
  ["const", "anything"],
  ["multipleOf", "positive number"],
  ["maximum", "number"],
  ["exclusiveMaximum", "number"],
  ["minimum", "number"],
  ["exclusiveMinimum", "number"],
  ["maxLength", "count"],
  ["minLength", "count"],
  ["pattern", "pattern"],
  ["format", "text"],
  ["items", "schema or schemas"],
  ["prefixItems", "schemas"],
  ["additionalItems", "schema"],
  ["unevaluatedItems", "schema"],
  ["contains", "schema"],
  ["maxContains", "count"],
  ["minContains", "count"],
  ["maxItems", "count"],
  ["minItems", "count"],
  ["uniqueItems", "boolean"],
  ["properties", "schema map"],
  ["patternProperties", "pattern map"],
  ["additionalProperties", "schema"],
  ["unevaluatedProperties", "schema"],
  ["propertyNames", "schema"],
  ["maxProperties", "count"],
  ["minProperties", "count"],
  ["required", "texts"],
  ["dependentRequired", "text lists"],
  ["dependentSchemas", "schema map"],
  ["dependencies", "dependencies"],
  ["if", "schema"],
  ["then", "schema"],
  ["else", "schema"],
  ["allOf", "schemas"],
  ["anyOf", "schemas"],
  ["oneOf", "schemas"],
  ["not", "schema"],
  ["title", "anything"],
  ["description", "anything"],
  ["default", "anything"],
  ["examples", "anything"],
  ["deprecated", "anything"],
  ["readOnly", "anything"],
  ["writeOnly", "anything"],
  ["contentEncoding", "anything"],
  ["contentMediaType", "anything"],
  ["contentSchema", "schema"],
]);

/** The types that `type` can name. */
export const typeNames: readonly string[] = ["null", "boolean", "object", "array", "number", "string", "integer"];
