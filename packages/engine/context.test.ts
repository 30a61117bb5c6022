import { expect, test } from "vitest";
import type { Json } from "@baton/core";
import { mergeContexts } from "./context.ts";

test.each<[string, Json, readonly (Json | undefined)[], Json]>([
  ["nothing changed", { a: 1 }, [{ a: 1 }, undefined], { a: 1 }],
  [
    "each added something",
    { a: 1 },
    [
      { a: 1, b: 2 },
      { a: 1, c: 3 },
    ],
    { a: 1, b: 2, c: 3 },
  ],
  ["a later branch wins", {}, [{ a: 1 }, { a: 2 }], { a: 2 }],
  ["an untouched copy does not win", { a: 0 }, [{ a: 1 }, { a: 0, b: 1 }], { a: 1, b: 1 }],
  ["a branch that replaced the whole adds its keys", { a: 1 }, [{ b: 2 }], { a: 1, b: 2 }],
  ["nested values are taken whole", { a: { x: 1 } }, [{ a: { y: 2 } }], { a: { y: 2 } }],
  ["what is no object replaces", { a: 1 }, [[1]], [1]],
  ["and is replaced", 5, [{ a: 1 }, { b: 2 }], { a: 1, b: 2 }],
  ["keys like any other", {}, [JSON.parse('{"__proto__":1}') as Json], JSON.parse('{"__proto__":1}') as Json],
])("%s", (_, base, branches, merged) => {
  expect(JSON.stringify(mergeContexts(base, branches))).toBe(JSON.stringify(merged));
});

test("an unchanged context stays the same object", () => {
  const base = { a: 1 };
  expect(mergeContexts(base, [base, { a: 1 }, undefined])).toBe(base);
});
