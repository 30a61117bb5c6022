// What a real API server says of who asks, of its nodes and of scales, where one is built.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Json, JsonObject } from "@baton/core";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { parseAllDocuments } from "yaml";
import { finished, orderOf, textOf } from "../contract/subject.ts";
import { readAccess, readKubeconfig, type ClusterAccess } from "./access.ts";
import { ApiClient, type ApiCall } from "./api-client.ts";
import { ClusterNodes, type ClusterNodesOptions } from "./cluster-nodes.ts";
import { createKubernetesExecutor } from "./kubernetes-executor.ts";
import type { ClusterNode } from "./node-capacity.ts";
import { checkPermissions } from "./permissions.ts";
import { readScale, writeScale } from "./scale.ts";
import { canRunCluster, startCluster, type TestCluster } from "./testing/cluster.ts";
import { TestKubelet, type KubeletOptions } from "./testing/kubelet.ts";

vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });
const patience = { timeout: 180_000 };

/** The role that the guide shows; with the test's user in the place of the service account, where one is named. */
function guidesRole(user?: string): readonly JsonObject[] {
  const guide = readFileSync(new URL("../../../docs/guide/kubernetes.md", import.meta.url), "utf8");
  const text = guide.slice(guide.indexOf("## Permissions")).split("```yaml\n")[1]?.split("```")[0] ?? "";
  const objects = parseAllDocuments(text).map((document) => document.toJS() as JsonObject);
  if (user === undefined) return objects;
  const subjects = [{ kind: "User", name: user, apiGroup: "rbac.authorization.k8s.io" }];
  return objects.filter(({ kind }) => kind !== "ServiceAccount").map((object) => ("subjects" in object ? { ...object, subjects } : object));
}

describe.skipIf(!canRunCluster())("needs the programs of `node tools/services.ts install kubernetes`", () => {
  const clients: ApiClient[] = [];
  let folder: string;
  let cluster: TestCluster;

  const clientOf = (context: string): ApiClient => {
    const client = new ApiClient(readKubeconfig(cluster.kubeconfig, context));
    clients.push(client);
    return client;
  };
  const create = (path: string, body: JsonObject): Promise<unknown> => cluster.client.ask({ method: "POST", path, body });
  const apply = (object: JsonObject): Promise<unknown> => {
    const { apiVersion, kind, metadata } = object as {
      readonly apiVersion: string;
      readonly kind: string;
      readonly metadata: { readonly namespace?: string };
    };
    const base = apiVersion === "v1" ? "/api/v1" : `/apis/${apiVersion}`;
    return create(`${base}${metadata.namespace === undefined ? "" : `/namespaces/${metadata.namespace}`}/${kind.toLowerCase()}s`, object);
  };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "baton-cluster-test-"));
    cluster = await startCluster();
  });
  afterAll(async () => {
    for (const client of clients) client.close();
    await cluster.remove();
    rmSync(folder, { recursive: true, force: true });
  });
  const startKubelet = async (options: KubeletOptions): Promise<TestKubelet> => {
    const kubelet = await TestKubelet.start(cluster, options);
    onTestFinished(() => kubelet.close());
    return kubelet;
  };
  const follow = async (options: ClusterNodesOptions): Promise<ClusterNodes> => {
    const nodes = new ClusterNodes(options);
    onTestFinished(() => nodes.close());
    await nodes.start();
    return nodes;
  };

  test("a token and a client certificate both let us in; the executor says what it is", async () => {
    for (const context of ["admin", "certificate"]) await checkPermissions(clientOf(context), ["default"]);
    const executor = createKubernetesExecutor({ client: clientOf("certificate"), owner: "abilities", stateFolder: folder });
    expect(await executor.abilities()).toMatchObject({ by: "Kubernetes v1.20.2", freeze: "none", limits: { memoryBytes: "kernel" } });
    await executor.close();
  });

  test("a token that a program has given and that is not taken any more is fetched again", async () => {
    const context = readKubeconfig(cluster.kubeconfig, "admin");
    let fetched = 0;
    const tokens = ["no-such-token", "admin-token", "no-such-token", "nor-this-one"];
    const client = new ApiClient({ ...context, token: () => tokens[fetched] ?? "", renew: () => fetched++ < tokens.length });
    clients.push(client);
    const nodes = { method: "GET", path: "/api/v1/nodes" } as const;
    expect(await client.ask(nodes)).toMatchObject({ kind: "NodeList" });
    expect(fetched).toBe(1);
    fetched = 2;
    await expect(client.ask(nodes)).rejects.toMatchObject({ status: 401 });
    expect(fetched).toBe(3);
  });

  test("a token that is none is told apart from a right that is missing", async () => {
    const where = expect.stringContaining("expired (https://127.0.0.1:");
    await expect(checkPermissions(clientOf("expired"), ["default"])).rejects.toMatchObject({ code: "kubernetes-unauthorized", where });
    await expect(checkPermissions(clientOf("nobody"), ["default"])).rejects.toMatchObject({
      code: "kubernetes-forbidden",
      message:
        "Baton may not list, watch nodes in the whole cluster; list, watch pods in the whole cluster; " +
        "create, get, list, watch, patch, delete jobs.batch in the namespace default; list, watch, delete pods in the namespace default; " +
        "create pods/binding in the namespace default; get pods/log in the namespace default.",
    });
    const executor = createKubernetesExecutor({ client: clientOf("nobody"), owner: "x", stateFolder: folder });
    await expect(executor.adopt()).rejects.toMatchObject({
      code: "kubernetes-forbidden",
      message: expect.stringMatching(/cannot list resource/),
    });
    await executor.close();
  });

  test("nobody there, and somebody else there", async () => {
    const access = { ...readAccess(cluster.kubeconfig), server: new URL("https://127.0.0.1:1") };
    const code = "kubernetes-unreachable";
    await expect(checkPermissions(new ApiClient(access), [])).rejects.toMatchObject({
      code,
      message: expect.stringMatching(/ECONNREFUSED/),
    });
    const stranger = new ApiClient({ ...readAccess(cluster.kubeconfig), tls: {} });
    await expect(checkPermissions(stranger, [])).rejects.toMatchObject({ code, message: expect.stringMatching(/certificate/) });
  });

  test("the role of the guide is enough, and each rule of it is needed", async () => {
    await startKubelet({ name: "limited-node" });
    const client = clientOf("limited");
    for (const object of guidesRole("limited")) {
      await expect(checkPermissions(client, ["default"])).rejects.toMatchObject({ code: "kubernetes-forbidden" });
      await apply(object);
    }
    await expect.poll(() => checkPermissions(client, ["default"]).then(() => "enough"), patience).toBe("enough");
    const executor = createKubernetesExecutor({ client, owner: "limited", stateFolder: folder, patienceMs: patience.timeout });
    const program = { kind: "kubernetes", image: "known:1", node: "limited-node", command: ["sh", "-c", "cat; exit 3"], args: [] } as const;
    const job = await executor.start(orderOf(program, { stdin: "in" }));
    expect((await job.result).end).toEqual({ kind: "exited", exitCode: 3 });
    expect(await textOf(job)).toBe("in");
    const endless = await executor.start(orderOf({ ...program, command: ["sleep", "1000"] }));
    await endless.stop({ graceMs: 0 });
    await Promise.all([finished(job), finished(endless)]);
    await executor.close();
    const path = "/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles/baton-jobs";
    const { rules = [] } = (await cluster.client.ask({ method: "GET", path })) as { readonly rules?: readonly JsonObject[] };
    const lesser = rules.map((rule) => ({
      ...rule,
      verbs: (rule["verbs"] as readonly string[]).map((verb) => (verb === "create" ? "get" : verb)),
    }));
    const successor = createKubernetesExecutor({ client, owner: "limited", stateFolder: folder, patienceMs: 500 });
    await successor.adopt();
    onTestFinished(async () => void (await cluster.client.ask({ method: "PATCH", path, body: { rules } })));
    await cluster.client.ask({ method: "PATCH", path, body: { rules: lesser } });
    // The server sees a moment later that it has changed.
    const denied = (): Promise<string> =>
      checkPermissions(client, ["default"]).then(
        () => "enough",
        () => "less",
      );
    await expect.poll(denied, patience).toBe("less");
    const refused = await finished(await successor.start(orderOf(program)));
    expect(refused.end).toMatchObject({ code: "kubernetes-forbidden", message: expect.stringMatching(/cannot create resource "jobs"/) });
    await successor.close();
  });

  test("a pod of the guide's service account is let in by what it finds inside the cluster", async () => {
    for (const object of guidesRole())
      await apply(object).catch((error: unknown) => expect(error).toHaveProperty("reason", "AlreadyExists"));
    const [binding, clusterBinding] = ["namespaces/default/rolebindings/baton-jobs", "clusterrolebindings/baton-nodes"];
    const subjects = [{ kind: "ServiceAccount", name: "baton", namespace: "default" }];
    for (const path of [binding, clusterBinding])
      await cluster.client.ask({ method: "PATCH", path: `/apis/rbac.authorization.k8s.io/v1/${path}`, body: { subjects } });
    const answer = await create("/api/v1/namespaces/default/serviceaccounts/baton/token", {
      spec: { audiences: [], expirationSeconds: 3600 },
    });
    const { token } = (answer as { readonly status: { readonly token: string } }).status;
    const { server, tls } = readAccess(cluster.kubeconfig);
    for (const [name, text] of Object.entries({ token, namespace: "default", "ca.crt": tls.ca ?? "" }))
      writeFileSync(join(folder, name), text);
    const env = { KUBERNETES_SERVICE_HOST: server.hostname, KUBERNETES_SERVICE_PORT: server.port, BATON_SERVICE_ACCOUNT: folder };
    const client = new ApiClient(readAccess("in-cluster", env));
    clients.push(client);
    await expect.poll(() => checkPermissions(client, ["default"]).then(() => "enough"), patience).toBe("enough");
    writeFileSync(join(folder, "token"), "another");
    await expect(checkPermissions(client, ["default"])).rejects.toMatchObject({ code: "kubernetes-unauthorized" });
  });

  test("nodes come, fill up, change and go", async () => {
    const told = new Map<string, ClusterNode>();
    const first = await startKubelet({
      name: "first",
      allocatable: { cpu: "4", memory: "8Gi" },
      taints: [{ key: "team", value: "blue", effect: "NoSchedule" }],
    });
    const nodes = await follow({
      client: cluster.client,
      owner: "us",
      changed: (node) => void told.set(node.name, node),
      gone: (name) => void told.delete(name),
    });
    expect(told.get("first")).toMatchObject({
      isReady: true,
      capacity: { cpu: 4000, memory: 8 * 2 ** 30 },
      tolerations: [{ key: "team" }],
    });
    expect(nodes.get("first")).toBe(told.get("first"));
    for (const owner of ["us", "them"]) {
      const containers = [{ name: "job", image: "manual:1", resources: { requests: { cpu: "500m", memory: "1Gi" } } }];
      const metadata = { name: `pod-of-${owner}`, labels: { "baton.owner": owner } };
      await create("/api/v1/namespaces/default/pods", { metadata, spec: { nodeName: "first", containers } });
    }
    await expect.poll(() => told.get("first")?.capacity["cpu"], patience).toBe(3500);
    expect(told.get("first")?.capacity["memory"]).toBe(7 * 2 ** 30);
    await cluster.client.ask({ method: "PATCH", path: "/api/v1/nodes/first", body: { spec: { unschedulable: true } } });
    await expect
      .poll(() => told.get("first")?.taints.map(({ key }) => key), patience)
      .toEqual(["team", "node.kubernetes.io/unschedulable"]);
    await cluster.client.ask({ method: "DELETE", path: "/api/v1/namespaces/default/pods/pod-of-them", body: { gracePeriodSeconds: 0 } });
    await expect.poll(() => told.get("first")?.capacity["cpu"], patience).toBe(4000);
    await first.report({ conditions: [{ type: "Ready", status: "Unknown" }] });
    await expect.poll(() => told.get("first")?.isReady, patience).toBe(false);
    await cluster.client.ask({ method: "DELETE", path: "/api/v1/nodes/first" });
    await expect.poll(() => told.has("first"), patience).toBe(false);
  });

  test("so many pods as a node may have are a resource of it", async () => {
    const told = new Map<string, ClusterNode>();
    const changed = (node: ClusterNode): void => void told.set(node.name, node);
    await startKubelet({ name: "narrow", allocatable: { pods: "2" } });
    await follow({ client: cluster.client, owner: "us", changed, gone: (name) => void told.delete(name) });
    expect(told.get("narrow")?.capacity["pods"]).toBe(2);
    for (const owner of ["us", "them"]) {
      const metadata = { name: `narrow-${owner}`, labels: { "baton.owner": owner } };
      const spec = { nodeName: "narrow", containers: [{ name: "c", image: "manual:1" }] };
      await create("/api/v1/namespaces/default/pods", { metadata, spec });
    }
    await expect.poll(() => told.get("narrow")?.taints.map(({ key }) => key), patience).toEqual(["baton/pods-full"]);
    expect(told.get("narrow")).toMatchObject({ capacity: { pods: 1 }, total: { pods: 2 } });
    for (const owner of ["us", "them"])
      await cluster.client.ask({
        method: "DELETE",
        path: `/api/v1/namespaces/default/pods/narrow-${owner}`,
        body: { gracePeriodSeconds: 0 },
      });
    await expect.poll(() => told.get("narrow")?.taints, patience).toEqual([]);
    await cluster.client.ask({ method: "DELETE", path: "/api/v1/nodes/narrow" });
  });

  test("a Deployment is scaled, and says what it has; one that is not there is named", async () => {
    const labels = { app: "web" };
    const template = { metadata: { labels }, spec: { containers: [{ name: "c", image: "manual:1" }] } };
    const spec = { replicas: 1, selector: { matchLabels: labels }, template };
    await create("/apis/apps/v1/namespaces/default/deployments", { metadata: { name: "web" }, spec });
    const target = { kind: "deployments", name: "web" } as const;
    await expect.poll(() => readScale(cluster.client, target), patience).toEqual({ wanted: 1, running: 1 });
    expect((await writeScale(cluster.client, target, { from: 1, to: 3 })).wanted).toBe(3);
    await expect.poll(() => readScale(cluster.client, target), patience).toEqual({ wanted: 3, running: 3 });
    await expect(readScale(cluster.client, { ...target, name: "none" })).rejects.toMatchObject({
      code: "kubernetes-object-missing",
      message: 'deployments/scale.apps "none" not found.',
    });
    const nobody = clientOf("nobody");
    const denied = (verb: string): object => ({
      code: "kubernetes-forbidden",
      message: expect.stringMatching(
        new RegExp(`User "nobody" cannot ${verb} resource "deployments/scale" in API group "apps" in the namespace "default"`),
      ),
    });
    await expect(writeScale(nobody, target, { from: 3, to: 5 })).rejects.toMatchObject(denied("get"));
    const rules = [{ apiGroups: ["apps"], resources: ["deployments/scale"], verbs: ["get"] }];
    const rbac = { apiVersion: "rbac.authorization.k8s.io/v1", metadata: { name: "looking", namespace: "default" } };
    const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "looking" };
    const subjects = [{ kind: "User", name: "nobody", apiGroup: "rbac.authorization.k8s.io" }];
    await apply({ ...rbac, kind: "Role", rules });
    await apply({ ...rbac, kind: "RoleBinding", roleRef, subjects });
    await expect
      .poll(
        () =>
          readScale(nobody, target)
            .then(({ wanted }) => wanted)
            .catch(String),
        patience,
      )
      .toBe(3);
    await expect(writeScale(nobody, target, { from: 3, to: 5 })).rejects.toMatchObject(denied("patch"));
  });

  // No controller of this cluster writes on a StatefulSet at the same time.
  test("what others change is scaled, unless they have changed how many there are to be", async () => {
    const labels = { app: "busy" };
    const template = { metadata: { labels }, spec: { containers: [{ name: "c", image: "manual:1" }] } };
    const spec = { replicas: 1, selector: { matchLabels: labels }, template };
    await create("/apis/apps/v1/namespaces/default/statefulsets", { metadata: { name: "busy" }, spec });
    const target = { kind: "statefulsets", name: "busy" } as const;
    const path = "/apis/apps/v1/namespaces/default/statefulsets/busy";
    const change = (body: JsonObject): Promise<unknown> => cluster.client.ask({ method: "PATCH", path, body });
    let left = 3;
    const annotating = new Outrun(cluster.client.access, () =>
      left > 0 ? change({ metadata: { annotations: { n: String(left--) } } }) : undefined,
    );
    expect((await writeScale(annotating, target, { from: 1, to: 2 })).wanted).toBe(2);
    expect(left).toBe(0);
    const scaling = new Outrun(cluster.client.access, () => change({ spec: { replicas: 7 } }));
    await expect(writeScale(scaling, target, { from: 2, to: 3 })).rejects.toMatchObject({
      code: "kubernetes-conflict",
      message: "statefulsets/busy in default has 7 replicas now, not 2.",
    });
    let n = 0;
    const restless = new Outrun(cluster.client.access, () => change({ metadata: { annotations: { n: `again ${n++}` } } }));
    await expect(writeScale(restless, target, { from: 7, to: 3 })).rejects.toMatchObject({
      code: "kubernetes-conflict",
      message: "statefulsets/busy in default changed 5 times while it was to be scaled.",
    });
    expect((await readScale(cluster.client, target)).wanted).toBe(7);
    for (const client of [annotating, scaling, restless]) client.close();
  });
});

/** Does something right before each change is written. */
class Outrun extends ApiClient {
  readonly #before: () => Promise<unknown> | undefined;

  constructor(access: ClusterAccess, before: () => Promise<unknown> | undefined) {
    super(access);
    this.#before = before;
  }

  override async ask(call: ApiCall): Promise<Json> {
    if (call.method === "PATCH") await this.#before();
    return super.ask(call);
  }
}
