import { expect, test } from "vitest";
import { projectRun, RunProjector } from "./project.ts";
import { attempt, constant, http, list, loop, retry, set } from "./testing/specs.ts";
import { scenario } from "./testing/scenario.ts";

test("a run is told in the shape that people are given", () => {
  const run = scenario([http("getPet", { as: constant("pet") })], { id: 7 });
  run.world.now += 1500;
  expect(run.complete("getPet", { name: "Milou" }).view).toEqual({
    id: "run_1",
    workflow: { namespace: "test", name: "built", version: "1.0.0" },
    status: "completed",
    input: { id: 7 },
    output: "pet",
    error: null,
    startedAt: "2026-01-01T00:00:00.000Z",
    endedAt: "2026-01-01T00:00:01.500Z",
    steps: [
      {
        name: "getPet",
        reference: "/do/0/getPet",
        kind: "call",
        status: "completed",
        attempt: 1,
        input: { id: 7 },
        output: "pet",
        error: null,
        startedAt: "2026-01-01T00:00:00.000Z",
        endedAt: "2026-01-01T00:00:01.500Z",
      },
    ],
  });
});

test("iterations and attempts are entries of their own, in the order of starting", () => {
  const run = scenario([loop("each", constant([1, 2]), [attempt("try", [http("a")], { retry: retry(0, 1) })])]);
  run.fail("a").complete("a").complete("a");
  expect(run.steps).toEqual(["each completed", "try completed", "a faulted", "a completed (2)", "try completed", "a completed"]);
});

test("a projector says which steps a batch changed, and keeps the others as they were", () => {
  const run = scenario([list("outer", [http("a"), set("b", constant(1)), http("c")])]);
  const projector = new RunProjector(run.world.workflow);
  const history = run.world.history();
  expect(projector.apply(history)).toEqual([0, 1]);
  const before = projector.view();
  expect(projector.apply(run.world.send({ type: "CompleteWork", step: 2, output: 1 }))).toEqual([1, 2, 3]);
  const after = projector.view();
  expect(after.steps[0]).toBe(before.steps[0]);
  expect(after).toEqual(projectRun(run.world.workflow, run.world.history()));
  expect(before.steps).toHaveLength(2);
});
