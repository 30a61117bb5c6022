// Refusals speak of what was written, not of what was made of it.
import { expect, test } from "vitest";
import type { Json } from "@baton/core";
import { JobsWorld, ScriptedNode } from "../testing/jobs-world.ts";
import { JobsRefused } from "./jobs-refused.ts";
import { readSubmission } from "./read/submission.ts";

function worldWithNode(): JobsWorld {
  const world = new JobsWorld();
  expect(new ScriptedNode(world.jobs).orders).toEqual([]);
  return world;
}

async function refusal(submission: Json): Promise<unknown> {
  return worldWithNode()
    .submit(submission)
    .then(
      () => null,
      (error: unknown) => error,
    );
}

const small = { command: ["true"] };

test("fields are called as people write them, and found by their place", async () => {
  expect(await refusal({ ...small, resources: { memory: "1Gi" } })).toMatchObject({
    code: "job-impossible",
    message: "resources.memory: it asks for 1 GiB of memory, and the largest node has 976.56 KiB",
    items: [{ pointer: "/resources/memory" }],
  });
  expect(await refusal({ jobs: [small, { ...small, resources: { gpus: 1 } }] })).toMatchObject({
    message: "job 2, resources.gpus: no node has gpus",
    next: "Did you mean gpu?",
    items: [{ pointer: "/jobs/1/resources/gpus" }],
  });
});

test("gangs and arrays are called by their names", async () => {
  const gang = { ...small, gang: "team", resources: { cpu: 2 } };
  expect(await refusal({ jobs: [gang, gang, gang] })).toMatchObject({
    message: "gang team: 3 of its jobs ask for 2 of cpu each, and all nodes together have room for 1 of them at a time",
  });
  const world = worldWithNode();
  const ids = await world.submit({ ...small, name: "part", resources: { cpu: 2 }, array: { count: 3, maxRunning: 1 } });
  const { waits } = await world.jobs.desk.explain(ids[2] ?? "");
  expect(waits?.reasons.map(({ summary }) => summary)).toContain("1 of at most 1 job of array part are in the order already");
});

test("circles and dependencies are told by name", async () => {
  const circle = {
    jobs: [
      { ...small, name: "a", after: ["b"] },
      { ...small, name: "b", after: ["a"] },
    ],
  };
  expect(await refusal(circle)).toMatchObject({
    code: "dependency-cycle",
    message: "job a, after: a circle of dependencies: a after b after a",
  });
  expect(await refusal({ ...small, after: ["job_0"] })).toMatchObject({
    message: "after: there is no job job_0",
    items: [{ pointer: "/after" }],
  });
});

test("a plan is refused in the same words, and knows what has completed", async () => {
  const world = new JobsWorld();
  const node = new ScriptedNode(world.jobs);
  const done = await world.submitOne();
  await node.end(done);
  const planned = async (submission: Json): Promise<unknown> => {
    const read = readSubmission(submission, world.jobs.readingFacts());
    if (!read.ok) throw JobsRefused.ofFields(read.error);
    return world.jobs.desk.plan(read.value, world.clock.now()).catch((error: unknown) => error);
  };
  expect(await planned({ ...small, after: [done] })).toMatchObject({ decisions: [{ type: "start", jobId: "job_1" }] });
  const circle = ["a", "b"].map((name, i) => ({ ...small, name, after: [["b", "a"][i] ?? ""] }));
  expect(await planned({ jobs: circle })).toMatchObject({
    message: "job a, after: a circle of dependencies: a after b after a",
    items: [{ pointer: "/jobs/0/after" }, { pointer: "/jobs/1/after" }],
  });
});
