// A Kubernetes cluster that another machine offers to a server: its nodes join over the network, by one key, and run jobs through
// kills of the machine, of the server and of both, through nodes that come, change and go. On a real API server, where one is built.
import type { ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BatonClient, maxWaitMs, type Node } from "../packages/api/index.ts";
import type { Json } from "../packages/core/index.ts";
import { runCommand, startCommand, startUp, stop, type Ended } from "../packages/cli/testing.ts";
import { canRunCluster, startCluster, type TestCluster } from "../packages/job-executors/kubernetes/testing/cluster.ts";
import { TestKubelet } from "../packages/job-executors/kubernetes/testing/kubelet.ts";
import { freePort } from "../packages/job-executors/testing/free-port.ts";
import { grantGuidesRole } from "./kubernetes-roles.ts";

const secret = "server-secret";

interface Pod {
  readonly metadata: {
    readonly name: string;
    readonly deletionTimestamp?: string;
    readonly annotations?: { readonly [key: string]: string };
  };
  readonly spec: { readonly nodeName?: string };
}

describe.skipIf(!canRunCluster())("needs the programs of `node tools/services.ts install kubernetes`", () => {
  const folder = mkdtempSync(join(tmpdir(), "baton-kubernetes-join-"));
  const kubelets = new Map<string, TestKubelet>();
  let cluster: TestCluster;
  let port: number;
  let server: { url: string; process: ChildProcess } | undefined;
  let joiner: ChildProcess | undefined;
  let client: BatonClient;

  const up = async (): Promise<void> => {
    server = await startUp(["--data", join(folder, "data"), "--token", secret, "--port", String(port)]);
    client = new BatonClient({ url: server.url, token: secret });
  };
  const baton = (...args: string[]): Promise<Ended> => runCommand(["--server", server?.url ?? "", "--token", secret, ...args]);
  const joinArguments = (...more: string[]): string[] => {
    const context = `${cluster.kubeconfig}:limited`;
    return ["node", "join", server?.url ?? "", "--kubernetes", context, "--pool", "far", "--data", join(folder, "joiner"), ...more];
  };
  /** Resolves when so many nodes have joined; `ended` resolves when the program that joined them has. */
  const joined = async (nodes: number, ...more: string[]): Promise<{ readonly child: ChildProcess; readonly ended: Promise<Ended> }> => {
    const { child, ended } = startCommand(joinArguments(...more));
    joiner = child;
    let said = "";
    const all = new Promise<void>((resolve) => {
      child.stdout?.on("data", (text: Buffer) => {
        said += text.toString();
        if (said.split("has joined").length > nodes) resolve();
      });
    });
    const failed = ended.then(({ out, err }) => Promise.reject(new Error(out + err)));
    failed.catch(() => undefined);
    await Promise.race([all, failed]);
    return { child, ended };
  };
  const killed = async (): Promise<void> => {
    if (joiner !== undefined) await stop(joiner, "SIGKILL");
  };
  const nodes = async (): Promise<readonly Node[]> => (await client.nodes.list()).filter(({ pool }) => pool === "far");
  const node = async (name: string): Promise<Node | undefined> => (await nodes()).find((one) => one.name === name);
  const submitted = async (job: object): Promise<string> => (await client.submitJobs(job as Json)).jobs[0]?.id ?? "";
  const sh = (text: string, more: object = {}): object => ({ container: { image: "known:1", command: ["sh", "-c", text] }, ...more });
  const waiting = (file: string): string => `echo ready; while ! [ -e ${join(folder, file)} ]; do sleep 0.1; done; echo end`;
  const go = (file: string): void => writeFileSync(join(folder, file), "");
  const logs = async (job: string): Promise<string> => (await baton("job", "logs", job)).out;
  const isReady = (job: string): Promise<void> => expect.poll(() => logs(job)).toContain("ready");
  const started = (): number => [...kubelets.values()].reduce((sum, kubelet) => sum + kubelet.started, 0);
  const ask = (method: "GET" | "POST" | "PATCH" | "DELETE", path: string, body?: object): Promise<unknown> =>
    cluster.client.ask({ method, path, ...(body !== undefined && { body: body as never }) });
  const isOf = (job: string, { metadata }: Pick<Pod, "metadata">): boolean =>
    metadata.name.startsWith(`baton-${job.toLowerCase().replace("_", "-")}`);
  const pods = async (job: string): Promise<readonly Pod[]> => {
    const { items } = (await ask("GET", "/api/v1/namespaces/default/pods")) as { readonly items: readonly Pod[] };
    return items.filter((pod) => isOf(job, pod));
  };
  const isGone = async (job: string): Promise<void> => {
    const left = async (): Promise<number> => {
      const { items } = (await ask("GET", "/apis/batch/v1/namespaces/default/jobs")) as {
        readonly items: readonly Pick<Pod, "metadata">[];
      };
      return items.filter((one) => isOf(job, one)).length;
    };
    await expect.poll(left).toBe(0);
  };
  const withKubelet = async (name: string, allocatable: { readonly [resource: string]: string }): Promise<void> => {
    kubelets.set(name, await TestKubelet.start(cluster, { name, allocatable }));
  };

  beforeAll(async () => {
    cluster = await startCluster();
    port = await freePort();
    await grantGuidesRole(cluster, "limited", "## Permissions");
    await withKubelet("small", { cpu: "2", memory: "4Gi" });
    await withKubelet("large", { cpu: "8", memory: "16Gi", "nvidia.com/gpu": "2" });
    await up();
  });
  afterAll(async () => {
    if (joiner !== undefined) await stop(joiner);
    if (server !== undefined) await stop(server.process);
    for (const kubelet of kubelets.values()) await kubelet.close();
    await cluster.remove();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  test.each([
    ["a token that is none", (): string[] => joinArguments("--token", "bnt_00000000_nonsense"), 3, /node-token-invalid/],
    [
      "a file that is not there",
      (): string[] => ["node", "join", server?.url ?? "", "--kubernetes", "/nowhere/config"],
      1,
      /There is no file/,
    ],
    [
      "rights that are missing in the cluster",
      (): string[] => ["node", "join", server?.url ?? "", "--kubernetes", `${cluster.kubeconfig}:nobody`],
      1,
      /Baton may not list, watch nodes.*kubernetes-forbidden/s,
    ],
    ["two clusters as one pool", (): string[] => joinArguments("--kubernetes", "a", "b"), 2, /two clusters cannot be one pool/],
    [
      "a pool that cannot be part of a name",
      (): string[] => [...joinArguments().slice(0, 5), "--pool", "a/b"],
      2,
      /cannot begin the names/,
    ],
    ["a name that is no label", (): string[] => [...joinArguments().slice(0, 5), "--name", "x".repeat(64)], 2, /cannot be a label/],
  ])("nothing joins with %s", async (_, args, code, why) => {
    const ended = await runCommand([...args(), "--data", join(folder, "refused")]);
    rmSync(join(folder, "refused"), { recursive: true, force: true, maxRetries: 5 });
    expect(ended.err).toMatch(why);
    expect(ended.code).toBe(code);
  });

  test("its nodes join as a pool, with what they have, and jobs run there", async () => {
    const token = (await baton("node", "token", "create")).out.trim();
    await joined(2, "--token", token, "--label", "site=far", "--zone", "z9");
    const statuses = async (): Promise<readonly string[]> => (await nodes()).map(({ name, status }) => `${name} ${status}`).sort();
    await expect.poll(statuses).toEqual(["far.large ready", "far.small ready"]);
    expect(await node("far.large")).toMatchObject({
      zone: "z9",
      capacity: { cpu: 8000, memory: 16 * 2 ** 30, gpu: 2, "nvidia.com/gpu": 2 },
      labels: { host: "large", site: "far", "baton/kubernetes": "far" },
      taints: ["baton/containers-only:no-schedule"],
    });
    const job = sh('echo "$(cat) $BATON_ATTEMPT"; exit 3', { payload: "in", resources: { cpu: 1, gpu: 1 } });
    const id = await submitted(job);
    const ended = await client.getJob(id, { waitMs: maxWaitMs });
    expect(ended).toMatchObject({ node: "far.large", status: "failed", attempt: 1, error: { code: "job-exit" } });
    expect(await logs(id)).toBe("in 1\n");
    await isGone(id);
    await baton("node", "token", "delete", token.split("_")[1] ?? "");
  });

  test("what others take of a node, who cordons it and when it is full is told over the network", async () => {
    const spec = { nodeName: "small", containers: [{ name: "c", image: "manual:1", resources: { requests: { cpu: "1500m" } } }] };
    await ask("POST", "/api/v1/namespaces/default/pods", { metadata: { name: "somebody-elses" }, spec });
    await expect.poll(async () => (await node("far.small"))?.capacity["cpu"]).toBe(500);
    await ask("PATCH", "/api/v1/nodes/large", { spec: { unschedulable: true } });
    await expect.poll(async () => (await node("far.large"))?.taints).toContain("node.kubernetes.io/unschedulable:no-schedule");
    const id = await submitted(sh("echo in", { resources: { cpu: 1 } }));
    expect(await client.getJob(id)).toMatchObject({ status: "pending", node: null });
    await ask("DELETE", "/api/v1/namespaces/default/pods/somebody-elses", { gracePeriodSeconds: 0 });
    expect(await client.getJob(id, { waitMs: maxWaitMs })).toMatchObject({ status: "completed", node: "far.small" });
    await ask("PATCH", "/api/v1/nodes/large", { spec: { unschedulable: null } });
    await expect.poll(async () => (await node("far.large"))?.taints).toEqual(["baton/containers-only:no-schedule"]);
  });

  test("a machine that is killed comes back by its key and goes on with its Jobs: nothing is lost, nothing runs twice", async () => {
    const [runs, ends] = [await submitted(sh(waiting("kill-a"))), await submitted(sh(waiting("kill-b")))];
    await isReady(runs);
    await isReady(ends);
    const before = started();
    await killed();
    go("kill-b");
    await expect.poll(async () => (await pods(ends)).length).toBe(1);
    await joined(2);
    expect(await client.getJob(ends, { waitMs: maxWaitMs })).toMatchObject({ status: "completed", attempt: 1 });
    expect(await client.getJob(runs)).toMatchObject({ status: "running", attempt: 1 });
    go("kill-a");
    expect(await client.getJob(runs, { waitMs: maxWaitMs })).toMatchObject({ status: "completed", attempt: 1 });
    expect([await logs(runs), await logs(ends)]).toEqual(["ready\nend\n", "ready\nend\n"]);
    expect(started()).toBe(before);
    for (const id of [runs, ends]) await isGone(id);
  });

  test("the server, and then both, are killed: the same", async () => {
    const id = await submitted(sh(waiting("both")));
    await isReady(id);
    const before = started();
    if (server !== undefined) await stop(server.process, "SIGKILL");
    await up();
    await expect.poll(async () => (await nodes()).filter(({ status }) => status === "ready").length).toBe(2);
    await Promise.all([killed(), server === undefined ? 0 : stop(server.process, "SIGKILL")]);
    await up();
    await joined(2);
    go("both");
    expect(await client.getJob(id, { waitMs: maxWaitMs })).toMatchObject({ status: "completed", attempt: 1 });
    expect(await logs(id)).toBe("ready\nend\n");
    expect(started()).toBe(before);
    await isGone(id);
  });

  test("a machine that comes back after its lease ends what is not its own any more, before anything runs again", async () => {
    const id = await submitted(sh(`${waiting("late")}; echo $BATON_ATTEMPT`));
    await isReady(id);
    await killed();
    await expect.poll(async () => (await client.getJob(id)).status).toBe("pending");
    await expect.poll(async () => (await nodes()).map(({ status }) => status)).toEqual(["lost", "lost"]);
    const [first] = await pods(id);
    await joined(2);
    await expect.poll(async () => (await client.getJob(id)).attempt).toBe(2);
    await expect.poll(async () => (await pods(id)).map(({ metadata }) => metadata.name)).not.toContain(first?.metadata.name);
    go("late");
    expect(await client.getJob(id, { waitMs: maxWaitMs })).toMatchObject({ status: "completed", attempt: 2 });
    expect(await logs(id)).toContain("end\n2\n");
    await isGone(id);
  });

  test("a node that the cluster gets later joins by the key of the others; one that it loses is forgotten, and its jobs move", async () => {
    await withKubelet("later", { cpu: "4", memory: "4Gi" });
    await expect.poll(async () => (await node("far.later"))?.status).toBe("ready");
    const prefer = [{ key: "host", values: ["later"], weight: 100 }];
    const id = await submitted(sh(`${waiting("moved")}; echo $BATON_ATTEMPT`, { constraints: { prefer } }));
    await isReady(id);
    expect((await client.getJob(id)).node).toBe("far.later");
    await kubelets.get("later")?.close();
    await ask("DELETE", "/api/v1/nodes/later");
    await expect.poll(async () => await node("far.later")).toBeUndefined();
    await expect.poll(async () => (await client.getJob(id)).attempt).toBe(2);
    // What a cluster does to the pods of a node that it has no more.
    const left = (await pods(id)).filter(({ spec }) => spec.nodeName === "later");
    expect(left).toHaveLength(1);
    for (const { metadata } of left) await ask("DELETE", `/api/v1/namespaces/default/pods/${metadata.name}`, { gracePeriodSeconds: 0 });
    go("moved");
    expect(await client.getJob(id, { waitMs: maxWaitMs })).toMatchObject({ status: "completed", attempt: 2 });
    await isGone(id);
  });

  test("a node that is not heard of is silent here too, and comes back", async () => {
    await kubelets.get("small")?.report({ conditions: [{ type: "Ready", status: "Unknown" }] });
    await expect.poll(async () => (await node("far.small"))?.status).toBe("lost");
    await kubelets.get("small")?.report({ conditions: [{ type: "Ready", status: "True" }] });
    await expect.poll(async () => (await node("far.small"))?.status).toBe("ready");
  });

  test("while the API server is away its nodes say so, and get nothing new", async () => {
    await cluster.stopApiServer();
    const tainted = async (): Promise<boolean> => (await nodes()).every(({ taints }) => taints.includes("baton/unreachable:no-schedule"));
    await expect.poll(tainted).toBe(true);
    const id = await submitted(sh("echo late"));
    await cluster.startApiServer();
    expect(await client.getJob(id, { waitMs: maxWaitMs })).toMatchObject({ status: "completed" });
  });

  test("told to stop it lets its jobs run on and says so; with --stop-jobs it gives them back before it ends", async () => {
    const id = await submitted(sh(waiting("stop")));
    await isReady(id);
    if (joiner !== undefined) await stop(joiner);
    const { child, ended } = await joined(2, "--stop-jobs");
    await expect.poll(async () => (await client.getJob(id)).status).toBe("running");
    await expect.poll(async () => (await nodes()).filter(({ status }) => status === "ready").length).toBe(2);
    child.kill("SIGTERM");
    expect(await ended).toMatchObject({ code: 0, err: expect.stringContaining("1 job of the cluster is ended") as string });
    expect(await client.getJob(id)).toMatchObject({ status: "pending" });
    await expect.poll(async () => (await pods(id)).length).toBe(0);
    await client.commandJob(id, "cancel");
  });
});
