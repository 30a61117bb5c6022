// Against the sentences of dsl.md ("Lifecycle Events") and the tables of dsl-reference.md.
import { expect, test } from "vitest";
import type { WorkflowEvent } from "./events.ts";
import { evolve } from "./evolve.ts";
import { lifecycleOf, lifecycleTypes, type LifecycleEvent } from "./lifecycle.ts";
import type { RunState } from "./state.ts";
import { scenario, type Scenario } from "./testing/scenario.ts";
import { attempt, constant, http, race, retry, set, wait } from "./testing/specs.ts";

const outputUri = (runId: string, step?: number): string => `/runs/${runId}${step === undefined ? "" : `/steps/${step}`}/output`;

/** Everything that is told of a run, event by event. */
function told({ world }: Scenario): LifecycleEvent[] {
  let state: RunState | null = null;
  const all: LifecycleEvent[] = [];
  for (const event of world.history() as readonly WorkflowEvent[]) {
    all.push(...lifecycleOf(world.workflow, state, [event], outputUri));
    state = evolve(world.workflow, state, event);
  }
  return all;
}

/** In short: `workflow started`, `/do/0/a completed`; changes of status apart, as they only repeat. */
function lines(run: Scenario): string[] {
  const plain = told(run).filter(({ type }) => !type.includes("status-changed"));
  return plain.map(({ type, task }) => `${task ?? "workflow"} ${type.split(".").at(-2)}`);
}

function statuses(run: Scenario, subject: string): unknown[] {
  const changes = told(run).filter(({ type, task }) => type.includes("status-changed") && (task ?? "workflow") === subject);
  return changes.map(({ data }) => data.status);
}

test("there are eighteen, nine of the workflow and nine of the task", () => {
  expect(lifecycleTypes).toHaveLength(18);
  expect(new Set(lifecycleTypes).size).toBe(18);
});

test("the run and its tasks, from start to completion, with the data that the reference lists", () => {
  const run = scenario([http("a")], { id: 7 });
  run.world.now += 1000;
  run.complete("a", "pet");
  const name = "built-run_1.test";
  const begin = "2026-01-01T00:00:00.000Z";
  const end = "2026-01-01T00:00:01.000Z";
  expect(
    told(run)
      .filter(({ type }) => !type.includes("status-changed"))
      .map(({ type, data }) => ({ type, data })),
  ).toEqual([
    {
      type: "io.serverlessworkflow.workflow.started.v1",
      data: { name, startedAt: begin, definition: { namespace: "test", name: "built", version: "1.0.0" } },
    },
    { type: "io.serverlessworkflow.task.created.v1", data: { workflow: name, task: "/do/0/a", createdAt: begin } },
    { type: "io.serverlessworkflow.task.started.v1", data: { workflow: name, task: "/do/0/a", startedAt: begin } },
    {
      type: "io.serverlessworkflow.task.completed.v1",
      data: { workflow: name, task: "/do/0/a", completedAt: end, outputUri: "/runs/run_1/steps/1/output" },
    },
    { type: "io.serverlessworkflow.workflow.completed.v1", data: { name, completedAt: end, outputUri: "/runs/run_1/output" } },
  ]);
  expect(statuses(run, "workflow")).toEqual(["running", "completed"]);
  expect(statuses(run, "/do/0/a")).toEqual(["pending", "running", "completed"]);
});

test("a fault carries its error, of the task and of the workflow", () => {
  const run = scenario([http("a")]).fail("a");
  const faults = told(run).filter(({ type }) => type.endsWith("faulted.v1"));
  expect(faults.map(({ data }) => (data.error as { instance: string }).instance)).toEqual(["/do/0/a", "/do/0/a"]);
});

test("losers of a race are cancelled before the fork completes", () => {
  const run = scenario([race("race", [http("a"), http("b")])]).complete("b", 1);
  expect(lines(run).slice(-4)).toEqual([
    "/do/0/race/fork/branches/1/b completed",
    "/do/0/race/fork/branches/0/a cancelled",
    "/do/0/race completed",
    "workflow completed",
  ]);
});

test("a retry is told of the try, and waiting is a status only", () => {
  const run = scenario([attempt("try", [http("a")], { retry: retry(1000, 1) })])
    .fail("a")
    .fire()
    .complete("a");
  expect(lines(run).filter((line) => line.startsWith("/do/0/try "))).toEqual(
    ["created", "started", "retried", "completed"].map((phase) => `/do/0/try ${phase}`),
  );
  expect(statuses(run, "/do/0/try")).toEqual(["pending", "running", "waiting", "running", "completed"]);
  expect(statuses(run, "workflow")).toEqual(["running", "waiting", "running", "completed"]);
});

test("suspending and resuming are told of the run and of what is under way; cancelling too, innermost first", () => {
  const run = scenario([attempt("try", [wait("pause", 1000)], {})]);
  run.suspend().resume().cancel();
  const inner = "/do/0/try/try/0/pause";
  expect(lines(run).slice(5)).toEqual([
    "workflow suspended",
    "/do/0/try suspended",
    `${inner} suspended`,
    "workflow resumed",
    "/do/0/try resumed",
    `${inner} resumed`,
    `${inner} cancelled`,
    "/do/0/try cancelled",
    "workflow cancelled",
  ]);
});

test("a step that is skipped never was a task", () => {
  const run = scenario([{ ...set("a", constant(1)), if: { source: "false", f: () => false } }]);
  expect(lines(run)).toEqual(["workflow started", "workflow completed"]);
});

test("listening is correlating: it begins, and is done with the keys that were found", () => {
  const run = scenario([{ name: "await", task: { kind: "listen", to: "all", types: ["a", "b"], correlate: true } }]);
  const event = (type: string) => ({ specversion: "1.0", id: type, source: "/test", type, subject: "order-7" });
  run.send({ type: "ReceiveEvent", delivery: 1, event: event("a") });
  expect(lines(run)).toEqual(["workflow started", "/do/0/await created", "/do/0/await started", "workflow correlation-started"]);
  run.world.now += 1000;
  run.send({ type: "ReceiveEvent", delivery: 2, event: event("b") });
  expect(lines(run).slice(4)).toEqual(["workflow correlation-completed", "/do/0/await completed", "workflow completed"]);
  expect(told(run).find(({ type }) => type.includes("correlation-completed"))?.data).toEqual({
    name: "built-run_1.test",
    completedAt: "2026-01-01T00:00:01.000Z",
    correlationKeys: { subject: "order-7" },
  });
  expect(statuses(run, "workflow")).toEqual(["running", "waiting", "running", "completed"]);
});
