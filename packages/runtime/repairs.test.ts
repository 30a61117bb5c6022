// Runs that go on after they have faulted: over a store, with the runs that they awaited, and across a stop.
import { expect, test } from "vitest";
import { buildWorkflow, type Spec } from "../engine/testing/build.ts";
import { settle } from "./testing/manual-clock.ts";
import { refusal } from "./testing/scripted-executor.ts";
import { openWorld, tenant, type World } from "./testing/world.ts";

const call = (name: string): Spec => ({ name, task: { kind: "http", body: { constant: name } } });
const sub: Spec = { name: "sub", task: { kind: "workflow", await: true, input: { constant: 1 } } };
const flows = {
  two: buildWorkflow([call("first"), call("second")]),
  child: buildWorkflow([call("first"), call("second")]),
  parent: buildWorkflow([call("before"), sub, call("after")]),
};

/** Calls named `second` fail until they are mended. */
async function open(): Promise<{ world: World; mend: () => void }> {
  let whole = false;
  const second = (): ReturnType<typeof refusal> => (whole ? { ok: true, output: "mended" } : refusal(503));
  const world = await openWorld({ flows, scripts: { second } });
  return { world, mend: () => void (whole = true) };
}

const retry = (world: World, id: string): Promise<void> => world.runtime.command(tenant, id, "retry");

test("a faulted run goes on from where it failed, and is listed as what it is", async () => {
  const { world, mend } = await open();
  const id = await world.start("two");
  expect((await world.settled(id)).status).toBe("faulted");
  mend();
  await retry(world, id);
  expect(await world.settled(id)).toMatchObject({ status: "completed", output: "mended" });
  expect((await world.run(id)).steps.map(({ name, status }) => `${name} ${status}`)).toEqual([
    "first completed",
    "second faulted",
    "second completed",
  ]);
  expect(await world.runtime.listRuns({ tenant, limit: 5 })).toMatchObject([{ status: "completed", reason: null }]);
});

test("a run that fails again can be retried again; several at once are one", async () => {
  const { world, mend } = await open();
  const id = await world.start("two");
  await settle();
  await retry(world, id);
  expect((await world.settled(id)).status).toBe("faulted");
  mend();
  const outcomes = await Promise.allSettled([retry(world, id), retry(world, id), retry(world, id)]);
  expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  expect((await world.settled(id)).steps.map(({ name }) => name)).toEqual(["first", "second", "second", "second"]);
});

test("what has not faulted is refused, with its status", async () => {
  const { world, mend } = await open();
  mend();
  const id = await world.start("two");
  await settle();
  await expect(retry(world, id)).rejects.toMatchObject({ code: "command-refused", message: expect.stringContaining("completed") });
  await expect(retry(world, "run_none")).rejects.toMatchObject({ code: "run-unknown" });
});

test("a run that awaited another goes on with it: both from where they failed", async () => {
  const { world, mend } = await open();
  const id = await world.start("parent");
  expect((await world.settled(id)).status).toBe("faulted");
  const [child] = await world.runtime.listRuns({ tenant, workflow: "child", limit: 5 });
  await expect(retry(world, child?.id ?? "")).rejects.toThrow(`started by ${id}, which no longer awaits it`);
  mend();
  await retry(world, id);
  await settle(40);
  expect(await world.run(id)).toMatchObject({ status: "completed" });
  expect((await world.run(child?.id ?? "")).steps.map(({ name, status }) => `${name} ${status}`)).toEqual([
    "first completed",
    "second faulted",
    "second completed",
  ]);
  expect(await world.runtime.listRuns({ tenant, workflow: "child", limit: 5 })).toHaveLength(1);
});

test("a stop right after a retry loses nothing: the child is retried by the next start", async () => {
  const { world, mend } = await open();
  const id = await world.start("parent");
  await settle();
  mend();
  // The retry of the parent is stored; the child's is not before the stop.
  world.troubled.failFrom(1);
  await retry(world, id);
  await settle();
  await world.restart();
  await settle(40);
  expect((await world.run(id)).status).toBe("completed");
});
