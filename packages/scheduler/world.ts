// The state of the scheduler: everything that `step` knows, in one place. Only the files of this package change it, and
// only on behalf of `step`; equal sequences of events make equal worlds.
import type { Instant, Millis } from "@baton/core";
import { Calendar } from "./calendar.ts";
import { LongLedger, type Ledger } from "./ledger.ts";
import type { Clearing, Gang, Held, Job, JobArray, Node, NodeGroup, Queue, Reservation, Shape } from "./model.ts";
import { grow } from "./node-index.ts";
import { Outcomes } from "./outcomes.ts";
import { PendingList } from "./pending.ts";
import { newBalanceState, type BalanceState } from "./place/balance.ts";
import type { Watches } from "./place/watch.ts";
import type { Policy } from "./policy.ts";
import { Ratios } from "./reasons/ratios.ts";
import { Predictor } from "./predict/predictor.ts";
import { dominantShare, extended, Resources, type Vector } from "./resources.ts";
import type { Amounts, Decision, JobSpec, ReasonCode, ReservationSpec, TraceEntry } from "./types.ts";
import { orderRules, type OrderFacts } from "./order/index.ts";

/** How the scheduler treats what its driver may want either way. */
export interface WorldOptions {
  /** Keeps jobs that fit no known node, for clusters that grow on demand; else they are refused at once. */
  readonly keepImpossible: boolean;
}

/** How many shapes without a job are kept before they are swept. */
export const keptShapes = 10_000;

/** The queue of jobs that name none; it exists as long as no tree is given. */
export const defaultQueue = "default";

/** All that the scheduler knows. */
export class World {
  readonly resources = new Resources();
  readonly options: WorldOptions;
  policy: Policy;
  now: Instant = 0;
  /** The instant of the first submission. */
  origin: Instant | undefined = undefined;
  nextSeq = 0;
  readonly jobs = new Map<string, Job>();
  readonly outcomes: Outcomes = new Outcomes();
  readonly shapes = new Map<string, Shape>();
  /** The last job that came, and its shape. */
  lastShaped: { readonly spec: JobSpec; readonly shape: Shape } | undefined = undefined;
  /** Shapes with pending jobs for which no node has room. */
  unfitShapes: Shape[] = [];
  readonly watches: Watches = new Map();
  readonly gangs = new Map<string, Gang>();
  readonly arrays = new Map<string, JobArray>();

  readonly nodes = new Map<string, Node>();
  /** The node, where there is exactly one. */
  sole: Node | undefined = undefined;
  groups: NodeGroup[] = [];
  readonly groupOf = new Map<string, NodeGroup>();
  /** Keys of node labels that some constraint looks at. */
  readonly labelKeys = new Set<string>();
  /** Counts changes of the set of nodes. */
  nodesVersion = 0;
  nextNodeSeq = 0;
  /** What all ready nodes have together. */
  total: Vector = new Float64Array(0);
  /** Whether some node has a taint that only asks to stay away. */
  hasSoftTaints = false;
  readonly reservations = new Map<string, ReservationSpec>();
  /** Where the next search for room begins. */
  cursor = 0;
  /** Who could not be stopped yet, because it had only just started, may be from this instant on. */
  lookAgainAt: Instant | undefined = undefined;
  readonly balance: BalanceState;

  root: Queue;
  readonly queues = new Map<string, Queue>();
  /** The leaves, where jobs wait. */
  leaves: Queue[] = [];
  /** How many jobs have been started. */
  starts = 0;
  /** How often the heads of the queues have been gone through. */
  turns = 0;

  readonly predictor: Predictor;
  /** How waits turned out, in relation to what was expected. */
  readonly waitRatios: Ratios = new Ratios();
  /** Jobs whose expected wait was noted, with when and how long, until they start. */
  readonly expectations = new Map<Job, { readonly at: Instant; readonly waitMs: Millis }>();
  /** How many jobs have had to wait, and the number of the next one whose expected wait is noted. */
  waited = 0;
  nextExpectation = 0;
  /** Jobs that nothing known could ever serve; see stuck.ts. */
  readonly stuck = new Set<Job>();
  /** Jobs that are held until a date. */
  readonly dated: Calendar = new Calendar();
  /** Room that is held for jobs that could not start in the last pass. */
  holds: Held[] = [];
  /** The job that has a reservation on nodes, as of the last pass, and what is kept clear for it. */
  reservedFor: Job | undefined = undefined;
  clearing: Clearing | undefined = undefined;
  /** The last reservation that was made, whether it is in force or not. */
  lastReservation: Reservation | undefined = undefined;
  /** Where something was freed since then: there it may become better. */
  freed: Node[] = [];
  /** Conservative backfilling: bookings must be made anew, because running jobs take longer than was booked. */
  mustRebook = true;
  /** The number of the next booking, and an instant before which none is due. */
  nextBooking = 0;
  nextBookedAt: Instant = Infinity;
  /** How many jobs are told to stop and have not yet. */
  stopping = 0;
  /** How many jobs are suspended. */
  frozen = 0;
  /** How many jobs are pending. */
  pendingJobs = 0;
  /** Their estimated work: amounts times milliseconds. */
  pendingWork: Vector = new Float64Array(0);
  /** Something was freed or changed since the last pass, so that jobs which did not fit may fit now. */
  isDirty = false;

  /** What the current step has decided and noted. */
  decisions: Decision[] = [];
  trace: TraceEntry[] = [];
  /** Why the last attempt to place a job failed. */
  refusal: ReasonCode = "pending.capacity";

  constructor(policy: Policy, options: WorldOptions) {
    this.policy = policy;
    this.options = options;
    this.balance = newBalanceState(policy.placement.seed);
    this.predictor = new Predictor();
    this.root = this.newQueue("");
    this.queues.set("", this.root);
    const leaf = this.newQueue(defaultQueue);
    leaf.parent = this.root;
    this.root.children.push(leaf);
    this.queues.set(defaultQueue, leaf);
    this.leaves = [leaf];
  }

  /** Whether a job that has no room anywhere may get some by stopping others. */
  get mayPreempt(): boolean {
    const { priorityGap, reclaim } = this.policy.preemption;
    if (priorityGap !== undefined || this.leaves.some((leaf) => leaf.order.yields !== undefined)) return true;
    return reclaim && [...this.queues.values()].some((queue) => queue.guarantee !== undefined);
  }

  /** What orders may ask of the world. */
  get orderFacts(): OrderFacts {
    return { origin: () => this.origin ?? this.now, drainMs: () => this.drainMs(), fastest: (job) => this.fastest(job) };
  }

  /** A queue without parent, with the policy's order. */
  newQueue(id: string): Queue {
    return {
      id,
      spec: { id },
      parent: undefined,
      children: [],
      weight: 1,
      guarantee: undefined,
      limit: undefined,
      maxRunning: Infinity,
      used: new Float64Array(this.resources.size),
      dominant: 0,
      dominantAsOf: -1,
      running: 0,
      usage: new Float64Array(this.resources.size),
      usageAt: this.now,
      virtualTime: 0,
      clock: 0,
      lastStart: -1,
      order: orderRules(this.policy.order, this.orderFacts),
      pending: new PendingList(),
      turns: new Set(),
      open: 0,
      passedOver: 0,
      hold: undefined,
      profile: undefined,
    };
  }

  /** Every job that holds something, by node. */
  *running(): Generator<Job> {
    for (const node of this.nodes.values()) yield* node.ledger.jobs;
  }

  /** Makes the resources of `amounts` known, and gives every vector that lives on its new length. */
  learnResources(amounts: Amounts): void {
    if (!this.resources.learn(amounts)) return;
    const size = this.resources.size;
    this.total = extended(this.total, size);
    this.pendingWork = extended(this.pendingWork, size);
    for (const shape of this.shapes.values()) shape.request = this.resources.vector(shape.requests);
    for (const job of this.jobs.values()) job.held = job.pinned ? extended(job.held, size) : job.shape.request;
    for (const node of this.nodes.values()) {
      node.ledger.extend(size);
      for (const window of node.windows) {
        window.amounts = extended(window.amounts, size);
        window.used = extended(window.used, size);
      }
    }
    for (const group of this.groups) grow(group, group.leaves, size);
    for (const queue of this.queues.values()) {
      queue.used = extended(queue.used, size);
      queue.usage = extended(queue.usage, size);
      queue.guarantee &&= extended(queue.guarantee, size);
      queue.limit?.extend(size, Infinity);
    }
    this.forgetReservations();
  }

  /** Holds room on a node or a queue, unless some is held there already. */
  keep(held: Held): void {
    if (held.on.hold !== undefined) return;
    held.on.hold = held.hold;
    this.holds.push(held);
  }

  /** Forgets what the last pass held. */
  dropHolds(): void {
    for (const { on } of this.holds) on.hold = undefined;
    this.holds.length = 0;
    this.reservedFor = undefined;
    this.clearing = undefined;
  }

  /** Nodes, queues, or how they are measured, are not what they were: what was held on them means nothing any more. */
  forgetReservations(): void {
    this.dropHolds();
    this.lastReservation = undefined;
    this.freed = [];
  }

  /** How long all ready nodes would need for the work that waits, in the resource that needs longest. */
  drainMs(): Millis {
    return this.pendingJobs === 0 ? 0 : dominantShare(this.pendingWork, this.total);
  }

  /** The highest speed among the nodes that a job may run on. */
  fastest(job: Job): number {
    let fastest = 0;
    for (const group of this.groups) if (job.shape.allowed[group.number] !== false) fastest = Math.max(fastest, group.like.speed ?? 1);
    return fastest === 0 ? 1 : fastest;
  }

  /** Notes the reason why a job waits, if it is a new one. */
  waits(job: Job, code: ReasonCode): void {
    if (job.code === code) return;
    job.code = code;
    this.trace.push({ type: "waits", jobId: job.id, code });
  }
}

/** A ledger for amounts of which only some are limited. */
export function limitLedger(resources: Resources, limit: Amounts): Ledger<Job> {
  const capacity = new Float64Array(resources.size).fill(Infinity);
  for (const [name, amount] of Object.entries(limit)) capacity[resources.numberOf(name) as number] = amount;
  return new LongLedger(capacity);
}
