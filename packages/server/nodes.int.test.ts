// Nodes over HTTP on a real server with its local node: answers are as they are described, and mistakes are told with their places.
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Json, JsonObject } from "@baton/core";
import { startTestServer, type RawAnswer, type TestServer } from "./testing/harness.ts";
import { schemaProblems } from "./testing/schema-check.ts";

let server: TestServer;
let name: string;
beforeAll(async () => {
  server = await startTestServer();
  name = (await server.client.nodes.list())[0]?.name ?? "";
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
