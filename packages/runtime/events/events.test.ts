// Events through the whole runtime: who gets them, when, how often, and what survives a stop.
import { describe, expect, test } from "vitest";
import type { Json } from "@baton/core";
import { compileWorkflow, type Workflow } from "@baton/dsl";
import { readCloudEvent, type CloudEvent } from "@baton/engine";
import { openMemoryStore } from "@baton/storage";
import { keptEventsMs } from "../limits.ts";
import { settle } from "../testing/manual-clock.ts";
import { openWorld, tenant, type World } from "../testing/world.ts";

function flow(text: string): Workflow {
  const compiled = compileWorkflow(`document: { dsl: '1.0.3', namespace: test, name: flow, version: '1.0.0' }\n${text}`);
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.diagnostics));
  return compiled.workflow;
}

let ids = 0;

function event(type: string, data: Json = null, more: { readonly [name: string]: Json } = {}): CloudEvent {
  const read = readCloudEvent({ specversion: "1.0", id: `e${++ids}`, source: "/shop", type, data, ...more });
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  return read.event;
}

const paid = flow(`
do:
  - paid:
      listen:
        to:
          one:
            with: { type: paid }
            correlate: { order: { from: .data.order, expect: '\${ .order }' } }
`);
const all = flow(`
do:
  - both: { listen: { to: { all: [{ with: { type: a } }, { with: { type: b } }] } } }
`);
const emits = flow(`
do:
  - tell: { emit: { event: { with: { source: /flow, type: paid, data: { order: 7 } } } } }
`);
const flows = { paid, all, emits };

async function send(world: World, ...events: readonly CloudEvent[]): Promise<void> {
  await Promise.all(events.map((one) => world.runtime.events.receive(tenant, one)));
  await settle(30);
}

describe("finding its run", () => {
  test("an event finds the run whose correlation it meets, among all that wait", async () => {
    const world = await openWorld({ flows });
    const runs = await Promise.all([1, 2, 3].map((order) => world.start("paid", { order })));
    await settle();
    await send(world, event("paid", { order: 2 }));
    const statuses = await Promise.all(runs.map(async (id) => (await world.run(id)).status));
    expect(statuses).toEqual(["waiting", "completed", "waiting"]);
    expect((await world.run(runs[1] ?? "")).output).toEqual([{ order: 2 }]);
  });

  test("what becomes of an event is said: its number, how many waited for it, and whether it was there", async () => {
    const world = await openWorld({ flows });
    await world.start("paid", { order: 1 });
    await world.start("paid", { order: 1 });
    await settle();
    const one = event("paid", { order: 1 });
    const first = await world.runtime.events.receive(tenant, one);
    expect(first).toMatchObject({ isDuplicate: false, consumers: 2 });
    expect(await world.runtime.events.receive(tenant, one)).toEqual({ event: first.event, isDuplicate: true, consumers: 0 });
    expect(await world.runtime.events.receive("other", one)).toMatchObject({ isDuplicate: false, consumers: 0 });
  });

  test("an event that comes twice counts once", async () => {
    const world = await openWorld({ flows });
    const id = await world.start("all");
    await settle();
    const a = event("a", 1);
    await send(world, a, a);
    await send(world, a);
    expect((await world.run(id)).status).toBe("waiting");
    await send(world, event("b", 2));
    expect(await world.run(id)).toMatchObject({ status: "completed", output: [1, 2] });
  });
});

describe("early events", () => {
  test("an event that nobody has taken waits for its listener, for a while", async () => {
    const world = await openWorld({ flows });
    await send(world, event("paid", { order: 1 }), event("paid", { order: 2 }));
    const first = await world.start("paid", { order: 2 });
    expect((await world.settled(first)).output).toEqual([{ order: 2 }]);
    const second = await world.start("paid", { order: 2 });
    expect((await world.settled(second)).status).toBe("waiting");
    await world.clock.pass(keptEventsMs + 120_000);
    const late = await world.start("paid", { order: 1 });
    expect((await world.settled(late)).status).toBe("waiting");
  });

  test("what a run emits is for those who wait, whether they come before or after", async () => {
    const world = await openWorld({ flows });
    const before = await world.start("paid", { order: 7 });
    await settle();
    await world.start("emits");
    await settle(30);
    expect((await world.run(before)).output).toEqual([{ order: 7 }]);
    await world.start("emits");
    await settle(30);
    const after = await world.start("paid", { order: 7 });
    await settle(30);
    expect((await world.run(after)).output).toEqual([{ order: 7 }]);
  });
});

test("many earlier events of one filter are all looked at, though an event of another comes in between", async () => {
  const picky = flow(`
do:
  - both: { listen: { to: { all: [{ with: { type: a } }, { with: { type: b, data: '\${ .order == 7 }' } }] } } }
`);
  const world = await openWorld({ flows: { picky } });
  await send(world, ...Array.from({ length: 150 }, () => event("b", { order: 1 })), event("b", { order: 7 }), event("a", 1));
  const id = await world.start("picky");
  await settle(2_000);
  expect(await world.run(id)).toMatchObject({ status: "completed", output: [1, { order: 7 }] });
});

test("an event that passed a run by, and that it was to be offered no more, does not disturb it", async () => {
  const world = await openWorld({ flows });
  const id = await world.start("paid", { order: 1 });
  await settle();
  await send(world, event("paid", { order: 1 }), event("paid", { order: 1 }), event("paid", { order: 1 }));
  expect((await world.run(id)).status).toBe("completed");
  expect(await world.troubled.store.eventConsumers(null, 10)).toEqual([]);
});

describe("suspended runs", () => {
  test("what comes meanwhile is kept, and given when they go on, in its order", async () => {
    const world = await openWorld({ flows });
    const id = await world.start("all");
    await settle();
    await world.runtime.command(tenant, id, "suspend");
    await send(world, event("b", 2), event("a", 1));
    expect((await world.run(id)).status).toBe("suspended");
    await world.runtime.command(tenant, id, "resume");
    await settle(30);
    expect(await world.run(id)).toMatchObject({ status: "completed", output: [2, 1] });
  });
});

describe("stops", () => {
  test("what was accepted is given after a restart, once", async () => {
    const world = await openWorld({ flows });
    const id = await world.start("all");
    await settle();
    // Accepted in the store, and not brought yet.
    await world.troubled.store.acceptEvents([
      { tenant, source: "/x", id: "1", type: "a", receivedAt: world.clock.now(), content: JSON.stringify(event("a", "kept")), keys: [] },
    ]);
    await world.restart();
    await settle(30);
    await world.restart();
    await send(world, event("b", 2));
    expect(await world.run(id)).toMatchObject({ status: "completed", output: ["kept", 2] });
  });

  test("a path that was waited with before a restart still finds its run", async () => {
    const world = await openWorld({ flows });
    const id = await world.start("paid", { order: 5 });
    await settle();
    await world.restart();
    await send(world, event("paid", { order: 5 }));
    expect((await world.run(id)).status).toBe("completed");
  });

  test("what was published is passed on after a restart, once", async () => {
    const store = openMemoryStore();
    const world = await openWorld({ flows, store });
    const id = await world.start("paid", { order: 7 });
    await settle();
    // Stored with a decision of the run, and not passed on yet.
    const published = [JSON.stringify(event("paid", { order: 7 }))];
    await store.commit([{ tenant, runId: id, expectedVersion: 1, envelopes: [], published }]);
    expect(await store.publishedEvents(0, 10)).toHaveLength(1);
    for (let times = 0; times < 2; times++) await world.restart();
    await settle(30);
    expect((await world.run(id)).output).toEqual([{ order: 7 }]);
    expect(await store.publishedEvents(0, 10)).toEqual([]);
    expect((await store.listEvents({ tenant, limit: 10 })).map(({ type }) => type)).toEqual(["paid"]);
  });

  test("what a flow has published is passed on and noted as such, with nobody waiting for it", async () => {
    const store = openMemoryStore();
    const world = await openWorld({ flows, store });
    await world.start("emits");
    await settle(30);
    expect(await store.publishedEvents(0, 10)).toEqual([]);
    expect((await store.listEvents({ tenant, limit: 10 })).map(({ type }) => type)).toEqual(["paid"]);
  });

  test("a decision that could not be stored, or was stored unnoticed, loses nothing and doubles nothing", async () => {
    const world = await openWorld({ flows });
    const id = await world.start("all");
    await settle();
    await send(world, event("a", 1));
    for (const trouble of ["fail", "store-and-fail"] as const) {
      world.troubled.set(trouble);
      await send(world, event("a", "again"), event("b", trouble));
      world.troubled.set("none");
      await world.clock.pass(60_000);
    }
    expect((await world.run(id)).output).toEqual([1, "fail"]);
  });
});

test("events are listed and read", async () => {
  const world = await openWorld({ flows });
  const { event: number } = await world.runtime.events.receive(tenant, event("paid", 1));
  await world.runtime.events.receive(tenant, event("other", 2));
  expect((await world.runtime.events.list({ tenant, limit: 10 })).map(({ type }) => type)).toEqual(["other", "paid"]);
  expect(await world.runtime.events.get(tenant, number)).toMatchObject({ type: "paid", consumed: false });
  await expect(world.runtime.events.get("another", number)).rejects.toMatchObject({ code: "event-unknown" });
});

test("a secret that a run waits with is not in the index, and the event is found all the same", async () => {
  const token = flow(`
use: { secrets: [token] }
do:
  - wait: { listen: { to: { one: { with: { type: told }, correlate: { it: { from: .data.token, expect: '\${ $secrets.token }' } } } } } }
`);
  const world = await openWorld({ flows: { token }, secrets: { token: "planted-secret-value" } });
  const id = await world.start("token");
  await settle();
  const stored = world.troubled.batches.flat().flatMap(({ events = [] }) => events.flatMap(({ set = [] }) => set));
  expect(stored).toMatchObject([{ type: "told", key: null }]);
  await send(world, event("told", { token: "another" }));
  expect((await world.run(id)).status).toBe("waiting");
  await send(world, event("told", { token: "planted-secret-value" }));
  expect((await world.run(id)).status).toBe("completed");
});
