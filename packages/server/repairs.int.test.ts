// Repair over the API: what is answered fits its schema, and what is wrong with a request is told with its place.
import type { Json } from "@baton/core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { schemaProblems } from "./testing/schema-check.ts";
import { startTestServer, type TestServer } from "./testing/harness.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  for (const version of ["1.0.0", "1.1.0"]) await server.client.applyFlow(flow(version));
});
afterAll(() => server.close());

function flow(version: string): string {
  return `document: { dsl: 1.0.3, namespace: default, name: held, version: ${version} }
do:
  - first: { set: { a: 1 } }
  - second: { wait: PT1H }`;
}

async function start(): Promise<string> {
  return (await server.client.startRun({ namespace: "default", name: "held", version: "1.0.0" }, {})).id;
}

const post = async (path: string, body: unknown): Promise<{ readonly status: number; readonly value: unknown }> => {
  const answer = await server.send({ method: "POST", path, headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
  return { status: answer.status, value: JSON.parse(answer.text) as unknown };
};

test("a fork, a migration and an operation are what their schemas say", async () => {
  const id = await start();
  const fork = await post(`/v1/runs/${id}:fork`, { from: 2, input: { b: 1 }, flow: { name: "held" } });
  expect(fork.status).toBe(201);
  expect(schemaProblems(fork.value as Json, "Run")).toEqual([]);
  expect(fork.value).toMatchObject({ forkedFrom: { runId: id, step: 2 }, workflow: { version: "1.1.0" }, former: [{ version: "1.0.0" }] });
  expect(schemaProblems((await server.client.getRun(id)) as unknown as Json, "Run")).toEqual([]);
  const migration = await post(`/v1/runs/${id}:migrate`, { version: "1.1.0", check: true });
  expect(schemaProblems(migration.value as Json, "Migration")).toEqual([]);
  const operation = await post("/v1/operations", { action: "cancel", filter: "flow = held", rate: 0.001 });
  expect(operation.status).toBe(202);
  expect(schemaProblems(operation.value as Json, "Operation")).toEqual([]);
  expect(schemaProblems((await server.client.listOperations()) as unknown as Json, "OperationPage")).toEqual([]);
  const { id: operationId } = operation.value as { readonly id: string };
  for (const [verb, status] of [
    ["pause", "paused"],
    ["pause", "paused"],
    ["resume", "running"],
    ["stop", "stopped"],
  ] as const)
    expect(await server.client.commandOperation(operationId, verb)).toMatchObject({ status });
});

test.each([
  [":fork", {}, "/from", "from must be"],
  [":fork", { from: "second", step: 1 }, "/step", "there is no step; it has from, input, flow"],
  [":fork", { from: "second", flow: { version: "1.0.0" } }, "/flow/name", "name must be a text"],
  [":fork", [], "", "it must be an object"],
  [":migrate", { check: true }, "/version", "version must be a text"],
  [":migrate", { version: "1.1.0", check: "yes" }, "/check", "check must be true or false"],
])("%s with %j is refused with its place", async (verb, body, pointer, detail) => {
  const answer = await post(`/v1/runs/${await start()}${verb}`, body);
  expect(answer).toMatchObject({ status: 400, value: { code: "body-malformed", errors: [{ pointer }] } });
  expect(JSON.stringify(answer.value)).toContain(detail);
});

test.each([
  [{ action: "delete", filter: "flow = held" }, "body-malformed", "action must be one of"],
  [{ action: "cancel" }, "body-malformed", "filter must say"],
  [{ action: "cancel", filter: "flwo = held" }, "filter-invalid", "did you mean flow"],
  [{ action: "cancel", filter: "flow = held", rate: 0 }, "body-malformed", "rate must be"],
  [{ action: "cancel", filter: "flow = held", version: "1.1.0" }, "body-malformed", "version belongs to a migration"],
  [{ action: "migrate", filter: "flow = held" }, "body-malformed", "version must name"],
])("an operation %j is refused", async (body, code, detail) => {
  const answer = await post("/v1/operations", body);
  expect(answer).toMatchObject({ status: 400, value: { code } });
  expect(JSON.stringify(answer.value)).toContain(detail);
});

test("what is not there is not found", async () => {
  const id = await start();
  for (const [path, body, code] of [
    ["/v1/runs/run_none:fork", { from: "a" }, "run-unknown"],
    [`/v1/runs/${id}:fork`, { from: "scnd" }, "step-unknown"],
    [`/v1/runs/${id}:fork`, { from: "second", flow: { name: "other" } }, "flow-unknown"],
    [`/v1/runs/${id}:migrate`, { version: "9.9.9" }, "flow-unknown"],
    ["/v1/operations/op_none:pause", {}, "operation-unknown"],
  ] as const)
    expect(await post(path, body)).toMatchObject({ status: 404, value: { code } });
  expect(await post(`/v1/runs/${id}:retry`, {})).toMatchObject({ status: 409, value: { code: "command-refused" } });
});
