// Jobs from the command line to the nodes of a real API server, where one is built, with the rights that the guide asks for: placed
// by what each node has left, through kills of the server, losses of a node and evictions.
import type { ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Job, Node } from "../packages/api/index.ts";
import { runCommand, startUp, stop, type Ended } from "../packages/cli/testing.ts";
import { canRunCluster, startCluster, type TestCluster } from "../packages/job-executors/kubernetes/testing/cluster.ts";
import { TestKubelet } from "../packages/job-executors/kubernetes/testing/kubelet.ts";
import { grantGuidesRole } from "./kubernetes-roles.ts";

interface Pod {
  readonly metadata: { readonly name: string; readonly deletionTimestamp?: string; readonly labels: { readonly [key: string]: string } };
  readonly spec: {
    readonly nodeName?: string;
    readonly serviceAccountName?: string;
    readonly containers: readonly { readonly resources: object }[];
  };
}

describe.skipIf(!canRunCluster())("needs the programs of `node tools/services.ts install kubernetes`", () => {
  const folder = mkdtempSync(join(tmpdir(), "baton-kubernetes-e2e-"));
  const kubelets: TestKubelet[] = [];
  let files = 0;
  let cluster: TestCluster;
  let server: { url: string; process: ChildProcess } | undefined;

  const up = async (): Promise<void> => {
    server = await startUp(["--data", join(folder, "data"), "--kubernetes", `${cluster.kubeconfig}:limited`]);
  };
  const killed = async (): Promise<void> => {
    if (server !== undefined) await stop(server.process, "SIGKILL");
  };
  const baton = (...args: string[]): Promise<Ended> => runCommand(["--server", server?.url ?? "", ...args]);
  const read = async <T>(...args: string[]): Promise<T> => JSON.parse((await baton(...args, "-o", "json")).out) as T;
  const jobOf = (id: string): Promise<Job> => read<Job>("job", "get", id);
  const nodes = async (): Promise<readonly Node[]> =>
    (await read<readonly Node[]>("node", "list")).filter(({ pool }) => pool === "limited");
  const submit = (job: object, ...more: string[]): Promise<Ended> => {
    const file = join(folder, `job-${files++}.json`);
    writeFileSync(file, JSON.stringify(job));
    return baton("submit", "-f", file, ...more);
  };
  const submitted = async (job: object): Promise<string> => {
    const { out, err } = await submit(job);
    expect(err).toBe("");
    return out.trim();
  };
  const pods = async (job: string): Promise<readonly Pod[]> => {
    const { items } = (await cluster.client.ask({ method: "GET", path: "/api/v1/namespaces/default/pods" })) as unknown as {
      items: readonly Pod[];
    };
    return items.filter(({ metadata }) => metadata.name.startsWith(`baton-${job.toLowerCase().replace("_", "-")}`));
  };
  const runningOn = async (job: string): Promise<string> => {
    await expect.poll(async () => (await baton("job", "logs", job)).out).toContain("ready");
    return (await jobOf(job)).node ?? "";
  };
  const sh = (text: string, more: object = {}): object => ({ container: { image: "known:1", command: ["sh", "-c", text], ...more } });
  const waiting = (file: string): string => `echo ready; while ! [ -e ${join(folder, file)} ]; do sleep 0.1; done; echo end`;

  beforeAll(async () => {
    cluster = await startCluster();
    await grantGuidesRole(cluster, "limited", "## Permissions");
    kubelets.push(
      await TestKubelet.start(cluster, {
        name: "small",
        allocatable: { cpu: "2", memory: "4Gi" },
        labels: { "topology.kubernetes.io/zone": "z1" },
      }),
      await TestKubelet.start(cluster, {
        name: "large",
        allocatable: { cpu: "8", memory: "16Gi", "nvidia.com/gpu": "2" },
        taints: [{ key: "reserved", value: "gpu", effect: "NoSchedule" }],
      }),
    );
    await up();
  });
  afterAll(async () => {
    if (server !== undefined) await stop(server.process);
    for (const kubelet of kubelets) await kubelet.close();
    await cluster.remove();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  test("the nodes of the cluster are a pool, with what they have", async () => {
    await expect
      .poll(async () => (await nodes()).map(({ name, status }) => `${name} ${status}`))
      .toEqual(["limited.large ready", "limited.small ready"]);
    const [large, small] = await nodes();
    expect(large).toMatchObject({ capacity: { cpu: 8000, memory: 16 * 2 ** 30, gpu: 2, "nvidia.com/gpu": 2 }, labels: { host: "large" } });
    expect(large?.taints).toEqual(expect.arrayContaining([expect.stringContaining("reserved")]));
    expect(small).toMatchObject({
      zone: "z1",
      capacity: { cpu: 2000 },
      labels: { "baton/containers": "Kubernetes v1.20.2", "baton/kubernetes": "limited" },
    });
  });

  test("a container runs as a pod, with its input, and its output and exit code come back; then nothing is left", async () => {
    const text = 'echo "$WHO $(cat) $BATON_ATTEMPT"; exit $CODE';
    const job = (CODE: string): object => ({ ...sh(text), payload: "in", environment: { WHO: "Zoë", CODE } });
    expect(await submit(job("0"), "--wait")).toMatchObject({ code: 0, out: "Zoë in 1\n" });
    expect(await submit(job("3"), "--wait")).toMatchObject({ code: 1, err: expect.stringContaining("(job-exit)") as string });
    const jobs = { method: "GET", path: "/apis/batch/v1/namespaces/default/jobs" } as const;
    await expect.poll(async () => ((await cluster.client.ask(jobs)) as { items: readonly unknown[] }).items.length).toBe(0);
  });

  test("a flow's container runs there, and its output is the flow's", async () => {
    const file = join(folder, "flow.yaml");
    const container = "image: 'known:1', command: 'echo $1 $(cat)', arguments: ['${ .who }'], stdin: in";
    writeFileSync(
      file,
      `document: { dsl: '1.0.3', namespace: default, name: pods, version: '1.0.0' }\ndo:\n  - a: { run: { container: { ${container} } } }\n`,
    );
    expect(await baton("apply", "-f", file)).toMatchObject({ code: 0 });
    const { out } = await baton("start", "pods", "-i", '{"who":"one"}', "--wait", "-o", "json");
    expect(JSON.parse(out)).toMatchObject({ status: "completed", output: "one in\n" });
  });

  test("what only a cluster understands arrives there, on the node that has it and whose taint is tolerated", async () => {
    const own = { kubernetes: { serviceAccount: "default", labels: { team: "blue" } } };
    const wanted = { resources: { cpu: 1, memory: "1Gi", gpu: 1 }, constraints: { tolerations: [{ key: "reserved" }] } };
    const id = await submitted({ ...sh(waiting("labels"), own), ...wanted });
    expect(await runningOn(id)).toBe("limited.large");
    const pod = (await pods(id)).find(({ spec }) => spec.nodeName === "large");
    expect(pod).toMatchObject({ metadata: { labels: { team: "blue" } }, spec: { serviceAccountName: "default" } });
    const amounts = { cpu: "1", memory: "1073741824", "nvidia.com/gpu": "1" };
    expect(pod?.spec.containers[0]?.resources).toEqual({ limits: amounts, requests: amounts });
    writeFileSync(join(folder, "labels"), "");
    expect((await baton("job", "wait", id)).code).toBe(0);
  });

  test.each([
    ["a namespace where jobs may not go", sh("true", { kubernetes: { namespace: "kube-system" } }), /job-spec-invalid/],
    ["an image that nobody has", sh("true", { image: "no-such:1", pull: "never" }), /image-missing/],
    ["a volume and a cluster", sh("true", { volumes: [{ host: "/a", container: "/b" }], kubernetes: {} }), /volumes is for machines/],
    ["more than any node has", { ...sh("true"), resources: { cpu: 500 } }, /job-impossible/],
  ])("what cannot run says why: %s", async (_, job, why) => {
    expect((await submit(job, "--wait")).err).toMatch(why);
  });

  const report = (pod: Pod | undefined, status: object): Promise<unknown> =>
    cluster.client.ask({
      method: "PATCH",
      path: `/api/v1/namespaces/default/pods/${pod?.metadata.name}/status`,
      body: { status } as never,
    });

  test("commands stay on machines", async () => {
    const { out } = await baton("submit", "--", "true");
    await baton("job", "wait", out.trim());
    expect((await jobOf(out.trim())).node).toMatch(/^local-/);
  });

  test("what others take of a node is not given to jobs, until they are gone", async () => {
    const containers = [{ name: "c", image: "manual:1", resources: { requests: { cpu: "1500m" } } }];
    const metadata = { name: "somebody-elses" };
    await cluster.client.ask({
      method: "POST",
      path: "/api/v1/namespaces/default/pods",
      body: { metadata, spec: { nodeName: "small", containers } },
    });
    await expect.poll(async () => (await nodes()).find(({ name }) => name === "limited.small")?.capacity["cpu"]).toBe(500);
    const id = await submitted({ ...sh("echo ready"), resources: { cpu: 1 } });
    const { status, node } = await jobOf(id);
    expect({ status, node }).toEqual({ status: "pending", node: null });
    await cluster.client.ask({ method: "DELETE", path: "/api/v1/namespaces/default/pods/somebody-elses", body: { gracePeriodSeconds: 0 } });
    await expect.poll(async () => (await nodes()).find(({ name }) => name === "limited.small")?.capacity["cpu"]).toBe(2000);
    expect((await baton("job", "wait", id)).code).toBe(0);
    expect((await jobOf(id)).node).toBe("limited.small");
  });

  test("a job waits for a label of a node, and for a resource that is offered later; both are seen as soon as they are there", async () => {
    const constraints = { labels: [{ key: "disk", values: ["ssd"] }], tolerations: [{ key: "reserved" }] };
    await cluster.client.ask({ method: "PATCH", path: "/api/v1/nodes/large", body: { metadata: { labels: { disk: "hdd" } } } });
    const seen = async (): Promise<string | undefined> => (await nodes()).find(({ name }) => name === "limited.large")?.labels["disk"];
    await expect.poll(seen).toBe("hdd");
    const id = await submitted({ ...sh("echo here"), constraints });
    expect(await jobOf(id)).toMatchObject({ status: "pending" });
    await cluster.client.ask({ method: "PATCH", path: "/api/v1/nodes/large", body: { metadata: { labels: { disk: "ssd" } } } });
    await expect.poll(seen).toBe("ssd");
    expect((await baton("job", "wait", id)).code).toBe(0);
    expect((await jobOf(id)).node).toBe("limited.large");
    await kubelets[0]?.report({ allocatable: { "example.com/fpga": "1" }, capacity: { "example.com/fpga": "1" } });
    await expect.poll(async () => (await nodes()).find(({ name }) => name === "limited.small")?.capacity["example.com/fpga"]).toBe(1);
    const [first, second] = [
      await submitted({ ...sh(waiting("fpga")), resources: { cpu: "100m", "example.com/fpga": 1 } }),
      await submitted({ ...sh("true"), resources: { cpu: "100m", "example.com/fpga": 1 } }),
    ];
    await runningOn(first);
    expect(await jobOf(second)).toMatchObject({ status: "pending" });
    writeFileSync(join(folder, "fpga"), "");
    for (const job of [first, second]) expect((await baton("job", "wait", job)).code).toBe(0);
  });

  test("a server that is killed finds its pods again: nothing is lost, nothing runs twice", async () => {
    const id = await submitted(sh(waiting("after-kill")));
    await runningOn(id);
    const started = kubelets.reduce((sum, kubelet) => sum + kubelet.started, 0);
    await killed();
    await up();
    writeFileSync(join(folder, "after-kill"), "");
    expect((await baton("job", "wait", id)).code).toBe(0);
    expect((await baton("job", "logs", id)).out).toBe("ready\nend\n");
    expect(await jobOf(id)).toMatchObject({ status: "completed", attempt: 1 });
    expect(kubelets.reduce((sum, kubelet) => sum + kubelet.started, 0)).toBe(started);
  });

  test("while the API server is away pods run on, and nothing new is placed there; also a server that starts meanwhile waits for it", async () => {
    const id = await submitted(sh(waiting("after-outage")));
    await runningOn(id);
    await cluster.stopApiServer();
    const tainted = async (): Promise<boolean> => (await nodes()).every(({ taints }) => taints.includes("baton/unreachable:no-schedule"));
    await expect.poll(tainted).toBe(true);
    const late = await submitted({ ...sh("echo late"), resources: { cpu: "100m" } });
    writeFileSync(join(folder, "after-outage"), "");
    await killed();
    await up();
    await cluster.startApiServer();
    for (const job of [id, late]) expect((await baton("job", "wait", job)).code).toBe(0);
    expect((await baton("job", "logs", late)).out).toBe("late\n");
  });

  test("an evicted pod is placed again", async () => {
    const id = await submitted(sh("true", { image: "manual:1" }));
    const placed = async (before?: Pod): Promise<Pod | undefined> =>
      (await pods(id)).find(({ metadata, spec }) => metadata.name !== before?.metadata.name && spec.nodeName === "small");
    await expect.poll(() => placed()).toBeDefined();
    const evicted = await placed();
    await report(evicted, { phase: "Failed", reason: "Evicted", message: "The node was low on resource: memory." });
    await expect.poll(async () => (await jobOf(id)).attempt).toBe(2);
    await expect.poll(() => placed(evicted)).toBeDefined();
    const again = await placed(evicted);
    expect((await baton("job", "cancel", id)).code).toBe(0);
    await expect.poll(async () => (await placed(evicted))?.metadata.deletionTimestamp).toBeDefined();
    const path = `/api/v1/namespaces/default/pods/${again?.metadata.name}`;
    await cluster.client.ask({ method: "DELETE", path, body: { gracePeriodSeconds: 0 } });
    await baton("job", "wait", id);
    expect((await jobOf(id)).status).toBe("cancelled");
    await expect.poll(async () => (await pods(id)).length).toBe(0);
  });

  test("the jobs of a node that is not heard of run elsewhere; what it still runs is ended when it is back", async () => {
    const id = await submitted({
      ...sh(`${waiting("moved")}; echo $BATON_ATTEMPT`),
      constraints: { tolerations: [{ key: "reserved" }], prefer: [{ key: "host", values: ["small"], weight: 100 }] },
    });
    const first = await runningOn(id);
    const [lost, other] = first === "limited.small" ? [kubelets[0], "limited.large"] : [kubelets[1], "limited.small"];
    await lost?.report({ conditions: [{ type: "Ready", status: "Unknown" }] });
    await expect.poll(async () => (await jobOf(id)).node).toBe(other);
    await lost?.report({ conditions: [{ type: "Ready", status: "True" }] });
    await expect.poll(async () => (await pods(id)).length).toBe(1);
    await expect.poll(async () => (await nodes()).map(({ status }) => status)).toEqual(["ready", "ready"]);
    writeFileSync(join(folder, "moved"), "");
    expect((await baton("job", "wait", id)).code).toBe(0);
    expect((await baton("job", "logs", id)).out).toContain("end\n2\n");
  });

  test.each([
    ["a file that is not there", (): readonly string[] => [join(folder, "none")], /kubeconfig-invalid/],
    [
      "two clusters of one name",
      (): readonly string[] => [`${cluster.kubeconfig}:limited`, `${cluster.kubeconfig}:limited`],
      /pool limited.*kubeconfig-invalid/s,
    ],
    ["a token that is none", (): readonly string[] => [`${cluster.kubeconfig}:expired`], /kubernetes-unauthorized/],
    [
      "rights that are missing",
      (): readonly string[] => [`${cluster.kubeconfig}:nobody`],
      /list, watch nodes in the whole cluster.*\(?kubernetes-forbidden|kubernetes-forbidden/s,
    ],
  ])("a server does not start with %s", async (_, of, why) => {
    const { code, err } = await runCommand(["up", "--port", "0", "--data", join(folder, "refused"), "--kubernetes", ...of()]);
    expect(err).toMatch(why);
    expect(code).not.toBe(0);
    expect(existsSync(join(folder, "refused", "lock"))).toBe(false);
  });
});
