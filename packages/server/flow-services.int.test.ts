// A flow is a service: what it takes and gives is published, and it is called like any other service.
import { Validator } from "@seriousme/openapi-schema-validator";
import { isObject, type Json, type JsonObject } from "@baton/core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { flow, startTestServer, type TestServer } from "./testing/harness.ts";

let server: TestServer;
const head = (name: string, more = ""): string => `document: { dsl: '1.0.3', namespace: shop, name: ${name}, version: '1.0.0'${more} }\n`;

const price = `${head("price", ", title: The price of an order, tags: { team: sales }")}
input:
  schema:
    document: { type: object, required: [lines], properties: { lines: { type: array, items: { $ref: '#/$defs/line' } } }, $defs: { line: { type: object, required: [price, count] } } }
output:
  as: '{ total: . }'
  schema: { document: { type: object, properties: { total: { type: number } } } }
do:
  - sum: { set: '\${ [.lines[] | .price * .count] | add }' }
`;
const old = `${head("old")}
input: { schema: { format: 'json:draft-07', document: { definitions: { id: { type: integer } }, properties: { id: { $ref: '#/definitions/id' } } } } }
do: [wait: { wait: PT1H }]
`;
const fails = `${head("fails")}do: [no: { raise: { error: { type: 'https://example.com/errors/sold-out', status: 409, title: Sold out, detail: nothing is left } } }]\n`;

beforeAll(async () => {
  server = await startTestServer();
  for (const source of [price, old, fails]) await server.client.applyFlow(source);
  await server.client.applyFlow(flow("other", "  - a: { set: { b: 1 } }"));
});
afterAll(() => server.close());

const at = (value: Json, ...path: readonly string[]): Json =>
  path.reduce<Json>((inner, key) => (isObject(inner) ? (inner[key] ?? null) : null), value);

async function document(query?: Parameters<TestServer["client"]["describeFlows"]>[1]): Promise<JsonObject> {
  return server.client.describeFlows("shop", query);
}

test("the flows of a namespace are published as valid OpenAPI 3.1, with their schemas", async () => {
  const published = await document();
  const validator = new Validator();
  const result = await validator.validate(structuredClone(published));
  expect([result.errors ?? [], result.valid, validator.version]).toEqual([[], true, "3.1"]);
  const paths = Object.keys(at(published, "paths") as JsonObject);
  expect(paths).toEqual(["fails", "old", "price"].map((name) => `/v1/namespaces/shop/flows/${name}:run`));
  const operation = at(published, "paths", "/v1/namespaces/shop/flows/price:run", "post");
  expect(operation).toMatchObject({
    operationId: "price",
    summary: "The price of an order",
    "x-baton-version": "1.0.0",
    "x-baton-tags": { team: "sales" },
  });
  expect(at(operation, "requestBody", "content", "application/json", "schema")).toEqual({ $ref: "#/components/schemas/price.input" });
  const schemas = at(published, "components", "schemas") as JsonObject;
  expect(schemas["price.input"]).toMatchObject({ $id: "urn:baton:flow:shop:price:1.0.0:input", required: ["lines"] });
  expect(schemas["price.output"]).toMatchObject({ properties: { total: { type: "number" } } });
  expect(schemas["old.input"]).toMatchObject({
    $id: "urn:baton:flow:shop:old:1.0.0:input",
    $schema: "http://json-schema.org/draft-07/schema#",
  });
  const names = [...JSON.stringify(published).matchAll(/"#\/components\/schemas\/([\w.-]+)"/g)].map((match) => match[1] ?? "");
  expect(names.filter((name) => !(name in schemas))).toEqual([]);
});

test("one flow, or one version of it, is described alone", async () => {
  await server.client.applyFlow(price.replace("version: '1.0.0'", "version: '2.0.0'").replace("required: [lines]", "required: [items]"));
  expect(at(await document({ flow: "price" }), "components", "schemas", "price.input")).toMatchObject({ required: ["items"] });
  const pinned = await document({ flow: "price", version: "1.0.0" });
  expect(at(pinned, "components", "schemas", "price.input")).toMatchObject({ required: ["lines"] });
  const [parameter] = at(pinned, "paths", "/v1/namespaces/shop/flows/price:run", "post", "parameters") as readonly Json[];
  expect(parameter).toMatchObject({ name: "version", required: true, schema: { const: "1.0.0" } });
  await expect(document({ flow: "nobody" })).rejects.toMatchObject({ code: "flow-unknown" });
  await expect(document({ version: "1.0.0" })).rejects.toMatchObject({ code: "parameter-invalid" });
  expect(await server.send({ path: "/v1/namespaces/no%20name/openapi.json" })).toMatchObject({
    status: 400,
    json: { code: "parameter-invalid" },
  });
  const { headers } = await server.send({ path: "/v1/namespaces/shop/openapi.json" });
  const again = await server.send({ path: "/v1/namespaces/shop/openapi.json", headers: { "if-none-match": headers.etag ?? "" } });
  expect(again.status).toBe(304);
});

test("a call gives the output, or the run where that goes on", async () => {
  const order = {
    lines: [
      { price: 2, count: 3 },
      { price: 1, count: 4 },
    ],
  };
  const called = { namespace: "shop", name: "price", version: "1.0.0" };
  expect(await server.client.callFlow(called, order)).toEqual({ completed: true, output: { total: 10 } });
  const waiting = await server.client.callFlow({ namespace: "shop", name: "old" }, { id: 1 }, { waitMs: 1 });
  expect(waiting).toMatchObject({ completed: false, run: { status: expect.stringMatching(/running|waiting/) as unknown } });
});

test("a run that does not complete is a problem with the status of its own error", async () => {
  const run = (name: string, body: Json, query = "") =>
    server.send({
      method: "POST",
      path: `/v1/namespaces/shop/flows/${name}:run?wait=4m&answer=output${query}`,
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  const failed = await run("fails", null);
  expect(failed).toMatchObject({
    status: 409,
    json: { code: "run-not-completed", status: 409, detail: expect.stringContaining("Sold out (nothing is left)") as unknown },
  });
  expect(failed.headers["content-type"]).toContain("application/problem+json");
  expect(failed.headers.location).toMatch(/^\/v1\/runs\/run_/);
  const wrong = await run("price", { lines: [{}] }, "&version=1.0.0");
  expect(wrong).toMatchObject({
    status: 400,
    json: { code: "run-not-completed", detail: expect.stringContaining("breaks its schema") as unknown },
  });
  await expect(server.client.callFlow({ namespace: "shop", name: "fails" }, null)).rejects.toMatchObject({
    code: "run-not-completed",
    status: 409,
  });
  expect(await run("price", null, "&answer=nothing")).toMatchObject({ status: 400 });
});

test("a flow calls another one by its OpenAPI description", async () => {
  const caller = flow(
    "caller",
    `  - ask:
      call: openapi
      with:
        document: { endpoint: '${server.url}/v1/namespaces/shop/openapi.json?flow=price&version=1.0.0' }
        operationId: price
        parameters: { version: 1.0.0, wait: 4m, answer: output, lines: '\${ .lines }' }`,
  );
  await server.client.applyFlow(caller);
  expect(await server.client.callFlow({ name: "caller" }, { lines: [{ price: 5, count: 2 }] })).toEqual({
    completed: true,
    output: { total: 10 },
  });
});
