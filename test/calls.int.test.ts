// Calls as flows make them, with a whole server: an API that is described by its own OpenAPI document, the specification's
// examples against stand-ins over real HTTP, and resources that are kept with the version of a flow.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { maxWaitMs } from "@baton/api";
import type { Json } from "@baton/core";
import { Servers, type Received } from "../packages/executors/testing/servers.ts";
import type { ServerOptions } from "../packages/server/index.ts";
import { flow, startTestServer, type TestServer } from "../packages/server/testing/harness.ts";

const stands = new Servers();
const running: TestServer[] = [];
const folders: string[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.close()));
  stands.stop();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

async function start(options: ServerOptions = {}): Promise<TestServer> {
  const server = await startTestServer(options);
  running.push(server);
  return server;
}

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "baton-calls-"));
  folders.push(folder);
  return folder;
}

async function outcome(server: TestServer, source: string, input: Json = {}): Promise<Json> {
  const { namespace, name } = await server.client.applyFlow(source);
  const { status, output, error } = await server.client.startRun({ namespace, name }, input, { waitMs: maxWaitMs });
  return status === "completed" ? output : `${status}: ${error?.type.split("/").at(-1)} ${error?.status} ${error?.detail}`;
}

test("a server is called by its own OpenAPI 3.1 document: paths, queries, headers, bodies, authentication", async () => {
  const token = "t0k-for-tests";
  const other = await start({ token });
  await other.client.applyFlow(flow("echo", "  - give: { set: { got: '${ . }' } }"));
  const here = await start();
  const call = (operation: string, parameters: string, more = ""): string =>
    flow(
      operation.toLowerCase(),
      `  - call:
      call: openapi
      with: { document: { endpoint: { uri: '${other.url}/openapi.json', authentication: { bearer: { token: '\${ .token }' } } } }, operationId: ${operation},
              parameters: ${parameters}, authentication: { bearer: { token: '\${ .token }' } } ${more} }`,
    );
  const run = (await outcome(here, call("startRun", "{ name: echo, wait: 4m, Idempotency-Key: k1, body: { a: [1] } }"), { token })) as {
    [key: string]: Json;
  };
  expect(run).toMatchObject({ status: "completed", output: { got: { a: [1] } } });
  expect(await outcome(here, call("listRuns", "{ flow: echo, pageSize: 1 }"), { token })).toMatchObject({ items: [{ id: run["id"] }] });
  expect(await outcome(here, call("getRun", `{ id: ${JSON.stringify(run["id"])} }`, ", output: response"), { token })).toMatchObject({
    statusCode: 200,
  });
  expect(await outcome(here, call("getFlow", "{ nmae: echo }"), { token })).toMatch(
    /faulted: configuration 400 The operation getFlow: it needs the parameter "name"/,
  );
  expect(await outcome(here, call("listFlows", "{}"), { token: "wrong" })).toMatch(/faulted: communication 401 /);
});

const examples = new URL("../../shared/spec/examples/", import.meta.url);

interface Example {
  readonly file: string;
  readonly input: Json;
  readonly output: Json;
  /** What the stand-in was asked, beside documents. */
  readonly asked: string;
}

const pet = { id: 1, name: "Milou" };

test.skipIf(!existsSync(examples)).each<Example>([
  { file: "authentication-bearer", input: { petId: 1, token: "abc" }, output: pet, asked: "GET /v2/pet/1 Bearer abc" },
  { file: "authentication-bearer-uri-format", input: { petId: 1, token: "abc" }, output: pet, asked: "GET /v2/pet/1 Bearer abc" },
  { file: "authentication-reusable", input: { petId: 1, token: "abc" }, output: pet, asked: "GET /v2/pet/1 Bearer abc" },
  { file: "call-openapi", input: {}, output: [pet], asked: "GET /v2/pet/findByStatus?status=available nobody" },
  { file: "call-openapi-redirect", input: {}, output: [pet], asked: "GET /v2/pet/findByStatus?status=available nobody" },
])("the specification's example $file runs against a stand-in (needs ../shared/spec/examples)", async ({ file, input, output, asked }) => {
  const seen: string[] = [];
  const origin = await stands.answering(({ line, headers }: Received, response) => {
    const document = line === "GET /v2/swagger.json";
    if (!document) seen.push(`${line} ${headers.authorization ?? "nobody"}`);
    const body = document ? petStore : line.includes("findByStatus") ? [pet] : pet;
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body));
  });
  const source = readFileSync(new URL(`${file}.yaml`, examples), "utf8").replaceAll("https://petstore.swagger.io", origin);
  expect(await outcome(await start(), source, input)).toEqual(output);
  expect(seen).toEqual([asked]);
});

const petStore = {
  swagger: "2.0",
  basePath: "/v2",
  schemes: ["http"],
  paths: {
    "/pet/findByStatus": {
      get: {
        operationId: "findPetsByStatus",
        parameters: [{ name: "status", in: "query", required: true, type: "array", items: { type: "string" }, collectionFormat: "multi" }],
      },
    },
  },
};

test("a schema from elsewhere is fetched once, when the flow is registered, and kept over a restart", async () => {
  let schema: string | undefined = JSON.stringify({ type: "object", required: ["id"] });
  let asked = 0;
  const origin = await stands.answering(({ headers }, response) => {
    if (headers.authorization === "Bearer s3cret-key") asked++;
    response.writeHead(schema === undefined || headers.authorization === undefined ? 404 : 200).end(schema);
  });
  const options = { dataDir: newFolder(), secretKeys: Buffer.alloc(32, 1).toString("base64") };
  const resource = `{ endpoint: { uri: '${origin}/s.json', authentication: { bearer: { use: key } } } }`;
  const head = "document: { dsl: '1.0.3', namespace: default, name: checked, version: '1.0.0' }\nuse: { secrets: [key] }\n";
  const source = `${head}input: { schema: { resource: ${resource} } }\ndo:\n  - a: { set: { ok: true } }\n`;
  const first = await start(options);
  await expect(first.client.applyFlow(source)).rejects.toMatchObject({
    code: "flow-invalid",
    problem: {
      errors: [{ rule: "resource-unavailable", line: 3, detail: expect.stringContaining("its credentials are not there") as string }],
    },
  });
  await first.client.putSecret({ namespace: "default", name: "key" }, "s3cret-key");
  expect(await outcome(first, source, { id: 1 })).toEqual({ ok: true });
  expect(await outcome(first, source, {})).toMatch(/faulted: validation 400/);
  await first.close();
  schema = undefined;
  const second = await start(options);
  const { status, error } = await second.client.startRun({ name: "checked" }, {}, { waitMs: maxWaitMs });
  expect([status, error?.status]).toEqual(["faulted", 400]);
  expect(asked).toBe(1);
  await expect(second.client.applyFlow(source.replace("1.0.0", "1.0.1").replace("s.json", "t.json"))).rejects.toMatchObject({
    problem: { errors: [{ detail: `The schema cannot be fetched: ${origin}/t.json answered 404.` }] },
  });
});

test("scripts and documents come from the resource folder, and from nowhere else on the machine", async () => {
  const resourceFolder = newFolder();
  writeFileSync(join(resourceFolder, "double.js"), "const [n] = process.argv.slice(2); process.stdout.write(String(n * 2));");
  const server = await start({ resourceFolder });
  const script = (path: string): string =>
    flow("script", `  - run: { run: { script: { language: js, source: { endpoint: 'file://${path}' }, arguments: ['21'] } } }`, {
      version: `1.0.${path.length}`,
    });
  expect(await outcome(server, script("/double.js"))).toBe("42");
  expect(await outcome(server, script("/../../etc/passwd"))).toMatch(/faulted: communication 404 .* is not in the resource folder/);
});
