// Expected starts where something other than room decides: limits, the order without backfilling, company that is not there.
import { expect, test } from "vitest";
import { plainPolicy, easyPolicy } from "../policies.ts";
import type { Policy } from "../policy.ts";
import { createScheduler, step, type SchedulerState } from "../step.ts";
import type { JobSpec, QueueSpec, SchedulerEvent } from "../types.ts";
import { explain } from "./explain.ts";

const minute = 60_000;

function world(policy: Policy, queues: readonly QueueSpec[], jobs: readonly JobSpec[]): SchedulerState {
  const state = createScheduler(policy);
  const events: readonly SchedulerEvent[] = [
    { type: "node-up", node: { id: "n", capacity: { cpu: 4000 } } },
    { type: "queues-changed", queues },
    ...jobs.map((job): SchedulerEvent => ({ type: "jobs-submitted", jobs: [job] })),
  ];
  for (const event of events) step(state, event, 0);
  return state;
}

function job(id: string, cpu: number, minutes: number, more: Partial<JobSpec> = {}): JobSpec {
  return { id, requests: { cpu }, limitMs: minutes * minute, ...more };
}

function startOf(state: SchedulerState, id: string): number | undefined {
  const at = explain(state, id)?.estimate?.at;
  return at === undefined ? undefined : at / minute;
}

test("a job behind a limit on amounts is expected when what its queue uses has been given back", () => {
  const state = world(
    easyPolicy,
    [{ id: "q", limit: { cpu: 2000 } }],
    [job("a", 1000, 30, { queue: "q" }), job("b", 1000, 10, { queue: "q" }), job("c", 2000, 5, { queue: "q" })],
  );
  expect(startOf(state, "c")).toBe(30);
});

test("a job behind a limit on running jobs is expected when as many have ended as must, also in the queue above", () => {
  const state = world(
    easyPolicy,
    [
      { id: "all", maxRunning: 2 },
      { id: "q", parent: "all" },
    ],
    [job("a", 1000, 30, { queue: "q" }), job("b", 1000, 10, { queue: "q" }), job("c", 1000, 5, { queue: "q" })],
  );
  expect(startOf(state, "c")).toBe(10);
});

test("without backfilling nobody is expected before the jobs ahead", () => {
  const jobs = [job("a", 3000, 60), job("b", 2000, 10), job("c", 1000, 5)];
  expect(startOf(world(plainPolicy, [], jobs), "c")).toBe(60);
  expect(startOf(world(easyPolicy, [], jobs), "c")).toBeUndefined();
});

test("nothing is expected of a job that wants to be near others of which none runs", () => {
  const lonely = job("a", 1000, 10, { constraints: { near: [{ labels: { app: "db" }, domain: "node" }] } });
  expect(startOf(world(easyPolicy, [], [lonely]), "a")).toBeUndefined();
});
