import { expect, test } from "vitest";
import { buildWorkflow, type Spec } from "../engine/testing/build.ts";
import { settle } from "./testing/manual-clock.ts";
import { answer, later, never, refusal } from "./testing/scripted-executor.ts";
import { openWorld, tenant } from "./testing/world.ts";

const call = (name: string): Spec => ({ name, task: { kind: "http", body: { constant: name } } });
const two = buildWorkflow([call("a"), call("b")]);

test("a run goes through its calls to its end, and is seen as it went", async () => {
  const world = await openWorld({ flows: { two }, scripts: { a: () => answer(1), b: async () => answer(2) } });
  const id = await world.start("two", { order: 7 });
  expect(await world.settled(id)).toMatchObject({
    id,
    workflow: { namespace: "test", name: "two", version: "1.0.0" },
    status: "completed",
    input: { order: 7 },
    output: 2,
    steps: [
      { name: "a", status: "completed", output: 1 },
      { name: "b", status: "completed", output: 2 },
    ],
  });
  expect(world.executor.asked).toEqual([`a ${id}:1`, `b ${id}:2`]);
  expect(await world.runtime.awaitResult(tenant, id)).toEqual({ status: "completed", output: 2, error: null });
  expect(world.runtime.stats()).toMatchObject({
    runsStarted: 1,
    runsFinished: { completed: 1 },
    steps: { "call/completed": 2 },
    workRunning: 0,
    decisionsPending: 0,
  });
});

test("nothing is performed, and nobody is answered, before the decision is durable", async () => {
  const world = await openWorld({ flows: { two } });
  world.troubled.set("hold");
  let started: string | undefined;
  const starting = world.start("two").then((id) => (started = id));
  await settle();
  expect([started, world.executor.asked]).toEqual([undefined, []]);
  world.troubled.set("none");
  await starting;
  await settle();
  expect(world.executor.asked).toHaveLength(2);
});

test("decisions made while the store writes go into the next batch together", async () => {
  const world = await openWorld({ flows: { two } });
  world.troubled.set("hold");
  const starting = Array.from({ length: 3 }, async () => {
    await settle();
    return world.start("two");
  });
  await settle();
  const more = Array.from({ length: 20 }, () => world.start("two"));
  await settle();
  world.troubled.set("none");
  const ids = await Promise.all([...starting, ...more]);
  await settle();
  expect(world.troubled.batches.length).toBeLessThan(8);
  for (const id of ids) expect((await world.run(id)).status).toBe("completed");
});

test("a full disk refuses the start as a whole, and work goes on when there is room", async () => {
  const world = await openWorld({ flows: { two } });
  world.troubled.set("fail");
  await expect(world.start("two")).rejects.toMatchObject({ code: "disk-full", retryable: true });
  expect(await world.runtime.listRuns({ tenant, limit: 10 })).toEqual([]);
  world.troubled.set("none");
  expect((await world.settled(await world.start("two"))).status).toBe("completed");
  expect(world.log).toMatchObject([
    { level: "error", error: { code: "disk-full" } },
    { level: "info", message: "The store takes changes again." },
  ]);
});

test("a result that the store cannot take is kept, and its work is not done again", async () => {
  const a = later();
  const world = await openWorld({ flows: { two }, scripts: { a: a.script } });
  const id = await world.start("two");
  await settle();
  world.troubled.set("fail");
  a.give(answer("kept"));
  await world.clock.pass(60_000);
  expect((await world.run(id)).steps).toMatchObject([{ name: "a", status: "running" }]);
  world.troubled.set("none");
  await world.clock.pass(10_000);
  expect(await world.run(id)).toMatchObject({ status: "completed", steps: [{ output: "kept" }, { name: "b" }] });
  expect([world.executor.count("a"), world.executor.count("b")]).toEqual([1, 1]);
});

test("a commit that was stored although it was reported as failed is taken up", async () => {
  const a = later();
  const world = await openWorld({ flows: { two }, scripts: { a: a.script } });
  const id = await world.start("two");
  await settle();
  world.troubled.set("store-and-fail");
  a.give(answer(1));
  await settle();
  world.troubled.set("none");
  await world.clock.pass(1_000);
  expect(await world.run(id)).toMatchObject({ status: "completed", steps: [{ name: "a" }, { name: "b" }] });
  expect([world.executor.count("a"), world.executor.count("b")]).toEqual([1, 1]);
});

test("work that was under way is asked for again after a restart, under the same id; what was done is not", async () => {
  const world = await openWorld({ flows: { two }, scripts: { b: never } });
  const id = await world.start("two");
  await settle();
  await world.restart();
  await settle();
  expect(world.executor.asked).toEqual([`a ${id}:1`, `b ${id}:2`, `b ${id}:2`]);
});

test("closing stops work without recording it, and refuses what comes after", async () => {
  const world = await openWorld({ flows: { two }, scripts: { a: never } });
  const id = await world.start("two");
  await settle();
  await world.close();
  expect(world.executor.aborted).toEqual(["a"]);
  expect(world.executor.closed).toBe(true);
  await expect(world.start("two")).rejects.toMatchObject({ code: "server-stopping" });
  expect((await world.run(id)).steps).toMatchObject([{ name: "a", status: "running" }]);
});

test("no more work is under way than the limit, and all of it is done", async () => {
  let running = 0;
  let most = 0;
  const slow = async (): Promise<ReturnType<typeof answer>> => {
    most = Math.max(most, ++running);
    await new Promise(setImmediate);
    running--;
    return answer(null);
  };
  const world = await openWorld({ flows: { two }, scripts: { a: slow, b: slow }, limits: { concurrentWork: 3 } });
  const ids = await Promise.all(Array.from({ length: 20 }, () => world.start("two")));
  for (const id of ids) await world.runtime.awaitResult(tenant, id);
  expect(most).toBe(3);
  expect([world.executor.count("a"), world.executor.count("b")]).toEqual([20, 20]);
});

test("more runs than may be loaded are driven all the same", async () => {
  const answers = Array.from({ length: 10 }, later);
  let next = 0;
  const world = await openWorld({
    flows: { two },
    limits: { loadedRuns: 2 },
    scripts: { a: (...args) => (answers[next++] ?? later()).script(...args) },
  });
  const ids: string[] = [];
  for (const _ of answers) ids.push(await world.start("two"));
  await settle();
  expect(world.runtime.stats().runsLoaded).toBeLessThanOrEqual(3);
  for (const each of answers) each.give(answer(1));
  await settle(40);
  for (const id of ids) expect((await world.run(id)).status).toBe("completed");
});

test("an executor that throws faults the step and is logged; the others go on", async () => {
  const throws = (): never => {
    throw new TypeError("a bug of the executor");
  };
  const world = await openWorld({ flows: { two }, scripts: { b: throws } });
  const view = await world.settled(await world.start("two"));
  expect(view).toMatchObject({ status: "faulted", error: { status: 500, title: "The executor failed", detail: "a bug of the executor" } });
  expect(world.log).toMatchObject([{ level: "error", runId: view.id }]);
});

test("a fault that nothing catches faults the run with the peer's status", async () => {
  const world = await openWorld({ flows: { two }, scripts: { a: () => refusal(503) } });
  const view = await world.settled(await world.start("two"));
  expect(view).toMatchObject({ status: "faulted", error: { status: 503, instance: "/do/0/a" } });
});

test("the history is read from a snapshot where there is one", async () => {
  const many = buildWorkflow(Array.from({ length: 12 }, (_, i) => call(`s${i}`)));
  const world = await openWorld({ flows: { many }, limits: { snapshotInterval: 4 }, scripts: { s10: never } });
  const id = await world.start("many");
  await settle(60);
  const stored = await world.troubled.store.readRun(tenant, id);
  expect([stored?.version, stored?.snapshot?.version, stored?.tail.length]).toEqual([11, 8, 3]);
  await world.restart();
  await settle();
  expect(world.executor.count("s10")).toBe(2);
  expect(world.executor.count("s9")).toBe(1);
});
