// Runs that events start: which, with which input, and that a stop neither loses one nor starts it twice.
import { expect, test } from "vitest";
import type { Json } from "@baton/core";
import { compileWorkflow, type Workflow } from "@baton/dsl";
import { readCloudEvent, type CloudEvent } from "@baton/engine";
import { settle } from "../testing/manual-clock.ts";
import { openWorld, tenant, type World } from "../testing/world.ts";

function flow(on: string, more = ""): Workflow {
  const head = `document: { dsl: '1.0.3', namespace: test, name: flow, version: '1.0.0' }`;
  const compiled = compileWorkflow(`${head}\n${more}\nschedule: { on: ${on} }\ndo: [{ keep: { set: '\${ . }' } }]`);
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.diagnostics));
  return compiled.workflow;
}

const one = flow("{ one: { with: { type: paid, data: '${ .amount > 10 }' } } }");
const pair = flow(
  "{ all: [{ with: { type: a }, correlate: { order: { from: .data.order } } }, { with: { type: b }, correlate: { order: { from: .data.order } } }] }",
);
const picky = flow("{ one: { with: { type: paid } } }", "input: { schema: { document: { type: array, items: { type: number } } } }");

let ids = 0;

function event(type: string, data: Json): CloudEvent {
  const read = readCloudEvent({ specversion: "1.0", id: `e${++ids}`, source: "/shop", type, data });
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  return read.event;
}

async function send(world: World, ...events: readonly CloudEvent[]): Promise<void> {
  for (const single of events) await world.runtime.events.receive(tenant, single);
  await settle(40);
}

async function inputs(world: World, name: string): Promise<Json[]> {
  const runs = await world.runtime.listRuns({ tenant, workflow: name, limit: 100 });
  const found = await Promise.all(runs.map(async ({ id }) => (await world.run(id)).input));
  return found.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

test("one: each event that is meant starts a run with it as its input", async () => {
  const world = await openWorld({ flows: { one } });
  await send(
    world,
    event("paid", { amount: 5 }),
    event("paid", { amount: 20 }),
    event("sent", { amount: 30 }),
    event("paid", { amount: 11 }),
  );
  expect(await inputs(world, "one")).toEqual([[{ amount: 11 }], [{ amount: 20 }]]);
  const [schedule] = await world.runtime.schedules.list(tenant);
  expect(schedule).toMatchObject({ status: "active", fired: 2, next: null, trigger: { on: {} } });
});

test("all: events that belong together start a run together, several of them side by side, whatever stops in between", async () => {
  const world = await openWorld({ flows: { pair } });
  await send(world, event("a", { order: 1 }), event("a", { order: 2 }));
  await world.restart();
  await send(world, event("b", { order: 2 }));
  await world.restart();
  await send(world, event("b", { order: 1 }));
  expect(await inputs(world, "pair")).toEqual([
    [{ order: 1 }, { order: 1 }],
    [{ order: 2 }, { order: 2 }],
  ]);
});

test("the same event twice starts one run; events from before the registration start none", async () => {
  const world = await openWorld({ flows: {} });
  const early = event("paid", { amount: 50 });
  await send(world, early);
  const other = await openWorld({ flows: { one }, store: world.troubled.store });
  const paid = event("paid", { amount: 99 });
  await send(other, paid, paid, early);
  expect(await inputs(other, "one")).toEqual([[{ amount: 99 }]]);
});

test("a paused schedule lets events pass by; resumed, it takes what comes then", async () => {
  const world = await openWorld({ flows: { one } });
  await world.runtime.schedules.pause(tenant, { namespace: "test", name: "one" });
  await send(world, event("paid", { amount: 50 }));
  await world.runtime.schedules.resume(tenant, { namespace: "test", name: "one" });
  await send(world, event("paid", { amount: 60 }));
  expect(await inputs(world, "one")).toEqual([[{ amount: 60 }]]);
});

test("a run whose input is refused faults, and keeps no later one from its start", async () => {
  const world = await openWorld({ flows: { picky } });
  await send(world, event("paid", "text"), event("paid", 7));
  const runs = await world.runtime.listRuns({ tenant, workflow: "picky", limit: 10 });
  expect(runs.map(({ status }) => status).sort()).toEqual(["completed", "faulted"]);
});

test("a decision that could not be stored, or was stored unnoticed, starts one run", async () => {
  const world = await openWorld({ flows: { one } });
  for (const trouble of ["fail", "store-and-fail"] as const) {
    world.troubled.set(trouble);
    await send(world, event("paid", { amount: trouble.length + 10 }));
    world.troubled.set("none");
    await world.clock.pass(60_000);
  }
  expect(await inputs(world, "one")).toEqual([[{ amount: 14 }], [{ amount: 24 }]]);
});

test("a secret that a schedule correlates with is stored neither in the index nor in its state, and still tells its events from others", async () => {
  const guarded = flow(
    `{ all: [${["a", "b"].map((type) => `{ with: { type: ${type} }, correlate: { it: { from: .data.token, expect: '\${ $secrets.token }' } } }`).join(", ")}] }`,
    "use: { secrets: [token] }",
  );
  const world = await openWorld({ flows: { guarded }, secrets: { token: "planted-secret-value" } });
  const { store } = world.troubled;
  const subscriptions = await store.readSubscriptions(tenant, "schedule\ntest\nguarded");
  expect(subscriptions.map(({ type, key }) => ({ type, key }))).toEqual([
    { type: "a", key: null },
    { type: "b", key: null },
  ]);
  await send(world, event("a", { token: "another" }), event("a", { token: "planted-secret-value" }));
  expect((await store.getSchedule(tenant, "test", "guarded"))?.state).not.toContain('"expected":{"it"');
  await world.restart();
  await send(world, event("b", { token: "another" }));
  expect(await inputs(world, "guarded")).toEqual([]);
  await send(world, event("b", { token: "planted-secret-value" }));
  expect(await inputs(world, "guarded")).toHaveLength(1);
});
