// The life-cycle events of runs and tasks.
import type { JsonObject } from "@baton/core";
import type { LifecycleEvent } from "@baton/engine";
import { expect } from "vitest";
import { beginning, failed, runFlow, type World } from "../run-flow.ts";
import { call, dsl, reference } from "../section.ts";

const instant = new Date(beginning).toISOString();
const run = "conformance-run_1.test";
const definition = { namespace: "test", name: "conformance", version: "1.0.0" };
const task = { workflow: run, task: "/do/0/a" };
const set = "do: [a: { set: { x: 1 } }]";
const pause = "do: [a: { wait: PT1S }]";
const listening = "do: [a: { listen: { to: { one: { with: { type: t }, correlate: { order: { from: .data.id } } } } } }]";

/** The life-cycle events of a flow that are about runs, or about tasks. */
function told(subject: "workflow" | "task", flow: string, world: World = {}): readonly LifecycleEvent[] {
  return runFlow(flow, world).lifecycle.filter(({ type }) => type.startsWith(`io.serverlessworkflow.${subject}.`));
}

/** The phases that they tell, in order; the changes of the status apart. */
function phases(subject: "workflow" | "task", flow: string, world: World = {}): string[] {
  return told(subject, flow, world)
    .flatMap(({ type }) => /\.([a-z-]+)\.v1$/.exec(type)?.[1] ?? [])
    .filter((phase) => phase !== "status-changed");
}

function dataOf(subject: "workflow" | "task", phase: string, flow: string, world: World = {}): JsonObject | undefined {
  return told(subject, flow, world).find(({ type }) => type === `io.serverlessworkflow.${subject}.${phase}.v1`)?.data;
}

const suspended: World = { meanwhile: [{ type: "SuspendRun" }, { type: "ResumeRun" }] };
const cancelled: World = { meanwhile: [{ type: "CancelRun" }] };
const down: World = { work: () => failed(503) };
const error = { type: expect.stringContaining("/communication") as string, status: 503, title: "Failed", instance: "/do/0/a" };
const retrying = `do: [a: { try: [b: ${call}], catch: { retry: { limit: { attempt: { count: 1 } } } } }]`;
const outputUri = "https://runs.test/output";

export const lifecycleSections = [
  dsl("Lifecycle Events", {
    "what happens to a run is told, from its start to its end": () => expect(phases("workflow", set)).toEqual(["started", "completed"]),
    "and what happens to each of its tasks": () => expect(phases("task", set)).toEqual(["created", "started", "completed"]),
    "a run's suspension and resumption are told, and its tasks'": () => {
      expect(phases("workflow", pause, suspended)).toEqual(["started", "suspended", "resumed", "completed"]);
      expect(phases("task", pause, suspended)).toEqual(["created", "started", "suspended", "resumed", "completed"]);
    },
    "its cancellation, and its tasks'": () => {
      expect(phases("workflow", pause, cancelled)).toEqual(["started", "cancelled"]);
      expect(phases("task", pause, cancelled)).toEqual(["created", "started", "cancelled"]);
    },
    "its fault, and its tasks'": () => {
      expect(phases("workflow", `do: [a: ${call}]`, down)).toEqual(["started", "faulted"]);
      expect(phases("task", `do: [a: ${call}]`, down)).toEqual(["created", "started", "faulted"]);
    },
    "the beginning and the end of a correlation": () =>
      expect(phases("workflow", listening, { events: [{ data: { id: 7 } }] })).toEqual([
        "started",
        "correlation-started",
        "correlation-completed",
        "completed",
      ]),
    "a retry": () => expect(phases("task", retrying, { work: (_, n) => (n === 0 ? failed(503) : { output: 1 }) })).toContain("retried"),
    "each change of a status, of runs and of tasks": () => {
      const statuses = (subject: "workflow" | "task"): unknown[] =>
        told(subject, pause).flatMap(({ type, data }) => (type.includes("status-changed") ? [data["status"]] : []));
      expect(statuses("workflow")).toEqual(["running", "waiting", "running", "completed"]);
      expect(statuses("task").at(-1)).toBe("completed");
    },
  }),
  reference("Workflow Started Event", {
    "it tells the run's name, its definition and the time": () =>
      expect(dataOf("workflow", "started", set)).toEqual({ name: run, definition, startedAt: instant }),
  }),
  reference("Workflow Suspended Event", {
    "it tells the run's name and the time": () =>
      expect(dataOf("workflow", "suspended", pause, suspended)).toEqual({ name: run, suspendedAt: instant }),
  }),
  reference("Workflow Resumed Event", {
    "it tells the run's name and the time": () =>
      expect(dataOf("workflow", "resumed", pause, suspended)).toEqual({ name: run, resumedAt: instant }),
  }),
  reference("Workflow Correlation Started Event", {
    "it tells the run's name and the time": () =>
      expect(dataOf("workflow", "correlation-started", listening)).toEqual({ name: run, startedAt: instant }),
  }),
  reference("Workflow Correlation Completed Event", {
    "it tells the run's name, the time and the keys that were found": () =>
      expect(dataOf("workflow", "correlation-completed", listening, { events: [{ data: { id: 7 } }] })).toEqual({
        name: run,
        completedAt: instant,
        correlationKeys: { order: 7 },
      }),
  }),
  reference("Workflow Cancelled Event", {
    "it tells the run's name and the time": () =>
      expect(dataOf("workflow", "cancelled", pause, cancelled)).toEqual({ name: run, cancelledAt: instant }),
  }),
  reference("Workflow Faulted Event", {
    "it tells the run's name, the time and the error": () =>
      expect(dataOf("workflow", "faulted", `do: [a: ${call}]`, down)).toMatchObject({ name: run, faultedAt: instant, error }),
  }),
  reference("Workflow Completed Event", {
    "it tells the run's name, the time and where its output is": () =>
      expect(dataOf("workflow", "completed", set)).toEqual({ name: run, completedAt: instant, outputUri }),
  }),
  reference("Workflow Status Changed Event", {
    "it tells the run's name, the time and the status": () =>
      expect(dataOf("workflow", "status-changed", set)).toEqual({ name: run, updatedAt: instant, status: "running" }),
  }),
  reference("Task Created Event", {
    "it tells the run, the task and the time": () => expect(dataOf("task", "created", set)).toEqual({ ...task, createdAt: instant }),
  }),
  reference("Task Started Event", {
    "it tells the run, the task and the time": () => expect(dataOf("task", "started", set)).toEqual({ ...task, startedAt: instant }),
  }),
  reference("Task Suspended Event", {
    "it tells the run, the task and the time": () =>
      expect(dataOf("task", "suspended", pause, suspended)).toEqual({ ...task, suspendedAt: instant }),
  }),
  reference("Task Resumed Event", {
    "it tells the run, the task and the time": () =>
      expect(dataOf("task", "resumed", pause, suspended)).toEqual({ ...task, resumedAt: instant }),
  }),
  reference("Task Retried Event", {
    "it tells the run, the task and the time": () =>
      expect(dataOf("task", "retried", retrying, down)).toMatchObject({ workflow: run, retriedAt: instant }),
  }),
  reference("Task Cancelled Event", {
    "it tells the run, the task and the time": () =>
      expect(dataOf("task", "cancelled", pause, cancelled)).toEqual({ ...task, cancelledAt: instant }),
  }),
  reference("Task Faulted Event", {
    "it tells the run, the task, the time and the error": () =>
      expect(dataOf("task", "faulted", `do: [a: ${call}]`, down)).toMatchObject({ ...task, faultedAt: instant, error }),
  }),
  reference("Task Completed Event", {
    "it tells the run, the task, the time and where its output is": () =>
      expect(dataOf("task", "completed", set)).toEqual({ ...task, completedAt: instant, outputUri }),
  }),
  reference("Task Status Changed Event", {
    "it tells the run, the task, the time and the status": () =>
      expect(dataOf("task", "status-changed", set)).toMatchObject({ ...task, updatedAt: instant }),
  }),
];
