// Deployments on a real server: kept up, asked whether they are well, exchanged without a gap, and found again after a restart.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, expect, test } from "vitest";
import type { Deployment } from "../packages/api/index.ts";
import type { Json } from "../packages/core/index.ts";
import { startTestServer, type TestServer } from "../packages/server/testing/harness.ts";

const folder = mkdtempSync(join(tmpdir(), "baton-deployments-"));
afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
const started: TestServer[] = [];
afterEach(async () => {
  for (const server of started.splice(0)) await server.close();
});

async function start(dataDir?: string): Promise<TestServer> {
  const server = await startTestServer(dataDir === undefined ? {} : { dataDir });
  started.push(server);
  return server;
}

/** Answers its version; `/sick` makes its health check fail from then on. */
const program = `
  let well = true;
  require("node:http").createServer((request, response) => {
    if (request.url === "/sick") well = false;
    response.statusCode = request.url === "/health" && !well ? 500 : 200;
    response.end(process.env.VERSION + " " + process.env.BATON_REPLICA);
  }).listen(Number(process.env.PORT), "127.0.0.1");
`;
const web = (version: string, more: object = {}): Json => ({
  kind: "deployment",
  name: "web",
  job: { command: [process.execPath, "-e", program], environment: { VERSION: version }, resources: { cpu: 0 } },
  port: "any",
  policy: { name: "cluster", replicas: 2 },
  health: { http: "/health", interval: "50ms", timeout: "60s", failures: 2 },
  restart: { first: "10ms", longest: "1s" },
  update: { minReady: "100ms" },
  ...more,
});

async function until(server: TestServer, name: string, what: (deployment: Deployment) => boolean): Promise<Deployment> {
  await expect.poll(async () => what(await server.client.deployments.get(name))).toBe(true);
  return server.client.deployments.get(name);
}

const isSteady = ({ status }: Deployment): boolean => status === "steady";

async function answers({ replicas }: Deployment): Promise<string[]> {
  return Promise.all(replicas.map(async ({ port }) => (await fetch(`http://127.0.0.1:${port}/`)).text()));
}

test("replicas come up, one that is sick is restarted, one that crashes too, and all go when they are not wanted", async () => {
  const server = await start();
  expect(await server.client.applyObjects([web("1")])).toEqual([{ kind: "deployment", name: "web", result: "created" }]);
  expect(await server.client.applyObjects([web("1")])).toMatchObject([{ result: "unchanged" }]);
  const up = await until(server, "web", isSteady);
  expect((await answers(up)).sort()).toEqual(["1 1", "1 2"]);
  await fetch(`http://127.0.0.1:${up.replicas[0]?.port}/sick`);
  const again = await until(server, "web", ({ replicas, ready }) => ready === 2 && replicas[0]?.job !== up.replicas[0]?.job);
  expect(again.replicas[0]).toMatchObject({ id: 1, crashes: 1, problem: expect.stringContaining("answered 500") as string });
  await server.client.commandJob(again.replicas[1]?.job ?? "", "cancel");
  await until(server, "web", ({ replicas, ready }) => ready === 2 && replicas[1]?.job !== again.replicas[1]?.job);
  await server.client.deployments.delete("web");
  await expect.poll(async () => (await server.client.deployments.list()).length).toBe(0);
  expect((await server.client.listJobs({ status: "running" })).items).toEqual([]);
  await expect(server.client.deployments.get("web")).rejects.toMatchObject({ code: "deployment-unknown" });
});

test("a new version takes over one by one, with as many ready as are wanted; one that does not come up takes nothing over", async () => {
  const server = await start();
  await server.client.applyObjects([web("1")]);
  await until(server, "web", isSteady);
  const seen: number[] = [];
  await server.client.applyObjects([web("2")]);
  const done = await until(server, "web", (now) => {
    seen.push(now.ready);
    return isSteady(now) && now.generation === 2;
  });
  expect(Math.min(...seen)).toBeGreaterThanOrEqual(2);
  expect((await answers(done)).map((text) => text.slice(0, 1))).toEqual(["2", "2"]);
  const broken = { job: { command: ["false"], resources: { cpu: 0 } } };
  await server.client.applyObjects([web("3", broken)]);
  const stuck = await until(server, "web", ({ status }) => status === "stalled");
  expect(stuck).toMatchObject({ ready: 2, updated: 0, generation: 3 });
  expect(stuck.replicas.find(({ crashes }) => crashes > 1)?.problem).toContain("job-exit");
  expect((await answers(done)).map((text) => text.slice(0, 1))).toEqual(["2", "2"]);
  expect(await server.client.deployments.rollBack("web")).toMatchObject({ generation: 2 });
  const back = await until(server, "web", isSteady);
  expect(back.replicas.map(({ job }) => job)).toEqual(done.replicas.map(({ job }) => job));
  const { text: metrics } = await server.send({ path: "/metrics" });
  for (const line of [
    'baton_deployment_replicas{deployment="web",state="ready"} 2',
    'baton_rollouts_total{deployment="web",result="stalled"} 1',
    'baton_rollouts_total{deployment="web",result="completed"} 2',
  ])
    expect(metrics.split("\n")).toContain(line);
  await server.client.applyObjects([web("4")]);
  const mended = await until(server, "web", (now) => isSteady(now) && now.generation > 3);
  expect((await answers(mended)).map((text) => text.slice(0, 1))).toEqual(["4", "4"]);
});

test("replicas outlive a server that is stopped, and the next one goes on with them", async () => {
  const first = await start(folder);
  await first.client.applyObjects([web("1", { health: { exec: ["sh", "-c", 'test -n "$PORT"'], interval: "200ms", timeout: "60s" } })]);
  const before = await until(first, "web", isSteady);
  await first.close();
  // Their check does not tell that they answer already.
  await expect.poll(async () => (await answers(before).catch((): string[] => [])).sort()).toEqual(["1 1", "1 2"]);
  const second = await start(folder);
  const after = await until(second, "web", isSteady);
  expect(after.replicas.map(({ job, port }) => [job, port])).toEqual(before.replicas.map(({ job, port }) => [job, port]));
  await second.client.deployments.delete("web");
  await expect.poll(async () => (await second.client.deployments.list()).length).toBe(0);
});

test("a single one is never there twice, and what is wrong with a deployment is told where it is", async () => {
  const server = await start();
  const one = (version: string): Json =>
    web(version, { policy: "single", update: {}, health: { tcp: true, interval: "50ms", timeout: "60s" } });
  await server.client.applyObjects([one("1")]);
  await until(server, "web", isSteady);
  await server.client.applyObjects([one("2")]);
  let most = 0;
  await until(server, "web", (now) => {
    most = Math.max(most, now.replicas.length);
    return isSteady(now) && now.generation === 2;
  });
  expect(most).toBe(1);
  const wrong = {
    kind: "deployment",
    name: "Web",
    job: { command: ["true"], retries: 3, pritority: 1 },
    policy: { name: "hybrid", base: 3, max: 1 },
    health: { http: "/a b" },
  };
  await expect(server.client.applyObjects([wrong])).rejects.toMatchObject({
    code: "objects-unreadable",
    problem: {
      errors: expect.arrayContaining([
        expect.objectContaining({ pointer: "/objects/0/name" }),
        expect.objectContaining({ pointer: "/objects/0/job/retries" }),
        expect.objectContaining({ pointer: "/objects/0/job/pritority" }),
        expect.objectContaining({ pointer: "/objects/0/policy/max" }),
        expect.objectContaining({ pointer: "/objects/0/health" }),
        expect.objectContaining({ pointer: "/objects/0/health/http" }),
      ]) as unknown,
    },
  });
});
