// Tenants, queues, quotas and the policy: read, obeyed at once, kept over a restart.
import { describe, expect, test } from "vitest";
import type { Json } from "@baton/core";
import { defaultPolicy } from "@baton/scheduler";
import { JobsWorld, ScriptedNode } from "../testing/jobs-world.ts";
import { JobsRefused } from "./jobs-refused.ts";
import { readObjects, type ObjectsFacts } from "./read/objects.ts";
import { livePolicy } from "./live-policy.ts";
import { queueOfTenant } from "./queues.ts";

function factsOf({ jobs }: JobsWorld): ObjectsFacts {
  return { objects: jobs.objects, jobs: jobs.readingFacts() };
}

async function apply(world: JobsWorld, ...objects: readonly Json[]): Promise<readonly string[]> {
  const read = readObjects({ objects }, factsOf(world));
  if (!read.ok) throw JobsRefused.ofFields(read.error, "objects-unreadable");
  return (await world.jobs.objects.apply(read.value)).map(({ name, result }) => `${name} ${result}`);
}

const tenant = { kind: "tenant", name: "lab", limit: { cpu: 1 } };
const queue = { kind: "queue", name: "lab-day", parent: "lab", order: "sjf" };
const inLab = { command: ["true"], tenant: "lab" };

describe("applied objects", () => {
  test("are created, changed or left as they are, and shown with what is in them", async () => {
    const world = new JobsWorld();
    const node = new ScriptedNode(world.jobs);
    expect(await apply(world, tenant, queue)).toEqual(["lab created", "lab-day created"]);
    expect(await apply(world, queue, { ...tenant, weight: 2 })).toEqual(["lab-day unchanged", "lab changed"]);
    const [running, pending] = [await world.submitOne(inLab), await world.submitOne(inLab)];
    expect(node.starts).toEqual([`${running} 1`]);
    expect(await world.get(pending)).toMatchObject({ queue: "lab-day", reason: "pending.limit" });
    const [, lab] = world.jobs.objects.views();
    expect(lab).toMatchObject({
      spec: { id: "lab", weight: 2 },
      tenant: "lab",
      isLeaf: false,
      running: 1,
      pending: 1,
      used: { cpu: 1_000 },
    });
  });

  test("a changed limit is in force at once, also for what waits already", async () => {
    const world = new JobsWorld();
    const node = new ScriptedNode(world.jobs);
    await apply(world, tenant, queue);
    const [, second] = [await world.submitOne(inLab), await world.submitOne(inLab)];
    await apply(world, { ...tenant, limit: { cpu: 2 } });
    await world.get(second);
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    expect(node.starts.at(-1)).toBe(`${second} 1`);
  });

  test("stay over a restart, and so does the policy", async () => {
    const world = new JobsWorld();
    await apply(world, tenant, queue, { kind: "policy", order: "fcfs", backfill: { name: "easy", by: "shortest" } });
    await world.restart();
    expect(world.jobs.objects.queues.map(({ id }) => id)).toEqual(["lab", "lab-day", "default"]);
    expect(world.jobs.objects.policy).toEqual({ ...livePolicy, order: { name: "fcfs" }, backfill: { name: "easy", by: "shortest" } });
    const node = new ScriptedNode(world.jobs);
    await world.submitOne(inLab);
    await world.submitOne(inLab);
    expect(node.starts.length).toBe(1);
  });

  test("what does not fit the jobs or the tree is refused, and nothing changes", async () => {
    const world = new JobsWorld();
    const node = new ScriptedNode(world.jobs);
    await apply(world, tenant, queue);
    await world.submitOne(inLab);
    await expect(apply(world, { kind: "queue", name: "x", parent: "lba" })).rejects.toMatchObject({ code: "queues-invalid" });
    await expect(apply(world, { kind: "queue", name: "below", parent: "lab-day" })).rejects.toMatchObject({ code: "queues-invalid" });
    await expect(world.jobs.objects.deleteQueue("lab")).rejects.toMatchObject({
      code: "queue-in-use",
      message: "The queue lab cannot be removed. It has 1 queue below it, and 1 job in them: lab-day.",
    });
    await expect(world.jobs.objects.deleteQueue("lab-day")).rejects.toMatchObject({
      code: "queue-in-use",
      message: "The queue lab-day cannot be removed. 1 job is in it: 1 running.",
    });
    await expect(world.jobs.objects.deleteQueue("default")).rejects.toMatchObject({ code: "queue-in-use" });
    await expect(world.jobs.objects.deleteQueue("nope")).rejects.toMatchObject({ code: "queue-unknown" });
    await node.end(node.starts[0]?.split(" ")[0] ?? "");
    await world.jobs.objects.deleteQueue("lab-day");
    expect(world.jobs.objects.queues.map(({ id }) => id)).toEqual(["default", "lab"]);
  });
});

describe("what is wrong is told with its place", () => {
  test.each<[string, Json, string, RegExp]>([
    ["a kind", { kind: "ueue", name: "a" }, "/objects/0/kind", /did you mean queue/],
    ["no kind", { name: "a" }, "/objects/0/kind", /kind is needed/],
    ["no name", { kind: "queue" }, "/objects/0/name", /needs a name/],
    ["a name", { kind: "queue", name: "A b" }, "/objects/0/name", /lower-case/],
    ["a field", { kind: "tenant", name: "a", parent: "b" }, "/objects/0/parent", /not a field here/],
    ["an amount", { kind: "queue", name: "a", limit: { cpu: "x" } }, "/objects/0/limit/cpu", /write cores/],
    ["a parameter", { kind: "policy", order: "rr:fast" }, "/objects/0/order/name", /no "rr:fast"/],
    ["a resource of no node", { kind: "queue", name: "a", limit: { gpus: 2 } }, "/objects/0/limit/gpus", /did you mean gpu\?/],
    [
      "a typing mistake",
      { kind: "tenant", name: "a", guarantee: { memroy: "1Gi" } },
      "/objects/0/guarantee/memroy",
      /did you mean memory\?/,
    ],
    ["a parent", { kind: "queue", name: "a", parent: "defualt" }, "/objects/0/parent", /did you mean default\?/],
    [
      "a deployment's queue",
      { kind: "deployment", name: "a", job: { command: ["x"], queue: "defaut" } },
      "/objects/0/job/queue",
      /mean default/,
    ],
    ["an order", { kind: "queue", name: "a", order: "sjff" }, "/objects/0/order/name", /Did you mean sjf/],
    [
      "a part of the policy",
      { kind: "policy", order: { name: "rr", sliceMs: 0 } },
      "/objects/0/order/sliceMs",
      /^sliceMs is 0: .* above 0/,
    ],
  ])("%s", (_, object, pointer, detail) => {
    const read = readObjects({ objects: [object] }, factsOf(new JobsWorld()));
    expect(read.ok ? [] : read.error).toContainEqual(expect.objectContaining({ pointer, detail: expect.stringMatching(detail) as string }));
  });
});

describe("a part of the policy is written as a name, a name with its parameter, or an object", () => {
  test.each<[string, Json, object]>([
    ["fcfs", { order: "fcfs" }, { order: { name: "fcfs" } }],
    ["a turn of a second", { order: "rr" }, { order: { name: "rr", sliceMs: 1_000 } }],
    ["a turn that is named", { order: "rr:100ms" }, { order: { name: "rr", sliceMs: 100 } }],
    ["an object without its parameter", { order: { name: "rr" } }, { order: { name: "rr", sliceMs: 1_000 } }],
    ["ageing as it is at first", { order: "priority" }, { order: livePolicy.order }],
    ["ageing that is named", { order: "priority:0.5" }, { order: { name: "priority", pointsPerHour: 0.5 } }],
    ["a cap", { order: "expansion:84h" }, { order: { name: "expansion", capMs: 302_400_000 } }],
    ["the default of batch work", { order: "balanced" }, { order: defaultPolicy.order }],
    ["backfilling", { backfill: "easy" }, { backfill: { name: "easy", by: "queue-order" } }],
    ["fairness with a half-life", { fairness: "drf:7d" }, { fairness: { name: "drf", halfLifeMs: 604_800_000 } }],
    ["one field of prediction", { prediction: { learner: "best" } }, { prediction: { ...livePolicy.prediction, learner: "best" } }],
    ["one field of preemption", { preemption: { priorityGap: 10 } }, { preemption: { ...livePolicy.preemption, priorityGap: 10 } }],
  ])("%s", (_, written, policy) => {
    const object = { kind: "policy", ...(written as object) };
    const read = readObjects({ objects: [object] }, factsOf(new JobsWorld()));
    expect(read).toMatchObject({ ok: true, value: { policy: { ...livePolicy, ...policy } } });
  });
});

test("a tenant's job finds its queue", () => {
  const tree = [
    { id: "a" },
    { id: "a-1", parent: "a" },
    { id: "b" },
    { id: "b-1", parent: "b" },
    { id: "b-default", parent: "b" },
    { id: "c" },
  ];
  expect([queueOfTenant(tree, "a", undefined), queueOfTenant(tree, "b", undefined), queueOfTenant(tree, "c", undefined)]).toEqual(
    ["a-1", "b-default", "c"].map((value) => ({ ok: true, value })),
  );
  expect(queueOfTenant(tree, "a", "b-1")).toMatchObject({ error: "the queue b-1 is not one of the tenant a; it has a-1" });
  expect(queueOfTenant(tree, "d", undefined).ok).toBe(false);
});

describe("objects of one file", () => {
  const read = (...objects: readonly Json[]) => readObjects({ objects }, factsOf(new JobsWorld()));

  test("may name what others of them declare, in any order", async () => {
    const web = { kind: "deployment", name: "web", job: { command: ["serve"], tenant: "shop" } };
    const shop = { kind: "tenant", name: "shop", limit: { licence: 4 } };
    expect(read(web, shop, { kind: "resource", name: "licence" })).toMatchObject({
      ok: true,
      value: { resources: ["licence"], tenants: ["shop"], deployments: [{ name: "web" }] },
    });
    const world = new JobsWorld();
    expect(await apply(world, shop, { kind: "resource", name: "licence" })).toEqual(["shop created", "licence created"]);
    await world.restart();
    expect(await apply(world, { ...shop, weight: 2 }, { kind: "resource", name: "licence" })).toEqual([
      "shop changed",
      "licence unchanged",
    ]);
  });

  test("are not there twice", () => {
    const twice = read({ kind: "tenant", name: "a" }, { kind: "queue", name: "a" }, { kind: "policy" }, { kind: "policy" });
    expect(twice).toMatchObject({ error: [{ pointer: "/objects/1/name" }, { pointer: "/objects/3/kind" }] });
  });
});

test("where the store takes nothing, nothing of it is in force", async () => {
  const world = new JobsWorld();
  await apply(world, tenant);
  world.troubled.set("fail");
  await expect(apply(world, { ...tenant, limit: { cpu: 9 } }, queue, { kind: "policy", order: "fcfs" })).rejects.toThrow();
  expect(world.jobs.objects.queues).toEqual([{ id: "default" }, { id: "lab", limit: { cpu: 1_000 } }]);
  expect(world.jobs.objects.policy).toEqual(livePolicy);
});
