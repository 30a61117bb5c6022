// The framed stream: one WebSocket at /v1/stream for workers and for programs that submit many jobs. A frame is a JSON list of
// messages, so that everything of one turn of the event loop crosses at once, in both directions.
import type { Instant, Json, Millis } from "@baton/core";
import type { AttemptRef, FunctionContract, NodeHello, NodeLoad, NodeWelcome, Order, Report } from "@baton/executors";
import type { JobStatus } from "./job-resources.ts";
import type { Problem } from "./resources.ts";

export type { FunctionContract } from "@baton/executors";

/** Where the stream is. */
export const streamPath = "/v1/stream";

/** The largest frame; a longer list of messages is sent as several. */
export const maxFrameBytes = 16 * 1024 * 1024;

/** A stream that is not heard of for so long is broken; a silent side sends a heartbeat before. */
export const streamSilenceMs: Millis = 30_000;

/** What a worker says of itself when it comes; what a machine says is a NodeHello. */
export interface WorkerHello {
  /** The same over all connections of one process. */
  readonly id: string;
  readonly functions: readonly FunctionContract[];
  /** How many calls it takes at a time. */
  readonly concurrency: number;
  readonly labels?: { readonly [key: string]: string };
  readonly pool?: string;
  readonly zone?: string;
  readonly holds: readonly AttemptRef[];
  /** Where it joined with a token for joining: what it comes back by. */
  readonly key?: string;
  /** What its clock says. */
  readonly clock?: Instant;
}

/** What a program says. */
export type ClientMessage =
  /** `ref` comes back with the answer; `watch`: the end of each job is told too. */
  | { readonly type: "submit"; readonly ref: number; readonly submission: Json; readonly key?: string; readonly watch?: boolean }
  /** Tells the end of jobs, also of those that have ended already. */
  | { readonly type: "watch"; readonly ids: readonly string[] }
  | { readonly type: "join"; readonly hello: WorkerHello | NodeHello }
  /** A node that has joined is something else from now on: what it has, its labels, its taints. */
  | { readonly type: "update"; readonly hello: Omit<NodeHello, "holds"> }
  | { readonly type: "reports"; readonly reports: readonly Report[] }
  /** `clock`: what the node's own says. */
  | { readonly type: "heartbeat"; readonly load: NodeLoad; readonly clock?: Instant }
  /** Gives it no more work. */
  | { readonly type: "drain" };

/** The end of a job. */
export interface EndedJob {
  readonly id: string;
  readonly status: JobStatus;
  readonly output: Json;
  readonly error: { readonly code: string; readonly message: string } | null;
}

/** What a server says. */
export type ServerMessage =
  | { readonly type: "submitted"; readonly ref: number; readonly ids: readonly string[] }
  | { readonly type: "refused"; readonly ref: number; readonly problem: Problem }
  | { readonly type: "ended"; readonly jobs: readonly EndedJob[] }
  | { readonly type: "welcome"; readonly welcome: NodeWelcome }
  | { readonly type: "orders"; readonly orders: readonly Order[] }
  /** The stream cannot go on like this; it is closed behind this message. */
  | { readonly type: "failed"; readonly problem: Problem };
