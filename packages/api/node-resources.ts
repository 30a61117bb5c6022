// Nodes as they go over the wire.

/** Whether a node takes jobs. */
export type NodeStatus = "ready" | "draining" | "cordoned" | "suspect" | "lost";

/** What a node has in use, by whatever runs there. */
export interface NodeLoad {
  readonly cpuMillis: number;
  readonly memoryBytes: number;
  readonly running: number;
  readonly memoryFreeBytes?: number;
  readonly diskFreeBytes?: number;
  /** The share of the last ten seconds in which something had to wait, in percent. */
  readonly pressure?: { readonly cpu: number; readonly memory: number; readonly io: number };
}

/** A machine or a worker that runs jobs. */
export interface Node {
  readonly name: string;
  /** A machine runs commands and scripts, a worker functions. */
  readonly kind: "machine" | "worker";
  readonly status: NodeStatus;
  /** It is lost because it left by itself, and not because it was not heard of. */
  readonly left: boolean;
  readonly pool: string | null;
  readonly zone: string | null;
  readonly labels: { readonly [key: string]: string };
  readonly taints: readonly string[];
  readonly capacity: { readonly [resource: string]: number };
  /** What its jobs were given. */
  readonly allocated: { readonly [resource: string]: number };
  /** Null: it has said nothing yet. */
  readonly load: NodeLoad | null;
  /** What it has too little of: it gets no new jobs while that lasts. */
  readonly pressure: "memory-pressure" | "disk-pressure" | null;
  /** The jobs that it has. */
  readonly jobs: readonly string[];
  /** When it was heard of last. */
  readonly seenAt: string;
  /** What is worth knowing: each with a code that has a page. */
  readonly warnings: readonly { readonly code: string; readonly detail: string }[];
}

/** What is done to a node. */
export type NodeVerb = "drain" | "cordon" | "uncordon";

/** A token for joining, without its text. */
export interface NodeToken {
  readonly id: string;
  readonly note: string | null;
  readonly createdAt: string;
  readonly expiresAt: string;
}

/** A token that was just made: its text is told this once. */
export interface NewNodeToken extends NodeToken {
  readonly token: string;
}
