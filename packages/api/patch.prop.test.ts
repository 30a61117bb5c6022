import { array, assert, constantFrom, dictionary, jsonValue, property } from "fast-check";
import type { Json } from "@baton/core";
import { expect, test } from "vitest";
import { applyPatch, diff } from "./patch.ts";

const json = jsonValue({ maxDepth: 5 }).map((value) => value as Json);

test("applying the difference of two values to the first gives the second", () => {
  assert(
    property(json, json, (before, after) => {
      expect(applyPatch(before, diff(before, after))).toEqual(after);
    }),
  );
});

test("related values: an object that lost, gained and changed keys, an array that grew and shrank", () => {
  const state = dictionary(constantFrom("a", "b~", "c/d", "__proto__", "steps"), array(json, { maxLength: 4 }), {
    noNullPrototype: true,
  });
  assert(
    property(state, state, (before, after) => {
      expect(applyPatch(before, diff(before, after))).toEqual(after);
      expect(diff(before, structuredClone(before))).toEqual([]);
    }),
  );
});
