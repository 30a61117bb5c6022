// A Kubernetes cluster as a pool of nodes: each node of the cluster, as a server takes it, with an executor of its own. All of them
// share one executor of pods, which finds the jobs of a former life; each gets those that are on its node.
import type { BatonError, Millis } from "@baton/core";
import {
  ApiClient,
  checkPermissions,
  ClusterNodes,
  createKubernetesExecutor,
  jobError,
  readAccess,
  type ClusterAccess,
  type ClusterNode,
  type JobExecutor as PodExecutor,
  type JobHandle,
  type JobSpec,
  type KubernetesExecutor,
  type KubernetesProgram,
} from "@baton/job-executors";
import { followed, type FollowOptions } from "./launched-task.ts";
import { abilityLabels, containersOnlyTaint } from "./machine.ts";
import type { ContainerWork, JobExecutor, JobTask } from "./port.ts";
import type { NodeHello, NodeLoad } from "./protocol.ts";

/** Which cluster, and who is told of its nodes. */
export interface KubernetesPoolOptions extends FollowOptions {
  readonly access: ClusterAccess;
  /** What the pool is called; absent: as the context. */
  readonly pool?: string;
  /** Tells our Jobs from those of others. */
  readonly owner: string;
  readonly stateFolder: string;
  /** Where jobs may go; absent: the context's own. */
  readonly namespaces?: readonly string[];
  /** Of a node when it comes, and of every change; all nodes are told anew when the cluster cannot be followed, and can again. */
  readonly changed: (node: PoolNode) => void;
  /** Of a node that the cluster has no more; its id. It may come again. */
  readonly gone: (id: string) => void;
  /** It has not come again for so long that what ran there is ended, and cleared away in the cluster. */
  readonly forgotten: (id: string) => void;
  readonly goneMs?: Millis;
  /** The cluster can no longer be followed, or can again. */
  readonly trouble: (error: BatonError | undefined) => void;
}

/** A node of a cluster, as a server takes it. */
export interface PoolNode {
  readonly hello: Omit<NodeHello, "holds">;
  /** Whether its machine is heard of. */
  readonly isReady: boolean;
  /** What the pods on it ask for. */
  readonly load: Omit<NodeLoad, "running">;
  /** Makes what runs jobs on it. */
  readonly executor: () => JobExecutor;
}

/** A cluster that is followed. */
export interface KubernetesPool {
  readonly name: string;
  /** Lets go of everything; pods run on. */
  close(): Promise<void>;
}

/** Reads how clusters are reached: `KUBECONFIG`, `KUBECONFIG:CONTEXT`, `in-cluster`. Throws kubeconfig-invalid, also where two would be one pool. */
export function readKubernetesAccess(texts: readonly string[]): readonly ClusterAccess[] {
  const accesses = texts.map((text) => readAccess(text));
  const names = accesses.map(({ name }) => poolNameOf(name));
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice === undefined) return accesses;
  throw jobError("kubeconfig-invalid", {
    message: `Two clusters would be the pool ${twice}. Give one of the contexts another name.`,
    where: twice,
  });
}

/**
 * How long a node that its cluster has no more may come again, with what runs there: longer than a server's lease, after which its
 * jobs are placed elsewhere.
 */
const defaultGoneMs: Millis = 20_000;

/** What marks all nodes of a cluster that does not answer. */
const unreachableTaint = { key: "baton/unreachable", effect: "no-schedule" } as const;

/** Follows a cluster; all its nodes were told when it resolves. Rejects with what the cluster does not allow, or that it does not answer. */
export async function openKubernetesPool(options: KubernetesPoolOptions): Promise<KubernetesPool> {
  const pool = new Pool(options);
  try {
    await pool.open();
  } catch (error) {
    await pool.close();
    throw error;
  }
  return pool;
}

class Pool implements KubernetesPool {
  readonly name: string;
  readonly #options: KubernetesPoolOptions;
  readonly #client: ApiClient;
  readonly #pods: KubernetesExecutor;
  readonly #nodes: ClusterNodes;
  readonly #told = new Map<string, ClusterNode>();
  readonly #leaving = new Map<string, NodeJS.Timeout>();
  #engine = "Kubernetes";
  #isFollowed = true;

  constructor(options: KubernetesPoolOptions) {
    const { access, owner, stateFolder, namespaces, pool = poolNameOf(access.name) } = options;
    this.name = pool;
    this.#options = options;
    this.#client = new ApiClient(access);
    const client = this.#client;
    this.#pods = createKubernetesExecutor({ client, owner, stateFolder: `${stateFolder}/${this.name}`, ...(namespaces && { namespaces }) });
    this.#nodes = new ClusterNodes({
      client,
      owner,
      changed: (node) => this.#changed(node),
      gone: (name) => this.#gone(name),
      trouble: (error) => this.#trouble(error),
    });
  }

  async open(): Promise<void> {
    await checkPermissions(this.#client, this.#options.namespaces ?? [this.#options.access.namespace]);
    await this.#pods.adopt();
    this.#engine = (await this.#pods.abilities()).by;
    await this.#nodes.start();
    for (const { node } of await this.#pods.adopt()) if (!this.#told.has(node)) this.#forgetLater(node);
  }

  async close(): Promise<void> {
    for (const timer of this.#leaving.values()) clearTimeout(timer);
    this.#nodes.close();
    await this.#pods.close();
    this.#client.close();
  }

  #executorOf(node: string): JobExecutor {
    const onNode: PodExecutor = {
      kind: "kubernetes",
      abilities: () => this.#pods.abilities(),
      start: (spec) => this.#pods.start(spec),
      adopt: async () => (await this.#pods.adopt()).filter((job) => job.node === node),
      close: () => Promise.resolve(),
    };
    return followed(
      { kinds: ["container"], executors: [onNode], launch: (_, order, task) => this.#launch(node, order, task) },
      this.#options,
    );
  }

  #launch(name: string, order: Omit<JobSpec, "program">, { work, limits }: JobTask): Promise<JobHandle> {
    if (work.kind !== "container") return Promise.reject(new Error(`A pod cannot run a ${work.kind}.`));
    return this.#pods.start({ ...order, program: programOf(name, work, limits, this.#told.get(name)) });
  }

  #changed(node: ClusterNode): void {
    clearTimeout(this.#leaving.get(node.name));
    this.#leaving.delete(node.name);
    this.#told.set(node.name, node);
    this.#options.changed(this.#poolNode(node));
  }

  #gone(name: string): void {
    this.#told.delete(name);
    this.#options.gone(this.#idOf(name));
    this.#forgetLater(name);
  }

  #forgetLater(name: string): void {
    clearTimeout(this.#leaving.get(name));
    this.#leaving.set(
      name,
      setTimeout(() => void this.#forget(name), this.#options.goneMs ?? defaultGoneMs),
    );
  }

  /** Nobody will ask for the jobs of a node that is gone: their results are not wanted, and nothing of them is to stay. */
  async #forget(name: string): Promise<void> {
    this.#leaving.delete(name);
    this.#options.forgotten(this.#idOf(name));
    const left = (await this.#pods.adopt()).filter(({ node }) => node === name);
    await Promise.all(left.map(endAndRelease));
  }

  #idOf(node: string): string {
    return `${this.name}.${node}`;
  }

  #trouble(error: BatonError | undefined): void {
    const isFollowed = error === undefined;
    if (isFollowed === this.#isFollowed) return;
    this.#isFollowed = isFollowed;
    this.#options.trouble(error);
    for (const node of this.#told.values()) this.#options.changed(this.#poolNode(node));
  }

  #poolNode({ name, capacity, total, labels, taints, zone, isReady, requested }: ClusterNode): PoolNode {
    const ours = [{ key: containersOnlyTaint, effect: "no-schedule" as const }, ...(this.#isFollowed ? [] : [unreachableTaint])];
    const hello = {
      id: this.#idOf(name),
      capacity,
      total,
      labels: { ...labels, [abilityLabels.containers]: this.#engine, [abilityLabels.kubernetes]: this.name },
      taints: [...taints, ...ours],
      pool: this.name,
      ...(zone !== undefined && { zone }),
    };
    return { hello, isReady, load: requested, executor: () => this.#executorOf(name) };
  }
}

async function endAndRelease(job: JobHandle): Promise<void> {
  await job.stop({ graceMs: 0 });
  await job.result;
  await job.release();
}

/** Contexts are called anything; what people write in constraints should be a word. */
function poolNameOf(context: string): string {
  return context.replaceAll(/[^A-Za-z0-9.-]+/g, "-").replaceAll(/^[.-]+|[.-]+$/g, "") || "kubernetes";
}

/** What limits of jobs name themselves. */
const ofLimits: ReadonlySet<string> = new Set(["cpu", "memory", "disk", "gpu", "pods"]);

function programOf(name: string, work: ContainerWork, limits: JobTask["limits"], node: ClusterNode | undefined): KubernetesProgram {
  const { image, pull, command, arguments: args, kubernetes = {}, cleanup } = work;
  const { gpu = 0 } = limits;
  const { tolerations = [], gpuResource } = node ?? {};
  const resources = Object.fromEntries(Object.entries(limits).filter(([resource, amount]) => !ofLimits.has(resource) && amount > 0));
  return {
    kind: "kubernetes",
    image,
    args,
    node: name,
    ...(pull !== undefined && { pull }),
    ...(command !== undefined && { command }),
    ...(cleanup !== undefined && { cleanup }),
    ...kubernetes,
    tolerations,
    resources: { ...resources, ...(gpu > 0 && gpuResource !== undefined && { [gpuResource]: gpu }) },
  };
}
