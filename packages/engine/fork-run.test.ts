// Forking a run: the history before a step is the new run's own, and it goes on from there.
import { expect, test } from "vitest";
import type { Json } from "@baton/core";
import { withFormer } from "./definitions.ts";
import { findForkPoint } from "./fork-point.ts";
import { moveStanding } from "./move.ts";
import { rewindTo } from "./rewind.ts";
import { buildWorkflow, type Spec } from "./testing/build.ts";
import { constant, dot, fork, http, list, loop, race, set, subflow, wait } from "./testing/specs.ts";
import { scenario, type Scenario } from "./testing/scenario.ts";

interface Options {
  readonly input?: Json;
  /** Another definition. */
  readonly to?: readonly Spec[];
}

/** The scenario goes on as a fork from that step; a problem where the step has no place. */
function forkFrom(run: Scenario, step: number, { input, to }: Options = {}): readonly string[] {
  const { world } = run;
  const { workflow, state } = world;
  const before = rewindTo(workflow, world.history(), step, input);
  if (before === null || state === null) throw new Error("There is no such step.");
  const target = to === undefined ? workflow : withFormer({ ...buildWorkflow(to), version: "2.0.0" }, [workflow]);
  const moved = moveStanding(workflow, before.standing, target);
  if (!moved.ok) return moved.problems;
  world.rewind(before, target);
  run.send({ type: "ForkRun", runId: "run_2", from: { runId: state.id, step }, standing: moved.standing });
  return [];
}

test("steps before it are done, with their outputs and the context; the step starts with its input", () => {
  const run = scenario([http("a", { export: dot("key") }), http("b"), http("c", { from: constant("x") })]);
  run.complete("a", { key: 1 }).complete("b", "b").complete("c", "end");
  forkFrom(run, 2);
  expect(run.told).toEqual(["run forked", "b started", 'ask b POST https://service.test/ {"key":1}']);
  expect(run.view).toMatchObject({ id: "run_2", status: "running", output: null, endedAt: null, forkedFrom: { runId: "run_1", step: 2 } });
  expect(run.steps).toEqual(["a completed", "b running"]);
  expect(run.world.state?.contexts.get(0)).toBe(1);
  expect(run.complete("b").complete("c", "other").view).toMatchObject({ status: "completed", output: "other" });
});

test("it may start with another input", () => {
  const run = scenario([set("one", constant(1)), http("two")]).fail("two");
  forkFrom(run, 2, { input: { mended: true } });
  expect(run.told.at(-1)).toBe('ask two POST https://service.test/ {"mended":true}');
});

test("in a loop it is the iteration that the step belongs to", () => {
  const run = scenario([loop("each", constant(["x", "y"]), [http("a")])])
    .complete("a", 1)
    .complete("a", 2);
  forkFrom(run, 3);
  expect(run.steps).toEqual(["each running", "a completed", "a running"]);
  expect(run.complete("a", "again").view).toMatchObject({ status: "completed", output: "again" });
});

test("what was under way beside it starts again; what waited goes on waiting", () => {
  const run = scenario([fork("all", [http("a"), list("l", [http("b"), http("c")]), wait("w", 5000), subflow("s")])]);
  run.complete("b", "b");
  forkFrom(run, 7);
  expect(run.steps).toEqual([
    "all running",
    "a cancelled",
    "l running",
    "b completed",
    "w waiting",
    "s cancelled",
    "c running",
    "a running",
    "s running",
  ]);
  expect(run.world.pending.map((effect) => effect.type).sort()).toEqual(["performWork", "performWork", "setTimer", "startRun"]);
});

test("a branch that had lost its race has lost it still", () => {
  const run = scenario([race("race", [http("a"), list("l", [http("b"), http("c")])])])
    .fail("a")
    .complete("b")
    .fail("c");
  forkFrom(run, 5);
  expect(run.steps).toEqual(["race running", "a faulted", "l running", "b completed", "c running"]);
});

test("with another definition the steps find their places by their names", () => {
  const run = scenario([http("a"), list("l", [http("b"), http("c")])])
    .complete("a", 1)
    .complete("b", 2)
    .fail("c");
  const to = [set("new", constant(0)), http("a"), list("l", [http("b"), set("mend", constant(7)), http("c", { as: constant("mended") })])];
  expect(forkFrom(run, 4, { to })).toEqual([]);
  expect(run.view).toMatchObject({ workflow: { version: "2.0.0" }, former: [{ version: "1.0.0" }] });
  expect(run.view.steps.map(({ reference }) => reference)).toEqual(["/do/0/a", "/do/2/l", "/do/1/l/do/0/b", "/do/2/l/do/2/c"]);
  expect(run.complete("c").view).toMatchObject({ status: "completed", output: "mended" });
});

test("a step that the other definition lacks is a problem", () => {
  const run = scenario([list("l", [http("b"), http("c")])]).complete("b");
  expect(forkFrom(run, 3, { to: [list("l", [http("b")])] })).toEqual(["the next task of step 1 (/do/0/l) is `c`, which is not there"]);
  expect(forkFrom(run, 3, { to: [list("other", [http("c")])] })).toEqual(["step 1 (/do/0/l) is under way, and is not there"]);
});

test("a step is named by its task, its address or its number; what is not there is told with what is", () => {
  const { steps } = scenario([list("l", [http("same")]), http("same"), http("charge")])
    .complete("same")
    .complete("same").view;
  const find = (from: string): unknown => {
    const found = findForkPoint(steps, from);
    return found.ok ? found.value : found.error;
  };
  expect([find("l"), find("3"), find("/do/1/same"), find("charge")]).toEqual([1, 3, 3, 4]);
  expect(find("same")).toBe("There are several tasks `same`; say which one by its address: /do/0/l/do/0/same, /do/1/same.");
  expect(find("chrage")).toBe("The run has come to no step `chrage`. Did you mean `charge`? It has come to: l, same, charge.");
  expect(find("9")).toBe("The run has come to no step `9`. It has come to: l, same, charge.");
});
