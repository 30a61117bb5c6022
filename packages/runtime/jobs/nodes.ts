// The nodes that run jobs: who is connected, who was not heard of for too long. A lease belongs to a node and covers all its
// allocations; any word from the node renews it.
//
// | status   | since                                   | jobs                          |
// |----------|-----------------------------------------|-------------------------------|
// | ready    | it came                                 | gets some                     |
// | draining, cordoned | somebody said so              | keeps what it has             |
// | suspect  | it was not heard of, or its link broke, or it still ends attempts of a former lease | keeps what it has |
// | lost     | its lease is over                       | they are placed again         |
//
// A node that is ready and has hardly any memory or disk left (node-pressure.ts) gets none either. The scheduler knows all of them,
// those that are lost and may come back too: a job that only they could run waits for them.
//
// Invariant: a node gets no jobs while it still runs attempts that it has no right to any more, so it never runs more than it has.
import type { Instant, JsonObject, Millis } from "@baton/core";
import type { AttemptRef, NodeHello, NodeLoad, NodeWelcome, Order } from "@baton/executors";
import { standardResources, type ClosedNode, type NodeSpec } from "@baton/scheduler";
import type { Audit } from "./audit.ts";
import type { Clock } from "../clock.ts";
import { runtimeError } from "../errors.ts";
import type { LogRecord } from "../log-record.ts";
import { isKnownWithout } from "./cluster-key.ts";
import { functionsOn, isWorker } from "./functions.ts";
import type { Job } from "./job.ts";
import { nodeTimes, slotResource } from "./limits.ts";
import type { LiveScheduler } from "./live-scheduler.ts";
import { NodeClock } from "./node-clock.ts";
import { pressureOf, type NodePressureKind } from "./node-pressure.ts";
import { digestOf, type NodeRecord, type WantedNode } from "./node-record.ts";

/** Where orders for a node go. */
export interface NodeLink {
  readonly send: (orders: readonly Order[]) => void;
  /** Nothing that comes over it counts any more: whoever is there has to join again. */
  readonly cut: () => void;
}

/** Whether a node takes jobs. */
export type NodeStatus = "ready" | "draining" | "cordoned" | "suspect" | "lost";

/** A node that is there, or whose lease is not over. */
export interface LiveNode extends NodeRecord {
  readonly id: string;
  spec: NodeSpec;
  /** What it would have, were others not there; null where nobody else can be. */
  total: NodeHello["total"] | null;
  wanted: WantedNode;
  keyDigest: string | null;
  /** It said itself that it wants no more jobs, on this link. */
  leaving: boolean;
  suspect: boolean;
  link: NodeLink | null;
  seenAt: Instant;
  /** How long it was not heard of, as far as this server was awake. */
  silentMs: Millis;
  load: NodeLoad | null;
  /** What it has too little of, so that it gets no jobs. */
  pressure: NodePressureKind | null;
  clock: NodeClock;
  /** Attempts of a former lease that it was told to end. */
  clearing: Set<string>;
  /** What it has, by id. */
  readonly jobs: Map<string, Job>;
}

/** A node that is lost and may come back. */
export interface GoneNode extends NodeRecord {
  readonly seenAt: Instant;
}

/** What the nodes are kept with. */
export interface NodesParts {
  readonly scheduler: LiveScheduler;
  readonly audit: Audit;
  readonly clock: Clock;
  readonly log: (record: LogRecord) => void;
  /** A job's node is gone: it is placed again, or ends. */
  readonly lost: (job: Job) => "requeue" | "ended";
  /** What is to be remembered of a node has changed. */
  readonly changed: (node: NodeRecord) => void;
  /** Nothing is to be remembered of a node any more. */
  readonly forgotten: (id: string) => void;
}

/** All nodes of a server. */
export class Nodes {
  readonly #parts: NodesParts;
  readonly #nodes = new Map<string, LiveNode>();
  readonly #gone = new Map<string, GoneNode>();
  /** How often the link of a node was taken over lately. */
  readonly #takeovers = new Map<string, { readonly since: Instant; readonly count: number }>();
  #cancelSweep: () => void = () => undefined;
  #sweptAt: Instant;
  #running = true;

  constructor(parts: NodesParts) {
    this.#parts = parts;
    this.#sweptAt = parts.clock.now();
    this.#sweepLater();
  }

  get(id: string): LiveNode | undefined {
    return this.#nodes.get(id);
  }

  /** One that is lost and remembered. */
  gone(id: string): GoneNode | undefined {
    return this.#gone.get(id);
  }

  /** How many there are. */
  get size(): number {
    return this.#nodes.size;
  }

  list(): readonly LiveNode[] {
    return [...this.#nodes.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  listGone(): readonly GoneNode[] {
    return [...this.#gone.values()];
  }

  /** A node comes, for the first time or again, let in by a token or its key. What it had and does not hold any more is lost. */
  join(hello: NodeHello, link: NodeLink, clock = new NodeClock(hello.id), by?: string): NodeWelcome {
    const record = this.#recordOf(hello);
    this.#gone.delete(hello.id);
    const node = this.#nodes.get(hello.id) ?? this.#add(record);
    const former = node.link;
    if (former !== null) this.#noteTakeover(node);
    const held = new Map(hello.holds.map(({ job, token }) => [job, token]));
    const stale = hello.holds.filter(({ job, token }) => node.jobs.get(job)?.attempt !== token);
    const now = {
      seenAt: this.#parts.clock.now(),
      silentMs: 0,
      suspect: false,
      leaving: hello.leaving ?? false,
      pressure: null,
      total: hello.total ?? null,
    };
    Object.assign(node, record, now, { link, clock, clearing: new Set(stale.map(attemptKey)) });
    this.#parts.scheduler.nodeUp(node.spec, closedBy(node));
    this.#loseUnheld(node, held);
    const orders: Order[] = stale.map((ref) => ({ type: "stop", how: "at-once", ...ref }));
    orders.push(...[...node.jobs.values()].flatMap(unheardOrder));
    if (orders.length > 0) link.send(orders);
    this.#parts.changed(node);
    const how = { holds: held.size, stale: stale.length, ...(by !== undefined && { by }), ...broughtBy(node) };
    this.#parts.audit(`node ${node.id}`, "node.joined", node.id, how);
    former?.cut();
    return { leaseMs: nodeTimes.leaseMs, heartbeatMs: nodeTimes.heartbeatMs };
  }

  /** A link that breaks is made again before the server hears of it now and then; one that is taken over and over is fought for. */
  #noteTakeover(node: LiveNode): void {
    const now = this.#parts.clock.now();
    const { since, count } = this.#takeovers.get(node.id) ?? { since: now, count: 0 };
    const isRecent = now - since < takeoverMs;
    this.#takeovers.set(node.id, isRecent ? { since, count: count + 1 } : { since: now, count: 1 });
    if (!isRecent || count + 1 !== manyTakeovers) return;
    const why = "if two machines run on copies of one data folder, each ends the other's jobs: give one of them a folder of its own";
    this.#parts.log({ level: "warning", message: `The node ${node.id} was taken over ${manyTakeovers} times within a minute; ${why}.` });
  }

  /** It says something else of itself than when it came. */
  update(node: LiveNode, hello: Omit<NodeHello, "holds">): void {
    node.spec = specOf(hello);
    node.total = hello.total ?? null;
    this.#parts.scheduler.nodeUp(node.spec, closedBy(node));
    this.#parts.changed(node);
  }

  /** Whether some node could have so much, once others have left it. */
  mayHave(requests: NodeSpec["capacity"]): boolean {
    const wanted = Object.entries(requests);
    return this.list().some(({ total }) => total && wanted.every(([resource, amount]) => amount <= (total[resource] ?? 0)));
  }

  /** What nodes offer, also those that are remembered only, and what means the same everywhere. */
  resources(): ReadonlySet<string> {
    const offered = [...this.#nodes.values(), ...this.#gone.values()].flatMap(({ spec }) => Object.keys(spec.capacity));
    return new Set([...standardResources, slotResource, ...offered]);
  }

  /** A node of a former life of this server: it has until its lease ends to come back. */
  expect(record: NodeRecord): LiveNode {
    const node = this.#add(record);
    node.suspect = true;
    this.#parts.scheduler.nodeUp(node.spec, "suspect");
    return node;
  }

  /** A node that is lost: jobs that only it could run wait for it. */
  remember(record: NodeRecord, seenAt: Instant): void {
    this.#gone.set(record.spec.id, { ...record, seenAt });
    this.#parts.scheduler.nodeUp(record.spec, "lost");
  }

  /** Also over a restart, which otherwise gives it a lease's time to come back. */
  #rememberLost({ spec, wanted, keyDigest, seenAt }: LiveNode, left: boolean): void {
    const record = { spec, wanted, keyDigest, lastSeen: seenAt, left };
    this.remember(record, seenAt);
    this.#parts.changed(record);
  }

  /** Any word from a node renews its lease. */
  heard(node: LiveNode, load?: NodeLoad): void {
    node.seenAt = this.#parts.clock.now();
    node.silentMs = 0;
    if (load !== undefined) this.#loaded(node, load);
    if (!node.suspect || node.link === null) return;
    node.suspect = false;
    this.#trust(node, "it is heard of again");
    this.#parts.log({ level: "info", message: `The node ${node.id} is heard of again.` });
  }

  #loaded(node: LiveNode, load: NodeLoad): void {
    node.load = load;
    const pressed = pressureOf(load, node.spec.capacity, node.pressure);
    if ((pressed?.kind ?? null) === node.pressure) return;
    const was = node.pressure;
    node.pressure = pressed?.kind ?? null;
    this.#tell(node);
    const { audit, log } = this.#parts;
    if (pressed === null) {
      audit("server", "node.relieved", node.id, { of: was });
      log({ level: "info", message: `The node ${node.id} is not under ${wordsOf(was)} any more; it gets jobs again.` });
    } else {
      audit("server", "node.pressed", node.id, { by: pressed.kind, why: pressed.why });
      log({ level: "warning", message: `The node ${node.id} is under ${wordsOf(pressed.kind)}: ${pressed.why}. It gets no new jobs.` });
    }
  }

  #trust(node: LiveNode, why: string): void {
    this.#tell(node);
    this.#parts.audit("server", "node.trusted", node.id, { why });
  }

  /** An attempt of a former lease has ended on its node. */
  cleared(node: LiveNode, attempt: AttemptRef): void {
    if (node.clearing.delete(attemptKey(attempt)) && node.clearing.size === 0) this.#trust(node, "it has ended what was not its own");
  }

  /** Its link broke; its jobs go on until its lease ends. */
  unlink(node: LiveNode, link: NodeLink): void {
    if (node.link !== link) return;
    node.link = null;
    if (node.jobs.size === 0 && (node.keyDigest === null || node.leaving)) return this.#lose(node, "its link broke");
    this.#suspect(node);
  }

  /** It takes no more jobs until it comes again. */
  leave(node: LiveNode): void {
    node.leaving = true;
    this.#tell(node);
    this.#parts.audit(`node ${node.id}`, "node.left", node.id, { jobs: node.jobs.size });
  }

  /** Says what people want of a node; false where nobody knows it. */
  want(id: string, wanted: WantedNode): boolean {
    const gone = this.#gone.get(id);
    if (gone !== undefined) this.#gone.set(id, { ...gone, wanted });
    const node = this.#nodes.get(id);
    const record = node ?? this.#gone.get(id);
    if (record === undefined) return false;
    if (node !== undefined) {
      node.wanted = wanted;
      this.#tell(node);
    }
    this.#parts.changed({ ...record, wanted });
    this.#parts.audit("api", wantedActions[wanted], id);
    return true;
  }

  /** Forgets a node that is lost. */
  forget(id: string): void {
    if (!this.#gone.delete(id)) return;
    this.#parts.scheduler.nodeDown(id, []);
    this.#parts.audit("api", "node.removed", id);
  }

  /** What a node is now. */
  statusOf(node: LiveNode): NodeStatus {
    if (!this.#nodes.has(node.id)) return "lost";
    return statusBy(node) ?? "ready";
  }

  close(): void {
    this.#running = false;
    this.#cancelSweep();
  }

  /** Throws where the name is somebody else's. */
  #recordOf(hello: NodeHello): NodeRecord {
    const known = this.#nodes.get(hello.id);
    const keyDigest = hello.key === undefined ? null : digestOf(hello.key);
    if (known !== undefined && known.keyDigest !== keyDigest)
      throw runtimeError("node-name-taken", { message: `The name ${hello.id} belongs to another node, which is ${this.statusOf(known)}.` });
    const { wanted = "ready" } = known ?? this.#gone.get(hello.id) ?? {};
    return { spec: specOf(hello), wanted, keyDigest, lastSeen: null, left: false };
  }

  #add(record: NodeRecord): LiveNode {
    const { id } = record.spec;
    const state = {
      total: null,
      leaving: false,
      suspect: false,
      link: null,
      silentMs: 0,
      load: null,
      pressure: null,
      clock: new NodeClock(id),
      clearing: new Set<string>(),
    };
    const node: LiveNode = { id, ...record, ...state, seenAt: this.#parts.clock.now(), jobs: new Map() };
    this.#nodes.set(id, node);
    return node;
  }

  /** Tells the scheduler whether it takes jobs. */
  #tell(node: LiveNode): void {
    const closed = closedBy(node);
    if (closed === undefined) this.#parts.scheduler.nodeUp(node.spec);
    else this.#parts.scheduler.nodeDrained(node.id, closed);
  }

  /** Jobs whose order went out and that the node does not hold were lost with its former life. */
  #loseUnheld(node: LiveNode, held: ReadonlyMap<string, number>): void {
    for (const job of Array.from(node.jobs.values())) {
      if (!job.ordered || held.get(job.id) === job.attempt) continue;
      if (this.#parts.lost(job) === "requeue") this.#parts.scheduler.requeue(job, "lost", null);
    }
  }

  #suspect(node: LiveNode): void {
    if (node.suspect) return;
    node.suspect = true;
    this.#tell(node);
    this.#parts.audit("server", "node.suspected", node.id, { why: node.link === null ? "its link broke" : "it was not heard of" });
    this.#parts.log({ level: "warning", message: `The node ${node.id} was not heard of; it gets no jobs until it is.` });
  }

  /** Its process is known to have ended: what it had is lost at once, without waiting for its lease. */
  ended(node: LiveNode): void {
    if (this.#nodes.get(node.id) === node) this.#lose(node, "its process has ended");
  }

  #lose(node: LiveNode, reason: string): void {
    this.#nodes.delete(node.id);
    const { link } = node;
    // One that goes before its jobs have ended was meant to stay for them.
    const left = node.leaving && node.jobs.size === 0;
    const why = node.leaving ? "it left" : reason;
    this.#parts.audit("server", "node.lost", node.id, { jobs: node.jobs.size, why, ...broughtBy(node) });
    node.link = null;
    // Nothing is to be placed on it while its jobs are sorted out.
    this.#parts.scheduler.nodeDrained(node.id, "suspect");
    const requeued = [...node.jobs.values()].filter((job) => this.#parts.lost(job) === "requeue");
    node.jobs.clear();
    this.#parts.scheduler.nodeDown(node.id, requeued);
    const isGoneForGood = node.leaving && (isWorker(node.spec) || isKnownWithout(node, this.#known()));
    const mayComeBack = node.keyDigest !== null && !isGoneForGood;
    if (mayComeBack || node.wanted !== "ready") this.#rememberLost(node, left);
    else this.#parts.forgotten(node.id);
    link?.cut();
    if (node.leaving && requeued.length === 0) return;
    const again = requeued.length === 0 ? "" : `; ${requeued.length} of its jobs are placed again`;
    this.#parts.log({ level: "warning", message: `The node ${node.id} is lost${again}.` });
  }

  *#known(): Iterable<NodeRecord> {
    yield* this.#nodes.values();
    yield* this.#gone.values();
  }

  #drop(id: string): void {
    this.#gone.delete(id);
    this.#parts.scheduler.nodeDown(id, []);
    this.#parts.forgotten(id);
  }

  /** A clock that jumps, or a server that slept, is no silence of a node: each look counts for two at most. */
  #sweep(): void {
    const now = this.#parts.clock.now();
    const passedMs = Math.min(Math.max(0, now - this.#sweptAt), 2 * sweepMs);
    this.#sweptAt = now;
    for (const node of this.list()) {
      node.silentMs += passedMs;
      if (node.silentMs >= nodeTimes.leaseMs) this.#lose(node, "its lease is over");
      else if (node.silentMs >= nodeTimes.suspectMs) this.#suspect(node);
    }
    for (const [id, { spec, seenAt }] of this.#gone) if (isWorker(spec) && now - seenAt > nodeTimes.workerKeptMs) this.#drop(id);
    this.#sweepLater();
  }

  #sweepLater(): void {
    if (this.#running) this.#cancelSweep = this.#parts.clock.after(sweepMs, () => this.#sweep());
  }
}

const sweepMs = 1_000;
const takeoverMs: Millis = 60_000;
const manyTakeovers = 5;

const wantedActions = { ready: "node.uncordoned", draining: "node.drained", cordoned: "node.cordoned" } as const;

/** Why a node takes no jobs; undefined where it does. */
function closedBy(node: LiveNode): ClosedNode | undefined {
  return statusBy(node) ?? node.pressure ?? undefined;
}

/** The same without what it has too little of: that passes without anybody's doing. */
function statusBy({ suspect, clearing, leaving, wanted }: LiveNode): "suspect" | "draining" | "cordoned" | undefined {
  if (suspect || clearing.size > 0) return "suspect";
  if (wanted !== "ready") return wanted;
  return leaving ? "draining" : undefined;
}

function wordsOf(kind: NodePressureKind | null): string {
  return (kind ?? "").replace("-", " ");
}

/** What a node was to be told of a job, and may not have heard before its link broke. */
function unheardOrder({ id: job, attempt: token, ordered, cancelling, preempting, suspending, wasSuspended, status }: Job): Order[] {
  if (!ordered) return [];
  if (cancelling || preempting) return [{ type: "stop", how: "gently", job, token }];
  if (suspending) return [{ type: "suspend", job, token }];
  return wasSuspended && status !== "suspended" ? [{ type: "resume", job, token }] : [];
}

/** Of a worker: its functions. */
function broughtBy({ spec }: LiveNode): JsonObject {
  return isWorker(spec) ? { functions: functionsOn(spec) } : {};
}

function attemptKey({ job, token }: AttemptRef): string {
  return `${job} ${token}`;
}

function specOf({ id, capacity, labels, taints, pool, zone }: Omit<NodeHello, "holds">): NodeSpec {
  return {
    id,
    capacity,
    ...(taints && { taints }),
    ...(labels && { labels }),
    ...(pool !== undefined && { pool }),
    ...(zone !== undefined && { zone }),
  };
}
