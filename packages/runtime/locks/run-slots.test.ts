// Runs of flows that may not all go on at once: in their order, over restarts, and with whatever ends them.
import { expect, test } from "vitest";
import type { Json } from "@baton/core";
import { buildWorkflow, type Spec, type Top } from "../../engine/testing/build.ts";
import { fn } from "../../engine/testing/specs.ts";
import { settle } from "../testing/manual-clock.ts";
import { answer, later, never, refusal } from "../testing/scripted-executor.ts";
import { openWorld, tenant, type World } from "../testing/world.ts";

const call: Spec = { name: "call", task: { kind: "http", body: { constant: "call" } } };
const key = fn(".customer", (input) => (input as { customer: Json } | null)?.customer ?? "none");
type Rule = NonNullable<Top["concurrency"]>;
const flow = (rule: Partial<Rule> = {}): ReturnType<typeof buildWorkflow> =>
  buildWorkflow([call], { concurrency: { limit: 1, onConflict: "wait", ...rule } });

async function statuses(world: World, ids: readonly string[]): Promise<readonly string[]> {
  await settle(30);
  return Promise.all(ids.map(async (id) => (await world.run(id)).status));
}

async function startAll(world: World, count: number, name = "one", input: Json = null): Promise<string[]> {
  const ids: string[] = [];
  for (let i = 0; i < count; i++) ids.push(await world.start(name, input));
  return ids;
}

test("runs go on one after the other, in the order in which they were started", async () => {
  const world = await openWorld({ flows: { one: flow() }, scripts: { call: never } });
  const ids = await startAll(world, 3);
  expect(await statuses(world, ids)).toEqual(["running", "pending", "pending"]);
  const last = await world.run(ids[2] ?? "");
  expect(last.concurrency).toMatchObject({ status: "waiting", ahead: 1 });
  expect(last.concurrency?.reason).toMatch(new RegExp(`^"test/flow/one" is held by ${ids[0]} since .*\\. 1 waits before it\\.$`));
  const [summary] = await world.runtime.listRuns({ tenant, status: "pending", limit: 1 });
  expect(summary?.reason).toBe("pending.concurrency");
  await world.runtime.command(tenant, ids[0] ?? "", "cancel");
  expect(await statuses(world, ids)).toEqual(["cancelled", "running", "pending"]);
  await world.runtime.command(tenant, ids[1] ?? "", "terminate");
  expect(await statuses(world, ids)).toEqual(["cancelled", "cancelled", "running"]);
});

test("the slot is given back by a run that completes, and by one that faults", async () => {
  const first = later();
  const world = await openWorld({ flows: { one: flow() }, scripts: { call: first.script } });
  const ids = await startAll(world, 2);
  expect(await statuses(world, ids)).toEqual(["running", "pending"]);
  first.give(answer("done"));
  expect(await statuses(world, ids)).toEqual(["completed", "completed"]);
  const failing = await openWorld({ flows: { one: flow() }, scripts: { call: () => refusal(500) } });
  expect(await statuses(failing, await startAll(failing, 3))).toEqual(["faulted", "faulted", "faulted"]);
  expect(failing.runtime.locks.list(tenant, { limit: 10 })).toEqual([]);
});

test("each key has its own limit", async () => {
  const world = await openWorld({ flows: { one: flow({ key, limit: 2 }) }, scripts: { call: never } });
  const acme = await startAll(world, 3, "one", { customer: "acme" });
  const other = await startAll(world, 1, "one", { customer: "other" });
  expect(await statuses(world, [...acme, ...other])).toEqual(["running", "running", "pending", "running"]);
});

test("a restart at any point changes neither who goes on nor the order of the others", async () => {
  const world = await openWorld({ flows: { one: flow() }, scripts: { call: never } });
  const ids = await startAll(world, 3);
  expect(await statuses(world, ids)).toEqual(["running", "pending", "pending"]);
  await world.restart();
  expect(await statuses(world, ids)).toEqual(["running", "pending", "pending"]);
  await world.runtime.command(tenant, ids[0] ?? "", "cancel");
  await world.restart();
  expect(await statuses(world, ids)).toEqual(["cancelled", "running", "pending"]);
});

test("a run that ended while nobody could hear of it does not hold its slot for ever", async () => {
  const world = await openWorld({ flows: { one: flow() }, scripts: { call: never } });
  const ids = await startAll(world, 2);
  expect(await statuses(world, ids)).toEqual(["running", "pending"]);
  // The end is stored, what follows from it is not: the server is killed between the two.
  const { claims, lastToken } = await world.troubled.store.loadLocks();
  await world.runtime.command(tenant, ids[0] ?? "", "cancel");
  await settle();
  await world.troubled.store.commitLocks({ puts: claims, deletes: [], lastToken });
  await world.restart();
  expect(await statuses(world, ids)).toEqual(["cancelled", "running"]);
});

test("a run that faulted and is retried waits for a slot again", async () => {
  let fails = true;
  const world = await openWorld({ flows: { one: flow() }, scripts: { call: (...given) => (fails ? refusal(500) : never(...given)) } });
  const [first = ""] = await startAll(world, 1);
  expect(await statuses(world, [first])).toEqual(["faulted"]);
  fails = false;
  const [second = ""] = await startAll(world, 1);
  await world.runtime.command(tenant, first, "retry");
  expect(await statuses(world, [first, second])).toEqual(["pending", "running"]);
  await world.runtime.command(tenant, second, "cancel");
  expect(await statuses(world, [first, second])).toEqual(["running", "cancelled"]);
});

test("one too many is cancelled where the flow says so, or those before it are", async () => {
  const cancelling = await openWorld({ flows: { one: flow({ onConflict: "cancel" }) }, scripts: { call: never } });
  const kept = await startAll(cancelling, 3);
  expect(await statuses(cancelling, kept)).toEqual(["running", "cancelled", "cancelled"]);
  const replacing = await openWorld({ flows: { one: flow({ onConflict: "replace" }) }, scripts: { call: never } });
  const replaced = await startAll(replacing, 3);
  expect(await statuses(replacing, replaced)).toEqual(["cancelled", "cancelled", "running"]);
});

test("a flow that would wait for the slot of its own caller faults with the circle, instead of waiting for ever", async () => {
  const again: Spec = { name: "again", task: { kind: "workflow", await: true, input: { constant: null } } };
  const child = buildWorkflow([again], { concurrency: { limit: 1, onConflict: "wait" } });
  const world = await openWorld({ flows: { child } });
  const [id = ""] = await startAll(world, 1, "child");
  expect(await statuses(world, [id])).toEqual(["faulted"]);
  expect((await world.run(id)).error).toMatchObject({
    title: "The run cannot go on beside the others",
    detail: expect.stringContaining("deadlock"),
  });
});

test("the doctor finds nothing wrong with runs that wait for a slot", async () => {
  const world = await openWorld({ flows: { one: flow() }, scripts: { call: never } });
  const ids = await startAll(world, 2);
  await statuses(world, ids);
  const diagnoses = await Promise.all(ids.map((id) => world.runtime.doctor.examineRun(tenant, id)));
  expect(diagnoses.flatMap((diagnosis) => diagnosis?.findings ?? [])).toEqual([]);
});

test("a run whose claim is taken away while it waits comes back at the end of the queue", async () => {
  const world = await openWorld({ flows: { one: flow() }, scripts: { call: never } });
  const ids = await startAll(world, 3);
  expect(await statuses(world, ids)).toEqual(["running", "pending", "pending"]);
  const lock = { tenant, namespace: "test", name: "flow/one" };
  await world.runtime.locks.release({ lock, claim: ids[1] ?? "" });
  await world.runtime.command(tenant, ids[0] ?? "", "cancel");
  expect(await statuses(world, ids)).toEqual(["cancelled", "pending", "running"]);
  await world.runtime.command(tenant, ids[2] ?? "", "cancel");
  expect(await statuses(world, ids)).toEqual(["cancelled", "running", "cancelled"]);
});
