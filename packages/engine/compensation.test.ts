import { expect, test } from "vitest";
import { runLimits } from "./limits.ts";
import { listed, withoutCompensation } from "./compensation.ts";
import type { Compensation, CompensationList, RunState } from "./state.ts";
import { reasonOf, statusOf } from "./status.ts";
import { ms, type Spec } from "./testing/build.ts";
import { attempt, call, constant, dot, fork, http, list, loop, race, raise, retry, set, variable, wait } from "./testing/specs.ts";
import { scenario, type Scenario } from "./testing/scenario.ts";

/** A call that one other call undoes. */
function booked(name: string, own: Partial<Spec> = {}): Spec {
  return { ...http(name, { compensate: [http(`undo ${name}`)] }), ...own };
}

/** What is being undone, and what was, as far as it has begun. */
function undone(run: Scenario): string[] {
  return run.view.steps.filter(({ name }) => name.startsWith("undo")).map(({ name, status }) => `${name} ${status}`);
}

const failing = http("last");

const task = { kind: "do", name: "undo", reference: "", definition: {}, scope: [], then: { kind: "continue" }, do: [] } as const;
const some: Compensation = { step: 0, place: [], task, input: null, output: null, context: null, variables: [] };

test("a run that faults undoes what was done, the latest first, each on its own output, and ends with its own error", () => {
  const run = scenario([booked("a"), booked("b"), failing]);
  run.complete("a", "A").complete("b", "B");
  run.fail("last");
  expect(run.told).toEqual([
    "last faulted communication 500 at /do/2/last",
    "run undoes what was done",
    "compensate b started",
    "undo b started",
    'ask undo b POST https://service.test/ "B"',
  ]);
  expect(run.view).toMatchObject({ status: "running", compensated: false });
  run.complete("undo b");
  expect(run.told).toContain('ask undo a POST https://service.test/ "A"');
  expect(run.complete("undo a").view).toMatchObject({ status: "faulted", compensated: true, error: { instance: "/do/2/last" } });
  expect(run.told.at(-1)).toBe("run faulted");
  expect(run.view).not.toHaveProperty("incident");
  expect(run.view.steps[3]).toMatchObject({
    name: "compensate b",
    reference: "/do/1/b/metadata/baton/compensate",
    kind: "do",
    compensates: 2,
    status: "completed",
    input: "B",
  });
});

test("a run that is undone says so, whatever its steps wait for", () => {
  const run = scenario([http("a", { compensate: [wait("pause", 5000)] }), failing]).complete("a");
  const reason = (): string | null => reasonOf(run.world.state as RunState, statusOf(run.world.state as RunState));
  expect(reason()).toBe(null);
  run.fail("last");
  expect([run.view.status, reason()]).toEqual(["waiting", "compensating"]);
  run.fire();
  expect(reason()).toBe("communication");
});

test("what did not complete is not undone: it faulted, it was skipped, it was under way", () => {
  const run = scenario([booked("skipped", { if: { source: "false", f: () => false } }), fork("both", [booked("slow"), booked("bad")])]);
  expect(run.fail("bad").view).toMatchObject({ status: "faulted" });
  expect(run.view).not.toHaveProperty("compensated");
  expect(undone(run)).toEqual([]);
});

test("a run that completes undoes nothing", () => {
  expect(undone(scenario([booked("a")]).complete("a"))).toEqual([]);
});

test("a cancelled run is undone, and is cancelled then; terminated ones are left as they are", () => {
  const start = (): Scenario => scenario([booked("a"), http("b")]).complete("a");
  const cancelled = start().send({ type: "CancelRun", reason: "no more" });
  expect(cancelled.told).toEqual([
    "run undoes what was done being cancelled no more",
    "compensate a started",
    "undo a started",
    "abort b",
    "ask undo a POST https://service.test/ null",
  ]);
  expect(cancelled.cancel().told).toEqual([]);
  expect(cancelled.complete("undo a").told.at(-1)).toBe("run cancelled no more");
  expect(cancelled.view).toMatchObject({ status: "cancelled", compensated: true });
  expect(start().send({ type: "TerminateRun" }).view).toMatchObject({ status: "cancelled" });
  const ended = start().cancel().send({ type: "TerminateRun" }).view;
  expect(ended).toMatchObject({ status: "cancelled", compensated: false });
});

test("a suspended run that is cancelled goes on with undoing; being undone, a run can be suspended itself", () => {
  const run = scenario([booked("a"), http("b")])
    .complete("a")
    .suspend()
    .complete("b")
    .cancel();
  expect(undone(run)).toEqual(["undo a running"]);
  run.suspend().complete("undo a");
  expect(run.view.status).toBe("suspended");
  expect(run.resume().view).toMatchObject({ status: "cancelled", compensated: true });
});

test("a compensation that fails does not keep the others from being tried; the run says which one it was", () => {
  const run = scenario([booked("a"), booked("b"), failing])
    .complete("a")
    .complete("b")
    .fail("last");
  run.fail("undo b", 503);
  expect(undone(run)).toEqual(["undo b faulted", "undo a running"]);
  run.complete("undo a");
  expect(run.view).toMatchObject({ status: "faulted", compensated: false, error: { instance: "/do/2/last" } });
  expect(run.view.incident).toBe(
    "The compensation of step 2 failed at /do/1/b/metadata/baton/compensate/0/undo b with status 503: Failed.",
  );
});

test("a cancelled run whose compensation fails has faulted with that error", () => {
  const run = scenario([booked("a"), booked("b"), failing])
    .complete("a")
    .complete("b")
    .cancel()
    .fail("undo b", 503)
    .fail("undo a", 500);
  expect(run.view.status).toBe("faulted");
  expect(run.error).toBe("communication 503 at /do/1/b/metadata/baton/compensate/0/undo b");
  expect(run.view.incident).toMatch(/^The compensation of step 2 .* So did 1 more\.$/);
});

test("a compensation answers errors, retries and waits as its tasks say", () => {
  const undo = attempt("careful", [http("undo")], { retry: retry(1000, 2) });
  const run = scenario([http("a", { compensate: [undo] }), failing])
    .complete("a")
    .fail("last")
    .fail("undo");
  expect(run.view.status).toBe("waiting");
  expect(run.fire().complete("undo").view).toMatchObject({ status: "faulted", compensated: true });
});

test("a compensation sees the loop's item, the context as its step left it, and the step as $done", () => {
  const see = http("undo", { from: variable("item") });
  const context = http("undo context", { from: variable("context") });
  const done = http("undo done", { from: variable("done") });
  const step = http("a", { from: variable("item"), export: dot("new"), compensate: [see, context, done] });
  const run = scenario([loop("each", constant(["x", "y"]), [step]), failing])
    .complete("a", { new: 1 })
    .complete("a", { new: 2 });
  run.fail("last");
  for (const { input } of run.view.steps.filter(({ name }) => name === "undo")) expect(input).toBe("y");
  run.complete("undo").complete("undo context").complete("undo done").complete("undo");
  const inputs = (name: string) => run.view.steps.filter((step) => step.name === name).map(({ input }) => input);
  expect(inputs("undo")).toEqual(["y", "x"]);
  expect(inputs("undo context")).toEqual([2, 1]);
  expect(inputs("undo done")).toEqual([{ input: "y", output: { new: 2 } }]);
});

test("what a compensation exports is seen in it, and nowhere else", () => {
  const undo = [set("undo", constant(1), { export: constant("mine") }), http("undo see", { from: variable("context") })];
  const run = scenario([booked("first"), http("a", { compensate: undo }), failing], "given")
    .complete("first")
    .complete("a")
    .fail("last");
  expect(run.view.steps.at(-1)?.input).toBe("mine");
});

test("a caught error undoes what its attempt has done, before the catch answers", () => {
  const run = scenario([booked("before"), attempt("try", [booked("a"), http("b")], { do: [http("answer")] }), booked("after"), failing]);
  run.complete("before").complete("a").fail("b");
  expect(run.told).toContain("try undoes what was done");
  expect(undone(run)).toEqual(["undo a running"]);
  run.complete("undo a").complete("answer").complete("after").fail("last").complete("undo after").complete("undo before");
  expect(undone(run)).toEqual(["undo a completed", "undo after completed", "undo before completed"]);
  expect(run.view).toMatchObject({ status: "faulted", compensated: true });
});

test("a retry begins on clean ground; an error that is not caught leaves undoing to the scope around", () => {
  const retried = scenario([attempt("try", [booked("a"), http("b")], { retry: retry(0, 1) })])
    .complete("a")
    .fail("b");
  expect(undone(retried)).toEqual(["undo a running"]);
  retried.complete("undo a").complete("a").complete("b");
  expect(retried.view).toMatchObject({ status: "completed", compensated: true });
  const passed = scenario([attempt("try", [booked("a"), http("b")], { with: { status: 404 } })])
    .complete("a")
    .fail("b");
  expect(passed.told).toContain("run undoes what was done");
});

test("a try whose compensation fails cannot go on: that error is its own", () => {
  const inner = attempt("inner", [booked("a"), http("b")], { do: [http("never")] });
  const run = scenario([attempt("outer", [inner], { do: [http("answer")] })])
    .complete("a")
    .fail("b")
    .fail("undo a", 503);
  expect(run.complete("answer").view).toMatchObject({ status: "completed", compensated: false });
  expect(run.view.incident).toContain("The compensation of step 3 failed at /do/0/outer/try/0/inner/try/0/a/");
});

test("a try that runs out of time while it is undone leaves the rest to the run, which begins it again", () => {
  const slow = attempt("try", [booked("a"), http("b")], {}, { timeoutMs: 1000 });
  const run = scenario([slow]).complete("a").fail("b");
  expect(undone(run)).toEqual(["undo a running"]);
  expect(undone(run.fire())).toEqual(["undo a cancelled", "undo a running"]);
  expect(run.complete("undo a").view).toMatchObject({ status: "faulted", compensated: true, error: { status: 408 } });
});

test("the time for all attempts goes on while one is undone: when it is over, the error is answered without another attempt", () => {
  const policy = retry(0, 9, { limit: { duration: { kind: "constant", duration: ms(1000) } } });
  const start = (): Scenario =>
    scenario([attempt("try", [booked("a"), http("b")], { retry: policy, do: [http("answer")] })])
      .complete("a")
      .fail("b");
  const late = start();
  expect(late.world.timers()).toHaveLength(1);
  expect(late.fire().told).toEqual(["try tries no more", "clear limit of try"]);
  late.complete("undo a").complete("answer", "A");
  expect(late.view).toMatchObject({ status: "completed", output: "A" });
  const early = start().complete("undo a");
  expect(early.world.timers()).toHaveLength(1);
  expect(undone(early.complete("a").fire())).toEqual(["undo a completed", "undo a running"]);
  expect(early.complete("undo a").complete("answer").view.status).toBe("completed");
});

test("the branches that lose a race are undone before the race is over, the winner is not", () => {
  const run = scenario([race("race", [list("x", [booked("a"), http("slow")]), list("y", [booked("b"), http("quick")])]), http("next")]);
  run.complete("a").complete("b").complete("quick", "won");
  expect(run.told).toContain("race undoes what was done");
  expect(undone(run)).toEqual(["undo a running"]);
  run.complete("undo a").complete("next", "end");
  expect(run.view).toMatchObject({ status: "completed", output: "end", compensated: true });
  expect(run.view.steps.find(({ name }) => name === "race")?.output).toBe("won");
});

test("branches that an `end` cuts off are undone, those that are over are not", () => {
  const branches = [booked("over"), list("cut", [booked("a"), http("slow")]), http("end", { then: "end" })];
  const run = scenario([fork("fork", branches)])
    .complete("over")
    .complete("a")
    .complete("end", "E");
  expect(undone(run)).toEqual(["undo a running"]);
  expect(run.complete("undo a").view).toMatchObject({ status: "completed", output: "E" });
});

test("a fork that faults is undone with the run: in the reverse order of completion, across its branches", () => {
  const run = scenario([fork("fork", [booked("a"), booked("b"), http("bad")])])
    .complete("b")
    .complete("a")
    .fail("bad");
  run.complete("undo a").complete("undo b");
  expect(undone(run)).toEqual(["undo a completed", "undo b completed"]);
});

test("a task around others is undone before them; the tasks of a function are undone like any", () => {
  const around = list("list", [booked("a")], { compensate: [http("undo list")] });
  const run = scenario([around, call("use", booked("fn")), failing])
    .complete("a")
    .complete("fn")
    .fail("last");
  run.complete("undo fn").complete("undo list").complete("undo a");
  expect(undone(run)).toEqual(["undo fn completed", "undo list completed", "undo a completed"]);
  expect(run.view).toMatchObject({ status: "faulted", compensated: true });
});

test("what is done while undoing is not undone", () => {
  const undo = call("undo", booked("fn"));
  const run = scenario([http("a", { compensate: [undo, raise("bad", "urn:bad")] }), failing])
    .complete("a")
    .fail("last")
    .complete("fn");
  expect(run.view).toMatchObject({ status: "faulted", compensated: false });
});

test("a workflow that times out is undone without a bound of its own", () => {
  const run = scenario([booked("a"), wait("long", 60_000)], {}, { timeoutMs: 5000 })
    .complete("a")
    .fire();
  expect(run.world.timers()).toEqual([]);
  expect(run.complete("undo a").view).toMatchObject({ status: "faulted", compensated: true, error: { status: 408 } });
});

test("`end` in a compensation ends that one", () => {
  const undo = [set("undo", constant(1), { then: "end" }), raise("never", "urn:never")];
  const run = scenario([booked("first"), set("a", constant(1), { compensate: undo }), failing])
    .complete("first")
    .fail("last");
  expect(undone(run)).toEqual(["undo completed", "undo first running"]);
});

test("there is a bound on what a run can undo", () => {
  const run = scenario([booked("a"), http("b"), booked("c")]).complete("a");
  const { state } = run.world;
  const full = state?.compensations && { ...state.compensations, count: runLimits.compensations };
  run.world.state = state && { ...state, compensations: full ?? null };
  expect(run.complete("b").view.error).toBe(null);
  expect(run.complete("undo a").view).toMatchObject({ status: "faulted", compensated: true, error: { title: "Too much to undo" } });
});

test("a long list of compensations loses one in its middle", () => {
  const list = [1, 2, 3].reduce<CompensationList | null>((before, step) => listed({ ...some, step }, before), null);
  const steps = (rest: CompensationList | null): number[] => (rest === null ? [] : [rest.latest.step, ...steps(rest.before)]);
  expect(steps(withoutCompensation(list, 2))).toEqual([3, 1]);
  expect(withoutCompensation(list, 2)?.count).toBe(2);
  expect(withoutCompensation(list, 7)).toBe(list);
});
