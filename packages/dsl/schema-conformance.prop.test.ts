// Held against the official schema: a document that is accepted here is valid there, but for the differences that
// docs/decisions/0012-stricter-and-more-lenient.md lists. The documents are the specification's examples, broken at random.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { isArray, isObject, type Json, type JsonObject } from "@baton/core";
import { compileDefinition, type Diagnostic } from "./index.ts";

const spec = new URL("../../../shared/spec/", import.meta.url);
const available = existsSync(spec);

const ajv = new Ajv2020({ strict: false, allErrors: true, logger: false });
addFormats.default(ajv);
const official = available ? ajv.compile(parse(readFileSync(new URL("schema/workflow.yaml", spec), "utf8")) as object) : undefined;

const examples: JsonObject[] = available
  ? readdirSync(new URL("examples/", spec))
      .filter((name) => name.endsWith(".yaml"))
      .map((name) => parse(readFileSync(new URL(`examples/${name}`, spec), "utf8")) as JsonObject)
      .filter((example) => compileDefinition(example).ok)
  : [];

type Place = readonly (string | number)[];

const placesOf = (value: Json, at: Place = []): Place[] => {
  const inside = isArray(value) ? value.map((item, i) => [i, item] as const) : isObject(value) ? Object.entries(value) : [];
  return [at, ...inside.flatMap(([key, inner]) => placesOf(inner, [...at, key]))];
};

/** The value with the one at a place changed; undefined takes it away. */
const edit = (value: Json, place: Place, change: (value: Json) => Json | undefined): Json | undefined => {
  const [key, ...rest] = place;
  if (key === undefined) return change(value);
  if (isArray(value)) return value.flatMap((item, i) => (i === key ? (edit(item, rest, change) ?? []) : [item]) as Json[]);
  if (!isObject(value)) return value;
  const entries = Object.entries(value).flatMap(([name, inner]) => {
    const edited = name === key ? edit(inner, rest, change) : inner;
    return edited === undefined ? [] : [[name, edited] as const];
  });
  return Object.fromEntries(entries);
};

const otherValue = fc.constantFrom<Json[]>(
  null,
  true,
  0,
  7,
  -1,
  1.5,
  "",
  "text",
  ".x",
  "${ .x }",
  "https://example.com/${ .id }",
  "PT5S",
  [],
  ["a"],
  {},
  { a: 1 },
  { seconds: 3 },
);
const keyNames = [
  "call",
  "with",
  "set",
  "do",
  "for",
  "each",
  "in",
  "while",
  "try",
  "catch",
  "errors",
  "retry",
  "as",
  "when",
  "then",
  "input",
  "output",
  "from",
  "schema",
  "document",
  "timeout",
  "after",
  "metadata",
  "await",
  "return",
  "endpoint",
  "uri",
  "method",
  "body",
  "query",
  "type",
  "status",
  "detail",
  "unknown",
];

const mutation = fc.record({
  kind: fc.constantFrom("delete", "rename", "replace", "add"),
  place: fc.nat(),
  key: fc.constantFrom(...keyNames),
  value: otherValue,
});

const mutate = (
  document: JsonObject,
  { kind, place, key, value }: { kind: string; place: number; key: string; value: Json },
): JsonObject => {
  const places = placesOf(document);
  const chosen = places[place % places.length] ?? [];
  const changed = edit(document, chosen, (old) => {
    if (kind === "delete" && chosen.length > 0) return undefined;
    if (kind === "replace" && chosen.length > 0) return value;
    if (!isObject(old)) return old;
    if (kind === "add") return { ...old, [key]: value };
    const [first, ...others] = Object.entries(old);
    return first === undefined ? old : Object.fromEntries([[key, first[1]], ...others]);
  });
  return isObject(changed) ? changed : document;
};

/** Where this compiler accepts what the schema does not; docs/decisions/0012 says why. */
const lenient: readonly RegExp[] = [
  /\/with\/(?:headers|query)(?:\/[^/]*)?$/,
  /\/for\/in(?:\/\d+)?$/,
  /\/workflow(?:\/input)?$/,
  /\/(?:shell|script)\/arguments$/,
  /\/status$/,
  /\/(?:endpoint|uri|type|instance)$/,
  /\/(?:one|(?:all|any)\/\d+)\/with\/[^/]+$/,
];

test.skipIf(!available)("the examples themselves are valid there (needs ../shared/spec)", () => {
  expect(examples.length).toBeGreaterThan(20);
  for (const example of examples) expect(official?.(example)).toBe(true);
});

test.skipIf(!available)("what is accepted here is valid there (needs ../shared/spec)", () => {
  let accepted = 0;
  fc.assert(
    fc.property(fc.nat(), fc.array(mutation, { minLength: 1, maxLength: 2 }), (index, mutations) => {
      const example = examples[index % examples.length] as JsonObject;
      const document = mutations.reduce(mutate, example);
      if (!compileDefinition(document).ok) return;
      accepted++;
      if (official?.(document) === true) return;
      const places = (official?.errors ?? [])
        .filter(({ keyword }) => !["oneOf", "anyOf", "allOf", "if"].includes(keyword))
        .map(({ instancePath }) => instancePath);
      const excused = places.some((place) => lenient.some((pattern) => pattern.test(place)));
      expect({ document, places, excused }).toEqual({ document, places, excused: true });
    }),
    { numRuns: Number(process.env["PROPERTY_RUNS"] ?? 200) },
  );
  expect(accepted).toBeGreaterThan(20);
});

/** Rules that ask more than the schema does: of names, references and expressions, which it does not look into. */
const stricter = new Set([
  "unknown-key",
  "duplicate-name",
  "unknown-target",
  "several-defaults",
  "unknown-reference",
  "invalid-duration",
  "invalid-expression",
  "invalid-cron",
  "invalid-schema",
  "invalid-value",
  "dsl-version",
  "not-yet-supported",
  "unknown-variable",
  "unavailable-argument",
]);

/** Other rules that ask more in one place: a schedule says when, once, and an event that is emitted is one. */
const stricterAt: readonly { readonly rule: string; readonly at: RegExp }[] = [
  { rule: "missing-key", at: /^\/schedule$/ },
  { rule: "conflicting-keys", at: /^\/schedule\/[^/]+$/ },
  { rule: "missing-key", at: /\/emit\/event$/ },
];

function isListed({ rule, pointer }: Diagnostic): boolean {
  return stricter.has(rule) || stricterAt.some((one) => one.rule === rule && one.at.test(pointer));
}

test.skipIf(!available)("what is valid there is refused here only for what the schema does not look into (needs ../shared/spec)", () => {
  fc.assert(
    fc.property(fc.nat(), fc.array(mutation, { minLength: 1, maxLength: 2 }), (index, mutations) => {
      const document = mutations.reduce(mutate, examples[index % examples.length] as JsonObject);
      if (official?.(document) !== true) return;
      const result = compileDefinition(document);
      const shape = result.ok ? [] : result.diagnostics.filter((one) => one.severity === "error" && !isListed(one));
      expect({ document, shape }).toEqual({ document, shape: [] });
    }),
    { numRuns: Number(process.env["PROPERTY_RUNS"] ?? 200) },
  );
});
