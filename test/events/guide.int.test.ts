// The flows of the guide to events, with a whole server over real HTTP.
import { readFileSync } from "node:fs";
import type { Json, JsonObject } from "@baton/core";
import { afterEach, expect, test } from "vitest";
import { startTestServer, type TestServer } from "../../packages/server/testing/harness.ts";

const guide = readFileSync(new URL("../../docs/guide/events.md", import.meta.url), "utf8");
const texts = [...guide.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text = ""]) => text);
const waitMs = 10_000;

let server: TestServer | undefined;
let sent = 0;

afterEach(() => server?.close());

async function apply(name: string): Promise<TestServer["client"]> {
  server = await startTestServer();
  await server.client.applyFlow(texts.find((text) => text.includes(`name: ${name},`)) ?? "");
  return server.client;
}

function event(type: string, data: Json, more: JsonObject = {}): JsonObject {
  return { specversion: "1.0", id: `g${++sent}`, source: "/guide", type, data, ...more };
}

test("an order waits for its payment, whichever comes first, and tells that it is confirmed", async () => {
  const client = await apply("order");
  const order = { namespace: "shop", name: "order" };
  await client.sendEvents([event("com.shop.order.paid", { order: 8, amount: 30 })]);
  expect(await client.startRun(order, { order: 8 }, { waitMs })).toMatchObject({ status: "completed" });
  const { id } = await client.startRun(order, { order: 7 });
  await expect.poll(async () => (await client.getRun(id)).status).toBe("waiting");
  const { events } = await client.sendEvents([
    event("com.shop.order.paid", { order: 7, amount: 25 }),
    event("com.shop.order.paid", { order: 9 }),
  ]);
  expect(events.map(({ listeners }) => listeners)).toEqual([1, 0]);
  await expect.poll(async () => (await client.getRun(id)).status).toBe("completed");
  const confirmed = (): Promise<readonly Json[]> =>
    client.listEvents({ type: "com.shop.order.confirmed" }).then(({ items }) => items.map((item) => item.event));
  await expect.poll(async () => (await confirmed()).length).toBe(2);
});

test("readings are noted one after the other until the patient has left", async () => {
  const client = await apply("vitals");
  const { id } = await client.startRun({ namespace: "ward", name: "vitals" }, null);
  const temperature = (celsius: number): JsonObject => event("com.ward.temperature", { celsius });
  await client.sendEvents([temperature(39), temperature(37), temperature(40)]);
  await client.sendEvents([event("com.ward.patient.left", null)]);
  await expect.poll(async () => (await client.getRun(id)).status).toBe("completed");
  expect((await client.getRun(id)).output).toEqual([
    { number: 1, celsius: 39 },
    { number: 2, celsius: 40 },
  ]);
});

test("readings of one room start a run together", async () => {
  const client = await apply("room");
  const reading = (type: string, roomid: string, value: number): JsonObject => event(type, value, { roomid });
  await client.sendEvents([reading("home.temperature", "a", 20), reading("home.temperature", "b", 21), reading("home.humidity", "b", 50)]);
  await expect.poll(async () => (await client.listRuns()).items.map(({ status }) => status)).toEqual(["completed"]);
  const [run] = (await client.listRuns()).items;
  expect((await client.getRun(run?.id ?? "")).output).toEqual({ readings: [21, 50] });
});
