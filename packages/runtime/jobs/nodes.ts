// The nodes that run jobs: who is connected, who was not heard of for too long. A lease belongs to a node and covers all its
// allocations; any word from the node renews it.
//
// | status   | since                                   | jobs                          |
// |----------|-----------------------------------------|-------------------------------|
// | ready    | it came                                 | gets some                     |
// | draining, cordoned | somebody said so              | keeps what it has             |
// | suspect  | it was not heard of, or its link broke  | keeps what it has             |
// | lost     | its lease is over                       | they are placed again         |
import type { Instant } from "@baton/core";
import type { AttemptRef, NodeHello, NodeLoad, NodeWelcome, Order } from "@baton/executors";
import type { NodeSpec } from "@baton/scheduler";
import type { Clock } from "../clock.ts";
import type { LogRecord } from "../log-record.ts";
import type { Job } from "./job.ts";
import { nodeTimes } from "./limits.ts";
import type { LiveScheduler } from "./live-scheduler.ts";

/** Where orders for a node go. */
export interface NodeLink {
  send(orders: readonly Order[]): void;
}

/** Whether a node takes jobs. */
export type NodeStatus = "ready" | "draining" | "cordoned" | "suspect" | "lost";

/** A node as the server knows it. */
export interface LiveNode {
  readonly id: string;
  spec: NodeSpec;
  /** What people want of it. */
  wanted: "ready" | "draining" | "cordoned";
  suspect: boolean;
  link: NodeLink | null;
  seenAt: Instant;
  load: NodeLoad | null;
  /** What it has, by id. */
  readonly jobs: Map<string, Job>;
}

/** What the nodes are kept with. */
export interface NodesParts {
  readonly scheduler: LiveScheduler;
  readonly clock: Clock;
  readonly log: (record: LogRecord) => void;
  /** A job's node is gone: it is placed again, or ends. */
  readonly lost: (job: Job) => "requeue" | "ended";
  /** A node that was not known came, or one went for good. */
  readonly changed: (node: LiveNode, what: "joined" | "lost") => void;
}

/** All nodes of a server. */
export class Nodes {
  readonly #parts: NodesParts;
  readonly #nodes = new Map<string, LiveNode>();
  #cancelSweep: () => void = () => undefined;
  #running = true;

  constructor(parts: NodesParts) {
    this.#parts = parts;
    this.#sweepLater();
  }

  get(id: string): LiveNode | undefined {
    return this.#nodes.get(id);
  }

  /** How many there are. */
  get size(): number {
    return this.#nodes.size;
  }

  list(): readonly LiveNode[] {
    return [...this.#nodes.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  /** A node comes, for the first time or again. What it had and does not hold any more is lost. */
  join(hello: NodeHello, link: NodeLink): NodeWelcome {
    const spec = specOf(hello);
    const node = this.#nodes.get(hello.id) ?? this.#add(spec);
    node.spec = spec;
    node.link = link;
    node.suspect = false;
    node.seenAt = this.#parts.clock.now();
    this.#parts.scheduler.nodeUp(spec);
    if (node.wanted !== "ready") this.#parts.scheduler.nodeDrained(node.id);
    this.#settleHolds(node, hello.holds);
    this.#parts.changed(node, "joined");
    return { leaseMs: nodeTimes.leaseMs, heartbeatMs: nodeTimes.heartbeatMs };
  }

  /** A node of a former life of this server: it has until its lease ends to come back. */
  expect(spec: NodeSpec): LiveNode {
    const node = this.#add(spec);
    node.suspect = true;
    this.#parts.scheduler.nodeUp(spec);
    this.#parts.scheduler.nodeDrained(spec.id);
    return node;
  }

  /** Any word from a node renews its lease. */
  heard(node: LiveNode, load?: NodeLoad): void {
    node.seenAt = this.#parts.clock.now();
    if (load !== undefined) node.load = load;
    if (node.suspect && node.link !== null) this.#trust(node);
  }

  /** Its link broke; its jobs go on until its lease ends. */
  unlink(node: LiveNode, link: NodeLink): void {
    if (node.link !== link) return;
    node.link = null;
    if (node.jobs.size === 0) return this.#lose(node);
    this.#suspect(node);
  }

  /** Says what people want of a node. */
  want(node: LiveNode, wanted: LiveNode["wanted"]): void {
    node.wanted = wanted;
    if (wanted !== "ready") this.#parts.scheduler.nodeDrained(node.id);
    else if (!node.suspect) this.#parts.scheduler.nodeUp(node.spec);
  }

  /** What a node is now. */
  statusOf(node: LiveNode): NodeStatus {
    if (!this.#nodes.has(node.id)) return "lost";
    return node.suspect ? "suspect" : node.wanted;
  }

  close(): void {
    this.#running = false;
    this.#cancelSweep();
  }

  #add(spec: NodeSpec): LiveNode {
    const now = this.#parts.clock.now();
    const node: LiveNode = { id: spec.id, spec, wanted: "ready", suspect: false, link: null, seenAt: now, load: null, jobs: new Map() };
    this.#nodes.set(spec.id, node);
    return node;
  }

  /** Jobs whose order went out and that the node does not hold were lost with its former life. */
  #settleHolds(node: LiveNode, holds: readonly AttemptRef[]): void {
    const held = new Map(holds.map(({ job, token }) => [job, token]));
    for (const job of Array.from(node.jobs.values())) {
      if (!job.ordered || held.get(job.id) === job.attempt) continue;
      if (this.#parts.lost(job) === "requeue") this.#parts.scheduler.requeue(job, "lost", null);
    }
    const stale = holds.filter(({ job, token }) => node.jobs.get(job)?.attempt !== token);
    if (stale.length > 0) node.link?.send(stale.map((ref) => ({ type: "stop", how: "at-once", ...ref })));
  }

  #trust(node: LiveNode): void {
    node.suspect = false;
    if (node.wanted === "ready") this.#parts.scheduler.nodeUp(node.spec);
    this.#parts.log({ level: "info", message: `The node ${node.id} is heard of again.` });
  }

  #suspect(node: LiveNode): void {
    if (node.suspect) return;
    node.suspect = true;
    this.#parts.scheduler.nodeDrained(node.id);
    this.#parts.log({ level: "warning", message: `The node ${node.id} was not heard of; it gets no jobs until it is.` });
  }

  #lose(node: LiveNode): void {
    this.#nodes.delete(node.id);
    node.link = null;
    // Nothing is to be placed on it while its jobs are sorted out.
    this.#parts.scheduler.nodeDrained(node.id);
    const requeued = [...node.jobs.values()].filter((job) => this.#parts.lost(job) === "requeue");
    node.jobs.clear();
    this.#parts.scheduler.nodeDown(node.id, requeued);
    this.#parts.changed(node, "lost");
    if (requeued.length > 0)
      this.#parts.log({ level: "warning", message: `The node ${node.id} is lost; ${requeued.length} of its jobs are placed again.` });
  }

  #sweep(): void {
    const now = this.#parts.clock.now();
    for (const node of this.list()) {
      const silentMs = now - node.seenAt;
      if (silentMs >= nodeTimes.leaseMs) this.#lose(node);
      else if (silentMs >= nodeTimes.suspectMs) this.#suspect(node);
    }
    this.#sweepLater();
  }

  #sweepLater(): void {
    if (this.#running) this.#cancelSweep = this.#parts.clock.after(sweepMs, () => this.#sweep());
  }
}

const sweepMs = 1_000;

function specOf({ id, capacity, labels, taints, pool, zone }: NodeHello): NodeSpec {
  return {
    id,
    capacity,
    ...(taints && { taints }),
    ...(labels && { labels }),
    ...(pool !== undefined && { pool }),
    ...(zone !== undefined && { zone }),
  };
}
