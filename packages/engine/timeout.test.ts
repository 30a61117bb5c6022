// Timeouts are durable deadlines, and abrupt: everything below is stopped.
import { expect, test } from "vitest";
import { attempt, constant, fork, http, list, loop, set, variable, wait } from "./testing/specs.ts";
import { scenario } from "./testing/scenario.ts";

test("a task that takes too long is stopped, and faults with a timeout", () => {
  const run = scenario([http("a", { timeoutMs: 2000 })]);
  expect(run.told).toEqual(["run started {}", "a started until +2s", "set timeout of a +2s", "ask a POST https://service.test/ {}"]);
  expect(run.fire().told).toEqual(["a faulted timeout 408 at /do/0/a", "run faulted", "abort a", "clear timeout of a"]);
  expect(run.view.error?.detail).toBe('The task "a" took longer than allowed.');
});

test("a task that is done in time clears its deadline", () => {
  expect(scenario([http("a", { timeoutMs: 2000 })]).complete("a").told).toEqual([
    "a completed null",
    "run completed",
    "clear timeout of a",
  ]);
});

test("a timeout of a composite task cancels all below, with timers and calls", () => {
  const run = scenario([
    list("outer", [fork("all", [http("a"), wait("b", 9000), loop("c", constant([1]), [http("d")])])], { timeoutMs: 1000 }),
  ]);
  run.fire();
  expect(run.told.slice(0, 2)).toEqual(["outer faulted timeout 408 at /do/0/outer", "run faulted"]);
  expect(run.told.slice(2).sort()).toEqual(["abort a", "abort d", "clear timeout of outer", "clear wait of b"]);
  expect(run.steps).toEqual(["outer faulted", "all cancelled", "a cancelled", "b cancelled", "c cancelled", "d cancelled"]);
});

test("the deadline of an outer task and of an inner one both stand", () => {
  const run = scenario([list("outer", [http("a", { timeoutMs: 5000 })], { timeoutMs: 3000 })]);
  expect(run.fire().error).toBe("timeout 408 at /do/0/outer");
});

test("a timeout can be caught, and the task be retried with a new deadline", () => {
  const run = scenario([attempt("try", [http("a", { timeoutMs: 1000 })], { do: [set("handle", variable("error"))] })]);
  expect(run.fire().view.output).toMatchObject({ status: 408, instance: "/do/0/try/try/0/a" });
});

test("a try's own timeout is not caught by itself", () => {
  const run = scenario([attempt("try", [http("a")], { do: [set("handle", constant(1))] }, { timeoutMs: 1000 })]);
  expect(run.fire().error).toBe("timeout 408 at /do/0/try");
});

test("the workflow's timeout ends the run", () => {
  const run = scenario([attempt("try", [http("a")])], {}, { timeoutMs: 1000 });
  expect(run.told).toContain("set timeout of run +1s");
  expect(run.fire().told).toEqual(["run faulted timeout 408 at /timeout", "abort a", "clear timeout of run"]);
  expect(run.steps).toEqual(["try cancelled", "a cancelled"]);
});

test("an answer after the deadline changes nothing", () => {
  const run = scenario([attempt("try", [http("a", { timeoutMs: 1000 })]), http("b")]);
  run.fire();
  expect(run.send({ type: "CompleteWork", step: 2, output: "late" }).told).toEqual([]);
  expect(run.steps).toEqual(["try completed", "a faulted", "b running"]);
});
