import { expect, test } from "vitest";
import { runLimits } from "../limits.ts";
import { attempt, constant, field, fn, fork, http, list, race, raise, set, subflow, variable, wait } from "../testing/specs.ts";
import { scenario } from "../testing/scenario.ts";

const put = (name: string, value: number) =>
  fn(`$context + {${name}: ${value}}`, (_, v) => ({ ...(v["context"] as object), [name]: value }));

test("a joining fork gives the outputs in declaration order, whatever came first", () => {
  const run = scenario([fork("both", [http("a"), http("b")])], { x: 1 });
  expect(run.told).toEqual([
    'run started {"x":1}',
    "both started",
    "a started",
    "b started",
    'ask a POST https://service.test/ {"x":1}',
    'ask b POST https://service.test/ {"x":1}',
  ]);
  run.complete("b", 2);
  expect(run.told).toEqual(["b completed 2"]);
  run.complete("a", 1);
  expect(run.told).toEqual(["a completed 1", "both completed", "run completed"]);
  expect(run.view.output).toEqual([1, 2]);
});

test("without branches the output is an empty list", () => {
  expect(scenario([fork("none", [])]).view.output).toEqual([]);
});

test("a fault in a joining fork cancels the other branches and faults the fork", () => {
  const branches = [list("a", [http("call")]), wait("b", 1000), subflow("c"), http("d")];
  const run = scenario([fork("all", branches)]);
  run.fail("d", 503);
  expect(run.told).toEqual([
    "d faulted communication 503 at /do/0/all/fork/branches/3/d",
    "all faulted",
    "run faulted",
    "abort call",
    "clear wait of b",
    "cancel run",
  ]);
  expect(run.steps).toEqual(["all faulted", "a cancelled", "call cancelled", "b cancelled", "c cancelled", "d faulted"]);
});

test("a branch that faults at once takes back what was asked in the same decision", () => {
  const run = scenario([fork("all", [http("a"), raise("b", "urn:bad"), http("c")])]);
  expect(run.told).toEqual([
    "run started {}",
    "all started",
    "a started",
    "b started",
    "b faulted urn:bad 500 at /do/0/all/fork/branches/1/b",
    "all faulted",
    "run faulted",
  ]);
});

test("competing: the first branch to complete wins, the others are cancelled and their calls aborted", () => {
  const run = scenario([race("race", [http("a"), list("b", [http("call")]), wait("c", 1000)])]);
  run.complete("call", "won");
  expect(run.told).toEqual(['call completed "won"', "b completed", "race completed", "run completed", "abort a", "clear wait of c"]);
  expect(run.view.output).toBe("won");
  expect(run.steps).toEqual(["race completed", "a cancelled", "b completed", "call completed", "c cancelled"]);
});

test("competing: a faulted branch loses, the race goes on", () => {
  const run = scenario([race("race", [http("a"), http("b")])]);
  expect(run.fail("a").told).toEqual(["a faulted communication 500 at /do/0/race/fork/branches/0/a"]);
  expect(run.complete("b", 2).view).toMatchObject({ status: "completed", output: 2 });
});

test("competing: when all branches fault, the last fault is raised", () => {
  const run = scenario([race("race", [http("a"), http("b")])]);
  run.fail("b", 501).fail("a", 502);
  expect(run.error).toBe("communication 502 at /do/0/race/fork/branches/0/a");
});

test("competing: a branch that completes at once keeps the later ones from starting", () => {
  const run = scenario([race("race", [http("a"), set("b", constant(1)), http("c")])]);
  expect(run.steps).toEqual(["race completed", "a cancelled", "b completed"]);
});

test("branches see a copy of the context; what they export is merged in declaration order", () => {
  const see = http("see", { from: variable("context") });
  const branches = [
    list("a", [http("first", { export: put("both", 1) }), see]),
    list("b", [http("second", { export: put("both", 2) }), http("look", { from: variable("context") })]),
  ];
  const run = scenario([set("begin", constant({}), { export: put("base", 0) }), fork("all", branches), set("after", variable("context"))]);
  run.complete("second").complete("first");
  const inputOf = (name: string) => run.view.steps.find((step) => step.name === name)?.input;
  expect(inputOf("see")).toEqual({ base: 0, both: 1 });
  expect(inputOf("look")).toEqual({ base: 0, both: 2 });
  run.complete("look").complete("see");
  expect(run.view.output).toEqual({ base: 0, both: 2 });
});

test("a branch that exported nothing does not undo what an earlier one exported", () => {
  const run = scenario([fork("all", [http("a", { export: put("x", 1) }), http("b")]), set("after", variable("context"))]);
  run.complete("b").complete("a");
  expect(run.view.output).toEqual({ x: 1 });
});

test("the fork's own export sees the merged context", () => {
  const merged = fn("$context", (_, v) => ({ seen: field(v["context"], "x") }));
  const run = scenario([fork("all", [http("a", { export: put("x", 1) })], { export: merged }), set("after", variable("context"))]);
  expect(run.complete("a").view.output).toEqual({ seen: 1 });
});

test("of a race, only the winner's exports count", () => {
  const branches = [list("a", [http("one", { export: put("lost", 1) }), http("more")]), http("b", { export: put("won", 1) })];
  const run = scenario([race("race", branches), set("after", variable("context"))]);
  run.complete("one").complete("b");
  expect(run.view.output).toEqual({ won: 1 });
});

test("`end` in a branch ends the workflow with that branch's output", () => {
  const first = scenario([fork("all", [http("a", { then: "end" }), http("b")]), raise("never", "urn:never")]);
  expect(first.complete("a", 1).view).toMatchObject({ status: "completed", output: 1 });
  const run = scenario([fork("all", [http("a"), http("b", { then: "end" })]), raise("never", "urn:never")]);
  run.complete("b", "the end");
  expect(run.view).toMatchObject({ status: "completed", output: "the end" });
  expect(run.steps).toEqual(["all completed", "a cancelled", "b completed"]);
});

test("a fault that is caught around a fork leaves the context as it was", () => {
  const branches = [http("a", { export: put("x", 1) }), http("b")];
  const run = scenario([attempt("try", [fork("all", branches)]), set("after", variable("context"))]);
  run.complete("a").fail("b");
  expect(run.view).toMatchObject({ status: "completed", output: {} });
});

test("too many branches fault with the limit's error", () => {
  const branches = Array.from({ length: runLimits.forkBranches + 1 }, (_, i) => set(`b${i}`, constant(1)));
  expect(scenario([fork("all", branches)]).view.error).toMatchObject({ title: "Too many branches", instance: "/do/0/all" });
});
