// What runs the pods of one node in tests: a kubelet's part of the API, with each container a process of this machine. It registers
// the node, runs what is bound to it, tells how that goes on and ends, and serves logs, as the API server asks for them.
//
// An image is any name with "known"; commands in it are those of this machine. A pod with an image called "manual" is left alone:
// the test says itself what becomes of it.
import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, createReadStream, mkdirSync, mkdtempSync, openSync, rmSync, statSync, writeFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Json, JsonObject } from "@baton/core";
import { ApiRefusal, type ApiClient } from "../api-client.ts";
import type { ClusterObject } from "../objects.ts";
import { Reflector } from "../reflector.ts";
import type { TestCluster } from "./cluster.ts";

/** What a test says of its node. */
export interface KubeletOptions {
  readonly name: string;
  readonly allocatable?: { readonly [resource: string]: string };
  readonly labels?: { readonly [key: string]: string };
  readonly taints?: readonly { readonly key: string; readonly value?: string; readonly effect: string }[];
}

interface RunPod extends ClusterObject {
  readonly spec: {
    readonly terminationGracePeriodSeconds?: number;
    readonly activeDeadlineSeconds?: number;
    readonly volumes?: readonly {
      readonly name: string;
      readonly downwardAPI?: { readonly items: readonly { readonly path: string; readonly fieldRef: { readonly fieldPath: string } }[] };
    }[];
    readonly containers: readonly {
      readonly name: string;
      readonly image: string;
      readonly imagePullPolicy?: string;
      readonly command?: readonly string[];
      readonly args?: readonly string[];
      readonly env?: readonly { readonly name: string; readonly value?: string }[];
      readonly workingDir?: string;
      readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
    }[];
  };
}

const pauseMs = 20;

/** A node that runs what it is given. */
export class TestKubelet {
  readonly name: string;
  readonly #client: ApiClient;
  readonly #folder = mkdtempSync(join(tmpdir(), "baton-kubelet-"));
  readonly #pods = new Map<string, PodProcess>();
  readonly #server: Server;
  readonly #reflector: Reflector<RunPod>;
  readonly #closing = new AbortController();

  private constructor({ client, tls }: TestCluster, name: string) {
    this.name = name;
    this.#client = client;
    this.#server = createServer(tls, (request, response) => {
      // A log that is still read when all is cleared away is cut off.
      this.#serve(request, response).catch(() => response.destroy());
    });
    this.#reflector = new Reflector<RunPod>(client, {
      path: "/api/v1/pods",
      fields: `spec.nodeName=${name}`,
      keep: (pod: RunPod) => pod,
      changed: (pod) => this.#changed(pod),
    });
  }

  static async start(cluster: TestCluster, options: KubeletOptions): Promise<TestKubelet> {
    const kubelet = new TestKubelet(cluster, options.name);
    await new Promise<void>((resolve) => kubelet.#server.listen(0, "127.0.0.1", resolve));
    await kubelet.#register(options);
    await kubelet.#reflector.start();
    return kubelet;
  }

  /** How many processes it has started. */
  get started(): number {
    return this.#pods.size;
  }

  /** How many pods of this Job it has started. */
  startedOf(job: string): number {
    return this.#podsOf(job).length;
  }

  /** Whether a pod of this Job runs now. */
  isRunning(job: string): boolean {
    return this.#podsOf(job).some((pod) => pod.isRunning);
  }

  /** Writes into the node's status: a change of its conditions, or of what it has. */
  async report(status: JsonObject): Promise<void> {
    await this.#client.ask({ method: "PATCH", path: `/api/v1/nodes/${this.name}/status`, body: { status } });
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#reflector.close();
    for (const pod of this.#pods.values()) pod.kill("SIGKILL");
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }

  #podsOf(job: string): readonly PodProcess[] {
    return [...this.#pods.values()].filter(({ name }) => name.startsWith(`${job}-`));
  }

  async #register({ name, labels = {}, taints = [], allocatable = {} }: KubeletOptions): Promise<void> {
    const { port } = this.#server.address() as AddressInfo;
    const amounts = { cpu: "64", memory: "64Gi", "ephemeral-storage": "100Gi", pods: "110", ...allocatable };
    const body: JsonObject = {
      metadata: { name, labels: { "kubernetes.io/hostname": name, ...labels } },
    };
    await this.#client.ask({ method: "POST", path: "/api/v1/nodes", body });
    await this.report({
      capacity: amounts,
      allocatable: amounts,
      conditions: [{ type: "Ready", status: "True", reason: "KubeletReady" }],
      addresses: [{ type: "InternalIP", address: "127.0.0.1" }],
      daemonEndpoints: { kubeletEndpoint: { Port: port } },
    });
    // A new node is marked as not ready; a controller that is not there would take the mark away.
    await this.#client.ask({ method: "PATCH", path: `/api/v1/nodes/${name}`, body: { spec: { taints: taints as unknown as Json } } });
  }

  #changed(pod: RunPod): void {
    const { uid, deletionTimestamp, namespace = "", name } = pod.metadata;
    if (pod.spec.containers.some(({ image }) => image.includes("manual"))) return;
    const there = this.#pods.get(uid);
    if (there !== undefined) {
      if (deletionTimestamp !== undefined) there.terminate(pod.metadata.deletionGracePeriodSeconds ?? 0);
      return;
    }
    const started = new PodProcess(this.#client, pod, join(this.#folder, uid), this.#closing.signal);
    this.#pods.set(uid, started);
    started.run().catch((error: unknown) => console.error(`kubelet: ${namespace}/${name}: ${String(error)}`));
  }

  /** GET /containerLogs/NAMESPACE/POD/CONTAINER?follow=true */
  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "https://kubelet");
    const [, what, , name] = url.pathname.split("/");
    const pod = [...this.#pods.values()].findLast((pod) => pod.name === name);
    if (what !== "containerLogs" || pod === undefined) return void response.writeHead(404).end();
    response.writeHead(200, { "content-type": "text/plain" }).flushHeaders();
    const isFollowed = url.searchParams.get("follow") === "true";
    for (let offset = 0; ;) {
      const ended = pod.hasEnded || !isFollowed;
      for await (const chunk of createReadStream(pod.log, { start: offset })) {
        offset += (chunk as Buffer).length;
        if (!response.write(chunk)) await new Promise((resolve) => response.once("drain", resolve));
      }
      if (ended || response.destroyed) break;
      await sleep(pauseMs);
    }
    response.end();
  }
}

/** One pod with one container. */
class PodProcess {
  readonly name: string;
  readonly log: string;
  hasEnded = false;
  readonly #client: ApiClient;
  readonly #pod: RunPod;
  readonly #folder: string;
  readonly #closing: AbortSignal;
  readonly #startedAt = stamp();
  #child: ChildProcess | undefined;
  #killTimer: NodeJS.Timeout | undefined;
  #isTerminating = false;

  constructor(client: ApiClient, pod: RunPod, folder: string, closing: AbortSignal) {
    this.name = pod.metadata.name;
    this.#client = client;
    this.#pod = pod;
    this.#folder = folder;
    this.#closing = closing;
    this.log = join(folder, "log");
    mkdirSync(folder);
    writeFileSync(this.log, "");
  }

  get isRunning(): boolean {
    return this.#child?.exitCode === null && this.#child.signalCode === null;
  }

  async run(): Promise<void> {
    const [container] = this.#pod.spec.containers;
    if (container === undefined) return;
    if (!container.image.includes("known")) {
      const reason = container.imagePullPolicy === "Never" ? "ErrImageNeverPull" : "ErrImagePull";
      return this.#report("Pending", { waiting: { reason, message: `no such image: ${container.image}` } });
    }
    const program = this.#spawn(container);
    if (program === undefined) {
      const message = `exec: "${container.command?.[0]}": executable file not found in $PATH`;
      return this.#end({ exitCode: 128, reason: "StartError", message });
    }
    this.#child = program;
    const ended = new Promise<JsonObject>((resolve) => program.once("exit", (code, signal) => resolve(endOf(code, signal))));
    await this.#report("Running", { running: { startedAt: this.#startedAt } });
    const state = await ended;
    this.kill("SIGKILL");
    await this.#end(state);
  }

  terminate(graceSeconds: number): void {
    if (!this.#isTerminating) this.#child?.kill("SIGTERM");
    this.#isTerminating = true;
    clearTimeout(this.#killTimer);
    this.#killTimer = setTimeout(() => this.kill("SIGKILL"), graceSeconds * 1000);
    if (this.hasEnded || this.#child === undefined) void this.#remove();
  }

  kill(signal: NodeJS.Signals): void {
    clearTimeout(this.#killTimer);
    try {
      process.kill(-(this.#child?.pid ?? Number.NaN), signal);
    } catch {
      // All of it is gone.
    }
  }

  async #end(terminated: JsonObject): Promise<void> {
    this.hasEnded = true;
    clearTimeout(this.#killTimer);
    const state = { terminated: { ...terminated, startedAt: this.#startedAt, finishedAt: stamp() } };
    await this.#report(terminated["exitCode"] === 0 ? "Succeeded" : "Failed", state);
    if (this.#isTerminating) await this.#remove();
  }

  async #remove(): Promise<void> {
    const body = { gracePeriodSeconds: 0, preconditions: { uid: this.#pod.metadata.uid } };
    await this.#insist(() => this.#client.ask({ method: "DELETE", path: this.#path, body }));
  }

  async #report(phase: string, state: JsonObject): Promise<void> {
    const { name = "", image = "" } = this.#pod.spec.containers[0] ?? {};
    const containers = [{ name, image, imageID: image, ready: "running" in state, restartCount: 0, state }];
    const status = { phase, startTime: this.#startedAt, containerStatuses: containers };
    await this.#insist(() => this.#client.ask({ method: "PATCH", path: `${this.#path}/status`, body: { status } }));
  }

  /** Until the API server answers, or the pod is gone. */
  async #insist(ask: () => Promise<unknown>): Promise<void> {
    while (!this.#closing.aborted) {
      const isDone = await ask().then(
        () => true,
        (error: unknown) => error instanceof ApiRefusal && error.status < 500,
      );
      if (isDone) return;
      await sleep(pauseMs);
    }
  }

  get #path(): string {
    return `/api/v1/namespaces/${this.#pod.metadata.namespace}/pods/${this.name}`;
  }

  #spawn({
    command = [],
    args = [],
    env = [],
    workingDir,
    volumeMounts = [],
  }: RunPod["spec"]["containers"][number]): ChildProcess | undefined {
    const variables = Object.fromEntries(env.map(({ name, value = "" }) => [name, expand(value, {})]));
    // There is one file system for all: what is mounted lies elsewhere.
    const placed = (text: string): string =>
      volumeMounts.reduce((text, { name, mountPath }) => text.replaceAll(mountPath, this.#volume(name)), expand(text, variables));
    const [file = "", ...rest] = [...command, ...args].map(placed);
    const out = openSync(this.log, "a");
    const child = spawn(file, rest, {
      cwd: workingDir ?? this.#folder,
      env: { PATH: process.env["PATH"] ?? "", ...variables },
      stdio: ["ignore", out, out],
      detached: true,
    });
    child.on("error", () => undefined);
    closeSync(out);
    return child.pid === undefined ? undefined : child;
  }

  #volume(name: string): string {
    const folder = join(this.#folder, `volume-${name}`);
    if (statSync(folder, { throwIfNoEntry: false }) !== undefined) return folder;
    mkdirSync(folder);
    for (const { path, fieldRef } of this.#pod.spec.volumes?.find((volume) => volume.name === name)?.downwardAPI?.items ?? []) {
      const [, key = ""] = /^metadata\.annotations\['(.*)'\]$/.exec(fieldRef.fieldPath) ?? [];
      writeFileSync(join(folder, path), this.#pod.metadata.annotations?.[key] ?? "");
    }
    return folder;
  }
}

/** $(NAME) is a variable, $$ a dollar, as a kubelet has it. */
function expand(text: string, variables: { readonly [name: string]: string }): string {
  return text.replaceAll(/\$\$|\$\(([^)]*)\)/g, (all, name?: string) => (name === undefined ? "$" : (variables[name] ?? all)));
}

function endOf(code: number | null, signal: NodeJS.Signals | null): JsonObject {
  const exitCode = code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
  return { exitCode, reason: exitCode === 0 ? "Completed" : "Error" };
}

/** Clusters count in whole seconds. */
function stamp(): string {
  return new Date().toISOString().replace(/\.\d+Z$/, "Z");
}
