// The key by which a program that speaks for clusters is known at a server. Each node that has joined has it there; one that comes
// later is let in by the key of another, so the token need not be good any more when a cluster grows.
import { nodeCredential } from "@baton/runtime";
import { serverToken, type Context } from "../context.ts";
import { writeIdentity, type NodeIdentity } from "./identity.ts";

/** Which node, of which cluster. */
export interface NodeOfCluster {
  readonly id: string;
  readonly pool?: string;
}

/** What to show a server for each node. */
export class ClusterKey {
  readonly #context: Context;
  readonly #url: string;
  readonly #folder: string;
  readonly #identity: NodeIdentity;
  /** The nodes that the server knows by the key. */
  readonly #known: Set<string>;
  /** By whose name each node tried to get in last; null: by the token. */
  readonly #tried = new Map<string, string | null>();

  constructor(context: Context, url: string, folder: string, identity: NodeIdentity) {
    this.#context = context;
    this.#url = url;
    this.#folder = folder;
    this.#identity = identity;
    this.#known = new Set(identity.joined === url ? identity.nodes : []);
  }

  get text(): string {
    return this.#identity.key;
  }

  /** Whether the server knows any node of this one's cluster by it. */
  isKnownFor({ pool = "" }: NodeOfCluster): boolean {
    return this.#of(pool).length > 0;
  }

  credentialOf({ id, pool = "" }: NodeOfCluster): string | undefined {
    const name = this.#known.has(id) ? id : (this.#of(pool)[0] ?? null);
    this.#tried.set(id, name);
    return name === null ? serverToken(this.#context.options) : nodeCredential(name, this.#identity.key);
  }

  joined({ id }: NodeOfCluster): void {
    if (!this.#known.has(id)) this.#change(() => this.#known.add(id));
  }

  /** It is not a node of the server's any more; the last one stays known there. */
  left({ id, pool = "" }: NodeOfCluster): void {
    this.#tried.delete(id);
    if (this.#known.has(id) && this.#of(pool).length > 1) this.#change(() => this.#known.delete(id));
  }

  /** What was shown for a node is not good; true where there is something else to show. */
  refused({ id }: NodeOfCluster): boolean {
    const name = this.#tried.get(id) ?? null;
    if (name === null) return false;
    this.#change(() => this.#known.delete(name));
    return true;
  }

  #of(pool: string): readonly string[] {
    return [...this.#known].filter((name) => name.startsWith(`${pool}.`));
  }

  #change(change: () => void): void {
    change();
    writeIdentity(this.#folder, { ...this.#identity, joined: this.#url, nodes: [...this.#known] });
  }
}
