// Autoscalers on a real server: measured, decided, told why, and carried out on deployments and at an address that checks signatures.
import { createServer, type Server } from "node:http";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Autoscaler } from "../packages/api/index.ts";
import type { Json } from "../packages/core/index.ts";
import { newSigningSecret, signatureProblem, signingKeyOf } from "../packages/executors/index.ts";
import { startTestServer, type TestServer } from "../packages/server/testing/harness.ts";

const secret = newSigningSecret();
let server: TestServer;
beforeEach(async () => {
  server = await startTestServer({ secrets: { scaling: secret } });
});
afterEach(async () => {
  await server.close();
});

const service: Json = {
  kind: "deployment",
  name: "sleepers",
  job: { command: ["sleep", "1000"], resources: { cpu: 0 } },
  policy: { name: "hybrid", base: 1, max: 3 },
};
const scaler = (more: object): Json => ({
  kind: "autoscaler",
  name: "auto",
  min: 1,
  max: 3,
  interval: "50ms",
  stabilisation: { down: "200ms" },
  metrics: [{ calls: "awaited", target: 2 }],
  ...more,
});

/** Jobs that wait as long as there is no worker. */
async function calls(count: number): Promise<readonly string[]> {
  const flow = `document: { dsl: '1.0.3', namespace: default, name: calls, version: '1.0.0' }\ndo: [a: { call: 'awaited:1.0.0@default' }]\n`;
  await server.client.applyFlow(flow);
  return Promise.all(Array.from({ length: count }, async () => (await server.client.startRun({ name: "calls" }, {})).id));
}

async function until(what: (autoscaler: Autoscaler) => boolean): Promise<Autoscaler> {
  await expect.poll(async () => what(await server.client.autoscalers.get("auto"))).toBe(true);
  return server.client.autoscalers.get("auto");
}

async function replicas(): Promise<number> {
  return (await server.client.deployments.get("sleepers")).ready;
}

test("a deployment grows with what is measured, within its bounds, says why, and shrinks when less was enough for a while", async () => {
  await server.client.applyObjects([service, scaler({ target: { deployment: "sleepers" } })]);
  await expect.poll(replicas).toBe(1);
  const runs = await calls(9);
  await expect.poll(replicas).toBe(3);
  const { decision } = await until(({ decision: now }) => now?.current === 3);
  expect(decision).toMatchObject({
    desired: 3,
    why: "stays at 3: calls of awaited is 9 for a target of 2, which wants 5; 3 is the most",
    measured: [{ name: "calls of awaited", value: 9, target: 2, wanted: 5 }],
  });
  for (const id of runs) await server.client.commandRun(id, "cancel");
  await expect.poll(replicas).toBe(1);
});

test("a dry run decides and does nothing; a plan says what would be done", async () => {
  const dry = scaler({ target: { deployment: "sleepers" }, dryRun: true });
  await server.client.applyObjects([service, dry]);
  await calls(4);
  expect((await until(({ decision }) => decision?.desired === 2)).decision?.current).toBe(1);
  const [plan] = await server.client.autoscalers.plan([dry]);
  expect(plan?.decision.why).toBe("goes from 1 to 2: calls of awaited is 4 for a target of 2, which wants 2");
  expect((await server.client.deployments.get("sleepers")).desired).toBe(1);
});

test("an address is told, signed; what it does not take is told again, and shown", async () => {
  const told: { readonly problem: string | null; readonly id: unknown; readonly body: Json }[] = [];
  let status = 503;
  const receiver = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const text = Buffer.concat(chunks).toString();
      const problem = signatureProblem([signingKeyOf(secret) as Uint8Array], request.headers, text, Date.now());
      told.push({ problem, id: request.headers["webhook-id"], body: JSON.parse(text) as Json });
      response.writeHead(status).end();
    });
  });
  const url = await listen(receiver);
  await calls(5);
  await server.client.applyObjects([scaler({ target: { webhook: { url, secret: "scaling" } } })]);
  expect((await until(({ problem }) => problem !== null)).problem).toBe("It answered 503. (scale-target-failed)");
  status = 204;
  await until(({ problem, decision }) => problem === null && decision?.current === 3);
  // What was refused and told again can be known by its id.
  expect(new Set(told.map(({ id }) => id)).size).toBe(1);
  expect(told.at(-1)).toMatchObject({ problem: null, body: { autoscaler: "auto", current: 1, desired: 3 } });
  await server.client.autoscalers.delete("auto");
  await expect(server.client.autoscalers.get("auto")).rejects.toMatchObject({ code: "autoscaler-unknown" });
  await new Promise((resolve) => receiver.close(resolve));
});

test("two that act on one thing are refused; one may try beside the other", async () => {
  const target = { deployment: "sleepers" };
  await server.client.applyObjects([service, scaler({ target })]);
  await expect(server.client.applyObjects([scaler({ name: "other", target })])).rejects.toMatchObject({
    code: "scale-target-taken",
    message: expect.stringContaining("The autoscaler auto scales that already") as string,
  });
  await server.client.applyObjects([scaler({ name: "other", target, dryRun: true })]);
  await server.client.autoscalers.delete("auto");
  await server.client.applyObjects([scaler({ name: "other", target })]);
  expect((await server.client.autoscalers.list()).map(({ name }) => name)).toEqual(["other"]);
});

test("what the deployment does not allow is not asked for; one that goes, or is fixed, is told, and the autoscaler waits for another", async () => {
  await server.client.applyObjects([service, scaler({ target: { deployment: "sleepers" }, max: 50 })]);
  const runs = await calls(40);
  const { decision } = await until(({ decision: now }) => now?.current === 3 && now.wanted === 20);
  expect(decision).toMatchObject({ desired: 3, wanted: 20, held: "max", why: expect.stringContaining("3 is the most") as string });
  await server.client.deployments.delete("sleepers");
  expect((await until(({ problem }) => problem !== null)).problem).toMatch(/is being deleted|There is no deployment sleepers/);
  await until(({ problem }) => problem === "There is no deployment sleepers. (deployment-unknown)");
  await server.client.applyObjects([{ ...service, policy: { name: "cluster", replicas: 2 } }]);
  expect((await until(({ problem }) => problem?.includes("is cluster") === true)).problem).toContain("(scale-target-failed)");
  await server.client.applyObjects([service]);
  await until(({ problem, decision: now }) => problem === null && now?.current === 3);
  for (const id of runs) await server.client.commandRun(id, "cancel");
  const told = (await server.client.listAudit({ subject: "auto", pageSize: 100 })).items;
  const actions = told.map(({ action }) => action);
  expect(new Set(actions)).toEqual(new Set(["autoscaler.created", "autoscaler.decided", "autoscaler.failed"]));
  expect(told.find(({ detail }) => detail["wanted"] === 20 && detail["current"] === 3)).toMatchObject({
    actor: "autoscaler auto",
    detail: { wanted: 20, desired: 3, measured: [{ value: 40, target: 2, wanted: 20 }] },
  });
  const { text: metrics } = await server.send({ path: "/metrics" });
  expect(metrics).toMatch(/baton_autoscaler_decisions_total\{autoscaler="auto",result="up"\} [1-9]/);
  expect(metrics).toMatch(/baton_autoscaler_decisions_total\{autoscaler="auto",result="failed"\} [1-9]/);
  expect(metrics).toMatch(/baton_autoscaler_held_total\{autoscaler="auto",reason="max"\} [1-9]/);
});

test("what is wrong with an autoscaler is told where it is", async () => {
  const wrong = {
    kind: "autoscaler",
    name: "auto",
    max: 3,
    target: { deployment: "a", webhook: {} },
    metrics: [{ pending: "default", calls: "x" }],
    interval: "1ms",
    stabilisation: { up: "0s", down: "2d" },
  };
  await expect(server.client.applyObjects([wrong])).rejects.toMatchObject({
    problem: {
      errors: expect.arrayContaining([
        expect.objectContaining({ pointer: "/objects/0/target" }),
        expect.objectContaining({ pointer: "/objects/0/interval" }),
        expect.objectContaining({ pointer: "/objects/0/stabilisation" }),
        expect.objectContaining({ pointer: "/objects/0/metrics/0" }),
        expect.objectContaining({ pointer: "/objects/0/metrics/0/target" }),
      ]) as unknown,
    },
  });
  const cluster = scaler({ target: { kubernetes: { deployment: "web" } } });
  await server.client.applyObjects([cluster]);
  expect((await until(({ problem }) => problem !== null)).problem).toContain("(cluster-unknown)");
});

function listen(receiver: Server): Promise<string> {
  return new Promise((resolve) => {
    receiver.listen(0, "127.0.0.1", () => {
      const address = receiver.address();
      resolve(`http://127.0.0.1:${typeof address === "object" ? address?.port : 0}/scale`);
    });
  });
}
