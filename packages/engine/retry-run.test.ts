// Retrying a run that faulted: what is done is not done again, what failed is started with the same input, and what was
// around it goes on.
import { expect, test } from "vitest";
import { lifecycleOf } from "./lifecycle.ts";
import { awaitingAgain, rewindFault } from "./rewind.ts";
import { ms } from "./testing/build.ts";
import {
  attempt,
  broken,
  call,
  constant,
  dot,
  fn,
  fork,
  http,
  list,
  loop,
  race,
  set,
  retry as policy,
  subflow,
  wait,
} from "./testing/specs.ts";
import { scenario, type Scenario } from "./testing/scenario.ts";

const always = fn("true", () => true);

/** Retries it; the runs that it awaited go on where `goOn` says so. */
function retry(run: Scenario, goOn = false): Scenario {
  const { world } = run;
  const failure = rewindFault(world.workflow, world.history());
  return run.send({
    type: "RetryRun",
    standing: awaitingAgain(failure, new Set(goOn ? failure.awaited : []), world.now),
  });
}

test("the failed step is started again with the same input; what is done stays done", () => {
  const run = scenario([set("one", constant({ n: 1 })), http("two"), http("three")])
    .complete("two", { n: 2 })
    .fail("three");
  expect(run.view.status).toBe("faulted");
  retry(run);
  expect(run.told).toEqual(["run retried", "three started", 'ask three POST https://service.test/ {"n":2}']);
  expect(run.view).toMatchObject({ status: "running", error: null, endedAt: null });
  run.complete("three", "at last");
  expect(run.steps).toEqual(["one completed", "two completed", "three faulted", "three completed"]);
  expect(run.view).toMatchObject({ status: "completed", output: "at last" });
});

test("steps around it go on as they were, with their context", () => {
  const inner = [http("a", { export: dot("key") }), http("b", { from: fn("$context", (_, { context }) => context ?? null) })];
  const run = scenario([list("outer", [loop("each", constant([1, 2]), inner)]), http("after")]);
  run.complete("a", { key: "x" }).complete("b").complete("a", { key: "y" }).fail("b");
  retry(run);
  expect(run.told).toEqual(["run retried", 'b started with "y"', 'ask b POST https://service.test/ "y"']);
  expect(run.steps).toEqual(["outer running", "each running", "a completed", "b completed", "a completed", "b faulted", "b running"]);
  expect(run.complete("b").complete("after", 1).view.output).toBe(1);
});

test("it may fail and be retried again", () => {
  const run = scenario([attempt("try", [http("a"), http("b")], { with: { status: 404 } })]).complete("a");
  for (let times = 0; times < 3; times++) retry(run.fail("b"));
  expect(run.complete("b", "ok").view).toMatchObject({ status: "completed", output: "ok" });
  expect(run.steps).toEqual(["try completed", "a completed", "b faulted", "b faulted", "b faulted", "b completed"]);
});

test("of a fork, branches that were stopped go on as well; those that are done are not done again", () => {
  const run = scenario([fork("all", [http("done"), list("busy", [set("s", constant(1)), http("b")]), wait("w", 5000), http("bad")])]);
  run.complete("done", "d").fail("bad");
  expect(run.steps).toEqual([
    "all faulted",
    "done completed",
    "busy cancelled",
    "s completed",
    "b cancelled",
    "w cancelled",
    "bad faulted",
  ]);
  retry(run);
  expect(run.told).toEqual([
    "run retried",
    "b started",
    "bad started",
    "set wait of w +5s",
    "ask b POST https://service.test/ 1",
    "ask bad POST https://service.test/ {}",
  ]);
  run.complete("b", "b").complete("bad", "good").fire();
  expect(run.view).toMatchObject({ status: "completed", output: ["d", "b", null, "good"].map((x) => x ?? {}) });
});

test("of a race that nobody won, all run again", () => {
  const run = scenario([race("race", [http("a"), list("l", [http("b")])])])
    .fail("a")
    .fail("b");
  retry(run);
  expect(run.complete("b", "won").view).toMatchObject({ status: "completed", output: "won" });
});

test("a handler of errors is retried as such, and a caught error is no failure", () => {
  const run = scenario([attempt("try", [http("a")], { do: [http("mend")] }), http("next")]);
  run.fail("a").complete("mend").fail("next");
  expect(retry(run).told[1]).toBe("next started");
  const again = scenario([attempt("try", [http("a")], { do: [http("note"), http("mend")] })]);
  again.fail("a").complete("note").fail("mend");
  expect(retry(again).told[1]).toBe("mend started");
  expect(again.complete("mend", 1).view.status).toBe("completed");
});

test("time limits begin anew: of the run, of a task, of an attempt", () => {
  const run = scenario([list("outer", [http("a"), http("b")], { timeoutMs: 3000 })], {}, { timeoutMs: 9000 }).complete("a");
  run.world.now += 1000;
  run.fire();
  expect(run.error).toBe("timeout 408 at /do/0/outer");
  retry(run);
  expect(run.told).toEqual([
    "run retried",
    "b started",
    "set timeout of run +12s",
    "set timeout of outer +6s",
    "ask b POST https://service.test/ null",
  ]);
  run.fire();
  expect(retry(run).view.status).toBe("running");
  const limited = scenario([
    attempt("try", [http("a")], {
      when: fn("false", () => false),
      retry: policy(0, 1, { limit: { attemptDuration: { kind: "constant", duration: ms(2000) } } }),
    }),
  ]);
  limited.fire();
  expect(limited.view.status).toBe("faulted");
  expect(retry(limited).told[1]).toBe("a started");
});

test("a step whose output could not be made is not done again: its output is", () => {
  const run = scenario([list("outer", [http("a")], { as: broken("no") })]).complete("a", 1);
  retry(run);
  expect(run.told[1]).toMatch(/^outer faulted/);
  expect(run.steps).toEqual(["outer faulted", "a completed"]);
});

test("a step whose input could not be made is started anew", () => {
  const run = scenario([list("outer", [http("a")], { from: broken("no") }), http("b")]);
  retry(run);
  expect(run.steps).toEqual(["outer faulted", "outer faulted"]);
});

test("a run that was awaited goes on where it faulted too; for any other a new one is started", () => {
  const error = { type: "urn:x", status: 500, title: "t" } as never;
  const run = scenario([subflow("sub")]).faultRun("sub", error);
  const named = run.world.history().find((event) => event.type === "SubRunNamed");
  retry(run, true);
  expect(run.world.pending).toMatchObject([{ type: "startRun", runId: named?.runId, retrySince: run.world.now }]);
  expect(run.steps).toEqual(["sub running"]);
  retry(run.faultRun("sub", error));
  expect(run.steps).toEqual(["sub faulted", "sub running"]);
  expect(run.world.pending).toMatchObject([{ type: "startRun", step: 2 }]);
  expect(run.world.pending).not.toMatchObject([{ runId: named?.runId }]);
});

test("functions and conditions: what is around the failure is evaluated no second time", () => {
  const run = scenario([call("f", list("body", [http("a"), http("b")]), { with: constant({ k: 1 }), if: always })]);
  retry(run.complete("a", 2).fail("b"));
  expect(run.told).toEqual(["run retried", "b started", "ask b POST https://service.test/ 2"]);
});

test("what has not faulted cannot be retried, nor a run whose input was refused", () => {
  const none = { frames: new Map(), contexts: new Map() };
  const live = scenario([http("a")]);
  expect(rewindFault(live.world.workflow, live.world.history()).frames.size).toBe(0);
  expect(live.world.decide({ type: "RetryRun", standing: none })).toMatchObject({ rejected: { code: "run-not-retryable" } });
  const refused = scenario([http("a")], {}, { from: broken("no") });
  expect(refused.view.status).toBe("faulted");
  expect(() => retry(refused)).toThrow("refused");
  expect(() => retry(scenario([http("a")]).cancel())).toThrow("refused");
});

test("those who follow the run hear that it runs again", () => {
  const run = scenario([list("outer", [http("a")])]).fail("a");
  const before = run.world.state;
  retry(run);
  const events = run.world.history().slice(-2);
  const told = lifecycleOf(run.world.workflow, before, events, () => "uri").map(
    ({ type, data }) => `${type.slice(22)} ${JSON.stringify(data["status"])}`,
  );
  expect(told).toEqual([
    'task.status-changed.v1 "running"',
    'workflow.status-changed.v1 "running"',
    "task.created.v1 undefined",
    'task.status-changed.v1 "pending"',
    "task.started.v1 undefined",
    'task.status-changed.v1 "running"',
  ]);
});

test("what was undone is not gone on with; what an attempt undid is no hindrance", () => {
  const undone = [set("undo", constant(1))];
  const run = scenario([http("a", { compensate: undone }), http("b")])
    .complete("a")
    .fail("b");
  expect(run.view).toMatchObject({ status: "faulted", compensated: true });
  expect(() => retry(run)).toThrow("refused");
  const mended = scenario([attempt("try", [http("a", { compensate: undone }), http("b")]), http("c")]);
  mended.complete("a").fail("b").fail("c");
  expect(retry(mended).told[1]).toBe("c started");
});
