// Documents of all versions, each beside a server on this machine that tells what it was asked.
import { afterAll, afterEach, expect, test } from "vitest";
import type { Json, JsonObject } from "@baton/core";
import type { OpenApiWork, WorkOutcome } from "@baton/engine";
import { createResourceLoader } from "../resources/loader.ts";
import { Servers } from "../testing/servers.ts";
import { createOpenApiExecutor } from "./openapi-executor.ts";

const servers = new Servers();
const loader = createResourceLoader();
const executor = createOpenApiExecutor(loader);
afterEach(() => servers.stop());
afterAll(async () => {
  await executor.close();
  await loader.close();
});

/** Serves documents by path; any other request is told back. */
async function service(documents: { readonly [path: string]: string | JsonObject }): Promise<string> {
  return servers.answering(({ line, headers, body }, response) => {
    const path = line.split(" ")[1] ?? "";
    const document = documents[path];
    if (document !== undefined) return void response.end(typeof document === "string" ? document : JSON.stringify(document));
    const told = { line, body, type: headers["content-type"] ?? null, cookie: headers.cookie ?? null, key: headers["api-key"] ?? null };
    return void response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(told));
  });
}

async function call(uri: string, operationId: string, parameters: JsonObject = {}, more: Partial<OpenApiWork> = {}): Promise<WorkOutcome> {
  const work: OpenApiWork = { kind: "openapi", document: { uri }, operationId, parameters, output: "content", redirect: false, ...more };
  return executor.perform(work, { workId: "run_1:1", signal: new AbortController().signal });
}

async function told(uri: string, operationId: string, parameters: JsonObject = {}): Promise<{ readonly [key: string]: Json }> {
  const outcome = await call(uri, operationId, parameters);
  if (!outcome.ok) throw new Error(outcome.fault.detail);
  return outcome.output as { readonly [key: string]: Json };
}

async function fault(uri: string, operationId: string, parameters: JsonObject = {}): Promise<string> {
  const outcome = await call(uri, operationId, parameters);
  if (outcome.ok) return "no fault";
  return `${"kind" in outcome.fault ? outcome.fault.kind : outcome.fault.type} ${outcome.fault.status}: ${outcome.fault.detail}`;
}

const swagger = `
swagger: '2.0'
basePath: /v2
consumes: [application/json]
securityDefinitions:
  key: { type: apiKey, in: header, name: api-key }
parameters:
  petId: { name: petId, in: path, required: true, type: integer }
paths:
  /pets/findByStatus:
    get:
      operationId: findPetsByStatus
      parameters:
        - { name: status, in: query, required: true, type: array, items: { type: string }, collectionFormat: multi }
        - { name: tags, in: query, type: array, collectionFormat: pipes }
  /pets:
    post:
      operationId: addPet
      parameters: [{ name: pet, in: body, required: true, schema: { type: object } }]
  /pets/{petId}:
    parameters: [{ $ref: '#/parameters/petId' }]
    get: { operationId: getPet }
    post:
      operationId: updatePet
      consumes: [application/x-www-form-urlencoded]
      parameters: [{ name: name, in: formData, type: string }, { name: status, in: formData, required: true, type: string }]
  /pets/{petId}/image:
    post:
      operationId: uploadImage
      parameters: [{ $ref: '#/parameters/petId' }, { name: file, in: formData, type: file }, { name: note, in: formData, type: string }]
`;

test("Swagger 2.0: base path, references, shared parameters, forms, files, keys", async () => {
  const url = `${await service({ "/swagger.yaml": swagger })}/swagger.yaml`;
  expect(await told(url, "findPetsByStatus", { status: ["sold", "a b"], tags: ["x", "y"] })).toMatchObject({
    line: "GET /v2/pets/findByStatus?status=sold&status=a%20b&tags=x%7Cy",
  });
  expect(await told(url, "findPetsByStatus", { status: "available" })).toMatchObject({
    line: "GET /v2/pets/findByStatus?status=available",
  });
  expect(await told(url, "addPet", { pet: { name: "Milou" } })).toMatchObject({ body: '{"name":"Milou"}', type: "application/json" });
  expect(await told(url, "addPet", { body: { name: "Milou" } })).toMatchObject({ body: '{"name":"Milou"}' });
  expect(await told(url, "getPet", { petId: 7, "api-key": "k" })).toMatchObject({ line: "GET /v2/pets/7", key: "k", body: "" });
  expect(await told(url, "updatePet", { petId: 7, status: "so & so" })).toMatchObject({
    body: "status=so+%26+so",
    type: "application/x-www-form-urlencoded",
  });
  const image = await told(url, "uploadImage", {
    petId: 7,
    note: "hello",
    file: { base64: "AQID", filename: 'a"b.png', contentType: "image/png" },
  });
  expect(image["type"]).toMatch(/^multipart\/form-data; boundary=/);
  expect(image["body"]).toContain('name="file"; filename="a%22b.png"\r\nContent-Type: image/png\r\n\r\n\u0001\u0002\u0003\r\n');
  expect(image["body"]).toContain('name="note"\r\n\r\nhello\r\n');
});

const modern: JsonObject = {
  openapi: "3.0.3",
  servers: [{ url: "/{stage}/api", variables: { stage: { default: "live", enum: ["live", "test"] } } }],
  paths: {
    "/orders/{id}": {
      servers: [{ url: "/by-path/" }],
      get: {
        operationId: "getOrder",
        servers: [{ url: "{root}", variables: { root: { default: "/by-operation" } } }],
        parameters: [
          { name: "id", in: "path", required: true, style: "label", schema: { type: "string" } },
          { name: "session", in: "cookie", schema: { type: "string" } },
          { name: "api-key", in: "header", schema: { type: "string" } },
          { name: "Accept", in: "header", schema: { type: "string" } },
          { name: "filter", in: "query", content: { "application/json": { schema: { type: "object" } } } },
        ],
      },
      delete: { operationId: "deleteOrder", parameters: [{ name: "id", in: "path", required: true, schema: { type: "string" } }] },
    },
    "/orders": {
      get: { operationId: "listOrders", parameters: [{ name: "page", in: "query", required: true, schema: { default: 1 } }] },
      post: {
        operationId: "createOrder",
        parameters: [{ name: "dry", in: "query", schema: { type: "boolean" } }],
        requestBody: { $ref: "#/components/requestBodies/order" },
      },
    },
    "/text": { put: { operationId: "putText", requestBody: { required: true, content: { "text/csv": {} } } } },
    "/bytes": { put: { operationId: "putBytes", requestBody: { content: { "application/octet-stream": {} } } } },
    "/form": {
      post: {
        operationId: "postForm",
        requestBody: {
          content: { "multipart/form-data": { schema: { type: "object", properties: { meta: {}, data: {} } } }, "application/xml": {} },
        },
      },
    },
  },
  components: {
    schemas: {
      order: { allOf: [{ $ref: "#/components/schemas/base" }, { properties: { item: { type: "string" } } }] },
      base: { type: "object", properties: { count: { type: "integer" } } },
    },
    requestBodies: {
      order: {
        required: true,
        content: { "application/xml": {}, "application/vnd.shop+json": { schema: { $ref: "#/components/schemas/order" } } },
      },
    },
  },
};

test("OpenAPI 3.0: servers at each level, cookies, headers, content, defaults", async () => {
  const origin = await service({ "/openapi.json": modern });
  const url = `${origin}/openapi.json`;
  const filter = { a: [1] };
  expect(await told(url, "getOrder", { id: "a", session: "s 1", "api-key": "k", filter })).toMatchObject({
    line: "GET /by-operation/orders/.a?filter=%7B%22a%22%3A%5B1%5D%7D",
    cookie: "session=s%201",
    key: "k",
  });
  expect(await told(url, "deleteOrder", { id: "a/b" })).toMatchObject({ line: "DELETE /by-path/orders/a%2Fb" });
  expect(await told(url, "listOrders")).toMatchObject({ line: "GET /live/api/orders?page=1" });
  expect(await told(url, "listOrders", { stage: "test", page: 2 })).toMatchObject({ line: "GET /test/api/orders?page=2" });
  expect(await fault(url, "listOrders", { stage: "other" })).toContain('the server\'s variable "stage" must be one of "live", "test"');
});

test("OpenAPI 3.0: bodies whole and by field, of every kind", async () => {
  const url = `${await service({ "/openapi.json": modern })}/openapi.json`;
  const order = { body: '{"count":2,"item":"pen"}', type: "application/vnd.shop+json", line: "POST /live/api/orders?dry=true" };
  expect(await told(url, "createOrder", { count: 2, item: "pen", dry: true })).toMatchObject(order);
  expect(await told(url, "createOrder", { body: { count: 2, item: "pen" }, dry: true })).toMatchObject(order);
  expect(await told(url, "putText", { body: "a,b\n" })).toMatchObject({ body: "a,b\n", type: "text/csv" });
  expect(await told(url, "putBytes", { body: { base64: "QUJD" } })).toMatchObject({ body: "ABC", type: "application/octet-stream" });
  expect(await told(url, "putBytes")).toMatchObject({ body: "", type: null });
  expect((await told(url, "postForm", { meta: { a: 1 }, data: "x" }))["body"]).toContain(
    'name="meta"\r\nContent-Type: application/json\r\n\r\n{"a":1}\r\n',
  );
});

test("what a call gives wrong is named with its operation, and nothing is sent", async () => {
  const url = `${await service({ "/openapi.json": modern })}/openapi.json`;
  const cases: [string, JsonObject, string][] = [
    ["getOrdr", {}, `The operation getOrdr: the document ${url} has no operation of this name. Did you mean "getOrder"?`],
    ["getOrder", {}, 'The operation getOrder: it needs the parameter "id" (in path), and the call gives none.'],
    ["getOrder", { id: "a", sesion: 1 }, 'The operation getOrder: it has no parameter "sesion". Did you mean "session"?'],
    ["deleteOrder", { id: ".." }, 'The operation deleteOrder: ".." cannot stand in the path as "id".'],
    ["createOrder", {}, "The operation createOrder: it needs a body (`body`, or its fields by name), and the call gives none."],
    ["createOrder", { count: 1, itm: 2 }, 'The operation createOrder: it has no parameter "itm".'],
    ["putText", { body: [1] }, "The operation putText: its body of type text/csv must be a text, or `{ base64: ... }` for bytes."],
    ["postForm", { body: 1 }, "The operation postForm: its body of type multipart/form-data must be an object."],
  ];
  for (const [operation, parameters, detail] of cases)
    expect(await fault(url, operation, parameters)).toContain(`configuration 400: ${detail}`);
});

test("a document that cannot be had, or is none, or contradicts itself", async () => {
  const twice = { openapi: "3.1.0", paths: { "/a": { get: { operationId: "a" }, post: { operationId: "a" } } } };
  const lost = {
    openapi: "3.1.0",
    paths: { "/a/{b}": { get: { operationId: "a" }, post: { operationId: "c", requestBody: { $ref: "#/x" } } } },
  };
  const loop = { openapi: "3.1.0", paths: { "/a": { $ref: "#/paths/~1a" } } };
  const origin = await service({
    "/new.json": { openapi: "4.0.0" },
    "/none.json": { a: 1 },
    "/list.json": "[1]",
    "/broken.yaml": "a: [",
    "/twice.json": twice,
    "/lost.json": lost,
    "/loop.json": loop,
    "/file.json": { openapi: "3.1.0", paths: { "/a": { $ref: "file:///etc/passwd" } } },
    "/ftp.json": { openapi: "3.1.0", servers: [{ url: "ftp://x/" }], paths: { "/a": { get: { operationId: "a" } } } },
  });
  const cases: [string, string, string][] = [
    ["new.json", "a", 'is of version "4.0.0"; known are 2.0, 3.0 and 3.1.'],
    ["none.json", "a", "is not an OpenAPI document: it has neither `openapi` nor `swagger`."],
    ["list.json", "a", "is not an object."],
    ["broken.yaml", "a", "is neither JSON nor YAML: "],
    ["twice.json", "a", 'names two operations "a": GET /a and POST /a.'],
    ["lost.json", "a", 'has "{b}" in the path of a, but describes no such parameter.'],
    ["loop.json", "a", "has references that lead to one another more than 50 times."],
    ["file.json", "a", "refers to a file of this machine, which a document from elsewhere may not."],
    ["ftp.json", "a", 'names no http or https server for the operation a ("ftp://x/").'],
  ];
  for (const [path, operation, detail] of cases)
    expect(await fault(`${origin}/${path}`, operation)).toContain(`configuration 400: The document ${origin}/${path} ${detail}`);
  expect(await fault(`${origin}/lost.json`, "c")).toContain('has the reference "#/x", which leads nowhere.');
  const gone = await servers.serve((_, response) => void response.writeHead(503).end());
  expect(await fault(`${gone}/x.json`, "a")).toBe(`communication 503: ${gone}/x.json answered 503.`);
  expect(await fault("http://127.0.0.1:1/x.json", "a")).toMatch(/^communication 500: GET http:\/\/127.0.0.1:1\/x.json /);
});

test("references into other documents are followed, to so many", async () => {
  const many = Object.fromEntries(Array.from({ length: 25 }, (_, i) => [`/p${i}`, { $ref: `many/${i}.json` }]));
  const parts = Object.fromEntries(Array.from({ length: 25 }, (_, i) => [`/many/${i}.json`, { get: { operationId: `o${i}` } }]));
  const origin = await service({
    "/api/main.yaml": "openapi: 3.1.0\npaths: { /a: { $ref: 'paths.yaml#/a' } }",
    "/api/paths.yaml": "a: { get: { operationId: a, parameters: [ { $ref: '../common.json#/limit' } ] } }",
    "/common.json": { limit: { name: "limit", in: "query", schema: {} } },
    "/many.json": { openapi: "3.1.0", paths: many },
    ...parts,
  });
  expect(await told(`${origin}/api/main.yaml`, "a", { limit: 3 })).toMatchObject({ line: "GET /a?limit=3" });
  expect(await fault(`${origin}/many.json`, "o1")).toContain("refers to more than 20 other documents.");
});

test("output, redirection and credentials are those of an HTTP call", async () => {
  const seen: unknown[] = [];
  const origin = await servers.answering(({ line, headers }, response) => {
    seen.push([line, headers.authorization]);
    if (line.includes("openapi")) response.end(JSON.stringify({ openapi: "3.1.0", paths: { "/a": { get: { operationId: "a" } } } }));
    else response.writeHead(302, { location: "/b", "content-type": "text/plain" }).end("moved");
  });
  const uri = `${origin}/openapi.json`;
  const document = { uri, authentication: { scheme: "basic", username: "u", password: "p" } } as const;
  const authentication = { scheme: "bearer", token: "t" } as const;
  expect(await call(uri, "a", {}, { document, authentication })).toMatchObject({
    ok: false,
    fault: { kind: "communication", status: 302 },
  });
  expect(await call(uri, "a", {}, { document, redirect: true, output: "response" })).toMatchObject({
    ok: true,
    output: { statusCode: 302, content: "moved", request: { method: "GET", uri: `${origin}/a` } },
  });
  expect(await call(uri, "a", {}, { document, redirect: true, output: "raw" })).toEqual({
    ok: true,
    output: Buffer.from("moved").toString("base64"),
  });
  expect(seen[0]).toEqual(["GET /openapi.json", "Basic dTpw"]);
  expect(seen[1]).toEqual(["GET /a", "Bearer t"]);
});
