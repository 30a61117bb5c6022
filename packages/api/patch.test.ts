import { expect, test } from "vitest";
import { applyPatch, diff } from "./patch.ts";

const before = {
  status: "running",
  output: null,
  steps: [
    { name: "a", status: "completed" },
    { name: "b", status: "running" },
  ],
};

test("a step that ends and one that starts are three small operations", () => {
  const after = { ...before, steps: [before.steps[0], { name: "b", status: "completed" }, { name: "c", status: "running" }] };
  expect(diff(before, after as never)).toEqual([
    { op: "replace", path: "/steps/1/status", value: "completed" },
    { op: "add", path: "/steps/-", value: { name: "c", status: "running" } },
  ]);
});

test("what did not change is shared", () => {
  const after = applyPatch(before, [{ op: "replace", path: "/status", value: "completed" }]) as unknown as typeof before;
  expect(after.status).toBe("completed");
  expect(after.steps).toBe(before.steps);
});

test("keys that JSON Pointer escapes go both ways", () => {
  const value = { "a/b": { "c~d": 1 } };
  expect(diff(value, { "a/b": { "c~d": 2 } })).toEqual([{ op: "replace", path: "/a~1b/c~0d", value: 2 }]);
  expect(applyPatch(value, [{ op: "remove", path: "/a~1b/c~0d" }])).toEqual({ "a/b": {} });
});

test("a patch that does not fit is a bug, and says so", () => {
  expect(() => applyPatch(before, [{ op: "replace", path: "/steps/9/status", value: "x" }])).toThrow(
    'Expected an index of the array, but got "9".',
  );
  expect(() => applyPatch("text", [{ op: "add", path: "/a", value: 1 }])).toThrow("Expected an object to patch");
});
