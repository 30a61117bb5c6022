import { expect, test } from "vitest";
import { buildWorkflow, type Spec } from "../engine/testing/build.ts";
import { giving } from "../engine/testing/scope.ts";
import type { Json } from "@baton/core";
import { openMemoryStore } from "@baton/storage";
import { createRuntime } from "./create-runtime.ts";
import type { RunUpdate, StartedRun } from "./runtime.ts";
import { settle } from "./testing/manual-clock.ts";
import { answer, later, never } from "./testing/scripted-executor.ts";
import { openWorld, tenant, World } from "./testing/world.ts";

const call = (name: string): Spec => ({ name, task: { kind: "http", body: { constant: name } } });
const two = buildWorkflow([call("a"), call("b")]);

const dotOrder = giving((input) => [(input as { readonly order?: Json }).order ?? null]);

const request = (
  key: string,
  fingerprint: string,
): { tenant: string; workflow: { namespace: string; name: string }; input: null; idempotencyKey: string; fingerprint: string } => ({
  tenant,
  workflow: { namespace: "test", name: "two" },
  input: null,
  idempotencyKey: key,
  fingerprint,
});

test("an idempotency key starts one run, however often and however fast it comes", async () => {
  const world = await openWorld({ flows: { two } });
  const all = await Promise.all(Array.from({ length: 5 }, () => world.runtime.startRun(request("k", "f"))));
  expect(new Set(all.map(({ runId }) => runId)).size).toBe(1);
  expect(all.filter(({ created }) => created)).toHaveLength(1);
  expect(await world.runtime.startRun(request("k", "f"))).toEqual({ runId: all[0]?.runId, created: false });
  await expect(world.runtime.startRun(request("k", "other"))).rejects.toMatchObject({ code: "idempotency-key-reused", where: "k" });
  await settle();
  expect(world.executor.count("a")).toBe(1);
});

test("a flow's own key makes starts of the same input one run, whatever key the request brings", async () => {
  const order = { ...two, idempotencyKey: { kind: "expression", expression: dotOrder } } as const;
  const world = await openWorld({ flows: { order } });
  const start = (input: Json, idempotencyKey?: string): Promise<StartedRun> =>
    world.runtime.startRun({ tenant, workflow: { namespace: "test", name: "order" }, input, ...(idempotencyKey && { idempotencyKey }) });
  const all = await Promise.all([start({ order: 7 }), start({ order: 7 }, "k1"), start({ order: 7 }, "k2")]);
  expect(new Set(all.map(({ runId }) => runId)).size).toBe(1);
  expect((await start({ order: 8 }, "k1")).created).toBe(true);
  await expect(start({ order: 7, amount: 1 })).rejects.toMatchObject({ code: "idempotency-key-reused", where: "7" });
  await expect(start({})).rejects.toMatchObject({ code: "start-key-invalid", message: expect.stringContaining("it is null") });
  expect(await world.runtime.listRuns({ tenant, limit: 10 })).toHaveLength(2);
});

test("the highest version is started unless one is named; a version never changes", async () => {
  const texts = new Map(["1.0.0", "1.10.0", "1.2.0", "2.0.0-rc.1"].map((version) => [`flow ${version}`, { ...two, version }]));
  texts.set("changed", { ...two, version: "1.2.0" });
  const compile = (source: string): { ok: true; workflow: typeof two; warnings: [] } => ({
    ok: true,
    workflow: texts.get(source) ?? two,
    warnings: [],
  });
  const runtime = createRuntime({ store: openMemoryStore(), executors: [], compile });
  for (const source of texts.keys())
    if (source !== "changed") expect(await runtime.registerFlow(tenant, source)).toMatchObject({ ok: true, created: true });
  expect(await runtime.registerFlow(tenant, "flow 1.2.0")).toMatchObject({ ok: true, created: false });
  await expect(runtime.registerFlow(tenant, "changed")).rejects.toMatchObject({ code: "flow-version-taken", where: "test/built@1.2.0" });
  const flow = { namespace: "test", name: "built" };
  expect((await runtime.getFlow(tenant, flow)).version).toBe("1.10.0");
  texts.set("flow 2.0.0", { ...two, version: "2.0.0" });
  await runtime.registerFlow(tenant, "flow 2.0.0");
  expect((await runtime.getFlow(tenant, flow)).version).toBe("2.0.0");
  const { runId } = await runtime.startRun({ tenant, workflow: { ...flow, version: "1.10.0" }, input: null });
  expect((await runtime.getRun(tenant, runId)).workflow.version).toBe("1.10.0");
  await runtime.close();
});

test("what is not there is refused by name", async () => {
  const world = await openWorld({ flows: { two } });
  const id = await world.start("two");
  await expect(world.start("three")).rejects.toMatchObject({ code: "flow-unknown", where: "test/three" });
  const unknown = { code: "run-unknown", where: "run_none" };
  await expect(world.run("run_none")).rejects.toMatchObject(unknown);
  await expect(world.runtime.command(tenant, "run_none", "cancel")).rejects.toMatchObject(unknown);
  await expect(world.runtime.waitForRun(tenant, "run_none")).rejects.toMatchObject(unknown);
  await expect(world.runtime.awaitResult(tenant, "run_none")).rejects.toMatchObject(unknown);
  await expect(world.runtime.watchRun(tenant, "run_none", () => undefined)).rejects.toMatchObject(unknown);
  await expect(world.runtime.getRun("another tenant", id)).rejects.toMatchObject({ code: "run-unknown" });
  expect(await world.runtime.registerFlow(tenant, "no flow")).toEqual({ ok: false, diagnostics: [] });
});

test("an input over the limit is refused, and nothing is started", async () => {
  const world = await openWorld({ flows: { two } });
  await expect(world.start("two", "x".repeat(5_000_000))).rejects.toMatchObject({ code: "run-input-too-large", retryable: false });
  expect(await world.runtime.listRuns({ tenant, limit: 1 })).toEqual([]);
});

test("starts are refused while too much waits to be stored, and taken again afterwards", async () => {
  const world = await openWorld({ flows: { two }, limits: { pendingDecisions: 3 } });
  world.troubled.set("hold");
  const taken = Array.from({ length: 3 }, () => world.start("two"));
  await settle();
  await expect(world.start("two")).rejects.toMatchObject({ code: "server-overloaded", retryable: true });
  world.troubled.set("none");
  expect(await Promise.all(taken)).toHaveLength(3);
  await settle();
  await world.start("two");
});

test("a run is suspended, resumed and cancelled; one that has ended takes no more commands", async () => {
  const a = later();
  const world = await openWorld({ flows: { two }, scripts: { a: a.script, b: never } });
  const id = await world.start("two");
  await world.runtime.command(tenant, id, "suspend");
  expect((await world.settled(id)).status).toBe("suspended");
  a.give(answer(1));
  expect((await world.settled(id)).status).toBe("suspended");
  await world.runtime.command(tenant, id, "resume");
  expect(await world.settled(id)).toMatchObject({ status: "running", steps: [{ status: "completed" }, { status: "running" }] });
  await world.runtime.command(tenant, id, "cancel");
  expect((await world.settled(id)).status).toBe("cancelled");
  expect(world.executor.aborted).toContain("b");
  await world.runtime.command(tenant, id, "cancel");
  await expect(world.runtime.command(tenant, id, "resume")).rejects.toMatchObject({ code: "command-refused", where: id });
});

test("a watcher sees the run as it is, then every change to its end, and nothing that is not durable", async () => {
  const [a, b] = [later(), later()];
  const world = await openWorld({ flows: { two }, scripts: { a: a.script, b: b.script } });
  const id = await world.start("two");
  await settle();
  const seen: RunUpdate[] = [];
  const stop = await world.runtime.watchRun(tenant, id, (update) => seen.push(update));
  expect(seen.map(({ version, run }) => [version, run.steps.length])).toEqual([[1, 1]]);
  world.troubled.set("hold");
  a.give(answer(1));
  await settle();
  expect(seen).toHaveLength(1);
  world.troubled.set("none");
  await settle();
  b.give(answer(2));
  await settle();
  expect(seen.map(({ version, run, final }) => [version, run.status, run.steps.length, final])).toEqual([
    [1, "running", 1, false],
    [2, "running", 2, false],
    [3, "completed", 2, true],
  ]);
  expect(seen[2]?.run).toEqual(await world.run(id));
  // What did not change is the same object, so that a difference is quickly found.
  expect(seen[2]?.run.steps[0]).toBe(seen[1]?.run.steps[0]);
  stop();
});

test("whoever waits is answered at the end, when the time is over, or when it is called off", async () => {
  const a = later();
  const world = await openWorld({ flows: { two }, scripts: { a: a.script } });
  const id = await world.start("two");
  const timed = world.runtime.waitForRun(tenant, id, { timeoutMs: 1_000 });
  const off = new AbortController();
  const calledOff = world.runtime.waitForRun(tenant, id, { signal: off.signal });
  const toTheEnd = world.runtime.waitForRun(tenant, id);
  await settle();
  off.abort();
  expect((await calledOff).status).toBe("running");
  await world.clock.pass(1_000);
  expect((await timed).status).toBe("running");
  a.give(answer(1));
  expect((await toTheEnd).status).toBe("completed");
  expect((await world.runtime.waitForRun(tenant, id, { timeoutMs: 1_000 })).status).toBe("completed");
});

test("whoever waits when the runtime closes is answered with the run as it is", async () => {
  const world = await openWorld({ flows: { two }, scripts: { a: never } });
  const id = await world.start("two");
  const waiting = world.runtime.waitForRun(tenant, id);
  const result = world.runtime.awaitResult(tenant, id);
  const refused = expect(result).rejects.toMatchObject({ code: "server-stopping" });
  await settle();
  await world.close();
  expect((await waiting).status).toBe("running");
  await refused;
});

test("a defect stops its run alone, is seen, and is tried once more by a restart", async () => {
  const broken = { ...two, do: withBrokenSecond() };
  const world = await openWorld({ flows: { two, broken } });
  const id = await world.start("broken");
  const healthy = await world.start("two");
  expect(await world.settled(id)).toMatchObject({ status: "running", incident: "a defect of the engine", steps: [{ name: "a" }] });
  expect((await world.run(healthy)).status).toBe("completed");
  expect(await world.runtime.listRuns({ tenant, workflow: "broken", limit: 1 })).toMatchObject([{ incident: "a defect of the engine" }]);
  await expect(world.runtime.command(tenant, id, "cancel")).rejects.toMatchObject({ code: "run-incident", where: id });
  await world.clock.pass(60_000);
  expect(world.log.filter(({ level }) => level === "error")).toHaveLength(1);
  expect(world.runtime.stats().incidents).toBe(1);
  healed = true;
  await world.restart();
  await settle();
  const view = await world.run(id);
  expect([view.status, view.incident]).toEqual(["completed", undefined]);
});

let healed = false;

/** The list of `two`, whose second task cannot be looked at until it is healed. */
function withBrokenSecond(): typeof two.do {
  return new Proxy(two.do, {
    get: (list, key) => {
      if (key === "1" && !healed) throw new Error("a defect of the engine");
      return Reflect.get(list, key) as unknown;
    },
  });
}

test("two runtimes on one store never both go on from the same version", async () => {
  const store = openMemoryStore();
  const inputs = { flows: { two }, store };
  const [one, other] = [new World({ ...inputs, scripts: { a: never } }), new World({ ...inputs, scripts: { a: never } })];
  await one.open();
  await other.open();
  const id = await one.start("two");
  await settle();
  await other.runtime.command(tenant, id, "suspend");
  await one.runtime.command(tenant, id, "resume");
  await other.runtime.command(tenant, id, "suspend");
  expect((await one.run(id)).status).toBe("suspended");
  await one.runtime.command(tenant, id, "cancel");
  await expect(other.runtime.command(tenant, id, "resume")).rejects.toMatchObject({ code: "command-refused" });
});
