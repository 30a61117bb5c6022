// Commands: which are refused, which change nothing, and what suspending, resuming and cancelling do.
import { expect, test } from "vitest";
import type { Json } from "@baton/core";
import { decide } from "./decide.ts";
import { isActive, outstandingEffects } from "./outstanding.ts";
import { runLimits } from "./limits.ts";
import { statusOf } from "./status.ts";
import { buildWorkflow } from "./testing/build.ts";
import { attempt, constant, fn, fork, http, list, loop, race, retry, set, subflow, wait } from "./testing/specs.ts";
import { scenario } from "./testing/scenario.ts";
import { World } from "./testing/world.ts";

const reference = { namespace: "test", name: "built", version: "1.0.0" };
const start = { type: "StartRun", runId: "run_1", tenant: "t", workflow: reference, input: {} } as const;

test("a run starts once", () => {
  const { world } = scenario([http("a")]);
  expect(world.decide(start)).toEqual({ ok: false, rejected: { code: "run-exists", reason: expect.any(String) } });
});

test("nothing can be asked of a run that has not started", () => {
  const world = new World(buildWorkflow([]));
  expect(world.decide({ type: "CancelRun" })).toMatchObject({ ok: false, rejected: { code: "run-not-started" } });
});

test.each(["CancelRun", "TerminateRun", "SuspendRun", "ResumeRun", "ContinueRun"] as const)("a final run refuses %s", (type) => {
  const { world } = scenario([]);
  expect(world.decide({ type })).toMatchObject({ ok: false, rejected: { code: "run-final" } });
});

test("an input beyond a limit is refused before the run exists", () => {
  const world = new World(buildWorkflow([]));
  const large = "x".repeat(runLimits.dataSize);
  let deep: Json = null;
  for (let i = 0; i <= runLimits.dataDepth; i++) deep = [deep];
  for (const input of [large, deep]) {
    expect(world.decide({ ...start, input })).toMatchObject({ ok: false, rejected: { code: "run-input-too-large" } });
  }
});

test("a decision leaves the state that it was given as it was", () => {
  const { world } = scenario([fork("all", [http("a"), http("b")])]);
  const before = structuredClone({ ...world.state, frames: [...(world.state?.frames.keys() ?? [])], contexts: [] });
  world.decide({ type: "CompleteWork", step: 2, output: 1 });
  expect(structuredClone({ ...world.state, frames: [...(world.state?.frames.keys() ?? [])], contexts: [] })).toEqual(before);
});

test("answers that nobody waits for are accepted and change nothing", () => {
  const { world } = scenario([list("outer", [http("a")])]);
  const { state } = world;
  for (const step of [0, 1, 99]) {
    const decision = world.decide({ type: "CompleteWork", step, output: 1 });
    expect(decision).toEqual({ ok: true, events: [], effects: [], ended: [], state });
    expect(decision.ok && decision.state).toBe(state);
  }
  expect(world.decide({ type: "FireTimer", timer: "wait:2" })).toMatchObject({
    events: [],
    effects: [{ type: "clearTimer", timer: "wait:2" }],
  });
});

test("cancelling is graceful: all that is under way is stopped, and the run is cancelled", () => {
  const run = scenario([fork("all", [http("a"), wait("b", 1000), subflow("c")], { timeoutMs: 5000 })], {}, { timeoutMs: 9000 });
  run.send({ type: "CancelRun", reason: "no longer wanted" });
  expect(run.told[0]).toBe("run cancelled no longer wanted");
  expect(run.told.slice(1).sort()).toEqual(["abort a", "cancel run", "clear timeout of all", "clear timeout of run", "clear wait of b"]);
  expect(run.view).toMatchObject({ status: "cancelled", output: null, error: null });
  expect(run.steps).toEqual(["all cancelled", "a cancelled", "b cancelled", "c cancelled"]);
  expect(run.world.pending).toEqual([]);
});

test("terminating is like it, but leaves what is under way no time", () => {
  const { world } = scenario([fork("all", [http("a"), wait("b", 1000), subflow("c")])]);
  const decision = world.decide({ type: "TerminateRun" });
  expect(decision).toMatchObject({ ok: true, events: [{ type: "RunCancelled", terminated: true }], state: { phase: "cancelled" } });
  const effects = decision.ok ? decision.effects : [];
  expect(effects).toMatchObject([
    { type: "abortWork", atOnce: true },
    { type: "clearTimer", timer: "wait:3" },
    { type: "cancelRun", atOnce: true },
  ]);
});

test("while suspended nothing new starts; answers take effect when the run is resumed", () => {
  const run = scenario([http("a"), http("b")]).suspend();
  expect(run.told).toEqual(["run suspended"]);
  expect(run.complete("a", 1).told).toEqual(["CompleteWork deferred"]);
  expect(run.view.status).toBe("suspended");
  expect(run.steps).toEqual(["a running"]);
  expect(run.resume().told).toEqual([
    "run resumed",
    "deferred answer taken",
    "a completed 1",
    "b started",
    "ask b POST https://service.test/ 1",
  ]);
});

test("deferred answers take effect in the order in which they came", () => {
  const run = scenario([race("race", [http("a"), http("b")])]).suspend();
  run.complete("b", "first").complete("a", "second").resume();
  expect(run.view.output).toBe("first");
});

test("an answer that came before a deadline counts before it", () => {
  const run = scenario([http("a", { timeoutMs: 1000 })]).suspend();
  run.complete("a", "in time").fire().resume();
  expect(run.view).toMatchObject({ status: "completed", output: "in time" });
  const late = scenario([http("a", { timeoutMs: 1000 })]).suspend();
  late.fire().complete("a", "late").resume();
  expect(late.error).toBe("timeout 408 at /do/0/a");
});

test("timers that fire meanwhile are cleared, and take effect when the run is resumed", () => {
  const run = scenario([wait("pause", 1000), http("next")]).suspend();
  expect(run.fire().told).toEqual(["FireTimer deferred", "clear wait of pause"]);
  expect(run.world.timers()).toEqual([]);
  expect(run.resume().steps).toEqual(["pause completed", "next running"]);
});

test("the same answer twice is deferred once", () => {
  const run = scenario([http("a"), http("b")])
    .suspend()
    .complete("a", 1);
  expect(run.send({ type: "CompleteWork", step: 1, output: 2 }).told).toEqual([]);
  expect(run.resume().view.steps[0]?.output).toBe(1);
});

test("suspending twice and resuming what runs change nothing", () => {
  expect(
    scenario([http("a")])
      .suspend()
      .suspend().told,
  ).toEqual([]);
  expect(scenario([http("a")]).resume().told).toEqual([]);
});

test("a suspended run can be cancelled", () => {
  expect(
    scenario([http("a")])
      .suspend()
      .cancel().told,
  ).toEqual(["run cancelled", "abort a"]);
});

test("a retry that is due while the run is suspended waits for it", () => {
  const run = scenario([attempt("try", [http("a")], { retry: retry(1000, 1) })]);
  run.fail("a").suspend().fire();
  expect(run.steps).toEqual(["try waiting", "a faulted"]);
  expect(run.resume().steps).toEqual(["try running", "a faulted", "a running (2)"]);
});

test("a decision stops at its bound and asks to be continued, and the run goes on to its end", () => {
  const tasks = [
    loop(
      "each",
      fn("range", () => Array.from({ length: 400 }, (_, i) => i)),
      [set("a", constant(1))],
    ),
  ];
  const world = new World(buildWorkflow(tasks), { moves: 100 });
  world.sendOnce(start);
  expect(world.pending).toEqual([{ type: "sendCommand", command: { type: "ContinueRun" } }]);
  expect(world.state && isActive(world.state) && statusOf(world.state)).toBe("running");
  const run = scenario(tasks, {}, {}, { moves: 100 });
  expect(run.view).toMatchObject({ status: "completed" });
  expect(run.view.steps).toHaveLength(401);
  expect(run.world.envelopes.length).toBeGreaterThan(8);
});

test("a run between two moves can be suspended, and is taken up again when it is resumed", () => {
  const world = new World(buildWorkflow([set("a", constant(1)), set("b", constant(2))]), { moves: 1 });
  world.sendOnce(start);
  world.sendOnce({ type: "SuspendRun" });
  expect(world.state && outstandingEffects(world.workflow, world.state, world.facts)).toEqual([]);
  world.sendOnce({ type: "ContinueRun" });
  expect(world.state?.phase).toBe("suspended");
  world.send({ type: "ResumeRun" });
  expect(world.state).toMatchObject({ phase: "completed", output: 2 });
});

test("an endless loop ends at the limit of steps, and cannot catch it", () => {
  const { state, facts, workflow } = scenario([attempt("try", [http("a", { then: "a" })])]).world;
  const worn = state && { ...state, steps: runLimits.stepsPerRun };
  const decision = decide(workflow, worn, { type: "CompleteWork", step: 2, output: 1 }, facts);
  expect(decision).toMatchObject({ state: { phase: "faulted", error: { title: "Too many steps", status: 508 } } });
  const last = state && { ...state, steps: runLimits.stepsPerRun - 1 };
  expect(decide(workflow, last, { type: "CompleteWork", step: 2, output: 1 }, facts)).toMatchObject({ state: { phase: "running" } });
});

test("steps that lie too deep fault with the limit's error", () => {
  let nested = set("deepest", constant(1));
  for (let i = 0; i < runLimits.nesting; i++) nested = list("l", [nested]);
  expect(scenario([nested]).view.error).toMatchObject({ title: "Nested too deeply" });
});

test("an output beyond the limit faults the step that gave it", () => {
  const run = scenario([http("a")]).complete("a", "x".repeat(runLimits.dataSize + 1));
  expect(run.view.error).toMatchObject({ status: 413, title: "Data too large", instance: "/do/0/a" });
  let deep: Json = null;
  for (let i = 0; i <= runLimits.dataDepth; i++) deep = [deep];
  expect(scenario([http("a")]).complete("a", deep).view.error).toMatchObject({ status: 413, title: "Data too deep" });
});

test("a decision tells the steps that ended by it, to be counted", () => {
  const { world } = scenario([race("race", [http("a"), wait("b", 1000)]), http("c")]);
  expect(world.decide({ type: "CompleteWork", step: 2, output: 1 })).toMatchObject({
    ended: [
      { kind: "call", status: "completed" },
      { kind: "fork", status: "completed" },
      { kind: "wait", status: "cancelled" },
    ],
  });
  expect(world.decide({ type: "FailWork", step: 2, fault: { kind: "runtime", status: 500, title: "Failed" } })).toMatchObject({
    ended: [{ kind: "call", status: "faulted" }],
  });
});

test("what transformations make beyond the limit faults, too", () => {
  const large = fn("large", () => "x".repeat(runLimits.dataSize));
  const tooLarge = (tasks: Parameters<typeof scenario>[0], top: Parameters<typeof scenario>[2] = {}) => {
    const { error } = scenario(tasks, 1, top).view;
    return `${error?.title} at ${error?.instance}`;
  };
  expect(tooLarge([set("a", large)])).toBe("Data too large at /do/0/a");
  expect(tooLarge([set("a", constant(1), { from: large })])).toBe("Data too large at /do/0/a");
  expect(tooLarge([set("a", constant(1), { as: large })])).toBe("Data too large at /do/0/a");
  expect(tooLarge([set("a", constant(1), { export: large })])).toBe("Data too large at /do/0/a");
  expect(tooLarge([], { from: large })).toBe("Data too large at /input");
  expect(tooLarge([], { as: large })).toBe("Data too large at /output");
});

test("branches that give too much together fault their fork", () => {
  const half = "x".repeat(runLimits.dataSize / 2);
  const run = scenario([fork("all", [http("a"), http("b"), http("c")])]);
  run.complete("a", half).complete("b", half).complete("c", half);
  expect(run.view.error).toMatchObject({ title: "Data too large", instance: "/do/0/all" });
});

test("a run waits while only timers are under way", () => {
  const status = (tasks: Parameters<typeof scenario>[0]) => {
    const { state } = scenario(tasks).world;
    return state && statusOf(state);
  };
  expect(status([wait("a", 1)])).toBe("waiting");
  expect(status([fork("all", [wait("a", 1), http("b")])])).toBe("running");
  expect(status([subflow("a")])).toBe("running");
});
