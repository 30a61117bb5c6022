// Webhooks as people manage them over HTTP, with a receiver that is a real server.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Delivery } from "@baton/api";
import type { JsonObject } from "@baton/core";
import { newSigningSecret, signatureProblem, signingKeyOf } from "@baton/executors";
import { afterEach, expect, test } from "vitest";
import { flow, startTestServer, type TestServer } from "./testing/harness.ts";
import { schemaProblems } from "./testing/schema-check.ts";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0)) await clean();
});

interface Received {
  readonly headers: { readonly [name: string]: string | readonly string[] | undefined };
  readonly body: string;
}

async function startReceiver(
  status = 204,
): Promise<{ readonly url: string; readonly received: Received[]; readonly next: (count: number) => Promise<void> }> {
  const received: Received[] = [];
  let changed = (): void => undefined;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      received.push({ headers: request.headers, body: Buffer.concat(chunks).toString("utf8") });
      response.writeHead(status).end();
      changed();
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  cleanups.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const next = async (count: number): Promise<void> => {
    while (received.length < count) await new Promise<void>((resolve) => (changed = resolve));
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/events`, received, next };
}

async function start(options: Parameters<typeof startTestServer>[0] = {}): Promise<TestServer> {
  const server = await startTestServer(options);
  cleanups.push(() => server.close());
  return server;
}

/** The deliveries once none is pending any more. */
async function settled({ client }: TestServer, name: string): Promise<readonly Delivery[]> {
  for (;;) {
    const { items } = await client.listDeliveries(name);
    if (items.length > 0 && items.every(({ status }) => status !== "pending")) return items;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

const completed = "io.serverlessworkflow.workflow.completed.v1";

test("a run's end reaches the receiver, signed, with an address that gives the output", async () => {
  const secret = newSigningSecret();
  const server = await start({ secrets: { "hook-key": secret } });
  const { client } = server;
  const { url, received, next } = await startReceiver();
  expect(await client.putWebhook("ends", { url, types: [completed], secrets: ["hook-key"] })).toMatchObject({
    name: "ends",
    namespace: null,
    paused: null,
  });
  await client.applyFlow(flow("hello", "  - greet: { set: { hello: world } }"));
  const { id } = await client.startRun({ name: "hello" }, {}, { waitMs: 240_000 });
  await next(1);
  const [{ headers, body }] = received as [Received];
  expect(signatureProblem([signingKeyOf(secret) ?? new Uint8Array()], headers, body, Date.now())).toBeNull();
  const event = JSON.parse(body) as { type: string; source: string; data: { outputUri: string } };
  expect(event).toMatchObject({ type: completed, source: `/v1/runs/${id}` });
  expect(await server.send({ method: "GET", path: event.data.outputUri })).toMatchObject({ status: 200, json: { hello: "world" } });
  expect(await server.send({ method: "GET", path: `/v1/runs/${id}/steps/1/output` })).toMatchObject({
    status: 200,
    json: { hello: "world" },
  });
  expect(await server.send({ method: "GET", path: `/v1/runs/${id}/steps/9/output` })).toMatchObject({
    status: 404,
    json: { code: "output-missing" },
  });
  const [delivery] = await settled(server, "ends");
  expect(delivery).toMatchObject({ status: "delivered", attempts: 1, answered: 204, type: completed, event });
  expect(schemaProblems(JSON.parse(JSON.stringify(delivery)), "Delivery")).toEqual([]);
  expect(server.logged.map((record) => JSON.stringify(record)).join("\n")).not.toContain(secret);
});

test("a job's own webhook is told of its end, signed, and its deliveries are listed", async () => {
  const secret = newSigningSecret();
  const server = await start({ secrets: { "hook-key": secret } });
  const { client } = server;
  const { url, received, next } = await startReceiver();
  const job = (exitCode: number): JsonObject => ({
    name: `ends-${exitCode}`,
    command: ["sh", "-c", `exit ${exitCode}`],
    webhook: { url, secrets: ["hook-key"] },
  });
  const { jobs } = await client.submitJobs({ jobs: [job(0), job(3)] });
  const hook = jobs[0]?.webhook ?? "";
  expect(jobs.map(({ webhook }) => webhook)).toEqual([hook, hook]);
  await next(2);
  for (const { headers, body } of received)
    expect(signatureProblem([signingKeyOf(secret) ?? new Uint8Array()], headers, body, Date.now())).toBeNull();
  const events = received.map(({ body }) => JSON.parse(body) as { type: string; source: string; data: { name: string } });
  const byName = events.sort((a, b) => (a.data.name < b.data.name ? -1 : 1));
  expect(byName).toMatchObject([
    {
      type: "io.baton.job.ended.v1",
      source: `/v1/jobs/${jobs[0]?.id}`,
      data: { status: "completed", output: { exitCode: 0 }, error: null },
    },
    { source: `/v1/jobs/${jobs[1]?.id}`, data: { status: "failed", error: { code: "job-exit", exitCode: 3 } } },
  ]);
  expect((await settled(server, hook)).map(({ status, answered }) => [status, answered])).toEqual([
    ["delivered", 204],
    ["delivered", 204],
  ]);
  expect(await client.getWebhook(hook)).toMatchObject({ url, types: ["io.baton.job.ended.v1"], secrets: ["hook-key"] });
  await expect(client.submitJobs({ command: ["true"], webhook: { url: "ftp://x", name: "y" } })).rejects.toMatchObject({
    code: "job-unreadable",
    problem: { errors: [{ pointer: "/webhook/name" }, { pointer: "/webhook/url" }] },
  });
});

test("webhooks are listed, changed, held, tried and deleted", async () => {
  const server = await start();
  const { client } = server;
  const { url, next } = await startReceiver();
  await client.putWebhook("b", { url });
  await client.putWebhook("a", { url, types: ["com.shop.*"] });
  expect((await client.listWebhooks({ pageSize: 1 })).items).toMatchObject([{ name: "a", types: ["com.shop.*"] }]);
  expect(await client.putWebhook("a", { url })).toMatchObject({ types: ["*"] });
  expect(schemaProblems(JSON.parse(JSON.stringify(await client.getWebhook("a"))), "Webhook")).toEqual([]);
  expect(await client.testWebhook("a")).toEqual({ answered: 204, problem: null });
  await next(1);
  expect(await client.commandWebhook("a", "pause")).toMatchObject({ paused: "Paused by hand." });
  expect(await client.commandWebhook("a", "resume")).toMatchObject({ paused: null });
  await client.deleteWebhook("a");
  await expect(client.getWebhook("a")).rejects.toMatchObject({ code: "webhook-unknown" });
  await expect(client.deleteWebhook("a")).rejects.toMatchObject({ code: "webhook-unknown" });
});

test("mistakes are told all at once, with their places", async () => {
  const server = await start();
  const answer = await server.send({
    method: "PUT",
    path: "/v1/webhooks/Shop",
    headers: { "content-type": "application/json" },
    body: '{"url":"nowhere","typs":[]}',
  });
  expect(answer).toMatchObject({
    status: 422,
    json: {
      code: "webhook-invalid",
      errors: [
        { parameter: "name", detail: "the name must be of lower-case letters, digits and hyphens, at most 63" },
        { pointer: "/typs", suggestion: "types" },
        { pointer: "/url", detail: "url must be an absolute http or https address" },
      ],
    },
  });
  expect(await server.send({ method: "POST", path: "/v1/webhooks/x/deliveries/1:redeliver" })).toMatchObject({ status: 404 });
});
