// The nodes of Kubernetes clusters, as nodes of this server. What a cluster does not allow keeps the server from starting; one that
// does not answer is tried again for as long as it takes.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BatonError, type Millis } from "@baton/core";
import { openKubernetesPool, readKubernetesAccess, type KubernetesAccess, type KubernetesPool, type PoolNode } from "@baton/executors";
import { AttachedNode, localNodeId, systemClock } from "@baton/runtime";
import { tenant } from "./exchange.ts";
import type { LogLevel, LogWriter } from "./log.ts";
import type { OpenRuntime, RuntimeSetup } from "./options.ts";

/** Clusters that are attached. */
export interface OpenClusters {
  /** Lets go of what runs there: pods run on, and the next start goes on with them. */
  close(): Promise<void>;
}

/** How long a cluster that did not answer at the start is left alone. */
const retryMs: Millis = 5_000;

/** Attaches the clusters that the options name. Rejects where one cannot be read, or does not let us in. */
export async function openClusters(opened: OpenRuntime, setup: RuntimeSetup, log: LogWriter): Promise<OpenClusters> {
  const { kubernetes = [], dataDir } = setup;
  const accesses = readKubernetesAccess(kubernetes);
  const folder = dataDir === undefined ? mkdtempSync(join(tmpdir(), "baton-clusters-")) : join(dataDir, "node");
  const clusters = accesses.map((access) => new Cluster(opened, setup, join(folder, "clusters"), access, log));
  const close = async (): Promise<void> => {
    await Promise.all(clusters.map((cluster) => cluster.close()));
    if (dataDir === undefined) rmSync(folder, { recursive: true, force: true });
  };
  try {
    await Promise.all(clusters.map((cluster) => cluster.open()));
  } catch (error) {
    await close();
    throw error;
  }
  return { close };
}

interface Attached {
  said: PoolNode;
  node: AttachedNode | undefined;
}

class Cluster {
  readonly #opened: OpenRuntime;
  readonly #setup: RuntimeSetup;
  readonly #folder: string;
  readonly #access: KubernetesAccess;
  readonly #log: LogWriter;
  readonly #nodes = new Map<string, Attached>();
  #pool: KubernetesPool | undefined;
  #cancelRetry: () => void = () => undefined;
  #running = true;

  constructor(opened: OpenRuntime, setup: RuntimeSetup, folder: string, access: KubernetesAccess, log: LogWriter) {
    this.#opened = opened;
    this.#setup = setup;
    this.#folder = folder;
    this.#access = access;
    this.#log = log;
  }

  async open(): Promise<void> {
    try {
      this.#pool = await this.#follow();
    } catch (error) {
      if (!(error instanceof BatonError && error.retryable)) throw error;
      this.#trouble(error);
      this.#retryLater();
    }
    if (!this.#running) await this.#pool?.close();
  }

  async close(): Promise<void> {
    this.#running = false;
    this.#cancelRetry();
    await Promise.all([...this.#nodes.values()].map(async ({ node }) => node?.close()));
    await this.#pool?.close();
  }

  async #follow(): Promise<KubernetesPool> {
    const { store } = this.#opened;
    const { kubernetesNamespaces: namespaces, dataDir } = this.#setup;
    const owner = await localNodeId({ store, tenant, clock: systemClock, random: Math.random });
    return openKubernetesPool({
      access: this.#access,
      owner,
      stateFolder: this.#folder,
      now: () => systemClock.now(),
      outlive: dataDir !== undefined,
      ...(namespaces !== undefined && { namespaces }),
      changed: (said) => this.#changed(said),
      gone: (id) => this.#nodes.get(id)?.node?.leave(),
      trouble: (error) => this.#trouble(error),
    });
  }

  #changed(said: PoolNode): void {
    const known = this.#nodes.get(said.hello.id);
    if (known === undefined) return void this.#attach(said);
    known.said = said;
    known.node?.say(said);
  }

  /** It may have changed while what it runs was found. */
  async #attach(said: PoolNode): Promise<void> {
    const attached: Attached = { said, node: undefined };
    this.#nodes.set(said.hello.id, attached);
    const log = ({ level, message }: { readonly level: LogLevel; readonly message: string }): void => this.#log({ level, message });
    attached.node = await AttachedNode.start({ jobs: this.#opened.jobs, clock: systemClock, log }, said);
    if (!this.#running) return attached.node.close();
    if (attached.said !== said) attached.node.say(attached.said);
  }

  /** Only what may pass: a right that is taken away later is told, and asked for again. */
  #retryLater(): void {
    this.#cancelRetry = systemClock.after(retryMs, () => {
      this.open().catch((error: unknown) => {
        this.#trouble(error);
        this.#retryLater();
      });
    });
  }

  #trouble(error: unknown): void {
    const { name, server } = this.#access;
    const cluster = `the Kubernetes cluster ${name} (${server.origin})`;
    if (error === undefined) return this.#log({ level: "info", message: `${cluster} is followed again` });
    const why = error instanceof BatonError ? `${error.message} (${error.code})` : (error as Error).message;
    this.#log({ level: "warning", message: `${cluster} cannot be followed; what runs there goes on: ${why}` });
  }
}
