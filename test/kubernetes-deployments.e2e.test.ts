// Deployments whose replicas are pods of a real API server's cluster, where one is built: kept up, exchanged, scaled and removed by the
// rules that hold for machines; what a cluster cannot do is refused.
import type { ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BatonClient, type Deployment } from "../packages/api/index.ts";
import { runCommand, startUp, stop, type Ended } from "../packages/cli/testing.ts";
import { canRunCluster, startCluster, type TestCluster } from "../packages/job-executors/kubernetes/testing/cluster.ts";
import { TestKubelet } from "../packages/job-executors/kubernetes/testing/kubelet.ts";
import { grantGuidesRole } from "./kubernetes-roles.ts";

interface Pod {
  readonly metadata: { readonly name: string; readonly uid: string; readonly labels: { readonly [key: string]: string } };
  readonly spec: {
    readonly nodeName?: string;
    readonly containers: readonly { readonly env: readonly { readonly name: string; readonly value?: string }[] }[];
  };
  readonly status: { readonly phase: string };
}

describe.skipIf(!canRunCluster())("needs the programs of `node tools/services.ts install kubernetes`", () => {
  const folder = mkdtempSync(join(tmpdir(), "baton-kubernetes-deployments-"));
  const kubelets: TestKubelet[] = [];
  let files = 0;
  let cluster: TestCluster;
  let server: { url: string; process: ChildProcess } | undefined;
  let client: BatonClient;

  const up = async (): Promise<void> => {
    server = await startUp(["--data", join(folder, "data"), "--kubernetes", `${cluster.kubeconfig}:limited`]);
    client = new BatonClient({ url: server.url });
  };
  const apply = (...objects: readonly object[]): Promise<Ended> => {
    const file = join(folder, `file-${files++}.yaml`);
    writeFileSync(file, objects.map((object) => JSON.stringify(object)).join("\n---\n"));
    return runCommand(["--server", server?.url ?? "", "apply", "-f", file]);
  };
  const applied = async (...objects: readonly object[]): Promise<void> => {
    expect(await apply(...objects)).toMatchObject({ code: 0 });
  };
  const forever = 'trap "exit 0" TERM; echo "$BATON_REPLICA $MODE"; while :; do sleep 0.1; done';
  const web = (MODE: string, more: object = {}, container: object = {}): object => ({
    kind: "deployment",
    name: "web",
    job: {
      container: { image: "known:1", command: ["sh", "-c", forever], kubernetes: { labels: { app: "web" } }, ...container },
      environment: { MODE },
      resources: { cpu: "500m", memory: "64Mi" },
    },
    policy: { name: "cluster", replicas: 2 },
    update: { minReady: "100ms" },
    restart: { first: "100ms", longest: "1s" },
    ...more,
  });
  const deployment = (): Promise<Deployment> => client.deployments.get("web");
  const steady = async (ready: number): Promise<void> => {
    await expect.poll(async () => deployment().then(({ status, ready: count }) => `${status} ${count}`)).toBe(`steady ${ready}`);
  };
  const pods = async (): Promise<readonly Pod[]> => {
    const path = "/api/v1/namespaces/default/pods";
    const { items } = (await cluster.client.ask({ method: "GET", path, query: { labelSelector: "app=web" } })) as unknown as {
      items: readonly Pod[];
    };
    return items;
  };
  const modes = async (): Promise<readonly (string | undefined)[]> =>
    (await pods()).map(({ spec }) => spec.containers[0]?.env.find(({ name }) => name === "MODE")?.value);
  const jobObjects = async (): Promise<number> => {
    const found = await cluster.client.ask({ method: "GET", path: "/apis/batch/v1/namespaces/default/jobs" });
    return (found as { readonly items: readonly unknown[] }).items.length;
  };

  beforeAll(async () => {
    cluster = await startCluster();
    await grantGuidesRole(cluster, "limited", "## Permissions");
    for (const name of ["one", "two"]) kubelets.push(await TestKubelet.start(cluster, { name, allocatable: { cpu: "4", memory: "4Gi" } }));
    await up();
  });
  afterAll(async () => {
    if (server !== undefined) await stop(server.process);
    for (const kubelet of kubelets) await kubelet.close();
    await cluster.remove();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  test("each replica is a pod, and ready when its container runs", async () => {
    await expect.poll(async () => (await client.nodes.list()).filter(({ pool }) => pool === "limited").length).toBe(2);
    await applied(web("first"));
    await steady(2);
    expect((await pods()).map(({ status }) => status.phase)).toEqual(["Running", "Running"]);
    const { replicas } = await deployment();
    expect(replicas.map(({ node }) => node?.replace(/\.(one|two)$/, ""))).toEqual(["limited", "limited"]);
  });

  test("a pod that somebody deletes is replaced", async () => {
    const [pod, other] = await pods();
    await cluster.client.ask({ method: "DELETE", path: `/api/v1/namespaces/default/pods/${pod?.metadata.name}` });
    await expect.poll(async () => (await pods()).filter(({ metadata }) => metadata.uid !== pod?.metadata.uid).length).toBe(2);
    await steady(2);
    expect((await pods()).map(({ metadata }) => metadata.uid)).toContain(other?.metadata.uid);
  });

  test("a new version takes over one by one; one that cannot start takes over nothing", async () => {
    await applied(web("second"));
    await expect.poll(modes).toEqual(["second", "second"]);
    await steady(2);
    await applied(web("third", {}, { image: "no-such:1", pull: "never" }));
    await expect.poll(async () => JSON.stringify((await deployment()).replicas)).toContain("image-missing");
    expect((await modes()).filter((mode) => mode === "second")).toEqual(["second", "second"]);
    expect((await deployment()).ready).toBe(2);
    await applied(web("second"));
    await steady(2);
  });

  test("replicas live through a kill of the server", async () => {
    // Of the version that could not start nothing is left.
    await expect.poll(modes).toEqual(["second", "second"]);
    const before = (await pods()).map(({ metadata }) => metadata.uid).sort();
    if (server !== undefined) await stop(server.process, "SIGKILL");
    await up();
    await steady(2);
    expect((await pods()).map(({ metadata }) => metadata.uid).sort()).toEqual(before);
  });

  test("a hybrid one grows and shrinks as its autoscaler says", async () => {
    const scaler = {
      kind: "autoscaler",
      name: "web",
      target: { deployment: "web" },
      max: 3,
      interval: "100ms",
      metrics: [{ calls: "none", target: 1 }],
    };
    await applied(web("second", { policy: { name: "hybrid", base: 1, max: 3 } }));
    await steady(1);
    await applied({ ...scaler, min: 3, stabilisation: { down: "100ms" } });
    await steady(3);
    await applied({ ...scaler, min: 1, stabilisation: { down: "100ms" } });
    await steady(1);
    await expect.poll(async () => (await pods()).length).toBe(1);
    await client.autoscalers.delete("web");
  });

  test("a single one is never there twice, and is gone when it is deleted", async () => {
    await applied(web("alone", { policy: "single", update: { minReady: "100ms" } }));
    await expect.poll(modes).toEqual(["alone"]);
    await steady(1);
    await client.deployments.delete("web");
    await expect.poll(async () => (await pods()).length + (await jobObjects())).toBe(0);
  });

  test.each([
    [
      "checks of pods",
      web("x", { port: 8080, health: { http: "/health" } }),
      /pods of a Kubernetes cluster are not reached by checks: leave health out/,
    ],
    [
      "published ports",
      web("x", {}, { ports: [{ host: 80, container: 80 }] }),
      /ports is for machines with Docker or Podman, kubernetes for a cluster/,
    ],
  ])("%s are refused", async (_, object, why) => {
    const { code, err } = await apply(object);
    expect(err).toMatch(why);
    expect(code).not.toBe(0);
  });

  test("a command that is to run in the cluster cannot, and its replica says why", async () => {
    const job = { command: ["sleep", "1000"], constraints: { pools: ["limited"] } };
    await applied({ kind: "deployment", name: "web", job });
    const problem = async (): Promise<string> => (await deployment()).replicas.map((replica) => replica.problem ?? "").join();
    await expect.poll(problem).toMatch(/baton\/containers-only/);
    await client.deployments.delete("web");
  });
});
