import { expect, test } from "vitest";
import { http, list, set, constant, wait } from "../testing/specs.ts";
import { scenario } from "../testing/scenario.ts";

test("tasks run in order, each on the output of the one before", () => {
  const run = scenario([http("a"), http("b")], { x: 1 });
  expect(run.told).toEqual(['run started {"x":1}', "a started", 'ask a POST https://service.test/ {"x":1}']);
  run.complete("a", 2);
  expect(run.told).toEqual(["a completed 2", "b started", "ask b POST https://service.test/ 2"]);
  run.complete("b", 3);
  expect(run.told).toEqual(["b completed 3", "run completed"]);
  expect(run.view).toMatchObject({ status: "completed", input: { x: 1 }, output: 3, error: null });
});

test("a nested list gives its last output", () => {
  const run = scenario([list("outer", [set("one", constant(1)), list("inner", [http("a")])]), http("b")]);
  run.complete("a", "done");
  expect(run.steps).toEqual(["outer completed", "one completed", "inner completed", "a completed", "b running"]);
  expect(run.view.steps[0]).toMatchObject({ output: "done", reference: "/do/0/outer", kind: "do" });
  expect(run.view.steps[3]).toMatchObject({ reference: "/do/0/outer/do/1/inner/do/0/a", input: 1 });
});

test("an empty list gives its input", () => {
  expect(scenario([list("none", [])], 7).view.output).toBe(7);
  expect(scenario([], 7).view).toMatchObject({ status: "completed", output: 7, steps: [] });
});

test("`exit` leaves the list, and the flow goes on behind it", () => {
  const run = scenario([list("outer", [set("a", constant(1), { then: "exit" }), set("b", constant(2))]), set("c", constant(3))]);
  expect(run.steps).toEqual(["outer completed", "a completed", "c completed"]);
  expect(run.view.output).toBe(3);
});

test("`exit` in the workflow's own list ends the workflow", () => {
  const run = scenario([set("a", constant(1), { then: "exit" }), set("b", constant(2))]);
  expect(run.steps).toEqual(["a completed"]);
  expect(run.view).toMatchObject({ status: "completed", output: 1 });
});

test("`end` ends the workflow from any depth; the tasks around it complete with the same output", () => {
  const deep = list("outer", [list("inner", [set("a", constant(1), { then: "end" }), set("b", constant(2))]), set("c", constant(3))]);
  const run = scenario([deep, set("d", constant(4))]);
  expect(run.steps).toEqual(["outer completed", "inner completed", "a completed"]);
  expect(run.view).toMatchObject({ status: "completed", output: 1 });
});

test("`then` jumps to a task of the same list, also backwards", () => {
  const jump = scenario([set("a", constant(1), { then: "c" }), set("b", constant(2)), set("c", constant(3))]);
  expect(jump.steps).toEqual(["a completed", "c completed"]);
  const back = scenario([wait("first", 10), http("second", { then: "first" })]);
  back.fire().complete("second").fire();
  expect(back.steps).toEqual(["first completed", "second completed", "first completed", "second running"]);
});

test("`continue` behind the last task ends the list", () => {
  expect(scenario([set("a", constant(1), { then: "continue" })]).view).toMatchObject({ status: "completed", output: 1 });
});

test("a fault below passes on up to the run, with the reference of the task that raised it", () => {
  const run = scenario([list("outer", [http("a")]), http("b")]);
  run.fail("a", 503);
  expect(run.told).toEqual(["a faulted communication 503 at /do/0/outer/do/0/a", "outer faulted", "run faulted"]);
  expect(run.view.status).toBe("faulted");
  expect(run.error).toBe("communication 503 at /do/0/outer/do/0/a");
  expect(run.view.steps[0]?.error).toEqual(run.view.steps[1]?.error);
});
