// Autoscalers of Deployments on a real API server, where one is built: from the command line, with the rights that the guide asks for.
// What is read back is the Deployment's own spec, and what the cluster's controllers made of it.
import type { ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BatonClient, type Autoscaler } from "../packages/api/index.ts";
import type { JsonObject } from "../packages/core/index.ts";
import { runCommand, startUp, stop, type Ended } from "../packages/cli/testing.ts";
import { canRunCluster, startCluster, type TestCluster } from "../packages/job-executors/kubernetes/testing/cluster.ts";
import { grantGuidesRole } from "./kubernetes-roles.ts";

const deployments = "/apis/apps/v1/namespaces/default/deployments";

interface Deployment {
  readonly spec: { readonly replicas: number };
  readonly status?: { readonly replicas?: number };
}

describe.skipIf(!canRunCluster())("needs the programs of `node tools/services.ts install kubernetes`", () => {
  const folder = mkdtempSync(join(tmpdir(), "baton-kubernetes-scaling-"));
  let files = 0;
  let cluster: TestCluster;
  let server: { url: string; process: ChildProcess } | undefined;

  const baton = (...args: string[]): Promise<Ended> => runCommand(["--server", server?.url ?? "", ...args]);
  const written = (text: string | object): string => {
    const file = join(folder, `file-${files++}.yaml`);
    writeFileSync(file, typeof text === "string" ? text : JSON.stringify(text));
    return file;
  };
  const apply = async (text: string | object): Promise<void> => {
    expect(await baton("apply", "-f", written(text))).toMatchObject({ code: 0 });
  };
  const scaler = (more: object = {}): object => ({
    kind: "autoscaler",
    name: "web",
    target: { kubernetes: { deployment: "web", namespace: "default", cluster: "limited" } },
    min: 1,
    max: 5,
    interval: "100ms",
    stabilisation: { down: "1s" },
    metrics: [{ calls: "render", target: 2 }],
    ...more,
  });
  const client = (): BatonClient => new BatonClient({ url: server?.url ?? "" });
  const told = (): Promise<Autoscaler> => client().autoscalers.get("web");
  const inCluster = async (): Promise<Deployment> =>
    (await cluster.client.ask({ method: "GET", path: `${deployments}/web` })) as unknown as Deployment;
  const wanted = async (): Promise<number> => (await inCluster()).spec.replicas;
  /** Calls that wait as long as there is no worker. */
  const calls = (count: number): Promise<readonly string[]> =>
    Promise.all(Array.from({ length: count }, async () => (await client().startRun({ name: "render" }, {})).id));
  const cancel = async (runs: readonly string[]): Promise<void> => {
    await Promise.all(runs.map((id) => client().commandRun(id, "cancel")));
  };
  const change = (body: JsonObject): Promise<unknown> => cluster.client.ask({ method: "PATCH", path: `${deployments}/web`, body });
  const create = async (): Promise<void> => {
    const labels = { app: "web" };
    const template = { metadata: { labels }, spec: { containers: [{ name: "c", image: "manual:1" }] } };
    const spec = { replicas: 1, selector: { matchLabels: labels }, template };
    await cluster.client.ask({ method: "POST", path: deployments, body: { metadata: { name: "web" }, spec } });
  };

  beforeAll(async () => {
    cluster = await startCluster();
    await grantGuidesRole(cluster, "limited", "## Permissions");
    server = await startUp(["--data", join(folder, "data"), "--kubernetes", `${cluster.kubeconfig}:limited`]);
    await apply(
      "document: { dsl: '1.0.3', namespace: default, name: render, version: '1.0.0' }\ndo: [a: { call: 'render:1.0.0@default' }]\n",
    );
    await create();
  });
  afterAll(async () => {
    if (server !== undefined) await stop(server.process);
    await cluster.remove();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  test("a right that is missing is named until it is given", async () => {
    await apply(scaler());
    await expect
      .poll(async () => (await told()).problem)
      .toMatch(/User "limited" cannot get resource "deployments\/scale".*\(kubernetes-forbidden\)/);
    await grantGuidesRole(cluster, "limited", "## Scaling Deployments");
    await expect.poll(async () => (await told()).problem).toBeNull();
    expect(JSON.parse((await baton("autoscaler", "describe", "web", "-o", "json")).out)).toMatchObject({
      problem: null,
      decision: { current: 1, desired: 1 },
    });
  });

  test("the Deployment gets the replicas that the measurement asks for, says so, and loses them when less was enough for a while", async () => {
    const runs = await calls(7);
    await expect.poll(inCluster).toMatchObject({ spec: { replicas: 4 }, status: { replicas: 4 } });
    await expect
      .poll(async () => (await told()).decision)
      .toMatchObject({ current: 4, desired: 4, measured: [{ name: "calls of render", value: 7, target: 2, wanted: 4 }] });
    // Within the tolerance: seven for a target of two by four is 12 % off, for one of 1.8 less than 3 %.
    await apply(scaler({ metrics: [{ calls: "render", target: 1.8 }] }));
    await expect.poll(async () => (await told()).decision?.measured[0]?.target).toBe(1.8);
    expect((await told()).decision).toMatchObject({ current: 4, desired: 4 });
    await cancel(runs.slice(2));
    await expect.poll(async () => (await told()).decision?.measured[0]?.value).toBe(2);
    await expect.poll(wanted).toBe(2);
    await cancel(runs.slice(0, 2));
    await expect.poll(wanted).toBe(1);
  });

  test("it waits as long as the window says before it scales down", async () => {
    await apply(scaler({ interval: "1s", stabilisation: { down: "10m" } }));
    const runs = await calls(4);
    await expect.poll(wanted).toBe(2);
    await cancel(runs);
    await expect.poll(async () => (await told()).decision?.why).toMatch(/^stays at 2: calls of render is 0 .* it waits whether 1 lasts/);
    expect(await wanted()).toBe(2);
    await apply(scaler());
    await expect.poll(wanted).toBe(1);
  });

  test("a dry run decides and changes nothing", async () => {
    await apply(scaler({ dryRun: true, min: 3 }));
    await expect.poll(async () => (await told()).decision?.desired).toBe(3);
    expect(await wanted()).toBe(1);
    expect((await baton("plan", "-f", written(scaler({ min: 4 })))).out).toMatch(/^web goes from 1 to 4/);
    expect(await wanted()).toBe(1);
  });

  test("what somebody has scaled to nothing is left alone until it is scaled up again", async () => {
    await change({ spec: { replicas: 0 } });
    await apply(scaler({ min: 2 }));
    await expect.poll(async () => (await told()).decision?.why).toMatch(/^stays at 0: somebody has scaled it to nothing/);
    expect(await wanted()).toBe(0);
    await change({ spec: { replicas: 1 } });
    await expect.poll(wanted).toBe(2);
  });

  test("a Deployment, a namespace or a cluster that is not there is named; once it is there it is scaled", async () => {
    await cluster.client.ask({ method: "DELETE", path: `${deployments}/web`, body: { propagationPolicy: "Foreground" } });
    await expect.poll(async () => (await told()).problem).toMatch(/deployments\/scale.apps "web" not found.*\(kubernetes-object-missing\)/);
    expect((await baton("autoscaler", "list")).out).toContain("kubernetes-object-missing");
    await create();
    await expect.poll(wanted).toBe(2);
    await apply(scaler({ target: { kubernetes: { deployment: "web", cluster: "elsewhere" } } }));
    await expect.poll(async () => (await told()).problem).toBe("There is no cluster elsewhere; known are limited. (cluster-unknown)");
  });

  test("an API server that does not answer is said, and scaled again when it does", async () => {
    await apply(scaler({ min: 3 }));
    await expect.poll(wanted).toBe(3);
    await cluster.stopApiServer();
    await expect.poll(async () => (await told()).problem).toMatch(/does not answer.*\(kubernetes-unreachable\)/);
    await cluster.startApiServer();
    await apply(scaler({ min: 4 }));
    await expect.poll(() => wanted().catch(String)).toBe(4);
  });
});
