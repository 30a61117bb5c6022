// Migration: a run goes on with another version, by the names of its steps, or says what it would lose.
import { expect, test } from "vitest";
import { buildWorkflow, type Spec } from "./testing/build.ts";
import { attempt, call, constant, fn, fork, http, list, loop, race, retry, set, subflow, wait } from "./testing/specs.ts";
import { scenario, type Scenario } from "./testing/scenario.ts";

const version2 = (tasks: readonly Spec[]): ReturnType<typeof buildWorkflow> => ({ ...buildWorkflow(tasks), version: "2.0.0" });

/** What a run of the one list would lose in the other. */
function problemsOf(run: Scenario, to: readonly Spec[]): string {
  const decision = run.world.decide({ type: "MigrateRun", to: version2(to) });
  return decision.ok ? "" : decision.rejected.reason;
}

function migrate(run: Scenario, to: readonly Spec[]): Scenario {
  return run.send({ type: "MigrateRun", to: version2(to) });
}

test("a run keeps its calls and timers, and goes on as the new version says", () => {
  const run = scenario([fork("all", [http("a", { timeoutMs: 9000 }), wait("w", 5000)]), http("old")]);
  const pending = run.world.pending;
  migrate(run, [set("first", constant(1)), fork("all", [wait("w", 1), http("a")]), http("new")]);
  expect(run.told).toEqual(["run migrated to 2.0.0"]);
  expect(run.world.pending).toEqual(pending);
  expect(run.view).toMatchObject({ workflow: { version: "2.0.0" }, former: [{ version: "1.0.0" }] });
  run.complete("a", "a").fire();
  expect(run.told.at(-1)).toBe('ask new POST https://service.test/ [{},"a"]');
  expect(run.complete("new", "done").view).toMatchObject({ status: "completed", output: "done" });
});

test("it can be migrated again, and what is done lies where it lay", () => {
  const run = scenario([http("a"), http("b")]).complete("a");
  migrate(run, [http("x"), http("b"), http("c")]);
  run.send({ type: "MigrateRun", to: { ...buildWorkflow([http("b"), http("d")]), version: "3.0.0" } });
  expect(run.view.former?.map(({ version }) => version)).toEqual(["1.0.0", "2.0.0"]);
  expect(run.view.steps.map(({ reference }) => reference)).toEqual(["/do/0/a", "/do/0/b"]);
  expect(run.complete("b").stepOf("d")).toBe(3);
});

test("what is under way must be there, and be the same", () => {
  const run = scenario([list("l", [http("a")])]);
  expect(problemsOf(run, [list("l", [http("b")])])).toBe("step 2 (/do/0/l/do/0/a) is under way, and is not there");
  expect(problemsOf(run, [list("m", [http("a")])])).toBe("step 1 (/do/0/l) is under way, and is not there");
  expect(problemsOf(run, [list("l", [wait("a", 5)])])).toBe("step 2 (/do/0/l/do/0/a) is under way as call: http, and is wait there");
  expect(problemsOf(run, [loop("l", constant([1]), [http("a")])])).toContain("is under way as do, and is for there");
  expect(problemsOf(scenario([subflow("s")]), [{ name: "s", task: { kind: "shell", await: true, command: constant("x") } }])).toBe(
    "step 1 (/do/0/s) is under way as run: workflow, and is run: shell there",
  );
  expect(problemsOf(run, [list("l", [http("a"), http("b")])])).toBe("");
});

test("branches find their places; one that has begun is not lost, a new one is begun", () => {
  const branches = [http("a"), http("b")];
  const run = scenario([fork("f", branches), http("end")]).complete("a", 1);
  expect(problemsOf(run, [fork("f", [http("b")]), http("end")])).toBe("the branch `a` of step 1 (/do/0/f) has begun, and is not there");
  migrate(run, [fork("f", [http("c"), http("b"), http("a")]), http("end")]);
  expect(run.told).toEqual(["run migrated to 2.0.0", "c started", "ask c POST https://service.test/ {}"]);
  run.complete("b", 2).complete("c", 3);
  expect(run.told.at(-1)).toBe("ask end POST https://service.test/ [3,2,1]");
  const lost = scenario([race("f", branches)]).fail("a");
  migrate(lost, [race("f", [http("b"), http("a")])]);
  expect(lost.fail("b").view.status).toBe("faulted");
});

test("loops, attempts, handlers, functions: the step inside goes on", () => {
  const more = set("more", constant(1));
  const cases: readonly (readonly [Spec, Spec])[] = [
    [loop("t", constant([1, 2]), [http("a")]), loop("t", constant([1, 2]), [more, http("a")])],
    [attempt("t", [http("a")]), attempt("t", [more, http("a")], { retry: retry(1, 1) })],
    [call("t", http("a")), call("t", http("a", { as: constant(1) }))],
  ];
  for (const [old, now] of cases) {
    const run = migrate(scenario([old]), [now]);
    expect(run.stepOf("a")).toBe(2);
    run.complete("a");
    expect(run.view.steps[1]?.status).toBe("completed");
  }
  const handling = scenario([attempt("t", [http("a")], { do: [http("mend")] })]).fail("a");
  expect(problemsOf(handling, [attempt("t", [http("a")])])).toContain("(/do/0/t/catch/do/0/mend) is under way, and is not there");
  expect(problemsOf(handling, [attempt("t", [], { do: [more, http("mend")] })])).toBe("");
  const delaying = scenario([attempt("t", [http("a")], { retry: retry(1000, 3) })]).fail("a");
  migrate(delaying, [attempt("t", [more, http("a")], { retry: retry(9, 3) })]);
  expect(delaying.fire().told).toContain("more started");
});

test("what would be undone must be there to be undone; what is being undone is left alone", () => {
  const undo = [http("undo")];
  const run = scenario([list("l", [set("a", constant(1), { compensate: undo }), http("b")])]);
  expect(problemsOf(run, [list("l", [set("a", constant(1)), http("b")])])).toBe(
    "step 2 (/do/0/l/do/0/a) is done, and what undoes it is not there",
  );
  migrate(run, [
    set("x", constant(0)),
    list("l", [http("b"), set("a", constant(1), { compensate: [set("other", constant(2)), ...undo] })]),
  ]);
  run.fail("b");
  expect(run.told).toContain("other started");
  expect(problemsOf(run, [list("l", [http("b")])])).toMatch(/^the workflow is undoing what was done/);
});

test("a run that is suspended is migrated, and goes on when it is resumed", () => {
  const run = scenario([http("a"), http("b")])
    .suspend()
    .complete("a", 1);
  migrate(run, [http("a"), http("c")]);
  expect(run.view.status).toBe("suspended");
  expect(run.resume().stepOf("c")).toBe(2);
});

test("a listener keeps what it has heard, if it listens to the same", () => {
  const listen = (types: readonly string[]): Spec => ({ name: "l", task: { kind: "listen", to: "all", types } });
  const heard = scenario([listen(["a", "b"])]);
  const same = version2([set("x", constant(1)), listen(["a", "b"])]);
  heard.send({ type: "MigrateRun", to: same });
  expect(heard.view.steps[0]).toMatchObject({ status: "waiting", reference: "/do/1/l" });
  const always = fn("true", () => true);
  expect(problemsOf(scenario([http("a", { if: always })]), [http("a")])).toBe("");
});

test("an extended task goes on inside of its extension", () => {
  const top = { extensions: [{ extend: "all" as const, when: fn("true", () => true) }] };
  const run = scenario([http("a"), http("b")], {}, top);
  run.send({ type: "MigrateRun", to: { ...buildWorkflow([set("x", constant(1)), http("a"), http("c")], top), version: "2.0.0" } });
  expect(run.told).toEqual(["run migrated to 2.0.0"]);
  run.complete("a", 1);
  expect(run.view.steps.map(({ name, kind }) => `${name} ${kind}`)).toEqual([
    "a do",
    "extension switch",
    "a do",
    "a call",
    "c do",
    "extension switch",
    "c do",
    "c call",
  ]);
  expect(run.complete("c", 2).view.output).toBe(2);
});
