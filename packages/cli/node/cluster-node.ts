// A node of a Kubernetes cluster at a server somewhere else: a link of its own, silent while the cluster does not hear of the node.
import type { Problem } from "@baton/api";
import type { AttachedLink, NodeAgent, PoolNode } from "@baton/executors";
import type { ClusterKey } from "./cluster-key.ts";
import { RemoteNode } from "./remote-node.ts";

/** What it is attached with. */
export interface ClusterNodeParts {
  readonly url: string;
  readonly key: ClusterKey;
  /** What each node of the cluster is besides what its cluster says. */
  readonly labels: { readonly [key: string]: string };
  readonly zone?: string;
  readonly say: (text: string) => void;
  readonly out: (text: string) => void;
  /** The server lets nobody in, and asking again does not help. */
  readonly failed: (problem: Problem) => void;
}

/** One node. */
export class ClusterNodeLink implements AttachedLink {
  readonly #parts: ClusterNodeParts;
  readonly #agent: NodeAgent;
  #node: PoolNode;
  #remote: RemoteNode | undefined;
  #said = "";

  constructor(parts: ClusterNodeParts, node: PoolNode, agent: NodeAgent) {
    this.#parts = parts;
    this.#agent = agent;
    this.#node = node;
    this.say(node);
  }

  say(node: PoolNode): void {
    this.#node = node;
    if (this.#remote === undefined) this.#remote = this.#open();
    else this.#remote.changed();
  }

  drain(): void {
    this.#remote?.leave();
  }

  /** Without jobs it is forgotten at once; with some, when its lease is over. */
  leave(): void {
    this.#remote?.leave();
    this.#disconnect();
    this.#parts.key.left(this.#node.hello);
  }

  close(): Promise<void> {
    this.#disconnect();
    return Promise.resolve();
  }

  #disconnect(): void {
    this.#remote?.close();
    this.#remote = undefined;
    this.#agent.disconnect();
  }

  #open(): RemoteNode {
    const { url, key, labels, zone } = this.#parts;
    return new RemoteNode({
      url,
      credential: () => key.credentialOf(this.#node.hello),
      hello: () => {
        const { hello, isReady } = this.#node;
        if (!isReady) return undefined;
        return { ...(zone !== undefined && { zone }), ...hello, labels: { ...hello.labels, ...labels }, key: key.text };
      },
      agent: this.#agent,
      load: () => (this.#node.isReady ? { ...this.#node.load, running: this.#agent.running } : undefined),
      now: () => Date.now(),
      listener: {
        joined: () => this.#joined(),
        refused: (problem) => this.#refused(problem),
        unreachable: () => this.#tell(`nobody answers at ${url}; it is tried again\n`),
        broken: () => this.#tell("the server is not heard of; jobs run on, and it is tried again\n"),
      },
    });
  }

  #joined(): void {
    const { key, url, out } = this.#parts;
    const { id } = this.#node.hello;
    const { running } = this.#agent;
    key.joined(this.#node.hello);
    this.#said = "";
    const jobs = running === 0 ? "" : `; goes on with ${running} ${running === 1 ? "job" : "jobs"}`;
    out(`node ${id} has joined ${url}${jobs}\n`);
  }

  /** What may pass is waited for, and so is what keeps only this node out. */
  #refused(problem: Problem): void {
    const { key, failed } = this.#parts;
    const { hello } = this.#node;
    if (problem.code === "node-token-invalid" && key.refused(hello)) return;
    if (!problem.retryable && !key.isKnownFor(hello)) return failed(problem);
    this.#tell(`${hello.id} is not let in, tried again: ${problem.detail} (${problem.code})\n  next: ${problem.hint}\n`);
  }

  /** The same is said once. */
  #tell(text: string): void {
    if (text === this.#said) return;
    this.#said = text;
    this.#parts.say(text);
  }
}
