// What people ask of nodes. Whatever resolves here is durable.
import type { BatonError } from "@baton/core";
import type { Store } from "@baton/storage";
import { runtimeError } from "../errors.ts";
import type { JobCommitter } from "./job-committer.ts";
import type { WantedNode } from "./node-record.ts";
import { viewOfGone, viewOfNode, type NodeView } from "./node-view.ts";
import type { Nodes } from "./nodes.ts";

/** What the desk works with. */
export interface NodeDeskParts {
  readonly nodes: Nodes;
  readonly committer: JobCommitter;
  readonly store: Store;
  readonly tenant: string;
}

/** Nodes, looked at and handled. */
export class NodeDesk {
  readonly #parts: NodeDeskParts;

  constructor(parts: NodeDeskParts) {
    this.#parts = parts;
  }

  /** All that are there, and those that are lost and may come back, by name. */
  list(): readonly NodeView[] {
    const { nodes } = this.#parts;
    const there = nodes.list().map((node) => viewOfNode(node, nodes.statusOf(node)));
    return [...there, ...nodes.listGone().map(viewOfGone)].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  get(name: string): NodeView {
    const { nodes } = this.#parts;
    const [node, gone] = [nodes.get(name), nodes.gone(name)];
    if (node !== undefined) return viewOfNode(node, nodes.statusOf(node));
    if (gone !== undefined) return viewOfGone(gone);
    throw unknownNode(name);
  }

  /** Says whether a node is to take jobs; it holds over restarts of both, until the opposite is said. */
  async want(name: string, wanted: WantedNode): Promise<NodeView> {
    const { nodes, committer } = this.#parts;
    if (!nodes.want(name, wanted)) throw unknownNode(name);
    await new Promise<void>((resolve, reject) => {
      committer.wait({ stored: resolve, failed: (error: BatonError) => reject(error) });
    });
    return this.get(name);
  }

  /** Forgets a node that is lost: its name is free, and its key lets nobody in any more. */
  async remove(name: string): Promise<void> {
    const { nodes, store, tenant } = this.#parts;
    if (nodes.get(name) !== undefined)
      throw runtimeError("node-there", { message: `The node ${name} is there, or its lease is not over.`, where: name });
    if (nodes.gone(name) === undefined) throw unknownNode(name);
    await store.deleteObject(tenant, "node", name);
    nodes.forget(name);
  }
}

function unknownNode(name: string): Error {
  return runtimeError("node-unknown", { message: `There is no node ${name}.`, where: name });
}
