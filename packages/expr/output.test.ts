import { expect, test } from "vitest";
import { compile, type Json } from "./index.ts";

test.each<[string, Json]>([
  ["1e1000", Number.MAX_VALUE],
  ["-1e1000", -Number.MAX_VALUE],
  ["[1e1000, {a: -1e1000}]", [Number.MAX_VALUE, { a: -Number.MAX_VALUE }]],
  [".[0] * 1e308 * 10", Number.MAX_VALUE],
  [". | map(. * 1e308 * 10)", [Number.MAX_VALUE]],
])("a result is JSON that reads back as it was: %s", (source, value) => {
  const compiled = compile(source);
  const { expression } = compiled.ok ? compiled : expect.unreachable();
  const result = expression.all([1], [], { now: 0 })[0];
  expect(result).toEqual(value);
  expect(JSON.parse(JSON.stringify(result))).toEqual(result);
  expect(expression.first([1], [], { now: 0 })).toEqual(value);
});
