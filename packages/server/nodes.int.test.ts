// Nodes over HTTP on a real server with its local node: answers are as they are described, and mistakes are told with their places.
import { afterAll, beforeAll, expect, test } from "vitest";
import { BatonClient } from "@baton/api";
import type { Json, JsonObject } from "@baton/core";
import { startTestServer, type RawAnswer, type TestServer } from "./testing/harness.ts";
import { schemaProblems } from "./testing/schema-check.ts";

let server: TestServer;
let name: string;
beforeAll(async () => {
  server = await startTestServer();
  name = (await server.client.nodes.list()).find(({ kind }) => kind === "machine")?.name ?? "";
});
afterAll(() => server.close());

function ask(method: string, path: string, body?: Json): Promise<RawAnswer> {
  const headers = body === undefined ? {} : { "content-type": "application/json" };
  return server.send({ method, path, headers, ...(body !== undefined && { body: JSON.stringify(body) }) });
}

const post = (path: string, body: Json): Promise<RawAnswer> => ask("POST", path, body);

test("the local node is a node like any other", async () => {
  const { json } = await ask("GET", `/v1/nodes/${name}`);
  expect(schemaProblems(json, "Node")).toEqual([]);
  expect(json).toMatchObject({ kind: "machine", status: "ready", labels: { os: process.platform } });
  for (const [verb, status] of [
    ["cordon", "cordoned"],
    ["drain", "draining"],
    ["uncordon", "ready"],
  ] as const) {
    const answer = await post(`/v1/nodes/${name}:${verb}`, {});
    expect([answer.status, schemaProblems(answer.json, "Node"), (answer.json as JsonObject)["status"]]).toEqual([200, [], status]);
  }
  expect((await ask("DELETE", `/v1/nodes/${name}`)).json).toMatchObject({ status: 409, code: "node-there" });
});

test("a node that polls and its tokens are answered as described", async () => {
  const joined = await post("/v1/nodes/p:join", { capacity: { cpu: 1 }, key: "p".repeat(40) });
  expect(schemaProblems(joined.json, "NodeWelcome")).toEqual([]);
  const { session } = joined.json as { readonly session: string };
  expect(schemaProblems((await post("/v1/nodes/p:poll", { session })).json, "NodeOrders")).toEqual([]);
  const pressure = { cpu: 1.5, memory: 0, io: 0.25 };
  const load = { cpuMillis: 500, memoryBytes: 1, running: 0, diskFreeBytes: 10, pressure };
  expect((await post("/v1/nodes/p:heartbeat", { session, load, clock: Date.now() })).status).toBe(204);
  expect(schemaProblems((await ask("GET", "/v1/nodes")).json, "Nodes")).toEqual([]);
  const made = await post("/v1/node-tokens", { expiresIn: "PT1H", note: "lab" });
  expect([made.status, schemaProblems(made.json, "NewNodeToken")]).toEqual([201, []]);
  const { items } = (await ask("GET", "/v1/node-tokens")).json as { readonly items: readonly { readonly id: string }[] };
  expect([items.length, schemaProblems({ items } as unknown as Json, "NodeTokens")]).toEqual([1, []]);
  expect((await ask("DELETE", `/v1/node-tokens/${items[0]?.id}`)).status).toBe(204);
});

test("the audit log says where something was asked for, and who was not let in", async () => {
  const asks = new BatonClient({ url: server.url, program: "baton node cordon" });
  await asks.nodes.command(name, "cordon");
  await asks.nodes.command(name, "uncordon");
  await post("/v1/nodes/late:join", { capacity: { cpu: 1 }, key: "l".repeat(40), clock: 1_000 });
  await server.send({ path: "/v1/nodes", headers: { authorization: "Bearer bnt_0badc0de_secret" } });
  const page = await asks.listAudit({ action: "node.", pageSize: 100 });
  expect(schemaProblems(page as unknown as Json, "AuditPage")).toEqual([]);
  const found = (action: string, subject: string): unknown => page.items.find((one) => one.action === action && one.subject === subject);
  const from = { address: expect.stringMatching(/^(::ffff:)?127\.0\.0\.1$|^::1$/) as string, program: "baton node cordon" };
  expect(found("node.cordoned", name)).toMatchObject({ actor: "api", from });
  const refused = { actor: "server", from: { ...from, program: null } };
  expect(found("node.refused", "late")).toMatchObject({ ...refused, detail: { code: "node-clock-off" } });
  expect(found("node.refused", "0badc0de")).toMatchObject({ ...refused, detail: { code: "node-token-invalid" } });
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  expect(metrics).toContain('baton_node_joins_refused_total{code="node-token-invalid"} 1');
  expect(metrics).toMatch(/baton_node_events_total\{event="cordoned"\} [1-9]/);
});

test.each<[string, string, string, Json | undefined, string]>([
  ["a node that nobody knows", "GET", "/v1/nodes/nobody", undefined, "node-unknown"],
  ["nothing to offer", "POST", "/v1/nodes/x:join", { capacity: {} }, "node-unreadable"],
  ["a token for ever", "POST", "/v1/node-tokens", { expiresIn: "P400D" }, "node-unreadable"],
  ["a token that is not there", "DELETE", "/v1/node-tokens/none", undefined, "node-token-unknown"],
  ["a session that nobody knows", "POST", "/v1/nodes/x:poll", { session: "none" }, "node-session-ended"],
])("%s is a problem with its code", async (_, method, path, body, code) => {
  expect((await ask(method, path, body)).json).toMatchObject({ code });
});

test("an address of nodes that is none is told so, also to a node", async () => {
  const headers = { "content-type": "application/json", authorization: "Bearer bnt_00000000_0" };
  expect((await server.send({ method: "GET", path: "/v1/nodes", headers })).json).toMatchObject({ code: "node-token-invalid" });
  expect((await ask("GET", "/v1/node")).json).toMatchObject({ code: "route-unknown" });
});
