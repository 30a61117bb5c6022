// What the scheduler keeps: jobs, nodes and queues, and what they have in common. All of it is mutable, belongs to one
// World and is changed only by it. These types refer to each other, so they stand in one file.
//
// A job's phase:
//   held      something must happen first: a dependency, a date, the rest of its gang
//   pending   in its queue's order; also a suspended job that waits to go on (then `pinned` is its node)
//   running   it holds what it asked for on `node`
//   stopping  told to suspend or to stop, and still holding until the driver says that it did
import type { Instant, Millis } from "@baton/core";
import type { Ledger } from "./ledger.ts";
import type { PendingList } from "./pending.ts";
import type { OrderPolicy } from "./policy.ts";
import type { Forecast } from "./predict/predictor.ts";
import type { Profile } from "./profile.ts";
import type { Vector } from "./resources.ts";
import type {
  Amounts,
  Constraints,
  JobSpec,
  Labels,
  NodeSpec,
  NodeStatus,
  QueueSpec,
  ReasonCode,
  ReservationSpec,
  SpreadTerm,
} from "./types.ts";

/** Where a job is in its life; see the head of this file. */
export type Phase = "held" | "pending" | "running" | "stopping";

/** Jobs that ask for the same thing: what no node can give to one of them, no node can give to the others. */
export interface Shape {
  readonly key: string;
  request: Vector;
  readonly requests: Amounts;
  /** Processors, for the formulas of parallel job queues: `processors` where it is asked for, else whole cpus. */
  readonly size: number;
  readonly constraints: Constraints | undefined;
  readonly labels: Labels | undefined;
  /** True while no node has room for it; then its jobs need not be looked at. */
  unfit: boolean;
  /** Its pending jobs, per queue. */
  readonly lanes: Lane[];
  /** Jobs that are known, in any phase. */
  users: number;
  /** Whether its constraints allow a group of nodes, by the group's number; emptied when groups change. */
  allowed: (boolean | undefined)[];
  /** Whether an empty node could take it, as of a version of the set of nodes. */
  couldFit: { readonly nodesVersion: number; readonly yes: boolean } | undefined;
  /** What it wants of the places of running jobs; undefined where it wants nothing. */
  relations: Relations | undefined;
  /** Counts that its running jobs are part of. */
  readonly countedBy: Watch[];
}

/** The pending jobs of one shape in one queue. */
export interface Lane {
  readonly shape: Shape;
  readonly queue: Queue;
  pending: number;
}

/** How many running jobs there are per value of a domain (a node, a zone, a label): the ones that match, or that want to be apart. */
export interface Watch {
  readonly key: string;
  readonly labels: Labels;
  readonly domain: string;
  /** `matching` counts jobs with these labels; `apart` counts jobs that want to be apart from jobs with these labels. */
  readonly counts: "matching" | "apart";
  readonly byValue: Map<string, number>;
  /** The jobs that are counted, by the same values. */
  readonly members: Map<string, Set<Job>>;
  /** How often a count fell. */
  falls: number;
  /** Shapes whose fate depends on these counts. */
  readonly watchers: Shape[];
}

/** A spread term, and how far the search for its emptiest domain has come. */
export interface Spread {
  readonly term: SpreadTerm;
  readonly watch: Watch;
  /** Domains that could take the job; as of `nodesVersion`. */
  values: readonly string[];
  nodesVersion: number;
  /** The least count seen, found at index `at`; all before it have more, unless counts fell since `falls`. */
  least: number;
  at: number;
  falls: number;
}

/** What the jobs of a shape want of the places of others. */
export interface Relations {
  /** `isOne`: it carries these labels itself, so that it may be the first of them. */
  readonly near: readonly { readonly watch: Watch; readonly isOne: boolean }[];
  readonly apart: readonly Watch[];
  readonly spread: readonly Spread[];
  /** Others that want to be apart from it. */
  readonly shunnedBy: Watch[];
}

/** Jobs that start together. The first of them stands for all in the queue's order. */
export interface Gang {
  readonly id: string;
  /** How many there must be; fewer once some have ended. */
  size: number;
  readonly members: Job[];
  /** Members that wait for nothing but each other, or run. */
  readonly ready: Set<Job>;
}

/** Jobs of one array, of which only so many are let into the order at a time. */
export interface JobArray {
  readonly id: string;
  readonly maxRunning: number;
  readonly admitted: Set<Job>;
  readonly waiting: Set<Job>;
  users: number;
}

/** Room on a ledger that is kept for a job that could not start: whoever ends later than `at` may only use `extra`. */
export interface Hold {
  readonly forJob: Job;
  readonly at: Instant;
  readonly extra: Vector;
  /** How many jobs that end later than `at` may start, where a queue limits their number. */
  slots: number;
}

/** Domains that are kept clear of jobs in whose neighbourhood `forJob` could not start: of those that would end later than `at`. */
export interface Clearing {
  readonly forJob: Job;
  readonly at: Instant;
  readonly values: readonly { readonly watch: Watch; readonly value: string }[];
}

/** Room that is held on a node or in a queue's limit. */
export interface Held {
  readonly on: Node | Queue;
  readonly hold: Hold;
  /** How often its ledger had changed when it was found. */
  readonly asOf: number;
}

/** What is held for a job, where, and from when on. */
export interface Reservation {
  readonly forJob: Job;
  readonly at: Instant;
  /** When the limits of its queues let it in. */
  readonly limitsAt: Instant;
  readonly nodes: readonly Node[];
  readonly holds: readonly Held[];
  readonly clearing: Clearing | undefined;
}

/** A reservation in advance, on one of its nodes: what of `amounts` its own jobs do not use is kept in its window. */
export interface Window {
  readonly spec: ReservationSpec;
  amounts: Vector;
  used: Vector;
}

/** Nodes that are alike in all that constraints can look at, and a tree over what they have free. */
export interface NodeGroup {
  readonly number: number;
  readonly like: NodeSpec;
  readonly nodes: Node[];
  /** The maximum per resource over each subtree, as an implicit binary tree; the leaf of slot s is at `leaves + s`. */
  tree: Float64Array;
  leaves: number;
}

/** One machine. */
export interface Node {
  readonly id: string;
  readonly seq: number;
  spec: NodeSpec;
  status: NodeStatus;
  speed: number;
  readonly ledger: Ledger<Job>;
  group: NodeGroup;
  slot: number;
  /** What stopping jobs will give back. */
  readonly coming: Job[];
  /** Suspended jobs that go on here. */
  readonly suspended: Job[];
  hold: Hold | undefined;
  /** What is free over time; kept under conservative backfilling only. */
  profile: Profile | undefined;
  readonly windows: Window[];
}

/** What decides the order inside a queue. */
export interface OrderRules {
  readonly policy: OrderPolicy;
  /** Whether keys change while jobs wait. */
  readonly dynamic: boolean;
  /** Smaller goes first. */
  key(job: Job, now: Instant): number;
  /** Whether backfilling, too, goes in this order for the time being, whatever the backfill policy says. */
  fillsInOrder?(): boolean;
  /**
   * What it costs to suspend running `victim` for `job`, the less the sooner; undefined where it does not give way. Absent where the
   * order does not preempt.
   */
  yields?(victim: Job, job: Job, now: Instant): number | undefined;
  /** When a running job that did not give way may have to; absent where time alone changes nothing. */
  yieldsAt?(victim: Job): Instant;
}

/** A queue of the tree. Jobs wait only in leaves; what is used is counted at every level. */
export interface Queue {
  readonly id: string;
  spec: QueueSpec;
  parent: Queue | undefined;
  readonly children: Queue[];
  weight: number;
  guarantee: Vector | undefined;
  /** What runs in its subtree, against its limit; absent where neither amounts nor the number of jobs are limited. */
  limit: Ledger<Job> | undefined;
  maxRunning: number;
  used: Vector;
  /** The dominant share of `used`, as of a version of the set of nodes; -1 where `used` has changed since. */
  dominant: number;
  dominantAsOf: number;
  running: number;
  /** Past use, fading: resource times milliseconds, as of `usageAt`. */
  usage: Vector;
  usageAt: Instant;
  /** Start-time fair queueing: the virtual time at which its next job starts. */
  virtualTime: number;
  /** The virtual time of the queues below it: when the last of their starts began. */
  clock: number;
  /** The number of the last start in its subtree; of equal queues the one goes first that has not started anything for longest. */
  lastStart: number;
  order: OrderRules;
  readonly pending: PendingList<Job>;
  /** What runs here, in order of start; kept only where the order gives time slices. */
  readonly turns: Set<Job>;
  /** Pending jobs here and below that are not known to be unfit. */
  open: number;
  /** The number of the turn (see World.turns) in which nothing more can start here. */
  passedOver: number;
  hold: Hold | undefined;
  /** What its limit leaves free over time, jobs counted as one more resource; kept under conservative backfilling only. */
  profile: Profile | undefined;
}

const nothing: Vector = new Float64Array(0);

/** One job, from its submission to its end. */
export class Job {
  readonly id: string;
  spec: JobSpec;
  /** Its number in the order of arrival. */
  readonly seq: number;
  readonly submitAt: Instant;
  shape: Shape;
  lane: Lane;
  /** What it holds, or would hold, on its node. */
  held: Vector;
  phase: Phase = "held";
  /** The promised limit; Infinity where none is given. */
  limitMs: Millis;
  /** The estimate that orders, and the one that profiles use; both at speed 1, of the whole job. */
  orderMs: Millis = 0;
  reserveMs: Millis = 0;
  /** How its estimate came about. */
  forecast: Forecast | undefined = undefined;
  /** Its place in its queue's order: smaller first, ties by `turn`. */
  key = 0;
  turn: number;
  node: Node | undefined = undefined;
  pinned: Node | undefined = undefined;
  /** Since when it runs, and how long it had run before that, at speed 1. */
  startedAt: Instant = 0;
  ranMs: Millis = 0;
  endsAt: Instant = 0;
  corrections = 0;
  /** The estimate before its first correction. */
  firstReserveMs: Millis = 0;
  /** Its resources were given back before its end was reported: the driver said that it ends at this instant. */
  isDue = false;
  /** What it gives back when it has stopped; set while it stops. */
  givesBack: Vector = nothing;
  /** For whom it was told to stop, until it starts again; and who was stopped for it. */
  stoppedFor: Job | undefined = undefined;
  displaced: Job[] | undefined = undefined;
  code: ReasonCode | undefined = undefined;
  gang: Gang | undefined = undefined;
  array: JobArray | undefined = undefined;
  /** The jobs that it still waits for, and the jobs that wait for it. */
  waitingFor: Set<Job> | undefined = undefined;
  dependents: Job[] | undefined = undefined;
  /** The longest expected path from its start to the end of its graph, and that path without itself. */
  rankMs: Millis = 0;
  tailMs: Millis = 0;
  /** Under conservative backfilling: when and where it is to start, and the number of that booking. */
  bookedAt: Instant = -1;
  bookedOn: Node | undefined = undefined;
  booking = -1;

  constructor(spec: JobSpec, seq: number, submitAt: Instant, lane: Lane) {
    this.id = spec.id;
    this.spec = spec;
    this.seq = seq;
    this.turn = seq;
    this.submitAt = submitAt;
    this.lane = lane;
    this.shape = lane.shape;
    this.held = lane.shape.request;
    this.limitMs = spec.limitMs ?? Infinity;
  }

  get queue(): Queue {
    return this.lane.queue;
  }

  /** Asks for something else, or waits elsewhere, from now on. */
  reshape(lane: Lane): void {
    this.lane = lane;
    this.shape = lane.shape;
    this.held = lane.shape.request;
    this.limitMs = this.spec.limitMs ?? Infinity;
  }
}

/** How long a job still needs on a node of this speed, by the estimate that profiles use. */
export function remainingOn(job: Job, speed: number): Millis {
  const rest = job.reserveMs - job.ranMs;
  return speed === 1 ? rest : Math.ceil(rest / speed);
}
