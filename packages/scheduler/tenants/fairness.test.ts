import { expect, test } from "vitest";
import { plainPolicy } from "../policies.ts";
import type { FairnessPolicy } from "../policy.ts";
import { createScheduler, step } from "../step.ts";
import type { JobSpec, QueueSpec } from "../types.ts";

/** The order in which jobs start that each need the whole node, if they are all there at the beginning. */
function orderOf(
  fairness: FairnessPolicy,
  queues: readonly QueueSpec[],
  jobs: readonly (Partial<JobSpec> & { readonly id: string })[],
): string[] {
  const state = createScheduler({ ...plainPolicy, fairness });
  step(state, { type: "queues-changed", queues }, 0);
  step(state, { type: "node-up", node: { id: "n", capacity: { cpu: 2 } } }, 0);
  const starts: string[] = [];
  let { decisions } = step(
    state,
    { type: "jobs-submitted", jobs: jobs.map((job) => ({ requests: { cpu: 2 }, limitMs: 1000, ...job })) },
    0,
  );
  for (let now = 1000; decisions[0] !== undefined; now += 1000) {
    const { jobId } = decisions[0];
    starts.push(jobId);
    decisions = step(state, { type: "job-ended", jobId, outcome: "completed" }, now).decisions;
  }
  return starts;
}

const flat = [{ id: "a" }, { id: "b" }];
const two = ["a1", "a2", "a3", "b1", "b2", "b3"].map((id) => ({ id, queue: id.slice(0, 1) }));

test.each<FairnessPolicy>([{ name: "drf" }, { name: "drf", halfLifeMs: 60_000 }, { name: "weighted-fair" }])(
  "under %j, queues that are equal take turns, also where nothing runs in between",
  (fairness) => {
    expect(orderOf(fairness, flat, two)).toEqual(["a1", "b1", "a2", "b2", "a3", "b3"]);
  },
);

test("turns are taken at every level of the tree", () => {
  const tree = [{ id: "x" }, { id: "a", parent: "x" }, { id: "b", parent: "x" }, { id: "c" }];
  const jobs = ["a1", "a2", "b1", "b2", "c1", "c2", "c3", "c4"].map((id) => ({ id, queue: id.slice(0, 1) }));
  for (const name of ["drf", "weighted-fair"] as const) {
    expect(orderOf({ name }, tree, jobs)).toEqual(["a1", "c1", "b1", "c2", "a2", "c3", "b2", "c4"]);
  }
});

test("past the cap, the longest wait goes before all shares", () => {
  const queues = [{ id: "a", weight: 100 }, { id: "b" }];
  const oldFirst = two.toReversed();
  expect(orderOf({ name: "weighted-fair" }, queues, oldFirst)).toEqual(["a3", "b3", "a2", "a1", "b2", "b1"]);
  expect(orderOf({ name: "weighted-fair", capMs: 1500 }, queues, oldFirst)).toEqual(["a3", "b3", "b2", "b1", "a2", "a1"]);
});
