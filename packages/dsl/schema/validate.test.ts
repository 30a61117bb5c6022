import type { Json } from "@baton/core";
import { Ajv } from "ajv";
import addFormats from "ajv-formats";
import { expect, test } from "vitest";
import type { Dialect } from "./dialect.ts";
import { formatCheck } from "./formats.ts";
import { maxSchemaProblems } from "./run.ts";
import { compileValidator } from "./validate.ts";

const problems = (schema: Json, value: Json, dialect: Dialect = "2020-12"): string[] =>
  compileValidator(schema, dialect)(value).map(({ pointer, message }) => `${pointer}: ${message}`);
const valid = (schema: Json, value: Json, dialect?: Dialect): boolean => problems(schema, value, dialect).length === 0;

test("every problem is told, each with its place", () => {
  const schema = {
    type: "object",
    required: ["id", "name"],
    properties: {
      id: { type: "integer", minimum: 1 },
      tags: { type: "array", items: { type: "string", maxLength: 3 }, uniqueItems: true },
      "a/b": { enum: ["x", 1, null] },
    },
    additionalProperties: false,
  };
  expect(problems(schema, { id: 0.5, tags: ["abcd", 7, "x", "x"], "a/b": "y", extra: true })).toEqual([
    ': the property "name" is missing',
    "/id: must be an integer, but is a number",
    "/id: must be at least 1",
    "/tags: must not have the same item twice",
    "/tags/0: must have at most 3 characters",
    "/tags/1: must be a string, but is a number",
    '/a~1b: must be one of "x", 1, null',
    ': the property "extra" is not allowed',
  ]);
});

test("characters are counted, not code units", () => {
  expect(valid({ maxLength: 1 }, "😀")).toBe(true);
  expect(valid({ minLength: 2 }, "😀")).toBe(false);
});

test("decimal fractions are multiples as people write them", () => {
  expect(valid({ multipleOf: 0.1 }, 0.3)).toBe(true);
  expect(valid({ multipleOf: 0.01 }, 19.99)).toBe(true);
  expect(valid({ multipleOf: 0.1 }, 0.35)).toBe(false);
});

test("`__proto__` is a property like any other", () => {
  const value = JSON.parse('{ "__proto__": 1 }') as Json;
  expect(valid({ required: ["__proto__"] }, {})).toBe(false);
  expect(valid({ required: ["__proto__", "constructor"] }, value)).toBe(false);
  expect(problems(JSON.parse('{ "properties": { "__proto__": { "type": "string" } } }') as Json, value)).toHaveLength(1);
});

// JSON Schema 2020-12, section 10.3.1.3; Validation, sections 6.4.4 and 6.4.5.
test.each<[Json, Json, boolean]>([
  [{ contains: { type: "null" } }, [], false],
  [{ contains: { type: "null" } }, [1, null], true],
  [{ contains: false }, [], false],
  [{ contains: { type: "null" }, minContains: 0 }, [], true],
  [{ contains: { type: "null" }, minContains: 2 }, [null], false],
  [{ contains: { type: "null" }, maxContains: 1 }, [null, null], false],
  [{ minContains: 2 }, [], true],
  [{ contains: { type: "null" } }, "text", true],
])("contains: %j and %j: %j", (schema, value, expected) => {
  expect(valid(schema, value)).toBe(expected);
});

// JSON Schema 2020-12, section 11.
test.each<[Json, Json, boolean]>([
  [{ properties: { a: true }, unevaluatedProperties: false }, { a: 1 }, true],
  [{ properties: { a: true }, unevaluatedProperties: false }, { b: 1 }, false],
  [{ allOf: [{ properties: { a: true } }], unevaluatedProperties: false }, { a: 1 }, true],
  [{ allOf: [{ properties: { a: true } }], additionalProperties: false }, { a: 1 }, false],
  [{ anyOf: [{ properties: { a: true } }, { properties: { b: { type: "null" } } }], unevaluatedProperties: false }, { a: 1, b: 1 }, false],
  [{ anyOf: [{ properties: { a: true } }, { properties: { b: true } }], unevaluatedProperties: false }, { a: 1, b: 1 }, true],
  [{ oneOf: [true, { prefixItems: [{ type: "null" }] }], unevaluatedItems: false }, ["a"], false],
  [
    { if: { required: ["a"], properties: { a: true } }, then: { properties: { b: true } }, unevaluatedProperties: false },
    { a: 1, b: 1 },
    true,
  ],
  [{ if: { required: ["a"], properties: { a: true } }, then: { properties: { b: true } }, unevaluatedProperties: false }, { b: 1 }, false],
  [{ not: { not: { properties: { a: true } } }, unevaluatedProperties: false }, { a: 1 }, false],
  [{ $defs: { x: { properties: { a: true } } }, $ref: "#/$defs/x", unevaluatedProperties: false }, { a: 1 }, true],
  [{ dependentSchemas: { a: { properties: { a: true, b: true } } }, unevaluatedProperties: false }, { a: 1, b: 1 }, true],
  [{ properties: { a: { unevaluatedProperties: false } } }, { a: { b: 1 } }, false],
  [{ allOf: [{ unevaluatedProperties: true }], unevaluatedProperties: false }, { a: 1 }, true],
  [{ prefixItems: [true], unevaluatedItems: false }, [1, 2], false],
  [{ prefixItems: [true], contains: { const: 2 }, unevaluatedItems: false }, [1, 2], true],
  [{ unevaluatedItems: { type: "string" } }, ["a", 1], false],
])("unevaluated: %j and %j: %j", (schema, value, expected) => {
  expect(valid(schema, value)).toBe(expected);
});

const tree = {
  $id: "https://example.com/tree",
  $defs: { node: { $anchor: "node", properties: { next: { $ref: "#node" } }, required: ["v"] } },
};
test.each<[Json, Json, boolean]>([
  [{ ...tree, $ref: "#node" }, { v: 1, next: { v: 2, next: {} } }, false],
  [{ ...tree, $ref: "#/$defs/node" }, { v: 1, next: { v: 2 } }, true],
  [{ ...tree, $ref: "https://example.com/tree#/$defs/node" }, {}, false],
  [{ $defs: { a: { $id: "a.json", $defs: { b: { type: "null" } }, $ref: "#/$defs/b" } }, $ref: "a.json" }, 1, false],
  [{ $id: "https://example.com/x/root.json", $defs: { a: { $id: "a.json", type: "null" } }, $ref: "a.json" }, 1, false],
  [{ $defs: { "a/b~c%d": { type: "null" } }, $ref: "#/$defs/a~1b~0c%25d" }, 1, false],
  [{ properties: { child: { $ref: "#" } }, maxProperties: 1 }, { child: { child: { a: 1, b: 2 } } }, false],
  [{ $dynamicAnchor: "node", properties: { child: { $dynamicRef: "#node" } }, maxProperties: 1 }, { child: { a: 1, b: 2 } }, false],
])("references: %j and %j: %j", (schema, value, expected) => {
  expect(valid(schema, value)).toBe(expected);
});

test("dialects differ in tuples and in what stands beside a reference", () => {
  expect(valid({ items: [{ type: "null" }], additionalItems: false }, [null, 1], "draft-07")).toBe(false);
  expect(valid({ prefixItems: [{ type: "null" }], items: false }, [null, 1])).toBe(false);
  expect(valid({ prefixItems: [{ type: "null" }] }, [1], "draft-07")).toBe(true);
  const beside = { definitions: { any: true }, $ref: "#/definitions/any", type: "null" };
  expect(valid(beside, 1, "draft-07")).toBe(true);
  expect(valid(beside, 1, "2019-09")).toBe(false);
});

const samples = [
  "2026-01-31T12:00:00Z",
  "2026-01-31t12:00:00.5+02:00",
  "2026-02-29T00:00:00Z",
  "2024-02-29",
  "1900-02-29",
  "2000-02-29",
  "2026-13-01",
  "2026-04-31",
  "12:00:00Z",
  "12:00:60Z",
  "23:59:60Z",
  "00:59:60+01:00",
  "24:00:00Z",
  "12:00:00",
  "a@example.com",
  "a.b@c.d",
  "a..b@c.d",
  "@example.com",
  "a@",
  "a b@c.d",
  "localhost",
  "-a.b",
  "a-.b",
  "example.com",
  "exa_mple.com",
  "1.2.3.4",
  "1.2.3.256",
  "1.2.3",
  "01.2.3.4",
  "::",
  "::1",
  "1::",
  "1:2:3:4:5:6:7:8",
  "1:2:3:4:5:6:7:8:9",
  "1:2:3:4:5:6:1.2.3.4",
  "::1.2.3.4",
  "1::2::3",
  "12345::",
  ":1",
  "https://a.b/c?d#e",
  "urn:isbn:1",
  "a/b",
  "//a.b",
  "a b",
  "a%zz",
  "#a#b",
  "f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
  "f81d4fae7dec11d0a76500a0c91e6bf6",
  "/a/b~0",
  "/a~2",
  "a",
  "",
];
test.each(["date-time", "date", "time", "email", "hostname", "ipv4", "ipv6", "uri", "uri-reference", "uuid", "json-pointer"])(
  "the format %s is what ajv-formats takes it for",
  (format) => {
    const ajv = new Ajv({ strict: false });
    addFormats.default(ajv, { mode: "full" });
    const theirs = ajv.compile({ format });
    const ours = formatCheck(format);
    expect(samples.filter((sample) => ours?.(sample))).toEqual(samples.filter((sample) => theirs(sample)));
  },
);

test("a format that is not known says nothing", () => {
  expect(valid({ format: "colour" }, "anything")).toBe(true);
  expect(valid({ format: "constructor" }, "anything")).toBe(true);
});

test("a schema that takes exponential time is stopped", () => {
  const schema = { properties: { a: { anyOf: [{ $ref: "#" }, { $ref: "#" }] } }, required: ["never"] };
  let value: Json = {};
  for (let depth = 0; depth < 40; depth++) value = { a: value };
  expect(problems(schema, value).at(-1)).toBe(": checking the value takes more than 1000000 steps");
});

test("a schema that applies itself without end is stopped", () => {
  expect(problems({ allOf: [{ $ref: "#" }] }, 1)).toEqual([": schemas lie more than 1000 levels deep in one another"]);
});

test("a pattern that backtracks without end is stopped", () => {
  expect(problems({ pattern: "^(a|aa)+$" }, `${"a".repeat(60)}!`)).toEqual([": a pattern takes more than 1000000 steps to match"]);
});

test("the list of problems has an end", () => {
  const found = problems(
    { items: false },
    Array.from({ length: 100 }, () => 1),
  );
  expect(found).toHaveLength(maxSchemaProblems + 1);
  expect(found.at(-1)).toBe(`: there are more than ${maxSchemaProblems} problems`);
});
