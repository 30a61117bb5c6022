// Operations on virtual time: which runs they reach, how fast, and that a stop repeats no more than a batch.
import { expect, test } from "vitest";
import { buildWorkflow } from "../../engine/testing/build.ts";
import { settle } from "../testing/manual-clock.ts";
import { refusal } from "../testing/scripted-executor.ts";
import { openWorld, tenant, type World } from "../testing/world.ts";
import type { OperationSpec, OperationView } from "./operation.ts";

const flows = {
  slow: buildWorkflow([{ name: "pause", task: { kind: "wait", ms: 3_600_000 } }]),
  shaky: buildWorkflow([{ name: "call", task: { kind: "http", body: { constant: "shaky" } } }]),
};

async function startMany(world: World, name: string, count: number): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let i = 0; i < count; i++) {
    ids.push(await world.start(name));
    await world.clock.pass(1);
  }
  await settle();
  return ids;
}

const begin = (world: World, spec: Partial<OperationSpec>): Promise<OperationView> =>
  world.runtime.operations.start(tenant, { action: "cancel", filter: "flow = slow", rate: 100, ...spec });
const now = (world: World, { id }: OperationView): Promise<OperationView> => world.runtime.operations.get(tenant, id);
const count = async (world: World, status: string): Promise<number> =>
  (await world.runtime.listRuns({ tenant, status, limit: 1000 })).length;

test("every run that fits has it done to it, and no other one", async () => {
  const world = await openWorld({ flows });
  await startMany(world, "slow", 5);
  const operation = await begin(world, {});
  world.clock.jump(1);
  const late = await world.start("slow");
  expect(operation).toMatchObject({ status: "running", total: 5, done: 0 });
  await world.clock.pass(2_000);
  expect(await now(world, operation)).toMatchObject({ status: "completed", done: 5, refused: 0, refusals: [] });
  expect((await world.run(late)).status).toBe("waiting");
  expect(await count(world, "waiting")).toBe(1);
});

test("no more runs than its rate says have their turn in a second; it is paused, resumed, stopped", async () => {
  const world = await openWorld({ flows });
  await startMany(world, "slow", 20);
  const operation = await begin(world, { rate: 4, action: "suspend" });
  await world.clock.pass(1_500);
  expect(await count(world, "suspended")).toBe(8);
  await world.runtime.operations.command(tenant, operation.id, "pause");
  await world.clock.pass(10_000);
  const paused = await count(world, "suspended");
  expect(paused).toBeLessThanOrEqual(12);
  expect(await now(world, operation)).toMatchObject({ status: "paused", endedAt: null });
  await world.runtime.operations.command(tenant, operation.id, "resume");
  await world.clock.pass(1_000);
  expect(await count(world, "suspended")).toBeGreaterThan(paused);
  expect(await world.runtime.operations.command(tenant, operation.id, "stop")).toMatchObject({ status: "stopped" });
  await world.clock.pass(10_000);
  expect(await count(world, "suspended")).toBeLessThan(20);
  await expect(world.runtime.operations.command(tenant, operation.id, "resume")).rejects.toMatchObject({ code: "operation-ended" });
  await expect(now(world, { ...operation, id: "op_none" })).rejects.toMatchObject({ code: "operation-unknown" });
});

test("a stop at any instant loses nothing: the next start goes on", async () => {
  const world = await openWorld({ flows });
  await startMany(world, "slow", 12);
  const operation = await begin(world, { rate: 3 });
  for (let times = 0; times < 4; times++) {
    await world.clock.pass(700);
    await world.restart();
  }
  await world.clock.pass(10_000);
  expect(await now(world, operation)).toMatchObject({ status: "completed", total: 12, done: 12, refused: 0 });
  expect(await count(world, "cancelled")).toBe(12);
});

test("a store that fails holds it up, and no more", async () => {
  const world = await openWorld({ flows });
  await startMany(world, "slow", 6);
  const operation = await begin(world, { rate: 3 });
  world.troubled.set("fail");
  await world.clock.pass(3_000);
  expect(await now(world, operation)).toMatchObject({ status: "running" });
  world.troubled.set("none");
  await world.clock.pass(60_000);
  expect(await now(world, operation)).toMatchObject({ status: "completed", done: 6, refused: 0 });
});

test("faulted runs are retried; those that refuse are named", async () => {
  let whole = false;
  const world = await openWorld({ flows, scripts: { shaky: () => (whole ? { ok: true, output: 1 } : refusal(503)) } });
  const ids = await startMany(world, "shaky", 3);
  await startMany(world, "slow", 1);
  whole = true;
  const operation = await begin(world, { action: "retry", filter: "flow = shaky OR flow = slow" });
  expect(operation.total).toBe(3);
  await world.clock.pass(1_000);
  expect(await now(world, operation)).toMatchObject({ status: "completed", done: 3 });
  expect(await count(world, "completed")).toBe(ids.length);
  const migration = await begin(world, { action: "migrate", version: "7.0.0", check: true });
  await world.clock.pass(1_000);
  expect(await now(world, migration)).toMatchObject({
    done: 0,
    refused: 1,
    refusals: [{ reason: expect.stringContaining("no flow") }],
  });
  expect((await world.runtime.operations.list(tenant, null, 10)).map(({ action }) => action)).toContain("migrate");
});

test("there may be no more than so many at once", async () => {
  const world = await openWorld({ flows });
  await startMany(world, "slow", 3);
  for (let i = 0; i < 20; i++) await begin(world, { rate: 0.001, action: "suspend" });
  await expect(begin(world, {})).rejects.toMatchObject({ code: "operations-too-many" });
});
