// The flows of the guide to events, and streams and gatherings beside them, with a whole server over real HTTP.
import { readFileSync } from "node:fs";
import type { Json, JsonObject } from "@baton/core";
import { afterEach, expect, test } from "vitest";
import { maxWaitMs } from "@baton/api";
import { startTestServer, type TestServer } from "../../packages/server/testing/harness.ts";

const guide = readFileSync(new URL("../../docs/guide/events.md", import.meta.url), "utf8");
const inGuide = [...guide.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text = ""]) => text);
const vitals = `
document: { dsl: '1.0.3', namespace: default, name: vitals, version: '1.0.0' }
do:
  - watch:
      listen:
        to: { any: [{ with: { type: temperature, data: '\${ .celsius > 38 }' } }], until: { one: { with: { type: patient.left } } } }
      foreach: { item: reading, at: i, do: [{ note: { set: { number: '\${ $i + 1 }', celsius: '\${ $reading.celsius }' } } }] }
`;
const room = `
document: { dsl: '1.0.3', namespace: default, name: room, version: '1.0.0' }
schedule:
  on:
    all:
      - { with: { type: temperature }, correlate: { room: { from: .roomid } } }
      - { with: { type: humidity }, correlate: { room: { from: .roomid } } }
do:
  - both: { set: { readings: '\${ $workflow.input }' } }
`;
const waitMs = maxWaitMs;

let server: TestServer | undefined;
let sent = 0;

afterEach(() => server?.close());

async function apply(text: string | undefined): Promise<TestServer["client"]> {
  server = await startTestServer();
  await server.client.applyFlow(text ?? "");
  return server.client;
}

function event(type: string, data: Json, more: JsonObject = {}): JsonObject {
  return { specversion: "1.0", id: `g${++sent}`, source: "/guide", type, data, ...more };
}

test("an order of the guide waits for its payment, whichever comes first", async () => {
  const client = await apply(inGuide[0]);
  const order = { namespace: "default", name: "order" };
  await client.sendEvents([event("com.shop.order.paid", { order: 8 })]);
  expect(await client.startRun(order, { order: 8 }, { waitMs })).toMatchObject({ status: "completed", output: { packed: 8 } });
  const { id } = await client.startRun(order, { order: 7 });
  await expect.poll(async () => (await client.getRun(id)).status).toBe("waiting");
  const { events } = await client.sendEvents([event("com.shop.order.paid", { order: 7 }), event("com.shop.order.paid", { order: 9 })]);
  expect(events.map(({ listeners }) => listeners)).toEqual([1, 0]);
  await expect.poll(async () => (await client.getRun(id)).status).toBe("completed");
});

test("an alarm of the guide is started by each reading that is too high, and tells so", async () => {
  const client = await apply(inGuide[1]);
  await client.sendEvents([60, 61, 70].map((celsius) => event("com.shop.sensor", { celsius })));
  await expect.poll(async () => (await client.listEvents({ type: "com.shop.alarm" })).items.length).toBe(2);
  expect((await client.listRuns()).items.length).toBe(2);
});

test("readings are noted one after the other until the patient has left", async () => {
  const client = await apply(vitals);
  const { id } = await client.startRun({ namespace: "default", name: "vitals" }, null);
  const temperature = (celsius: number): JsonObject => event("temperature", { celsius });
  await client.sendEvents([temperature(39), temperature(37), temperature(40)]);
  await client.sendEvents([event("patient.left", null)]);
  await expect.poll(async () => (await client.getRun(id)).status).toBe("completed");
  expect((await client.getRun(id)).output).toEqual([
    { number: 1, celsius: 39 },
    { number: 2, celsius: 40 },
  ]);
});

test("readings of one room start a run together", async () => {
  const client = await apply(room);
  const reading = (type: string, roomid: string, value: number): JsonObject => event(type, value, { roomid });
  await client.sendEvents([reading("temperature", "a", 20), reading("temperature", "b", 21), reading("humidity", "b", 50)]);
  await expect.poll(async () => (await client.listRuns()).items.map(({ status }) => status)).toEqual(["completed"]);
  const [run] = (await client.listRuns()).items;
  expect((await client.getRun(run?.id ?? "")).output).toEqual({ readings: [21, 50] });
});
