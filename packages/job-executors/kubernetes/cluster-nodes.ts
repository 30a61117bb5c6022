// The nodes of a cluster with what they have left, kept up to date: whoever listens is told of each node when it comes, when
// something about it changes, and when it is gone. Changes of a moment come together.
import type { BatonError } from "@baton/core";
import { nodesSettleMs } from "../limits.ts";
import type { ApiClient } from "./api-client.ts";
import { labels } from "./manifest.ts";
import { clusterNode, podShare, type ClusterNode, type PodShare } from "./node-capacity.ts";
import type { NodeObject, PodObject } from "./objects.ts";
import { Reflector } from "./reflector.ts";

/** Which nodes, and who is told. */
export interface ClusterNodesOptions {
  readonly client: ApiClient;
  /** Whose pods are not counted: those of the executor with the same owner. */
  readonly owner: string;
  readonly changed: (node: ClusterNode) => void;
  readonly gone: (name: string) => void;
  /** What is known is no longer up to date, or is again. */
  readonly trouble?: (error: BatonError | undefined) => void;
}

interface KeptPod {
  readonly uid: string;
  readonly share: PodShare;
}

/** The nodes of one cluster. */
export class ClusterNodes {
  readonly #options: ClusterNodesOptions;
  readonly #nodes: Reflector<NodeObject>;
  readonly #pods: Reflector<KeptPod>;
  readonly #sharesOf = new Map<string, Map<string, PodShare>>();
  readonly #told = new Map<string, { readonly node: ClusterNode; readonly text: string }>();
  readonly #dirty = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #isSynced = false;

  constructor(options: ClusterNodesOptions) {
    const { client, owner, trouble } = options;
    this.#options = options;
    const mark = ({ metadata }: NodeObject): void => this.#mark(metadata.name);
    this.#nodes = new Reflector<NodeObject>(client, {
      path: "/api/v1/nodes",
      keep: (node: NodeObject) => node,
      changed: mark,
      gone: mark,
      ...(trouble && { trouble }),
    });
    this.#pods = new Reflector<KeptPod>(client, {
      path: "/api/v1/pods",
      fields: "spec.nodeName!=,status.phase!=Succeeded,status.phase!=Failed",
      keep: (pod: PodObject) => ({ uid: pod.metadata.uid, share: podShare(pod, owner, labels.owner) }),
      changed: ({ uid, share }) => this.#count(uid, share),
      gone: ({ uid, share }) => this.#discount(uid, share),
    });
  }

  /** Resolves when all nodes that are there were told of. Rejects where the cluster does not let us see them. */
  async start(): Promise<void> {
    await Promise.all([this.#nodes.start(), this.#pods.start()]);
    this.#isSynced = true;
    this.#tell();
  }

  /** A node as it was last told. */
  get(name: string): ClusterNode | undefined {
    return this.#told.get(name)?.node;
  }

  close(): void {
    this.#nodes.close();
    this.#pods.close();
    clearTimeout(this.#timer);
    this.#isSynced = false;
  }

  #count(uid: string, share: PodShare): void {
    const shares = this.#sharesOf.get(share.node) ?? new Map<string, PodShare>();
    this.#sharesOf.set(share.node, shares.set(uid, share));
    this.#mark(share.node);
  }

  #discount(uid: string, { node }: PodShare): void {
    const shares = this.#sharesOf.get(node);
    shares?.delete(uid);
    if (shares?.size === 0) this.#sharesOf.delete(node);
    this.#mark(node);
  }

  #mark(name: string): void {
    this.#dirty.add(name);
    if (!this.#isSynced) return;
    this.#timer ??= setTimeout(() => this.#tell(), nodesSettleMs);
  }

  /** A node that was made anew under its name is the new one; one that is not there under it is gone. */
  #tell(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const byName = new Map([...this.#nodes.items.values()].map((node) => [node.metadata.name, node]));
    const dirty = [...this.#dirty];
    this.#dirty.clear();
    for (const name of dirty) this.#tellOf(name, byName.get(name));
  }

  #tellOf(name: string, object: NodeObject | undefined): void {
    const before = this.#told.get(name);
    if (object === undefined) {
      if (this.#told.delete(name)) this.#options.gone(name);
      return;
    }
    const node = clusterNode(object, [...(this.#sharesOf.get(name)?.values() ?? [])]);
    const text = JSON.stringify(node);
    if (before?.text === text) return;
    this.#told.set(name, { node, text });
    this.#options.changed(node);
  }
}
