// Plants secrets in a server with a database on disk, lets flows use them in every way that they may, stops the server in the
// midst of it and goes on, and then looks for them in everything that is left: the log, answers, streams, metrics, every file.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { maxWaitMs } from "@baton/api";
import { newKey } from "@baton/runtime";
import { startTestServer, type TestServer } from "../packages/server/testing/harness.ts";

const token = 'tök/en+with "quotes"=17-hunter2';
const password = "correct horse & battery";
const pin = 90_417_264;
const folder = mkdtempSync(join(tmpdir(), "baton-planted-"));
const seen: { authorization: string | undefined; body: string; url: string | undefined }[] = [];
let arrived: (() => void) | undefined;
let release: (() => void) | undefined;

const service = createServer((request, response) => void answer(request, response));
await new Promise<void>((resolve) => {
  service.listen(0, "127.0.0.1", resolve);
});
const origin = `http://127.0.0.1:${(service.address() as AddressInfo).port}`;
const servers: TestServer[] = [];

afterAll(async () => {
  release?.();
  service.closeAllConnections();
  service.close();
  await Promise.all(servers.map((server) => server.close()));
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

/** Tells back what it was sent; `/slow` waits, `/no` refuses with the caller's own words. */
async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks = await Array.fromAsync(request as AsyncIterable<Buffer>);
  const told = { authorization: request.headers.authorization, body: Buffer.concat(chunks).toString(), url: request.url };
  seen.push(told);
  if (request.url === "/slow" && release === undefined) {
    arrived?.();
    await new Promise<void>((resolve) => {
      release = resolve;
    });
  }
  if (response.destroyed) return;
  response.writeHead(request.url?.startsWith("/no") === true ? 500 : 200, { "content-type": "application/json" }).end(JSON.stringify(told));
}

function flow(name: string, tasks: string): string {
  return `document: { dsl: '1.0.3', namespace: safe, name: ${name}, version: '1.0.0' }
use: { secrets: [token, login, pin] }
do:
${tasks}`;
}

const flows = {
  calls: flow(
    "calls",
    `  - header: { call: http, with: { method: get, endpoint: '${origin}/a', headers: { x-key: '\${ $secrets.token | @uri }' }, output: response } }
  - emit: { emit: { event: { with: { type: com.example.told, source: /told, data: '\${ $secrets }' } } } }
  - bearer:
      call: http
      with: { method: get, endpoint: { uri: '${origin}/b', authentication: { bearer: { use: token } } } }
      export: { as: '{ who: $authorization }' }
  - basic:
      call: http
      with: { method: post, endpoint: { uri: '${origin}/c', authentication: { basic: { use: login } } }, body: '\${ { given: $secrets, auth: $authorization } }' }
      output: { as: '{ got: ., encoded: ("x" + $secrets.token | @base64), written: ($secrets.login | tojson) }' }`,
  ),
  data: flow(
    "data",
    `  - hold:
      input: { from: '\${ { token: $secrets.token, pin: $secrets.pin } }' }
      call: http
      with: { method: post, endpoint: '${origin}/slow', body: '\${ . }' }
      export: { as: '{ kept: $input }' }
  - use: { call: http, with: { method: get, endpoint: '${origin}/d', headers: { authorization: '\${ "Bearer " + ($context.kept.token | @uri) }' } } }
  - give: { run: { workflow: { namespace: safe, name: child, version: 1.0.0, input: '\${ $context.kept }' } } }`,
  ),
  child: `document: { dsl: '1.0.3', namespace: safe, name: child, version: '1.0.0' }
do:
  - take: { set: { mine: '\${ .token | ascii_downcase }', again: '\${ . }' } }`,
  faults: flow(
    "faults",
    `  - tell: { try: [{ no: { call: http, with: { method: post, endpoint: '${origin}/no', body: '\${ $secrets.login }' } } }], catch: { do: [{ keep: { set: { error: '\${ $error }' } } }] } }
  - expression: { set: { x: '\${ $secrets.token | tonumber }' } }`,
  ),
};

/** Versions of a flow that get secrets with the data of a run, and say nothing of them. */
function repairedFlow(version: string, tasks: string): string {
  return `document: { dsl: '1.0.3', namespace: safe, name: data, version: '${version}' }
do:
  - hold: { set: { unused: 1 } }
${tasks}`;
}

const use = (path: string): string => `{ call: http, with: { method: post, endpoint: '${origin}/${path}', body: '\${ $context.kept }' } }`;
const untilMoved = "{ listen: { to: { one: { with: { type: com.example.moved } } } } }";
const repaired = {
  faulting: repairedFlow("2.0.0", `  - use: ${use("no")}`),
  waiting: repairedFlow("3.0.0", `  - use: ${untilMoved}`),
  moved: repairedFlow("4.0.0", `  - use: ${untilMoved}\n  - tell: ${use("e")}`),
};

/** Every way in which somebody may look. */
async function everything(server: TestServer): Promise<{ [where: string]: string }> {
  const looked: { [where: string]: string } = { log: JSON.stringify(servers.map(({ logged }) => logged)) };
  const paths = ["/v1/runs", "/v1/flows", "/metrics", "/v1/namespaces/safe/secrets", "/v1/webhooks/all/deliveries", "/openapi.json"];
  const { items } = await server.client.listRuns();
  for (const { id, endedAt } of items)
    paths.push(`/v1/runs/${id}`, ...(endedAt === null ? [] : [`/v1/runs/${id}/watch`, `/v1/runs/${id}/output`]));
  for (const path of paths) looked[path] = (await server.send({ path })).text;
  for (const file of readdirSync(folder, { recursive: true, withFileTypes: true }))
    if (file.isFile()) looked[file.name] = readFileSync(join(file.parentPath, file.name), "latin1");
  return looked;
}

function formsOf(secret: string): string[] {
  const inner = Buffer.from(secret).toString("base64").replaceAll("=", "").slice(4, -4);
  const shifted = ["x", "xy"].map((before) =>
    Buffer.from(before + secret)
      .toString("base64")
      .slice(4, -4),
  );
  const plain = [
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret),
    new URLSearchParams({ a: secret }).toString().slice(2),
  ];
  return [
    ...plain,
    Buffer.from(secret, "utf8").toString("latin1"),
    inner,
    ...shifted,
    ...plain.map((form) => Buffer.from(form).toString("latin1")),
  ];
}

/** A form of a few characters is found in anything that is encrypted. */
function isTelling(form: string): boolean {
  return form.length >= 6;
}

async function expectNowhere(server: TestServer): Promise<void> {
  const looked = await everything(server);
  for (const [where, text] of Object.entries(looked))
    for (const form of [token, password, String(pin)].flatMap(formsOf).filter(isTelling))
      expect(text.includes(form), `${form} in ${where}`).toBe(false);
}

test("a planted secret is nowhere but where the flows sent it", async () => {
  const options = { dataDir: folder, secretKeys: newKey() };
  const first = await startTestServer(options);
  servers.push(first);
  const { client } = first;
  await client.putSecret({ namespace: "safe", name: "token" }, token);
  await client.putSecret({ namespace: "safe", name: "login" }, { username: "ada", password });
  await client.putSecret({ namespace: "safe", name: "pin" }, pin);
  expect((await first.send({ path: "/v1/namespaces/safe/secrets/token" })).status).toBe(405);
  await client.putWebhook("all", { url: `${origin}/hook`, types: ["*"] });
  for (const source of Object.values(flows)) await client.applyFlow(source);

  const calls = await client.startRun({ namespace: "safe", name: "calls" }, {}, { waitMs: maxWaitMs });
  expect(calls.status).toBe("completed");
  const faults = await client.startRun({ namespace: "safe", name: "faults" }, {}, { waitMs: maxWaitMs });
  expect(faults).toMatchObject({ status: "faulted", error: { status: 400 } });
  const told = seen.filter(({ url }) => url !== "/hook");
  const [, bearer, basic] = told;
  expect(bearer?.authorization).toBe(`Bearer ${token}`);
  expect(basic?.authorization).toBe(`Basic ${Buffer.from(`ada:${password}`).toString("base64")}`);
  expect(JSON.parse(basic?.body ?? "")).toMatchObject({ given: { token, login: { username: "ada", password }, pin } });

  // Stopped while the secret is in the data of a run that waits: the next start goes on with it.
  const waiting = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  const { id } = await client.startRun({ namespace: "safe", name: "data" }, {});
  await waiting;
  await expectNowhere(first);
  await first.close();
  const second = await startTestServer(options);
  servers.push(second);
  const watched = Array.fromAsync(second.client.watchRun(id));
  release?.();
  const run = await second.client.getRun(id, { waitMs: maxWaitMs });
  expect(run).toMatchObject({ status: "completed", output: { mine: "***", again: { token: "***", pin: "***" } } });
  expect(seen.find(({ url }) => url === "/d")?.authorization).toBe(`Bearer ${encodeURIComponent(token).replaceAll("'", "%27")}`);
  expect(JSON.parse(seen.findLast(({ url }) => url === "/slow")?.body ?? "")).toEqual({ token, pin });
  expect(JSON.stringify(await watched)).not.toContain(token.slice(0, 12));
  const hooked = (): string =>
    seen
      .filter(({ url, body }) => url === "/hook" && body.includes("com.example.told"))
      .map(({ body }) => body)
      .join();
  await expect.poll(hooked).toContain("***");
  await expectNowhere(second);

  // Forked, retried and migrated to versions that know no secrets, the data still holds them, and nobody sees them.
  for (const source of Object.values(repaired)) await second.client.applyFlow(source);
  const named = { namespace: "safe", name: "data" };
  const fork = await second.client.forkRun(id, { from: "use", flow: { ...named, version: "2.0.0" } });
  expect(await second.client.getRun(fork.id, { waitMs: maxWaitMs })).toMatchObject({ status: "faulted", forkedFrom: { runId: id } });
  expect((await second.client.commandRun(fork.id, "retry")).status).toBe("running");
  const again = await second.client.getRun(fork.id, { waitMs: maxWaitMs });
  expect(again.steps.map(({ status }) => status)).toEqual(["completed", "faulted", "faulted"]);
  const third = await second.client.forkRun(id, { from: "use", flow: { ...named, version: "3.0.0" } });
  await second.client.migrateRun(third.id, { version: "4.0.0" });
  await second.close();
  const last = await startTestServer(options);
  servers.push(last);
  await last.client.sendEvents([{ specversion: "1.0", id: "moved", source: "/test", type: "com.example.moved", data: null }]);
  expect(await last.client.getRun(third.id, { waitMs: maxWaitMs })).toMatchObject({ status: "completed", former: [{}, {}] });
  expect(seen.findLast(({ url }) => url === "/e")?.body).toContain(String(pin));
  await expectNowhere(last);
});
