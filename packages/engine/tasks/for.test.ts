import { expect, test } from "vitest";
import type { Json } from "@baton/core";
import { runLimits } from "../limits.ts";
import { attempt, constant, dot, fn, fork, http, list, loop, raise, set, variable } from "../testing/specs.ts";
import { scenario } from "../testing/scenario.ts";

const both = fn("[$index, $item]", (_, v) => [v["index"] ?? null, v["item"] ?? null]);
const add = fn(". + [$item]", (input, v) => [...(Array.isArray(input) ? (input as Json[]) : []), v["item"] ?? null]);

test("an iteration reads the output of the one before; the last one's is the loop's", () => {
  const run = scenario([loop("each", dot("items"), [set("add", add)])], { items: ["a", "b", "c"] });
  expect(run.view.output).toEqual(["a", "b", "c"]);
  expect(run.steps).toEqual(["each completed", "add completed", "add completed", "add completed"]);
});

test("item and index are bound in the body, and no longer behind it", () => {
  const run = scenario([loop("each", constant(["a", "b"]), [set("see", both)]), set("after", both)]);
  expect(run.view.steps.map(({ output }) => output)).toEqual([
    [1, "b"],
    [0, "a"],
    [1, "b"],
    [null, null],
  ]);
});

test("tasks of every kind inside the body see them, however deep", () => {
  const see = set("see", both);
  const kinds = [
    list("list", [see]),
    fork("fork", [see]),
    attempt("try", [see]),
    attempt("try", [raise("fail", "urn:fail")], { do: [see] }),
  ];
  for (const kind of kinds) {
    const run = scenario([loop("each", constant(["a", "b"]), [list("around", [kind])])]);
    const seen = run.view.steps.filter(({ name }) => name === "see").map(({ output }) => output);
    expect(seen).toEqual([
      [0, "a"],
      [1, "b"],
    ]);
  }
});

test("an inline list needs no events of its own; an evaluated one is recorded", () => {
  expect(scenario([loop("each", constant([1]), [http("a")])]).told).toContain("each entered its loop");
  expect(scenario([loop("each", dot("items"), [http("a")])], { items: [1] }).told).toContain("each entered its loop [1]");
});

test("an empty list gives the input, and so does a `while` that is false at once", () => {
  expect(scenario([loop("each", constant([]), [set("a", constant(1))])], 7).view.output).toBe(7);
  const never = fn("false", () => false);
  expect(scenario([loop("each", constant([1]), [set("a", constant(1))], { while: never })], 7).view.output).toBe(7);
});

test("`while` is asked before each iteration, on the data so far, with item and index bound", () => {
  const asked: Json[] = [];
  const small = fn("...", (input, v) => {
    asked.push([input, v["item"] ?? null, v["index"] ?? null]);
    return v["item"] !== "c";
  });
  const run = scenario([loop("each", constant(["a", "b", "c", "d"]), [set("add", add)], { while: small })], 0);
  expect(asked).toEqual([
    [0, "a", 0],
    [["a"], "b", 1],
    [["a", "b"], "c", 2],
  ]);
  expect(run.view.output).toEqual(["a", "b"]);
});

test("loops nest: the inner one sees the item of the outer one through its own names hiding it", () => {
  const inner = loop("inner", variable("item"), [http("call", { from: both })]);
  const run = scenario([loop("outer", constant([["x"], ["y", "z"]]), [inner])]);
  expect(run.view.steps[2]?.input).toEqual([0, "x"]);
  run.complete("call").complete("call");
  expect(run.view.steps.at(-1)?.input).toEqual([1, "z"]);
});

test("`exit` in the body leaves this iteration's list; `end` ends the workflow", () => {
  const body = [set("a", variable("item"), { then: "exit" }), raise("never", "urn:never")];
  expect(scenario([loop("each", constant([1, 2]), body)]).steps).toEqual(["each completed", "a completed", "a completed"]);
  const ending = [set("a", variable("item"), { then: "end" })];
  const run = scenario([loop("each", constant([1, 2]), ending), raise("never", "urn:never")]);
  expect(run.steps).toEqual(["each completed", "a completed"]);
  expect(run.view).toMatchObject({ status: "completed", output: 1 });
});

test.each<[Json, string]>([
  [{ items: 5 }, "a number"],
  [{}, "null"],
  [{ items: { a: 1 } }, "an object"],
])("an `in` that is no array is an expression error: %j", (input, what) => {
  const run = scenario([loop("each", dot("items"), [http("a")])], input);
  expect(run.error).toBe("expression 400 at /do/0/each");
  expect(run.view.error?.detail).toContain(`gave ${what}`);
});

test("a loop over too many items faults with the limit's error", () => {
  const many = fn("[range(n)]", () => Array.from({ length: runLimits.loopItems + 1 }, () => 0));
  const run = scenario([loop("each", many, [http("a")])]);
  expect(run.view.error).toMatchObject({ title: "Too many items", instance: "/do/0/each" });
  const large = fn("large", () => ["x".repeat(runLimits.dataSize)]);
  expect(scenario([loop("each", large, [http("a")])]).view.error).toMatchObject({ title: "Data too large", instance: "/do/0/each" });
});

test("a loop with an empty body takes its turns and gives its input", () => {
  expect(scenario([list("outer", [loop("each", constant([1, 2, 3]), [])])], "in").view.output).toBe("in");
});
