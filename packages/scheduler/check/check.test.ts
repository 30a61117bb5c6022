import type { Json } from "@baton/core";
import { describe, expect, test } from "vitest";
import { defaultPolicy, easyPolicy, plainPolicy } from "../policies.ts";
import { createScheduler, step } from "../step.ts";
import type { JobSpec, QueueSpec } from "../types.ts";
import { checkNode } from "./nodes.ts";
import { orderNames, parsePolicy } from "./policy.ts";
import { checkTree } from "./queues.ts";

const json = (value: unknown): Json => value as Json;

describe("policies", () => {
  test("the named ones are well formed", () => {
    for (const policy of [plainPolicy, easyPolicy, defaultPolicy]) expect(parsePolicy(json(policy))).toEqual({ ok: true, value: policy });
    expect(orderNames).toHaveLength(14);
  });

  test.each([
    [{ ...plainPolicy, order: { name: "fcsf" } }, "/order/name", 'there is no "fcsf"', "Did you mean fcfs?"],
    [{ ...plainPolicy, order: { name: "rr" } }, "/order/sliceMs", "is missing: it must be a number above 0", undefined],
    [{ ...plainPolicy, order: { name: "rr", sliceMs: -1 } }, "/order/sliceMs", "is -1: it must be a number above 0", undefined],
    [{ ...plainPolicy, backfill: { name: "easy", by: "shortst" } }, "/backfill/by", 'there is no "shortst"', "Did you mean shortest?"],
    [{ ...plainPolicy, placement: { name: "bestfit" } }, "/placement/name", 'there is no "bestfit"', "Did you mean best-fit?"],
    [{ ...plainPolicy, fairnes: {} }, "/fairnes", 'there is no "fairnes"', "Did you mean fairness?"],
    [{ ...plainPolicy, prediction: undefined }, "/prediction", "is missing: an object", undefined],
  ])("a mistake is told with its place", (policy, where, message, next) => {
    const read = parsePolicy(json(JSON.parse(JSON.stringify(policy))));
    const found = read.ok ? undefined : read.error[0];
    expect(found).toMatchObject({ code: "policy-invalid", where, message });
    if (next !== undefined) expect(found?.next).toBe(next);
  });

  test("a policy that is not one changes nothing", () => {
    const state = createScheduler(plainPolicy);
    const { trace } = step(state, { type: "policy-changed", policy: { ...plainPolicy, order: { name: "lifo" } } as never }, 0);
    expect(trace).toMatchObject([{ type: "ignored", problem: { code: "policy-invalid", where: "/order/name" } }]);
  });
});

describe("submissions", () => {
  const refusalOf = (...jobs: readonly JobSpec[]) => {
    const state = createScheduler(plainPolicy);
    step(state, { type: "node-up", node: { id: "n", capacity: { cpu: 4000, memory: 8 }, labels: { disk: "ssd" }, zone: "east" } }, 0);
    return step(state, { type: "jobs-submitted", jobs }, 0).decisions.flatMap((one) => (one.type === "refuse" ? [one] : []));
  };
  const requests = { cpu: 1000 };

  test.each<[Partial<JobSpec>, string, string, string]>([
    [{ requests: { cpu: -1 } }, "job-invalid", "job j, requests.cpu", "cpu is -1: it must be a whole number"],
    [{ requests: { cpu: 0.5 } }, "job-invalid", "job j, requests.cpu", "cpu is 0.5: it must be a whole number"],
    [{ requests: { memry: 1 } }, "job-impossible", "job j, requests.memry", "no node has memry"],
    [{ requests: { cpu: 5000 } }, "job-impossible", "job j, requests.cpu", "it asks for 5 of cpu, and the largest node has 4"],
    [
      { constraints: { zones: ["west"] } },
      "job-impossible",
      "job j, constraints",
      "no node can take it: of 1 nodes, 1 by zone: zone is east",
    ],
    [{ priority: 101 }, "job-invalid", "job j, priority", "priority is 101"],
    [{ limitMs: 0 }, "job-invalid", "job j, limitMs", "limitMs is 0"],
    [{ queue: "defualt" }, "job-invalid", "job j, queue", "there is no queue defualt"],
    [{ after: ["ghost"] }, "job-invalid", "job j, after", "there is no job ghost"],
    [{ reservation: "r" }, "job-invalid", "job j, reservation", "there is no reservation r"],
    [{ gang: { id: "g", size: 0 } }, "job-invalid", "job j, gang.size", "gang.size is 0"],
  ])("%j is refused with its place", (field, code, where, message) => {
    const [refusal] = refusalOf({ id: "j", requests, ...field });
    expect(refusal?.problem).toMatchObject({ code, where });
    expect(refusal?.problem.message).toContain(message);
    expect(refusal?.problem.next).not.toBe("");
  });

  test("a gang that could never run as a whole is told so when its last member has come", () => {
    const gang = { id: "g", size: 3 };
    const refusals = refusalOf(...["a", "b", "c"].map((id) => ({ id, requests: { cpu: 2000 }, gang })));
    expect(refusals.map(({ jobId }) => jobId).sort()).toEqual(["a", "b", "c"]);
    expect(refusals[0]?.problem).toMatchObject({
      code: "job-impossible",
      where: "gang g",
      message: "3 of its jobs ask for 2 of cpu each, and all nodes together have room for 2 of them at a time",
      next: "It fits with at most 2 such jobs, or with less for each.",
    });
  });

  test("what a queue's whole limit does not let in is told with the numbers", () => {
    const state = createScheduler(plainPolicy);
    step(
      state,
      {
        type: "queues-changed",
        queues: [
          { id: "small", limit: { cpu: 500 } },
          { id: "two", maxRunning: 2 },
        ],
      },
      0,
    );
    step(state, { type: "node-up", node: { id: "n", capacity: { cpu: 8000 } } }, 0);
    const refused = (...jobs: readonly JobSpec[]): unknown[] =>
      step(state, { type: "jobs-submitted", jobs }, 0).decisions.flatMap((one) => (one.type === "refuse" ? [one.problem.message] : []));
    expect(refused({ id: "j", queue: "small", requests })).toEqual(["it asks for 1 of cpu, and the whole limit of queue small is 0.5"]);
    const gang = { id: "g", size: 3 };
    const three = ["a", "b", "c"].map((id) => ({ id, queue: "two", requests, gang }));
    expect(refused(...three)[0]).toBe("they are 3 jobs that start together, and queue two runs at most 2 at a time");
  });

  test("what was meant is said", () => {
    expect(refusalOf({ id: "j", requests: { memry: 1 } })[0]?.problem.next).toBe("Did you mean memory?");
    expect(refusalOf({ id: "j", requests: { gpu: 1 } })[0]?.problem.next).not.toContain("cpu");
    expect(refusalOf({ id: "j", requests, queue: "defualt" })[0]?.problem.next).toBe("Did you mean default?");
    expect(refusalOf({ id: "j", requests: { cpu: 5000 } })[0]?.problem.next).toBe("It fits if cpu is at most 4.");
  });

  test("a circle of dependencies is named, and takes with it who waits for it", () => {
    const refusals = refusalOf(
      { id: "a", requests, after: ["c"] },
      { id: "b", requests, after: ["a"] },
      { id: "c", requests, after: ["b"] },
      { id: "d", requests, after: ["a"] },
    );
    expect(refusals.map(({ jobId }) => jobId).sort()).toEqual(["a", "b", "c", "d"]);
    expect(refusals[0]?.problem).toMatchObject({
      code: "dependency-cycle",
      message: "a circle of dependencies: a after c after b after a",
    });
    expect(refusals.find(({ jobId }) => jobId === "d")?.problem.code).toBe("dependency-failed");
  });

  test("an id that is taken is refused, and the first job stays", () => {
    const refusals = refusalOf({ id: "j", requests }, { id: "j", requests });
    expect(refusals).toHaveLength(1);
    expect(refusals[0]?.problem.message).toBe("there is a job of this id already");
  });
});

describe("nodes and queues", () => {
  test("a node's mistake is told with its place", () => {
    expect(checkNode({ id: "n", capacity: { cpu: 1.5 } })).toMatchObject({ code: "node-invalid", where: "node n, capacity.cpu" });
    expect(checkNode({ id: "n", capacity: {} })?.message).toBe("it has nothing to offer");
    expect(checkNode({ id: "n", capacity: { cpu: 1 }, speed: 0 })?.where).toBe("node n, speed");
    expect(checkNode({ id: "n", capacity: { cpu: 1 } })).toBeUndefined();
  });

  test.each<[readonly QueueSpec[], string, string]>([
    [[{ id: "a" }, { id: "a" }], "queue a, id", "there are two queues of this name"],
    [[{ id: "teem" }, { id: "b", parent: "team" }], "queue b, parent", "there is no queue team; did you mean teem?"],
    [
      [
        { id: "a", parent: "b" },
        { id: "b", parent: "a" },
      ],
      "queue a, parent",
      "a circle of parents: a below b",
    ],
    [
      [{ id: "a", guarantee: { cpu: 3_000 }, limit: { cpu: 2_000 } }],
      "queue a, guarantee.cpu",
      "its guarantee of 3 of cpu is above its limit of 2",
    ],
    [[{ id: "a", limit: { cpu: -2 } }], "queue a, limit.cpu", "cpu is -2"],
    [[{ id: "a", weight: 0 }], "queue a, weight", "weight is 0"],
  ])("a mistake in %j is told with its place", (queues, where, message) => {
    const found = checkTree(queues);
    expect(found).toMatchObject({ code: "queues-invalid", where });
    expect(found?.message).toContain(message);
  });

  test("a queue that has jobs cannot be left out of the tree", () => {
    const state = createScheduler(plainPolicy);
    step(state, { type: "queues-changed", queues: [{ id: "a" }, { id: "b" }] }, 0);
    step(state, { type: "node-up", node: { id: "n", capacity: { cpu: 1 } } }, 0);
    step(state, { type: "jobs-submitted", jobs: [{ id: "j", queue: "a", requests: { cpu: 1 } }] }, 0);
    const { trace } = step(state, { type: "queues-changed", queues: [{ id: "b" }] }, 0);
    expect(trace).toMatchObject([{ type: "ignored", problem: { code: "queues-invalid", where: "queue a, id" } }]);
  });
});
