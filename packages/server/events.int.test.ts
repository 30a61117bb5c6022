// Events over HTTP: every form in which they may come, what is refused, and that they find the runs that wait for them.
import { newSigningSecret, signatureHeaders, signingKeyOf } from "@baton/executors";
import { maxBodyBytes, maxEvents, type ReceivedEvents, type Problem, type KeptEvent, type Page } from "@baton/api";
import type { Json } from "@baton/core";
import { afterEach, expect, test } from "vitest";
import { startTestServer, type TestServer } from "./testing/harness.ts";
import { schemaProblems } from "./testing/schema-check.ts";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0)) await clean();
});

async function start(options: Parameters<typeof startTestServer>[0] = {}): Promise<TestServer> {
  const server = await startTestServer(options);
  cleanups.push(() => server.close());
  return server;
}

const listens = `
document: { dsl: '1.0.3', namespace: default, name: order, version: '1.0.0' }
do:
  - paid:
      listen:
        to: { one: { with: { type: order.paid }, correlate: { order: { from: .data.order, expect: '\${ .order }' } } } }
        read: envelope
`;

const structured = "application/cloudevents+json";
const batch = "application/cloudevents-batch+json";

async function post(
  { url }: TestServer,
  body: string | Uint8Array,
  headers: { readonly [name: string]: string } = { "content-type": structured },
): Promise<{ readonly status: number; readonly received: ReceivedEvents; readonly problem: Problem }> {
  const response = await fetch(`${url}/v1/events`, { method: "POST", body: body as string, headers });
  const value: unknown = await response.json();
  return { status: response.status, received: value as ReceivedEvents, problem: value as Problem };
}

const paid = (id: string, order: number): object => ({
  specversion: "1.0",
  id,
  source: "/shop",
  type: "order.paid",
  time: "2026-01-02T03:04:05Z",
  partof: "x y",
  data: { order },
});

const binary = {
  "ce-specversion": "1.0",
  "ce-id": "b",
  "ce-source": "/shop",
  "ce-type": "order.paid",
  "ce-partof": "x%20y",
};

test("an event comes structured, in a batch or binary, and finds its run", async () => {
  const server = await start();
  await server.client.applyFlow(listens);
  const runs = await Promise.all([1, 2, 3].map((order) => server.client.startRun({ namespace: "default", name: "order" }, { order })));
  const first = await post(server, JSON.stringify(paid("a", 1)));
  expect(first).toMatchObject({ status: 202, received: { events: [{ source: "/shop", id: "a", duplicate: false, listeners: 1 }] } });
  expect(schemaProblems(first.received as unknown as Json, "ReceivedEvents")).toEqual([]);
  const second = await post(server, JSON.stringify([paid("x", 9), paid("c", 2)]), { "content-type": `${batch}; charset=utf-8` });
  expect(second.received.events.map(({ listeners }) => listeners)).toEqual([0, 1]);
  const third = await post(server, '{"order":3}', { ...binary, "content-type": "application/json" });
  expect(third.received.events).toMatchObject([{ id: "b", listeners: 1 }]);
  const outputs = await Promise.all(runs.map(async ({ id }) => (await server.client.getRun(id, { waitMs: 240_000 })).output));
  expect(outputs).toMatchObject([[{ id: "a", partof: "x y" }], [{ id: "c" }], [{ id: "b", partof: "x y", data: { order: 3 } }]]);
});

test("what comes twice takes effect once, and is told of", async () => {
  const server = await start();
  const event = JSON.stringify(paid("a", 1));
  await post(server, event);
  expect((await post(server, event)).received.events).toMatchObject([{ duplicate: true, listeners: 0 }]);
  const { items } = await server.client.listEvents();
  expect(items).toMatchObject([{ id: "a", type: "order.paid", consumed: false, content: { data: { order: 1 } } }]);
  expect(schemaProblems({ items: items as unknown as Json, nextPageToken: null }, "EventPage")).toEqual([]);
  expect(await server.client.getEvent(items[0]?.event ?? 0)).toEqual(items[0]);
  await expect(server.client.getEvent(4711)).rejects.toMatchObject({ code: "event-unknown", status: 404 });
});

test("payloads of any type are kept as they are", async () => {
  const server = await start();
  const bytes = Uint8Array.from([0, 255, 1, 254]);
  await post(server, bytes, { ...binary, "ce-id": "bytes", "content-type": "image/png" });
  await post(server, "plain ä", { ...binary, "ce-id": "text", "content-type": "text/plain; charset=utf-8" });
  await post(server, "", { ...binary, "ce-id": "none" });
  const page = (await (await fetch(`${server.url}/v1/events?pageSize=5&type=order.paid`)).json()) as Page<KeptEvent>;
  const contents = Object.fromEntries(page.items.map(({ id, content }) => [id, content]));
  expect(contents["bytes"]).toMatchObject({ datacontenttype: "image/png", data_base64: "AP8B/g==" });
  expect(contents["text"]).toMatchObject({ data: "plain ä" });
  expect(Object.keys(contents["none"] ?? {})).not.toContain("data");
});

const lacking = { specversion: "1.0", id: "a", source: "/s" };

test.each<readonly [string, unknown, { readonly [name: string]: string }, number, object]>([
  ["an attribute that is missing", lacking, { "content-type": structured }, 400, { code: "event-invalid", errors: [{ pointer: "/type" }] }],
  [
    "a time that is none, in a batch",
    [paid("a", 1), { ...paid("b", 1), time: "yesterday" }],
    { "content-type": batch },
    400,
    { code: "event-invalid", errors: [{ pointer: "/1/time" }] },
  ],
  [
    "another version",
    { ...paid("a", 1), specversion: "0.3" },
    { "content-type": structured },
    400,
    { code: "event-invalid", errors: [{ pointer: "/specversion" }] },
  ],
  [
    "a payload twice",
    { ...paid("a", 1), data_base64: "AA==" },
    { "content-type": structured },
    400,
    { code: "event-invalid", errors: [{ pointer: "/data_base64" }] },
  ],
  [
    "a name that is none",
    { ...paid("a", 1), "Not-A-Name": 1 },
    { "content-type": structured },
    400,
    { code: "event-invalid", errors: [{ pointer: "/Not-A-Name" }] },
  ],
  ["a list where one is told", [paid("a", 1)], { "content-type": structured }, 400, { code: "event-invalid" }],
  ["one where a list is told", paid("a", 1), { "content-type": batch }, 400, { code: "event-invalid" }],
  ["no event at all", "hello", { "content-type": "text/plain" }, 400, { code: "event-invalid" }],
  ["a form that is not read", "<event/>", { "content-type": "application/cloudevents+xml" }, 415, { code: "body-type-unsupported" }],
  [
    "a header that lacks",
    {},
    { "ce-specversion": "1.0", "ce-id": "a", "content-type": "application/json" },
    400,
    { code: "event-invalid", errors: [{ pointer: "/source" }, { pointer: "/type" }] },
  ],
  ["too many", Array.from({ length: maxEvents + 1 }, () => 1), { "content-type": batch }, 413, { code: "events-too-many" }],
  ["too large", "x".repeat(maxBodyBytes), { "content-type": structured }, 413, { code: "body-too-large" }],
])("%s is refused, and nothing of it is taken", async (_, body, headers, status, problem) => {
  const server = await start();
  const answer = await post(server, typeof body === "string" && status !== 413 ? body : JSON.stringify(body), headers);
  expect(answer.status).toBe(status);
  expect(answer.problem).toMatchObject(problem);
  expect((await server.client.listEvents()).items).toEqual([]);
});

test("no header stands for the payload, and a problem's pointer is one whatever the attribute is called", async () => {
  const server = await start();
  const sent = await post(server, "", { ...binary, "ce-data": "forged", "ce-data_base64": "AAAA" });
  expect(sent.status).toBe(202);
  expect((await server.client.getEvent(sent.received.events[0]?.event ?? 0)).content).not.toHaveProperty("data");
  const wrong = await post(server, JSON.stringify([paid("a", 1), { ...paid("b", 2), "a/b~c": 1 }]), { "content-type": batch });
  expect(wrong.problem).toMatchObject({ status: 400, errors: [{ pointer: "/1/a~1b~0c" }] });
});

test("where the server has a secret for it, events must be signed", async () => {
  const secret = newSigningSecret();
  const key = signingKeyOf(secret) ?? new Uint8Array();
  const server = await start({ eventSecrets: ["hook"], secretKeys: Buffer.alloc(32, 7).toString("base64") });
  await server.client.putSecret({ namespace: "default", name: "hook" }, secret);
  const body = JSON.stringify(paid("a", 1));
  const signed = (at: number): { readonly [name: string]: string } => ({
    "content-type": structured,
    ...signatureHeaders([key], { id: "m", at, body }),
  });
  expect((await post(server, body)).problem).toMatchObject({ code: "event-signature-invalid", status: 401 });
  expect((await post(server, body.replace("paid", "sent"), signed(Date.now()))).problem).toMatchObject({ code: "event-signature-invalid" });
  expect((await post(server, body, signed(Date.now() - 600_000))).problem).toMatchObject({ code: "event-signature-invalid" });
  const forged = await post(server, body, { ...binary, ...signed(Date.now()), "content-type": "application/json" });
  expect(forged.problem).toMatchObject({ code: "event-signature-invalid", detail: expect.stringContaining("stand in headers") as string });
  expect((await server.client.listEvents()).items).toEqual([]);
  expect((await post(server, body, signed(Date.now()))).status).toBe(202);
});
