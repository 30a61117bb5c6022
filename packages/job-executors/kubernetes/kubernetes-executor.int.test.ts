// Jobs of a real API server, where one is built: the contract, and what only clusters do. The node is a test's own (testing/kubelet.ts).
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { defined, type Json, type JsonObject } from "@baton/core";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { shellBehaviours } from "../contract/behaviours.ts";
import { jobExecutorContract } from "../contract/contract.ts";
import { finished, isReady, orderOf, textOf } from "../contract/subject.ts";
import type { JobEnd, JobHandle, JobSpec, KubernetesProgram } from "../port.ts";
import type { ClusterAccess } from "./access.ts";
import { ApiClient, type ApiCall } from "./api-client.ts";
import { createKubernetesExecutor, type KubernetesExecutor, type KubernetesOptions } from "./kubernetes-executor.ts";
import { jobManifest, jobName } from "./manifest.ts";
import type { JobObject, PodObject } from "./objects.ts";
import { hasEnded, startTrouble } from "./pod-end.ts";
import { readQuantity } from "./quantity.ts";
import { canRunCluster, startCluster, type TestCluster } from "./testing/cluster.ts";
import { TestKubelet } from "./testing/kubelet.ts";

vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });
const patience = { timeout: 180_000 };

const node = "node-1";

function sh(text: string, ...args: readonly string[]): KubernetesProgram {
  return { kind: "kubernetes", image: "known:1", node, command: ["/bin/sh", "-c", text, "sh"], args };
}

describe.skipIf(!canRunCluster())("needs the programs of `node tools/services.ts install kubernetes`", () => {
  const executors: KubernetesExecutor[] = [];
  let folder: string;
  let cluster: TestCluster;
  let kubelet: TestKubelet;

  const executorOver = (state: string, options: Partial<KubernetesOptions> = {}): KubernetesExecutor => {
    const executor = createKubernetesExecutor({ client: cluster.client, owner: state, stateFolder: join(folder, state), ...options });
    executors.push(executor);
    return executor;
  };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "baton-kubernetes-"));
    cluster = await startCluster();
    kubelet = await TestKubelet.start(cluster, { name: node });
  });
  afterAll(async () => {
    await Promise.all(executors.map((executor) => executor.close()));
    await kubelet.close();
    await cluster.remove();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  describe("the contract", () => {
    const clear = jobExecutorContract({
      test,
      create: () => executorOver("contract"),
      behaviours: shellBehaviours(sh),
      keepsMemory: false,
      keepsPids: false,
      lacks: ["streams", "freeze", "signals", "accounting"],
    });
    afterAll(clear);
  });

  describe("pods", () => {
    let machine: KubernetesExecutor;
    beforeAll(() => {
      machine = executorOver("machine", { patienceMs: patience.timeout });
    });

    const at = (path: string): Promise<Json> => cluster.client.ask({ method: "GET", path });
    const list = async <Item>(path: string): Promise<readonly Item[]> =>
      ((await at(path)) as unknown as { readonly items: readonly Item[] }).items;
    /** Jobs of an executor: of all that it has, those with these names. */
    const jobs = async (owner: string, ...names: readonly string[]): Promise<readonly JobObject[]> =>
      (await list<JobObject>(`/apis/batch/v1/namespaces/default/jobs?labelSelector=baton.owner=${owner}`)).filter(({ metadata }) =>
        names.includes(metadata.name),
      );
    const pods = (job: string): Promise<readonly PodObject[]> => list(`/api/v1/namespaces/default/pods?labelSelector=baton.job=${job}`);
    const endOf = async (program: KubernetesProgram, more: Partial<JobSpec> = {}): Promise<JobEnd> =>
      (await finished(await machine.start(orderOf(program, more)))).end;
    const podPath = (pod: PodObject): string => `/api/v1/namespaces/default/pods/${pod.metadata.name}`;
    const report = (pod: PodObject, status: JsonObject): Promise<Json> =>
      cluster.client.ask({ method: "PATCH", path: `${podPath(pod)}/status`, body: { status } });
    /** The one pod of a job that may run, once it has its node. */
    const boundPod = async (job: JobHandle, on = node, owner = "machine"): Promise<PodObject> => {
      const find = async (): Promise<PodObject | undefined> => (await pods(jobName(owner, job))).find(({ spec }) => spec.nodeName === on);
      await expect.poll(find, patience).toBeDefined();
      return defined(await find(), "the pod");
    };
    /** The end of a job of which the cluster has said what is wrong: a successor finds it that does not wait any longer. */
    const givenUp = async (executor: KubernetesExecutor, { allocation }: JobHandle, state: string, more = {}): Promise<JobEnd> => {
      await executor.close();
      const found = await executorOver(state, { ...more, patienceMs: 100 }).adopt();
      const job = found.find((job) => job.allocation === allocation);
      return (await finished(defined(job, "the job"))).end;
    };
    const hasWarning = async (job: string, namespace = "default"): Promise<boolean> =>
      (await list(`/api/v1/namespaces/${namespace}/events?fieldSelector=type=Warning,involvedObject.name=${job}`)).length > 0;

    test("a Job is as it was ordered, and is gone once it is released", async () => {
      const order = orderOf(
        {
          ...sh("echo $WHO"),
          labels: { team: "blue" },
          serviceAccount: "default",
          resources: { "example.com/fpga": 1 },
          pull: "always",
          priorityClass: "system-cluster-critical",
          restricted: true,
          user: 1000,
        },
        {
          limits: { cpuMillis: 500, memoryBytes: 1 << 20, diskBytes: 4096 },
          timeoutMs: 60_000,
          graceMs: 5_000,
          env: { WHO: "$(HOME) $$ x" },
          cwd: "/tmp",
        },
      );
      const job = await machine.start(order);
      expect((await job.result).end).toEqual({ kind: "exited", exitCode: 0 });
      expect(await textOf(job)).toBe("$(HOME) $$ x\n");
      const name = jobName("machine", order);
      const [object] = (await jobs("machine", name)) as unknown as readonly {
        readonly metadata: JobObject["metadata"];
        readonly spec: JsonObject;
      }[];
      expect(object?.metadata.labels).toMatchObject({ team: "blue", "app.kubernetes.io/managed-by": "baton" });
      const amounts = { cpu: "500m", memory: "1048576", "ephemeral-storage": "4096", "example.com/fpga": "1" };
      expect(object?.spec).toMatchObject({
        backoffLimit: 0,
        template: {
          spec: {
            restartPolicy: "Never",
            serviceAccountName: "default",
            activeDeadlineSeconds: 665,
            terminationGracePeriodSeconds: 5,
            priorityClassName: "system-cluster-critical",
            securityContext: {
              runAsNonRoot: true,
              runAsUser: 1000,
              runAsGroup: 1000,
              fsGroup: 1000,
              seccompProfile: { type: "RuntimeDefault" },
            },
            containers: [
              {
                imagePullPolicy: "Always",
                workingDir: "/tmp",
                securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
              },
            ],
          },
        },
      });
      expect(readAmounts(await boundPod(job))).toEqual(
        readAmounts({ spec: { containers: [{ name: "job", resources: { limits: amounts, requests: amounts } }] } }),
      );
      await job.release();
      await expect.poll(async () => (await jobs("machine", name)).length + (await pods(name)).length, patience).toBe(0);
    });

    test.each([
      ["a command that is not in the image", { command: ["/no/such/command"] }, "command-not-found", /executable file not found/],
      ["a namespace that is not ours", { namespace: "kube-system" }, "job-spec-invalid", /go to default, not to "kube-system"/],
      ["a label that is none", { labels: { team: "not a label" } }, "job-spec-invalid", /a valid label/],
      ["an image without a name", { image: "" }, "job-spec-invalid", /not the name of an image/],
    ] as const)("what cannot start says why: %s", async (_, more, code, message) => {
      const end = await endOf({ ...sh("true"), args: [], ...more });
      expect(end).toMatchObject({ kind: "failed", code });
      expect(end).toHaveProperty("message", expect.stringMatching(message));
    });

    const isInTrouble = async (job: string): Promise<boolean> => (await pods(job)).some((pod) => startTrouble(pod) !== undefined);

    test.each([
      ["an image that nobody has", { image: "no-such-image:1" }, isInTrouble, "image-missing", /ErrImagePull: no such image/],
      ["no service account", { serviceAccount: "ghost" }, hasWarning, "job-start-failed", /serviceaccount "ghost" not found/],
    ] as const)(
      "what does not start is given up after a while, with the cluster's words: %s",
      async (what, more, isSaid, code, message) => {
        const executor = executorOver(code, { patienceMs: patience.timeout });
        const job = await executor.start(orderOf({ ...sh("true"), ...more }));
        await expect.poll(() => isSaid(jobName(code, job)), patience).toBe(true);
        const end = await givenUp(executor, job, code);
        expect(end, what).toMatchObject({ kind: "failed", code, message: expect.stringMatching(message) as string });
      },
    );

    test.each([
      [{ phase: "Failed", containerStatuses: [ended({ exitCode: 137, reason: "OOMKilled" })] }, "job-out-of-memory"],
      [{ phase: "Failed", reason: "Evicted", message: "The node was low on resource: memory." }, "job-evicted"],
      [
        { phase: "Failed", reason: "Evicted", message: "Pod ephemeral local storage usage exceeds the total limit of containers 4096." },
        "job-out-of-disk",
      ],
      [{ phase: "Failed", reason: "OutOfcpu", message: "Node didn't have enough resource: cpu" }, "job-evicted"],
      [
        { phase: "Failed", reason: "DeadlineExceeded", message: "Pod was active on the node longer than the specified deadline" },
        "job-timed-out",
      ],
    ] as const)("what a cluster does to a pod is told apart: %#", async (status, code) => {
      const job = await machine.start(orderOf({ ...sh("true"), image: "manual:1" }));
      await report(await boundPod(job), status);
      expect((await finished(job)).end).toMatchObject({ kind: "failed", code });
    });

    test("a job has begun when its container runs, and not while its image is fetched", async () => {
      const job = await machine.start(orderOf({ ...sh("true"), image: "manual:1" }));
      const pod = await boundPod(job);
      let hasBegun = false;
      void job.began?.then(() => (hasBegun = true));
      await report(pod, { phase: "Pending", containerStatuses: [waits({ reason: "ContainerCreating" })] });
      expect(hasBegun).toBe(false);
      await report(pod, { phase: "Running", containerStatuses: [runs()] });
      await expect.poll(() => hasBegun, patience).toBe(true);
      await report(pod, { phase: "Failed", containerStatuses: [ended({ exitCode: 143, reason: "Error" })] });
      expect((await finished(job)).end).toEqual({ kind: "exited", exitCode: 143 });
    });

    test("an image that is tried again and again is given up after a while, with the cluster's words", async () => {
      const executor = executorOver("trying", { patienceMs: patience.timeout });
      const job = await executor.start(orderOf({ ...sh("true"), image: "manual:1" }));
      const pod = await boundPod(job, node, "trying");
      const message = 'Back-off pulling image "registry.example.org/no/such:1"';
      await report(pod, { phase: "Pending", containerStatuses: [waits({ reason: "ContainerCreating" })] });
      await report(pod, { phase: "Pending", containerStatuses: [waits({ reason: "ImagePullBackOff", message })] });
      const end = givenUp(executor, job, "trying");
      // The cluster may have made another pod by then, which does not run.
      await expect.poll(async () => ((await at(podPath(pod))) as unknown as PodObject).metadata.deletionTimestamp, patience).toBeDefined();
      await cluster.client.ask({ method: "DELETE", path: podPath(pod), body: { gracePeriodSeconds: 0 } });
      expect(await end).toMatchObject({ code: "image-missing", message: `ImagePullBackOff: ${message}` });
    });

    test("what a pod wrote on a node whose kubelet does not answer is said to be missing", async () => {
      await cluster.client.ask({ method: "POST", path: "/api/v1/nodes", body: { metadata: { name: "silent" } } });
      const job = await machine.start(orderOf({ ...sh("true"), node: "silent", image: "manual:1" }));
      const pod = await boundPod(job, "silent");
      await report(pod, { phase: "Running", containerStatuses: [runs()] });
      await report(pod, { phase: "Succeeded", containerStatuses: [ended({ exitCode: 0, reason: "Completed" })] });
      expect((await job.result).end).toEqual({ kind: "exited", exitCode: 0 });
      expect(await textOf(job, "stderr")).toMatch(/^baton: what the pod wrote cannot be read, or not to its end: .+\n$/);
      await job.release();
      await cluster.client.ask({ method: "DELETE", path: "/api/v1/nodes/silent" });
    });

    test("a namespace whose quota is exceeded says so, in the cluster's words", async () => {
      const namespace = "tight";
      const create = (path: string, body: JsonObject): Promise<Json> => cluster.client.ask({ method: "POST", path, body });
      await create("/api/v1/namespaces", { metadata: { name: namespace } });
      await create(`/api/v1/namespaces/${namespace}/resourcequotas`, {
        metadata: { name: "few" },
        spec: { hard: { "requests.cpu": "1" } },
      });
      const ready = async (): Promise<boolean> =>
        "status" in ((await at(`/api/v1/namespaces/${namespace}/resourcequotas/few`)) as object) &&
        "secrets" in ((await at(`/api/v1/namespaces/${namespace}/serviceaccounts/default`)) as object);
      await expect.poll(() => ready().catch(() => false), patience).toBe(true);
      const within = { namespaces: [namespace] };
      const endIn = async (state: string, limits: JobSpec["limits"]): Promise<JobEnd> => {
        const executor = executorOver(state, { ...within, patienceMs: patience.timeout });
        const job = await executor.start(orderOf(sh("true"), { limits }));
        await expect.poll(() => hasWarning(jobName(state, job), namespace), patience).toBe(true);
        return givenUp(executor, job, state, within);
      };
      expect(await endIn("large", { cpuMillis: 2_000 })).toMatchObject({
        code: "kubernetes-quota-exceeded",
        message: expect.stringMatching(/exceeded quota: few, requested: requests.cpu=2, used: requests.cpu=0, limited: requests.cpu=1/),
      });
      expect(await endIn("unsaid", {})).toMatchObject({
        code: "job-start-failed",
        message: expect.stringMatching(/must specify requests.cpu/),
      });
      const executor = executorOver("small", { ...within, patienceMs: patience.timeout });
      const small = await executor.start(orderOf(sh("exit 4"), { limits: { cpuMillis: 500 } }));
      expect((await finished(small)).end).toEqual({ kind: "exited", exitCode: 4 });
    });

    test("a Job stays with the cluster where its order says so, and is none of ours then", async () => {
      const order = orderOf({ ...sh("exit 3"), cleanup: { kind: "never" } });
      await finished(await machine.start(order));
      const name = jobName("machine", order);
      await expect.poll(() => jobs("machine", name), patience).toEqual([]);
      const path = `/apis/batch/v1/namespaces/default/jobs/${name}`;
      await expect.poll(() => at(path), patience).toMatchObject({ status: { failed: 1 } });
      await cluster.client.ask({ method: "DELETE", path, body: { propagationPolicy: "Background" } });
    });

    test("whenever a job is stopped, it has not ended before nothing of it runs any more, nor runs later", async () => {
      const delays = Array.from({ length: 16 }, (_, i) => i * 20);
      const stoppedAfter = async (delay: number): Promise<string> => {
        const job = await machine.start(orderOf(sh("trap '' TERM; while :; do sleep 0.05; done")));
        await sleep(delay);
        await job.stop({ graceMs: 0 });
        const { end } = await job.result;
        expect(kubelet.isRunning(jobName("machine", job))).toBe(false);
        await job.release();
        expect(end).toMatchObject({ code: "job-cancelled" });
        return jobName("machine", job);
      };
      const names = await Promise.all(delays.map(stoppedAfter));
      await expect.poll(() => jobs("machine", ...names), patience).toEqual([]);
      expect(names.filter((name) => kubelet.isRunning(name))).toEqual([]);
    });

    test("a job that is stopped when its pod has just got its node ends when the pod does", async () => {
      const executor = executorOver("meddling", { client: new Meddling(cluster.client.access, () => void job.stop({ graceMs: 0 })) });
      const job = await executor.start(orderOf(sh("sleep 1000")));
      expect((await job.result).end).toMatchObject({ code: "job-cancelled" });
      const left = await pods(jobName("meddling", job));
      expect(left.filter((pod) => pod.spec.nodeName !== undefined && !hasEnded(pod))).toEqual([]);
      await job.release();
    });

    test("a pod that somebody deletes is not run again by the cluster", async () => {
      const job = await machine.start(orderOf(sh("trap 'exit 0' TERM; echo ready; while :; do sleep 0.05; done")));
      await isReady(job);
      await cluster.client.ask({ method: "DELETE", path: podPath(await boundPod(job)) });
      expect((await finished(job)).end).toMatchObject({ kind: "failed", code: "job-evicted", exitCode: 0 });
      await expect.poll(async () => (await pods(jobName("machine", job))).length, patience).toBe(0);
      expect(kubelet.startedOf(jobName("machine", job))).toBe(1);
    });

    test("a Job that somebody deletes is lost, and its pod ends", async () => {
      const job = await machine.start(orderOf({ ...sh("true"), image: "manual:1" }));
      const pod = await boundPod(job);
      const path = `/apis/batch/v1/namespaces/default/jobs/${jobName("machine", job)}`;
      await cluster.client.ask({ method: "DELETE", path, body: { propagationPolicy: "Foreground" } });
      await cluster.client.ask({ method: "DELETE", path: podPath(pod), body: { gracePeriodSeconds: 0 } }).catch(() => undefined);
      expect((await finished(job)).end).toMatchObject({ kind: "failed", code: "job-evicted" });
    });

    test("a successor goes on without the folder of the one before it", async () => {
      const order = orderOf(sh('echo ready; while ! [ -e "$1" ]; do sleep 0.05; done; echo end; exit 6', join(folder, "go")));
      const first = executorOver("moving");
      await isReady(await first.start(order));
      await first.close();
      rmSync(join(folder, "moving"), { recursive: true, maxRetries: 5 });
      const [job] = await executorOver("moving").adopt();
      expect(job).toMatchObject({ allocation: order.allocation, token: order.token, node });
      writeFileSync(join(folder, "go"), "");
      expect((await job?.result)?.end).toEqual({ kind: "exited", exitCode: 6 });
      expect(job && (await textOf(job))).toBe("ready\nend\n");
      await job?.release();
      await expect.poll(() => jobs("moving", jobName("moving", order)), patience).toEqual([]);
    });

    test("what a dead executor had claimed and not bound is bound by the next; what it had only created, too", async () => {
      const names: string[] = [];
      for (const isClaimed of [true, false]) {
        const order = orderOf(sh("exit 4"));
        const manifest = jobManifest(order, sh("exit 4"), "halfway", Date.now());
        await cluster.client.ask({ method: "POST", path: "/apis/batch/v1/namespaces/default/jobs", body: manifest });
        const name = jobName("halfway", order);
        names.push(name);
        await expect.poll(async () => (await pods(name)).length, patience).toBe(1);
        const [pod] = await pods(name);
        const body = { metadata: { annotations: { "baton.pod": pod?.metadata.uid ?? "" } } };
        if (isClaimed) await cluster.client.ask({ method: "PATCH", path: `/apis/batch/v1/namespaces/default/jobs/${name}`, body });
      }
      for (const job of await executorOver("halfway").adopt()) expect((await finished(job)).end).toEqual({ kind: "exited", exitCode: 4 });
      expect(names.map((name) => kubelet.startedOf(name))).toEqual([1, 1]);
    });

    test("jobs live through a restart of the API server", async () => {
      const go = join(folder, "after-restart");
      const job = await machine.start(orderOf(sh('echo ready; while ! [ -e "$1" ]; do sleep 0.05; done; echo end; exit 6', go)));
      await isReady(job);
      await cluster.stopApiServer();
      const late = await machine.start(orderOf(sh("exit 5")));
      await cluster.startApiServer();
      writeFileSync(go, "");
      expect((await job.result).end).toEqual({ kind: "exited", exitCode: 6 });
      expect(await textOf(job)).toBe("ready\nend\n");
      expect((await finished(late)).end).toEqual({ kind: "exited", exitCode: 5 });
      await job.release();
    });
  });
});

/** Does something in the very moment in which a pod has got its node. */
class Meddling extends ApiClient {
  readonly #onBound: () => void;

  constructor(access: ClusterAccess, onBound: () => void) {
    super(access);
    this.#onBound = onBound;
  }

  override async ask(call: ApiCall): Promise<Json> {
    const answer = await super.ask(call);
    if (call.path.endsWith("/binding")) this.#onBound();
    return answer;
  }
}

function waits(state: JsonObject): JsonObject {
  return { name: "job", image: "x", imageID: "", ready: false, restartCount: 0, state: { waiting: state } };
}

function runs(): JsonObject {
  const running = { startedAt: new Date().toISOString().replace(/\.\d+Z$/, "Z") };
  return { name: "job", image: "x", imageID: "x", ready: true, restartCount: 0, state: { running } };
}

function ended(state: JsonObject): JsonObject {
  return { name: "job", image: "x", imageID: "x", ready: false, restartCount: 0, state: { terminated: state } };
}

function readAmounts(pod: Pick<PodObject, "spec"> | undefined): readonly number[] {
  const { limits = {}, requests = {} } = pod?.spec.containers[0]?.resources ?? {};
  return ["cpu", "memory", "ephemeral-storage", "example.com/fpga"].flatMap((name) => [
    readQuantity(limits[name]),
    readQuantity(requests[name]),
  ]);
}
