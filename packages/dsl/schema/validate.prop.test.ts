import { Ajv } from "ajv";
import { Ajv2019 } from "ajv/dist/2019.js";
import { Ajv2020 } from "ajv/dist/2020.js";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { Json, JsonObject } from "@baton/core";
import type { Dialect } from "./dialect.ts";
import { compileValidator } from "./validate.ts";

// A small world, so that schemas and values meet often. Left out are the keywords where ajv does not do what the
// specification says: `contains` (it accepts the empty list beside a tuple that begins with `false`) and `unevaluated...`
// (it counts what a branch of `oneOf` that failed has looked at). They have tables of their own.
const key = fc.constantFrom("a", "b", "c");
const scalar: fc.Arbitrary<Json> = fc.constantFrom<Json[]>(null, true, false, 0, 1, 2, 1.5, -1, "", "a", "b", "ab", "aab", "😀");
const value: fc.Arbitrary<Json> = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    scalar,
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(key, tie("value"), { maxKeys: 3, noNullPrototype: true }),
  ),
})).value;

const count = fc.nat(3);
const number = fc.constantFrom(-1, 0, 1, 1.5, 2);
const typeName = fc.constantFrom("null", "boolean", "object", "array", "number", "string", "integer");

const schemaFor = (dialect: Dialect): fc.Arbitrary<Json> =>
  fc.letrec<{ schema: Json; object: JsonObject }>((tie) => {
    const schema = tie("schema");
    const schemas = fc.array(schema, { minLength: 1, maxLength: 3 });
    const map = fc.dictionary(key, schema, { maxKeys: 3, noNullPrototype: true });
    const names = fc.uniqueArray(key, { maxLength: 2 });
    const shared: { [keyword: string]: fc.Arbitrary<Json> } = {
      type: fc.oneof(typeName, fc.uniqueArray(typeName, { minLength: 1, maxLength: 3 })),
      enum: fc.uniqueArray(value, { minLength: 1, maxLength: 3, selector: (item) => JSON.stringify(item) }),
      const: value,
      multipleOf: fc.constantFrom(1, 2, 0.5),
      maximum: number,
      exclusiveMaximum: number,
      minimum: number,
      exclusiveMinimum: number,
      maxLength: count,
      minLength: count,
      pattern: fc.constantFrom("^a", "b$", "^a*b?$", "[^a]", "\\d", "^\\w$", "a|^$"),
      maxItems: count,
      minItems: count,
      uniqueItems: fc.boolean(),
      properties: map,
      patternProperties: fc.dictionary(fc.constantFrom("^a", "b|c"), schema, { maxKeys: 2, noNullPrototype: true }),
      additionalProperties: schema,
      propertyNames: schema,
      maxProperties: count,
      minProperties: count,
      required: names,
      dependencies: fc.dictionary(key, fc.oneof(schema, names), { maxKeys: 2, noNullPrototype: true }),
      if: schema,
      then: schema,
      else: schema,
      allOf: schemas,
      anyOf: schemas,
      oneOf: schemas,
      not: schema,
    };
    const $ref = fc.constantFrom("#/definitions/one", "#/definitions/two");
    const newer = {
      dependentRequired: fc.dictionary(key, names, { maxKeys: 2, noNullPrototype: true }),
      dependentSchemas: map,
      $ref,
    };
    const items = {
      "draft-06": { items: fc.oneof(schema, schemas), additionalItems: schema },
      "draft-07": { items: fc.oneof(schema, schemas), additionalItems: schema },
      "2019-09": { items: fc.oneof(schema, schemas), additionalItems: schema, ...newer },
      "2020-12": { items: schema, prefixItems: schemas, ...newer },
    }[dialect];
    const keywords = { ...shared, ...items };
    // A few keywords at a time: a schema with all of them fits no value.
    const object = fc
      .uniqueArray(fc.constantFrom(...Object.keys(keywords)), { minLength: 1, maxLength: 4 })
      .chain((chosen) =>
        fc.record(Object.fromEntries(chosen.map((name) => [name, (keywords as typeof shared)[name] as fc.Arbitrary<Json>]))),
      );
    // In the older dialects a reference hides its neighbours, in ajv it does not: there it stands alone.
    const alone = dialect === "draft-07" ? [fc.record({ $ref })] : [];
    return {
      object: fc.oneof(object, ...alone),
      schema: fc.oneof({ depthSize: "small", withCrossShrink: true }, fc.boolean(), tie("object")),
    };
  }).object;

/** References lead to leaves, so that no schema refers to itself without end. */
const definitions: JsonObject = { one: { type: ["string", "array"] }, two: { properties: { a: { type: "integer" } }, minProperties: 1 } };

const validators: { readonly [D in Dialect]: Ajv } = {
  "draft-06": new Ajv({ strict: false, logger: false }),
  "draft-07": new Ajv({ strict: false, logger: false }),
  "2019-09": new Ajv2019({ strict: false, logger: false }),
  "2020-12": new Ajv2020({ strict: false, logger: false }),
};

/** What ajv says; undefined where the code that it generated fails (it does for some references inside `oneOf`). */
const verdict = (validate: (item: Json) => unknown, item: Json): boolean | undefined => {
  try {
    return validate(item) === true;
  } catch {
    return undefined;
  }
};

test.each(["draft-07", "2019-09", "2020-12"] as const)("schemas of %s accept what ajv accepts, and nothing else", (dialect) => {
  fc.assert(
    fc.property(schemaFor(dialect), fc.array(value, { minLength: 1, maxLength: 8 }), (schema, values) => {
      const document = { ...(schema as JsonObject), definitions };
      const theirs = validators[dialect].compile(document);
      const ours = compileValidator(document, dialect);
      for (const item of values) {
        const wanted = verdict(theirs, item);
        if (wanted !== undefined) expect({ item, valid: ours(item).length === 0 }).toEqual({ item, valid: wanted });
      }
    }),
    { numRuns: Number(process.env["PROPERTY_RUNS"] ?? 60) },
  );
});
