import { expect, test } from "vitest";
import { rootId, type RunState } from "./state.ts";
import { attempt, fork, http, list, retry, shell, subflow, wait } from "./testing/specs.ts";
import { scenario, type Scenario } from "./testing/scenario.ts";
import { after } from "./testing/tell.ts";
import { neededTimers, strandedSteps, waitsOf } from "./waits.ts";

function told(run: Scenario): string[] {
  const { state } = run.world;
  return state === null
    ? []
    : waitsOf(state).map((one) => `${one.name} for ${one.for}${one.until === null ? "" : ` until ${after(one.until)}`}`);
}

test("each step at the bottom says what it waits for, and until when", () => {
  const listen = { name: "listen", task: { kind: "listen", to: "one", types: ["a"] } } as const;
  const tasks = [http("call"), wait("pause", 5000), subflow("child"), shell("process"), listen];
  const run = scenario([fork("all", tasks)], {}, { timeoutMs: 60_000 });
  expect(told(run)).toEqual([
    "call for work until +60s",
    "pause for timer until +5s",
    "child for run until +60s",
    "process for work until +60s",
    "listen for event until +60s",
  ]);
  expect(neededTimers(run.world.state as RunState).map(({ timer }) => timer)).toEqual(["timeout:0", "wait:3"]);
});

test("a retry waits, also below a task with a deadline that comes first", () => {
  const slow = attempt("try", [http("ask")], { retry: retry(10_000, 1) });
  expect(told(scenario([slow]).fail("ask"))).toEqual(["try for retry until +10s"]);
  expect(told(scenario([list("list", [slow], { timeoutMs: 2000 })]).fail("ask"))).toEqual(["try for retry until +2s"]);
});

test("a suspended run waits for somebody, and for what is still under way", () => {
  const run = scenario([fork("both", [http("a"), http("b")])]).suspend();
  expect(told(run)).toEqual(["built for resume", "a for work", "b for work"]);
  expect(told(run.complete("a"))).toEqual(["built for resume", "b for work"]);
});

test("what has reached the bound of a decision waits for its turn", () => {
  const run = scenario([list("list", [http("a"), http("b")])], {}, {}, { moves: 1 });
  run.world.state = null;
  run.world.sendOnce({ type: "StartRun", runId: "run_2", tenant: "t", workflow: run.world.workflow, input: null });
  expect(told(run)).toEqual(["list for turn"]);
});

test("a run that has ended waits for nothing", () => {
  expect(told(scenario([]))).toEqual([]);
});

test("a step that nobody will ever answer is stranded", () => {
  const { state } = scenario([http("a")]).world;
  expect(strandedSteps(state as RunState)).toEqual([]);
  const lost = new Map(state?.frames);
  lost.delete(1);
  expect(strandedSteps({ ...(state as RunState), frames: lost }).map(({ id }) => id)).toEqual([rootId]);
});
