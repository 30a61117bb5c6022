// A Kubernetes cluster kept attached to a server, in this process or elsewhere: each of its nodes is attached when it comes, told of
// what it has become, and let go when it is gone. A cluster that does not answer at the start is tried again for as long as it
// takes; what it does not allow is said at once.
import { BatonError, type Millis } from "@baton/core";
import { NodeAgent } from "./agent.ts";
import { openKubernetesPool, type KubernetesPool, type KubernetesPoolOptions, type PoolNode } from "./kubernetes-pool.ts";
import type { AttemptRef } from "./protocol.ts";

/** A node of a cluster, as it is spoken for at a server. */
export interface AttachedLink {
  /** What it is from now on. */
  say(said: PoolNode): void;
  /** It wants no more jobs; it goes on with those that it has. */
  drain(): void;
  /** The cluster has it no more; it may come again. */
  leave(): void;
  /** Lets go of it; what runs there runs on. */
  close(): Promise<void>;
}

/** Which cluster, and how its nodes are attached. */
export interface ClusterOptions extends Omit<KubernetesPoolOptions, "changed" | "gone" | "forgotten"> {
  /** Attaches a node; its agent has found already what a former life has started there. */
  readonly attach: (said: PoolNode, agent: NodeAgent) => AttachedLink;
  /** Told of the end of an attempt that came too late. */
  readonly refused?: (attempt: AttemptRef) => void;
}

/** How long a cluster that did not answer at the start is left alone. */
const retryMs: Millis = 5_000;

interface Attached {
  said: PoolNode;
  readonly agent: NodeAgent;
  /** Undefined: what runs on it is still being found. */
  link: AttachedLink | undefined;
}

/** A cluster that is attached. */
export class AttachedCluster {
  readonly #options: ClusterOptions;
  readonly #nodes = new Map<string, Attached>();
  #pool: KubernetesPool | undefined;
  #retry: NodeJS.Timeout | undefined;
  #running = true;

  constructor(options: ClusterOptions) {
    this.#options = options;
  }

  /** Resolves when it is attached, or has not answered: it is asked again until it does. Rejects with what it does not allow. */
  async open(): Promise<void> {
    try {
      this.#pool = await this.#follow();
    } catch (error) {
      if (!(error instanceof BatonError && error.retryable)) throw error;
      this.#options.trouble(error);
      if (this.#running) this.#retryLater();
    }
    if (!this.#running) await this.#pool?.close();
  }

  /** How many jobs run on its nodes. */
  get running(): number {
    return [...this.#nodes.values()].reduce((sum, { agent }) => sum + agent.running, 0);
  }

  /** Ends all jobs; resolves when the server has settled the end of each. */
  async stopAll(): Promise<void> {
    const nodes = [...this.#nodes.values()];
    for (const { link } of nodes) link?.drain();
    await Promise.all(nodes.map(({ agent }) => agent.stopAll()));
  }

  /** Lets go of everything: pods run on, and the next start goes on with them. */
  async close(): Promise<void> {
    this.#running = false;
    clearTimeout(this.#retry);
    await Promise.all([...this.#nodes.values()].map((node) => closeNode(node)));
    await this.#pool?.close();
  }

  #follow(): Promise<KubernetesPool> {
    const { attach: _attach, refused: _refused, ...options } = this.#options;
    return openKubernetesPool({
      ...options,
      changed: (said) => this.#changed(said),
      gone: (id) => this.#nodes.get(id)?.link?.leave(),
      forgotten: (id) => this.#forget(id),
    });
  }

  #changed(said: PoolNode): void {
    const known = this.#nodes.get(said.hello.id);
    if (known === undefined) return void this.#attach(said);
    known.said = said;
    known.link?.say(said);
  }

  /** It may have changed while what it runs was found. */
  async #attach(said: PoolNode): Promise<void> {
    const { attach, now, refused } = this.#options;
    const agent = new NodeAgent({ executors: [said.executor()], now, ...(refused && { refused }) });
    const attached: Attached = { said, agent, link: undefined };
    this.#nodes.set(said.hello.id, attached);
    await agent.adopt();
    if (this.#nodes.get(said.hello.id) !== attached) return;
    if (!this.#running) return agent.close();
    attached.link = attach(attached.said, agent);
  }

  #forget(id: string): void {
    const node = this.#nodes.get(id);
    this.#nodes.delete(id);
    if (node !== undefined) void closeNode(node);
  }

  /** Only what may pass: a right that is taken away later is told, and asked for again. */
  #retryLater(): void {
    this.#retry = setTimeout(() => {
      this.open().catch((error: unknown) => {
        this.#options.trouble(error as BatonError);
        this.#retryLater();
      });
    }, retryMs);
  }
}

async function closeNode({ link, agent }: Attached): Promise<void> {
  await link?.close();
  await agent.close();
}
