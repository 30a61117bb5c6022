import { expect, test } from "vitest";
import { fork } from "./fork.ts";
import { defaultPolicy, plainPolicy } from "./policies.ts";
import { createScheduler, step, type SchedulerState } from "./step.ts";
import type { Decision, SchedulerEvent } from "./types.ts";

const events: readonly SchedulerEvent[] = [
  {
    type: "queues-changed",
    queues: [
      { id: "a", guarantee: { cpu: 2 } },
      { id: "b", limit: { cpu: 3 } },
    ],
  },
  { type: "node-up", node: { id: "n1", capacity: { cpu: 4, memory: 8 }, labels: { disk: "ssd" } } },
  { type: "node-up", node: { id: "n2", capacity: { cpu: 2, memory: 4 } } },
  { type: "jobs-submitted", jobs: [1, 2, 3].map((i) => ({ id: `a${i}`, queue: "a", requests: { cpu: 1 }, limitMs: i * 1000 })) },
  { type: "jobs-submitted", jobs: [1, 2, 3].map((i) => ({ id: `b${i}`, queue: "b", requests: { cpu: 2, memory: 3 }, limitMs: 5000 })) },
  {
    type: "jobs-submitted",
    jobs: [
      { id: "c", queue: "a", requests: { cpu: 1 }, after: ["a1"], constraints: { apart: [{ labels: { app: "x" }, domain: "node" }] } },
    ],
  },
];
const rest: readonly SchedulerEvent[] = [
  { type: "job-ended", jobId: "a1", outcome: "completed" },
  { type: "jobs-submitted", jobs: [{ id: "d", queue: "b", requests: { cpu: 1 }, labels: { app: "x" } }] },
  { type: "node-down", nodeId: "n1" },
  { type: "job-ended", jobId: "b1", outcome: "completed" },
];

function play(state: SchedulerState, list: readonly SchedulerEvent[], from: number): Decision[] {
  return list.flatMap((event, i) => step(state, event, from + i * 10).decisions);
}

test.each([
  ["plain", plainPolicy],
  ["default", defaultPolicy],
  ["conservative", { ...plainPolicy, backfill: { name: "conservative" as const } }],
])("a fork goes on like its origin, and leaves it alone (%s)", (_name, policy) => {
  const [state, untouched] = [createScheduler(policy), createScheduler(policy)];
  play(state, events, 0);
  play(untouched, events, 0);
  const copy = fork(state);
  const decided = play(copy, rest, 1000);
  expect(decided.length).toBeGreaterThan(0);
  expect(play(state, rest, 1000)).toEqual(decided);
  expect(play(untouched, rest, 1000)).toEqual(decided);
});

test("a chain of twenty thousand jobs is forked without a deep stack", () => {
  const state = createScheduler(plainPolicy);
  step(state, { type: "node-up", node: { id: "n", capacity: { cpu: 1 } } }, 0);
  const jobs = Array.from({ length: 20_000 }, (_, i) => ({ id: `j${i}`, requests: { cpu: 1 }, after: i === 0 ? [] : [`j${i - 1}`] }));
  step(state, { type: "jobs-submitted", jobs }, 0);
  expect(step(fork(state), { type: "job-ended", jobId: "j0", outcome: "completed" }, 1).decisions).toEqual([
    { type: "start", jobId: "j1", nodeId: "n", estimateMs: 3_600_000 },
  ]);
});
