import { expect, test } from "vitest";
import { atOnce } from "@baton/executors";
import { buildWorkflow, type Spec } from "../engine/testing/build.ts";
import { settle } from "./testing/manual-clock.ts";
import { answer, later, never, refusal } from "./testing/scripted-executor.ts";
import { openWorld, tenant, type World } from "./testing/world.ts";

const call = (name: string): Spec => ({ name, task: { kind: "http", body: { constant: name } } });
const sub = (name: string, await_: boolean): Spec => ({
  name,
  task: { kind: "workflow", await: await_, input: { constant: { from: name } } },
});
const child = buildWorkflow([call("inner")]);
const parent = buildWorkflow([sub("sub", true), call("outer")]);
const flows = { child, parent };

async function childOf(world: World, parentId: string): Promise<string | undefined> {
  const runs = await world.runtime.listRuns({ tenant, workflow: "child", limit: 10 });
  return runs.find((run) => run.parentId === parentId)?.id;
}

test("a parent gets its child's output when the child ends", async () => {
  const inner = later();
  const world = await openWorld({ flows, scripts: { inner: inner.script } });
  const id = await world.start("parent");
  await settle();
  expect((await world.run(id)).steps).toMatchObject([{ name: "sub", status: "running" }]);
  const childId = (await childOf(world, id)) ?? "";
  expect((await world.run(childId)).input).toEqual({ from: "sub" });
  inner.give(answer("from the child"));
  await settle(30);
  expect(await world.run(id)).toMatchObject({ status: "completed", steps: [{ output: "from the child" }, { name: "outer" }] });
});

test("a child's fault is the parent's, with where it happened", async () => {
  const world = await openWorld({ flows, scripts: { inner: () => refusal(418) } });
  const view = await world.settled(await world.start("parent"));
  expect(view).toMatchObject({ status: "faulted", error: { status: 418 } });
});

test("a run that is not awaited goes its own way", async () => {
  const alone = buildWorkflow([sub("sub", false), call("outer")]);
  const world = await openWorld({ flows: { child, alone }, scripts: { inner: never } });
  const view = await world.settled(await world.start("alone"));
  expect(view.status).toBe("completed");
  const [started] = await world.runtime.listRuns({ tenant, workflow: "child", limit: 10 });
  expect(started).toMatchObject({ status: "running", parentId: null });
});

test("a flow that is not there faults the step that runs it", async () => {
  const world = await openWorld({ flows: { parent } });
  const view = await world.settled(await world.start("parent"));
  expect(view).toMatchObject({ status: "faulted", error: { title: "The sub-flow could not be started" } });
  expect(view.error?.detail).toMatch(/^There is no flow .*\(\w+\/child@1\.0\.0\)$/);
});

test.each(["cancel", "terminate"] as const)(
  "a parent that is to %s takes its child with it, and what the child had asked for",
  async (verb) => {
    const world = await openWorld({ flows, scripts: { inner: never } });
    const id = await world.start("parent");
    await settle();
    await world.runtime.command(tenant, id, verb);
    await settle();
    expect((await world.run((await childOf(world, id)) ?? "")).status).toBe("cancelled");
    expect(world.executor.aborted).toEqual(["inner"]);
    expect(world.executor.abortReasons.map((reason) => reason === atOnce)).toEqual([verb === "terminate"]);
  },
);

test("cancelling a child faults the parent's step", async () => {
  const world = await openWorld({ flows, scripts: { inner: never } });
  const id = await world.start("parent");
  await settle();
  await world.runtime.command(tenant, (await childOf(world, id)) ?? "", "cancel");
  expect(await world.settled(id)).toMatchObject({ status: "faulted", error: { title: "The sub-flow was cancelled" } });
});

test("a stop between the child's end and the parent's hearing of it loses nothing", async () => {
  const inner = later();
  const world = await openWorld({ flows, scripts: { inner: inner.script } });
  const id = await world.start("parent");
  await settle();
  const childId = (await childOf(world, id)) ?? "";
  // Only the child's end is stored; the parent's part fails until the restart.
  inner.give(answer(1));
  world.troubled.failFrom(1);
  await settle(30);
  expect([(await world.run(childId)).status, (await world.run(id)).status]).toEqual(["completed", "running"]);
  await world.restart();
  await settle(30);
  expect((await world.run(id)).status).toBe("completed");
  expect(world.executor.count("inner")).toBe(1);
});

test("a stop between the parent's decision and the child's start starts the child afterwards, once", async () => {
  const world = await openWorld({ flows });
  world.troubled.failFrom(1);
  const id = await world.start("parent");
  await settle();
  expect(await childOf(world, id)).toBeUndefined();
  await world.restart();
  await settle(30);
  expect((await world.run(id)).status).toBe("completed");
  expect(world.executor.count("inner")).toBe(1);
});

test("a child whose parent stopped waiting during a stop is cancelled by the restart", async () => {
  const world = await openWorld({ flows, scripts: { inner: never } });
  const id = await world.start("parent");
  await settle();
  const childId = (await childOf(world, id)) ?? "";
  world.troubled.failFrom(1);
  await world.runtime.command(tenant, id, "cancel");
  await settle();
  expect([(await world.run(id)).status, (await world.run(childId)).status]).toEqual(["cancelled", "running"]);
  await world.restart();
  await settle(30);
  expect((await world.run(childId)).status).toBe("cancelled");
});
