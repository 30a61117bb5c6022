// What is stored of a node: what it said of itself, what people want of it, and what tells it from another of its name.
import { createHash } from "node:crypto";
import type { Instant } from "@baton/core";
import type { NodeSpec } from "@baton/scheduler";
import type { StoredObject } from "@baton/storage";

/** What people want of a node: `draining` and `cordoned` let its jobs go on and give it no more. */
export type WantedNode = "ready" | "draining" | "cordoned";

/** A node as it is remembered while it is away. */
export interface NodeRecord {
  readonly spec: NodeSpec;
  readonly wanted: WantedNode;
  /** The digest of its key; null where it has none. */
  readonly keyDigest: string | null;
  /** When it was heard of last, where it is lost; null: it is not, as far as is stored. */
  readonly lastSeen: Instant | null;
  /** It is lost because it said that it leaves. */
  readonly left: boolean;
}

/** The row that remembers a node. */
export function rowOfNode({ spec, wanted, keyDigest, lastSeen, left }: NodeRecord, tenant: string, at: Instant): StoredObject {
  return { tenant, kind: "node", name: spec.id, spec: JSON.stringify({ ...spec, wanted, keyDigest, lastSeen, left }), updatedAt: at };
}

/** A node from its row. */
export function nodeOfRow({ spec: text }: StoredObject): NodeRecord {
  const { wanted = "ready", keyDigest = null, lastSeen = null, left = false, ...spec } = JSON.parse(text) as NodeSpec & Partial<NodeRecord>;
  return { spec, wanted, keyDigest, lastSeen, left };
}

/** What is kept of a key or token: whoever reads the store cannot use it. */
export function digestOf(secret: string): string {
  return createHash("sha256").update(secret).digest("base64url");
}
