import { expect, test } from "vitest";
import { runLimits } from "../limits.ts";
import { buildWorkflow } from "../testing/build.ts";
import { replay } from "../evolve.ts";
import { awaitsRun } from "../outstanding.ts";
import { attempt, fn, http, shell, subflow } from "../testing/specs.ts";
import { Scenario, scenario } from "../testing/scenario.ts";

test("a process that is awaited gives its output", () => {
  const run = scenario([shell("work")]);
  expect(run.told.at(-1)).toBe('ask work shell "true"');
  expect(run.complete("work", "out").view).toMatchObject({ status: "completed", output: "out" });
});

test("a process that is not awaited counts once it has begun; the output is the transformed input", () => {
  const run = scenario([shell("work", false), http("next")], { x: 1 });
  expect(run.told.at(-1)).toBe('ask work shell "true" (not awaited)');
  expect(run.complete("work", "ignored").view.steps[0]).toMatchObject({ status: "completed", output: { x: 1 } });
});

test("a process that cannot begin faults its step", () => {
  expect(scenario([shell("work", false)]).fail("work", 500, "runtime").error).toBe("runtime 500 at /do/0/work");
});

test("a sub-flow is started under a name of its own, one deeper, and gives its output", () => {
  const run = scenario([subflow("child")], { x: 1 });
  expect(run.told).toEqual(['run started {"x":1}', "child started", "child named its run", 'start run child for child {"x":1}']);
  expect(run.world.effects[0]).toMatchObject({
    type: "startRun",
    step: 1,
    runId: expect.stringMatching(/^run_/),
    workflow: { namespace: "test", name: "child", version: "1.0.0" },
    awaited: true,
    depth: 1,
  });
  expect(run.complete("child", "result").view).toMatchObject({ status: "completed", output: "result" });
});

test("a sub-flow that faults faults the step with its error, and this step as the instance", () => {
  const run = scenario([subflow("child")]);
  run.faultRun("child", { type: "urn:inner", status: 418, title: "Inner", detail: "why", instance: "/do/3/deep" });
  expect(run.view.error).toEqual({ type: "urn:inner", status: 418, title: "Inner", detail: "why", instance: "/do/0/child" });
});

test("a sub-flow that is not awaited counts once it is durable", () => {
  const run = scenario([subflow("child", false)], 5);
  expect(run.told.at(-1)).toBe("start run child for child 5 (not awaited)");
  expect(run.complete("child").view).toMatchObject({ status: "completed", output: 5 });
});

test("a sub-flow's input beyond the limit faults the step", () => {
  const input = fn("large", () => "x".repeat(runLimits.dataSize));
  const run = scenario([{ name: "child", task: { kind: "workflow", await: true, input } }]);
  expect(run.view.error).toMatchObject({ title: "Data too large", instance: "/do/0/child" });
});

test("a run knows who awaits it, and a step which run it awaits", () => {
  const run = scenario([subflow("child")]);
  const { state } = run.world;
  const effect = run.world.effects[0];
  const runId = effect?.type === "startRun" ? effect.runId : "";
  expect(state && [awaitsRun(state, 1, runId), awaitsRun(state, 1, "other"), awaitsRun(state, 2, runId)]).toEqual([true, false, false]);
  expect(scenario([http("a")]).world.state).toMatchObject({ parent: null, depth: 0 });
  const workflow = buildWorkflow([http("a")]);
  const child = new Scenario(workflow).send({
    type: "StartRun",
    runId,
    tenant: "t",
    workflow: { namespace: "test", name: "child", version: "1.0.0" },
    input: {},
    parent: { runId: "run_1", step: 1 },
    depth: 1,
  });
  expect(child.world.state).toMatchObject({ parent: { runId: "run_1", step: 1 }, depth: 1 });
  expect(replay(workflow, null, child.world.history())).toEqual(child.world.state);
});

test("cancelling the run cancels the sub-flow that it awaits", () => {
  expect(scenario([subflow("child")]).cancel().told).toEqual(["run cancelled", "cancel run"]);
});

test("a timeout of the step cancels the sub-flow", () => {
  const run = scenario([attempt("try", [subflow("child", true, { timeoutMs: 1000 })])]);
  expect(run.fire().told).toContain("cancel run");
  expect(run.view.status).toBe("completed");
});

test("runs that start each other end at the limit", () => {
  const workflow = buildWorkflow([subflow("child")]);
  const { namespace, name, version } = workflow;
  const reference = { namespace, name, version };
  const run = new Scenario(workflow);
  run.send({ type: "StartRun", runId: "run_1", tenant: "t", workflow: reference, input: {}, depth: runLimits.subRunDepth });
  expect(run.view.error).toMatchObject({ status: 508, title: "Sub-flows nested too deeply", instance: "/do/0/child" });
});
