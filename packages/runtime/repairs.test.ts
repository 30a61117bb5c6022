// Runs that go on after they have faulted: over a store, with the runs that they awaited, and across a stop.
import { expect, test } from "vitest";
import type { Workflow } from "@baton/dsl";
import { buildWorkflow, type Spec } from "../engine/testing/build.ts";
import { settle } from "./testing/manual-clock.ts";
import { later, refusal, type Script } from "./testing/scripted-executor.ts";
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

const shop = (version: string, tasks: readonly Spec[]): Workflow => ({ ...buildWorkflow(tasks), version });
const versions = {
  "shop@1": shop("1.0.0", [call("first"), call("second"), call("third")]),
  "shop@2": shop("2.0.0", [call("zero"), call("first"), call("second"), call("fourth")]),
  "shop@3": shop("3.0.0", [call("first"), call("other")]),
};

/** Versions of one flow: the name is what stands before the `@`. */
async function openShop(script: Script): Promise<World> {
  return openWorld({ flows: versions, scripts: { second: script } });
}

test("a fork has the history before its step, is linked both ways, and survives a stop", async () => {
  let broken = true;
  const world = await openShop(() => (broken ? refusal(503) : { ok: true, output: "mended" }));
  const id = await startShop(world);
  expect((await world.settled(id)).status).toBe("faulted");
  broken = false;
  const forkId = await world.runtime.forkRun(tenant, id, { from: "second" });
  await world.restart();
  const fork = await world.settled(forkId);
  expect(fork).toMatchObject({ id: forkId, status: "completed", output: "third", forkedFrom: { runId: id, step: 2 } });
  expect(fork.steps.map(({ name, status }) => `${name} ${status}`)).toEqual(["first completed", "second completed", "third completed"]);
  expect(await world.run(id)).toMatchObject({ status: "faulted", forks: [forkId] });
  expect(world.executor.count("first")).toBe(1);
  const listed = (await world.runtime.listRuns({ tenant, limit: 5 })).find((run) => run.id === forkId);
  expect(listed).toMatchObject({ forkedFrom: id, parentId: null, status: "completed" });
});

test("a fork with another definition, and another input; what has no place there is refused", async () => {
  const world = await openShop(() => refusal(503));
  const id = await startShop(world);
  await settle();
  const flow = { namespace: "test", name: "shop", version: "2.0.0" };
  const forkId = await world.runtime.forkRun(tenant, id, { from: "1", input: "given", flow });
  const fork = await world.settled(forkId);
  expect(fork).toMatchObject({
    workflow: { version: "2.0.0" },
    former: [{ version: "1.0.0" }],
    steps: [{ name: "first", input: "given" }, { name: "second" }],
  });
  const other = { ...flow, version: "3.0.0" };
  const refusedFork = world.runtime.forkRun(tenant, id, { from: "second", flow: other });
  await expect(refusedFork).rejects.toMatchObject({
    code: "command-refused",
    message: expect.stringContaining("`second`, which is not there"),
  });
  await expect(world.runtime.forkRun(tenant, id, { from: "secnd" })).rejects.toThrow("Did you mean `second`?");
  await expect(world.runtime.forkRun(tenant, "run_none", { from: "x" })).rejects.toMatchObject({ code: "run-unknown" });
  // A fork of a fork, whose history knows two definitions.
  const third = await world.runtime.forkRun(tenant, forkId, { from: "second" });
  expect(await world.settled(third)).toMatchObject({ forkedFrom: { runId: forkId }, workflow: { version: "2.0.0" } });
});

test("a run goes on with another version while its call is under way, and after a stop", async () => {
  const second = later();
  const world = await openShop(second.script);
  const id = await startShop(world);
  await settle();
  const check = await world.runtime.migrateRun(tenant, id, { version: "2.0.0", check: true });
  expect(check).toEqual({ runId: id, from: "1.0.0", to: "2.0.0", problems: [], migrated: false });
  expect((await world.runtime.listRuns({ tenant, limit: 1 }))[0]?.version).toBe("1.0.0");
  expect(await world.runtime.migrateRun(tenant, id, { version: "2.0.0", check: false })).toMatchObject({ migrated: true });
  expect(await world.runtime.migrateRun(tenant, id, { version: "2.0.0", check: false })).toMatchObject({ migrated: true });
  await world.restart();
  second.give({ ok: true, output: 2 });
  await settle(30);
  const run = await world.run(id);
  expect(run).toMatchObject({ status: "completed", workflow: { version: "2.0.0" }, former: [{ version: "1.0.0" }] });
  expect(run.steps.map(({ name }) => name)).toEqual(["first", "second", "fourth"]);
  expect((await world.runtime.listRuns({ tenant, limit: 1 }))[0]).toMatchObject({ version: "2.0.0", status: "completed" });
});

test("a migration that would lose a step is refused, with what it would lose", async () => {
  const world = await openShop(() => new Promise(() => undefined));
  const id = await startShop(world);
  await settle();
  const lost = "step 2 (/do/1/second) is under way, and is not there";
  expect((await world.runtime.migrateRun(tenant, id, { version: "3.0.0", check: true })).problems).toEqual([lost]);
  await expect(world.runtime.migrateRun(tenant, id, { version: "3.0.0", check: false })).rejects.toMatchObject({
    code: "command-refused",
    message: expect.stringContaining(lost),
    next: expect.stringContaining("baton flow diff"),
  });
  await expect(world.runtime.migrateRun(tenant, id, { version: "9.0.0", check: true })).rejects.toMatchObject({ code: "flow-unknown" });
  await world.runtime.command(tenant, id, "cancel");
  await settle();
  await expect(world.runtime.migrateRun(tenant, id, { version: "2.0.0", check: true })).rejects.toThrow("The run is cancelled");
});

test("who watches a run sees it migrated", async () => {
  const second = later();
  const world = await openShop(second.script);
  const id = await startShop(world);
  await settle();
  const seen: string[] = [];
  await world.runtime.watchRun(tenant, id, ({ run }) => seen.push(`${run.workflow.version} ${run.steps.at(-1)?.reference ?? ""}`));
  await world.runtime.migrateRun(tenant, id, { version: "2.0.0", check: false });
  await settle();
  second.give({ ok: true, output: 2 });
  await settle(30);
  expect([seen[0], seen[1], seen.at(-1)]).toEqual(["1.0.0 /do/1/second", "2.0.0 /do/2/second", "2.0.0 /do/3/fourth"]);
});

async function startShop(world: World): Promise<string> {
  const workflow = { namespace: "test", name: "shop", version: "1.0.0" };
  return (await world.runtime.startRun({ tenant, workflow, input: null })).runId;
}
