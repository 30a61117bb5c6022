// Guarantees are taken back from those who borrowed, by the cheapest victims, gangs as a whole, and never from who has no more than its own.
import { expect, test } from "vitest";
import { plainPolicy } from "../policies.ts";
import type { Policy } from "../policy.ts";
import { createScheduler, step } from "../step.ts";
import type { Decision, JobSpec, NodeSpec, QueueSpec, SchedulerEvent } from "../types.ts";

const reclaiming: Policy = { ...plainPolicy, fairness: { name: "drf" }, preemption: { ...plainPolicy.preemption, reclaim: true } };

interface World {
  readonly submit: (at: number, ...jobs: readonly (Partial<JobSpec> & { readonly id: string })[]) => string[];
  readonly end: (at: number, jobId: string, outcome?: "completed" | "preempted") => string[];
}

function world(policy: Policy, queues: readonly QueueSpec[], ...nodes: readonly NodeSpec["capacity"][]): World {
  const state = createScheduler(policy);
  step(state, { type: "queues-changed", queues }, 0);
  nodes.forEach((capacity, i) => step(state, { type: "node-up", node: { id: `n${i}`, capacity } }, 0));
  const inShort = (decisions: readonly Decision[]): string[] => decisions.map(({ type, jobId }) => `${type} ${jobId}`);
  return {
    submit: (at, ...jobs) =>
      inShort(
        step(state, { type: "jobs-submitted", jobs: jobs.map((job) => ({ requests: { cpu: 1, memory: 1 }, ...job })) }, at).decisions,
      ),
    end: (at, jobId, outcome = "completed") => inShort(step(state, { type: "job-ended", jobId, outcome }, at).decisions),
  };
}

test("a guarantee of cpu alone is taken back from jobs that hold memory too", () => {
  const { submit, end } = world(reclaiming, [{ id: "a", guarantee: { cpu: 2 } }, { id: "b" }], { cpu: 3, memory: 9 });
  expect(submit(0, { id: "b1", queue: "b" }, { id: "b2", queue: "b" }, { id: "b3", queue: "b" })).toHaveLength(3);
  expect(submit(5, { id: "a1", queue: "a" })).toEqual(["preempt b3"]);
  expect(end(6, "b3", "preempted")).toEqual(["start a1"]);
  expect(submit(7, { id: "a2", queue: "a" })).toEqual(["preempt b2"]);
  expect(end(8, "b2", "preempted")).toEqual(["start a2"]);
  expect(submit(9, { id: "a3", queue: "a" })).toEqual([]);
});

test("a guarantee deep in the tree holds against queues beside its parent", () => {
  const queues = [{ id: "team" }, { id: "a", parent: "team", guarantee: { cpu: 2 } }, { id: "c", parent: "team" }, { id: "b" }];
  const { submit } = world(reclaiming, queues, { cpu: 2, memory: 9 });
  expect(submit(0, { id: "b1", queue: "b" }, { id: "b2", queue: "b" })).toHaveLength(2);
  expect(submit(5, { id: "a1", queue: "a" })).toEqual(["preempt b2"]);
});

test("who has no more than its guarantee loses nothing, whatever its parent has", () => {
  const queues = [
    { id: "team" },
    { id: "a", parent: "team", guarantee: { cpu: 2 } },
    { id: "c", parent: "team" },
    { id: "b", guarantee: { cpu: 2 } },
  ];
  const { submit } = world(reclaiming, queues, { cpu: 4, memory: 9 });
  submit(0, { id: "a1", queue: "a" }, { id: "a2", queue: "a" }, { id: "c1", queue: "c" }, { id: "c2", queue: "c" });
  expect(submit(5, { id: "b1", queue: "b" }, { id: "b2", queue: "b" })).toEqual(["preempt c2"]);
});

test("one wide job that borrows a little does not keep a guarantee from another; what is borrowed as a whole goes first", () => {
  const queues = [
    { id: "a", guarantee: { cpu: 2 } },
    { id: "b", guarantee: { cpu: 4 } },
  ];
  const wide = world(reclaiming, queues, { cpu: 6, memory: 9 });
  wide.submit(0, { id: "b1", queue: "b", requests: { cpu: 5 } });
  expect(wide.submit(5, { id: "a1", queue: "a", requests: { cpu: 2 } })).toEqual(["preempt b1"]);
  expect(wide.end(6, "b1", "preempted")).toEqual(["start a1"]);
  const both = world(reclaiming, queues, { cpu: 6, memory: 9 });
  both.submit(0, { id: "b1", queue: "b", requests: { cpu: 4 } }, { id: "b2", queue: "b", requests: { cpu: 2 }, priority: 90 });
  expect(both.submit(5, { id: "a1", queue: "a", requests: { cpu: 2 } })).toEqual(["preempt b2"]);
});

test("who has started at this very instant is stopped at the next, without anything else happening", () => {
  const state = createScheduler(reclaiming);
  const send = (event: SchedulerEvent, at: number) => step(state, event, at);
  send({ type: "queues-changed", queues: [{ id: "a", guarantee: { cpu: 1 } }, { id: "b" }] }, 0);
  send({ type: "node-up", node: { id: "n", capacity: { cpu: 1 } } }, 0);
  send({ type: "jobs-submitted", jobs: [{ id: "b1", queue: "b", requests: { cpu: 1 } }] }, 0);
  const { decisions, wakeAt } = send({ type: "jobs-submitted", jobs: [{ id: "a1", queue: "a", requests: { cpu: 1 } }] }, 0);
  expect([decisions, wakeAt]).toEqual([[], 1]);
  expect(send({ type: "clock" }, 1).decisions).toMatchObject([{ type: "preempt", jobId: "b1", forJobId: "a1" }]);
});

test("a gang is stopped as a whole, and starts again as a whole", () => {
  const { submit, end } = world(
    reclaiming,
    [{ id: "a", guarantee: { cpu: 1 } }, { id: "b" }],
    { cpu: 1, memory: 9 },
    { cpu: 1, memory: 9 },
  );
  const gang = { id: "g", size: 2 };
  expect(submit(0, { id: "g1", queue: "b", gang }, { id: "g2", queue: "b", gang })).toHaveLength(2);
  expect(submit(5, { id: "a1", queue: "a" })).toEqual(["preempt g1", "preempt g2"]);
  expect(end(6, "g1", "preempted")).toEqual(["start a1"]);
  expect(end(7, "g2", "preempted")).toEqual([]);
  expect(end(9, "a1")).toEqual(["start g1", "start g2"]);
});

test("a gang takes back what its queue is guaranteed, on as many nodes as it needs", () => {
  const { submit, end } = world(
    reclaiming,
    [{ id: "a", guarantee: { cpu: 2 } }, { id: "b" }],
    { cpu: 1, memory: 9 },
    { cpu: 1, memory: 9 },
  );
  expect(submit(0, { id: "b1", queue: "b" }, { id: "b2", queue: "b" })).toHaveLength(2);
  const gang = { id: "g", size: 2 };
  expect(submit(5, { id: "g1", queue: "a", gang }, { id: "g2", queue: "a", gang })).toEqual(["preempt b1", "preempt b2"]);
  expect(end(6, "b1", "preempted")).toEqual([]);
  expect(end(7, "b2", "preempted")).toEqual(["start g1", "start g2"]);
});

test("where priorities age, who has waited long enough is not stopped again for the young", () => {
  const hour = 3_600_000;
  const order = { name: "priority", pointsPerHour: 10 } as const;
  const policy: Policy = { ...plainPolicy, order, preemption: { ...plainPolicy.preemption, priorityGap: 20 } };
  const { submit } = world(policy, [], { cpu: 1, memory: 9 });
  expect(submit(0, { id: "old", priority: 10 })).toEqual(["start old"]);
  expect(submit(2 * hour, { id: "higher", priority: 40 })).toEqual([]);
  expect(submit(2 * hour, { id: "highest", priority: 50 })).toEqual(["preempt old"]);
});

test("an order that freezes does not undo what a priority has decided", () => {
  const policy: Policy = { ...plainPolicy, order: { name: "srtf" }, preemption: { ...plainPolicy.preemption, priorityGap: 20 } };
  const { submit, end } = world(policy, [], { cpu: 1, memory: 9 });
  submit(0, { id: "short", limitMs: 1000, priority: 50 });
  expect(submit(1, { id: "urgent", priority: 80 })).toEqual(["preempt short"]);
  expect(end(2, "short", "preempted")).toEqual(["start urgent"]);
  expect(submit(600, { id: "short2", limitMs: 1000, priority: 50 })).toEqual([]);
});

test("who cannot be helped any more gives the room back to whom it was taken from", () => {
  const policy: Policy = { ...plainPolicy, preemption: { ...plainPolicy.preemption, priorityGap: 20 } };
  const { submit, end } = world(policy, [{ id: "q", limit: { cpu: 2 } }], { cpu: 2, memory: 9 });
  expect(submit(0, { id: "low", queue: "q", priority: 10, requests: { cpu: 2 } })).toEqual(["start low"]);
  expect(submit(5, { id: "high", queue: "q", priority: 90, requests: { cpu: 2 } })).toEqual([]);
  expect(end(9, "low")).toEqual(["start high"]);
});
