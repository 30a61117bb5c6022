import { expect, test } from "vitest";
import type { Json } from "@baton/core";
import type { Template } from "@baton/dsl";
import { describe as kindOf, evaluate, fill, instantAfter, validate } from "./evaluate.ts";
import { giving, someScope } from "./testing/scope.ts";
import { beginning } from "./testing/world.ts";
import { Raised } from "./workflow-error.ts";

function detailOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof Raised) return error.error.detail ?? "";
    throw error;
  }
  return "nothing was raised";
}

test.each<[readonly Json[], Json]>([
  [[], null],
  [[1], 1],
  [[[]], []],
  [
    [1, 2],
    [1, 2],
  ],
])("results %j are the value %j", (results, value) => {
  expect(
    evaluate(
      someScope(),
      giving(() => results),
      0,
    ),
  ).toEqual(value);
});

test("text takes in strings as they are, other values as JSON", () => {
  const parts = ["a ", giving(() => ["text"]), " b ", giving(() => [{ c: 1 }]), giving(() => [null])];
  expect(fill(someScope(), { kind: "text", parts }, 0)).toBe('a text b {"c":1}null');
});

test("a template is filled through and through, whatever its keys are called", () => {
  const template: Template = {
    kind: "object",
    entries: [
      ["__proto__", { kind: "constant", value: 1 }],
      ["list", { kind: "array", items: [{ kind: "expression", expression: giving((input) => [input]) }] }],
    ],
  };
  const value = fill(someScope(), template, 7);
  expect(JSON.stringify(value)).toBe('{"__proto__":1,"list":[7]}');
});

test.each<[Json, number]>([
  ["PT2S", 2000],
  [{ seconds: 1, milliseconds: 5 }, 1005],
  [{}, 0],
])("a computed duration: %j", (value, ms) => {
  expect(instantAfter(someScope(), { kind: "expression", expression: giving(() => [value]) }, 0, beginning) - beginning).toBe(ms);
});

test.each<[Json]>([["two seconds"], [5], [null], [{ minute: 1 }], [{ seconds: "1" }], [{ seconds: -1 }]])("no duration: %j", (value) => {
  const action = () => instantAfter(someScope(), { kind: "expression", expression: giving(() => [value], ".delay") }, 0, beginning);
  expect(detailOf(action)).toContain('The expression ".delay" should give a duration');
});

test("a long expression is quoted in part", () => {
  const failing = giving(() => {
    throw new Error("boom");
  }, "x".repeat(1000));
  expect(detailOf(() => evaluate(someScope(), failing, 0))).toBe(`The expression "${"x".repeat(200)}..." failed: boom`);
});

test("many schema problems are told in part, with their place", () => {
  const check = () => Array.from({ length: 7 }, (_, i) => ({ pointer: `/${i}`, message: "is wrong" }));
  const detail = detailOf(() => validate(someScope(), { document: {}, check }, 0, "input"));
  expect(detail).toBe("The input breaks its schema: /0: is wrong; /1: is wrong; /2: is wrong; /3: is wrong; /4: is wrong; and 2 more.");
});

test("values are described without being shown", () => {
  expect([null, 1, "a", true, [], {}].map((value) => kindOf(value))).toEqual([
    "null",
    "a number",
    "a string",
    "a boolean",
    "an array",
    "an object",
  ]);
});
