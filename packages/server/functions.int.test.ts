// The default catalog over HTTP: what is applied, what flows see of it, and what stays when it goes.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, expect, test } from "vitest";
import { flow, startTestServer, type TestServer } from "./testing/harness.ts";
import { schemaProblems } from "./testing/schema-check.ts";

const dataDir = mkdtempSync(join(tmpdir(), "baton-functions-"));
const started: TestServer[] = [];
afterEach(async () => {
  for (const server of started.splice(0)) await server.close();
});
afterAll(() => rmSync(dataDir, { recursive: true, force: true, maxRetries: 10 }));

async function start(options: Parameters<typeof startTestServer>[0] = {}): Promise<TestServer> {
  const server = await startTestServer(options);
  started.push(server);
  return server;
}

const greet = "input: { schema: { document: { type: object, required: [name] } } }\nset: { text: '${ \"Hello \" + .name }' }\n";
const welcome = (function_: string, more: { version?: string; namespace?: string } = {}): string =>
  flow("welcome", `  - greet: { call: '${function_}', with: { name: '\${ .who }' } }`, more);
const at = (version: string, namespace = "default") => ({ namespace, name: "greet", version });

async function outputOf(server: TestServer, name = "welcome", namespace = "default"): Promise<unknown> {
  const { id } = await server.client.startRun({ name, namespace }, { who: "Ada" });
  return (await server.client.getRun(id, { waitMs: 240_000 })).output;
}

test("functions are added, called, listed, read and deleted; flows keep what they were made of", async () => {
  const server = await start({ dataDir });
  expect(await server.client.putFunction(at("1.0.0"), greet)).toEqual({ ...at("1.0.0"), created: true, warnings: [] });
  expect(await server.client.putFunction(at("1.0.0"), greet)).toMatchObject({ created: false });
  await server.client.putFunction(at("1.10.0"), "set: { text: hi }");
  await server.client.putFunction(at("1.9.0", "shop"), "set: { text: shop }");
  await server.client.applyFlow(welcome("greet:1.0.0@default"));
  expect(await outputOf(server)).toEqual({ text: "Hello Ada" });
  const page = await server.client.listFunctions({ pageSize: 2 });
  expect(page.items.map(({ namespace, version }) => [namespace, version])).toEqual([
    ["default", "1.10.0"],
    ["default", "1.0.0"],
  ]);
  expect(schemaProblems(JSON.parse(JSON.stringify(page)) as never, "FunctionPage")).toEqual([]);
  const rest = await server.client.listFunctions({ pageToken: page.nextPageToken ?? "" });
  expect(rest.items).toMatchObject([at("1.9.0", "shop")]);
  expect(await server.client.listFunctions({ namespace: "shop" })).toMatchObject({ items: [at("1.9.0", "shop")] });
  const read = await server.client.getFunction(at("1.0.0"));
  expect(read).toMatchObject({ ...at("1.0.0"), source: greet });
  expect(schemaProblems(JSON.parse(JSON.stringify(read)) as never, "Function")).toEqual([]);
  await server.client.deleteFunction(at("1.0.0"));
  await expect(server.client.getFunction(at("1.0.0"))).rejects.toMatchObject({ code: "function-unknown" });
  await expect(server.client.deleteFunction(at("1.0.0"))).rejects.toMatchObject({ code: "function-unknown" });
  await server.close();
  const again = await start({ dataDir });
  expect(await outputOf(again)).toEqual({ text: "Hello Ada" });
  expect((await again.client.listFunctions()).items).toHaveLength(2);
});

test("a flow finds the functions of its own namespace before those of all, and none of another", async () => {
  const server = await start();
  await server.client.putFunction(at("1.0.0"), "set: { from: all }");
  await server.client.putFunction(at("1.0.0", "shop"), "set: { from: shop }");
  await server.client.putFunction({ ...at("1.0.0", "shop"), name: "own" }, "call: greet:1.0.0@default");
  await server.client.applyFlow(welcome("own:1.0.0@default", { namespace: "shop" }));
  await server.client.applyFlow(welcome("greet:1.0.0@default", { namespace: "depot" }));
  expect(await outputOf(server, "welcome", "shop")).toEqual({ from: "shop" });
  expect(await outputOf(server, "welcome", "depot")).toEqual({ from: "all" });
  // Nobody whom this flow could mean has that name, so a worker may still bring it.
  expect(await server.client.applyFlow(welcome("own:1.0.0@default", { namespace: "depot", version: "2.0.0" }))).toMatchObject({
    warnings: [{ rule: "awaited-function" }],
  });
});

test("what is wrong is told where it is", async () => {
  const server = await start();
  const put = (version: string, body: string, name = "greet") =>
    server.send({
      method: "PUT",
      path: `/v1/namespaces/default/functions/${name}/versions/${version}`,
      headers: { "content-type": "text/yaml" },
      body,
    });
  await server.client.putFunction(at("1.0.0"), greet);
  expect(await put("1.0.0", "set: { other: 1 }")).toMatchObject({ status: 409, json: { code: "function-version-taken" } });
  expect(await put("one", greet)).toMatchObject({
    status: 422,
    json: { code: "function-name-invalid", detail: expect.stringContaining('"one"') as unknown },
  });
  expect(await put("2.0.0", "set:\n  y: '${ .x | }'\n")).toMatchObject({
    status: 422,
    json: { code: "function-invalid", errors: [{ rule: "invalid-expression", line: 2, column: 15 }] },
  });
  expect(await put("2.0.0", "call: gret:1.0.0@default", "other")).toMatchObject({
    status: 201,
    json: { warnings: [{ rule: "awaited-function", detail: expect.stringContaining("did you mean greet?") as unknown }] },
  });
  expect(await put("2.1.0", "call: greet:3.0.0@default")).toMatchObject({
    status: 422,
    json: { code: "function-invalid", errors: [{ rule: "resource-unavailable" }] },
  });
  await expect(server.client.applyFlow(welcome("greet:3.0.0@default"))).rejects.toMatchObject({
    code: "flow-invalid",
    problem: {
      errors: [
        {
          rule: "resource-unavailable",
          detail:
            "The function `greet:3.0.0@default` cannot be fetched: the default catalog has no greet:3.0.0 for flows of the namespace default; of greet there is 1.0.0.",
        },
      ],
    },
  });
});
