// The public vocabulary of the scheduler: what goes in (jobs, nodes, queues, policies, events), what comes out
// (decisions, trace, answers). All of it is plain data that survives JSON, so that events can be recorded and
// replayed. Amounts are whole numbers: cpu in millis, memory and disk in bytes, anything else in its own unit.
import type { Instant, Millis } from "@baton/core";
import type { Policy } from "./policy.ts";

/** Amounts by name of resource; whole numbers, never negative. A resource that is not named is not asked for, or not there. */
export interface Amounts {
  readonly [resource: string]: number;
}

/** Labels of a node or of a job. */
export interface Labels {
  readonly [key: string]: string;
}

/** A condition on one label of a node. */
export type LabelTerm =
  | { readonly key: string; readonly operator: "in" | "not-in"; readonly values: readonly string[] }
  | { readonly key: string; readonly operator: "exists" | "absent" };

/** A wish: it moves the choice of node, and never makes a node impossible. */
export type Preference = LabelTerm & { readonly weight: number };

/** Near or apart from running jobs that carry these labels; the domain is `node`, `zone`, `pool` or any label key of nodes. */
export interface AffinityTerm {
  readonly labels: Labels;
  readonly domain: string;
}

/** Jobs that carry these labels stay balanced over the domains: the fullest has at most `maxSkew` more of them than the emptiest. */
export interface SpreadTerm extends AffinityTerm {
  readonly maxSkew: number;
}

/** Lets a job onto nodes that carry this taint; without `value`, whatever the taint's value is. */
export interface Toleration {
  readonly key: string;
  readonly value?: string;
}

/** Where a job may run. Everything that is given must hold, except what is a preference. */
export interface Constraints {
  readonly nodes?: readonly string[];
  readonly pools?: readonly string[];
  readonly zones?: readonly string[];
  readonly labels?: readonly LabelTerm[];
  readonly prefer?: readonly Preference[];
  readonly near?: readonly AffinityTerm[];
  readonly apart?: readonly AffinityTerm[];
  readonly spread?: readonly SpreadTerm[];
  readonly tolerations?: readonly Toleration[];
}

/** What mostly limits a job's speed. */
export type JobKind = "cpu" | "io" | "mixed";

/** A unit of work to place on one node. */
export interface JobSpec {
  readonly id: string;
  /** A leaf of the queue tree; `default` where none is named. */
  readonly queue?: string;
  readonly requests: Amounts;
  /** How long it may run at most, as its submitter promises. Profiles and reservations trust it. */
  readonly limitMs?: Millis;
  /** How long its submitter expects it to run. Only an opinion: it orders and estimates, nothing relies on it. */
  readonly expectedMs?: Millis;
  /** 0 to 100, higher first; 50 where none is given. */
  readonly priority?: number;
  /** Its weight in weighted means, and in policies that use weights; 1 where none is given. */
  readonly weight?: number;
  readonly deadline?: Instant;
  /** It does not start before this instant. */
  readonly notBefore?: Instant;
  /** Ids of jobs that must have completed first. */
  readonly after?: readonly string[];
  /** All jobs of a gang start at the same instant or none does. */
  readonly gang?: { readonly id: string; readonly size: number };
  /** Jobs of one array; at most `maxRunning` of them run at a time. */
  readonly array?: { readonly id: string; readonly index: number; readonly maxRunning?: number };
  /** What its duration is learned by: a function, a user, a command. */
  readonly predictionKey?: string;
  /** The size of its input, in any unit, where that helps to predict its duration. */
  readonly inputSize?: number;
  readonly labels?: Labels;
  readonly constraints?: Constraints;
  /** Whether it may be stopped and queued again for a queue that takes its guarantee back; true where nothing is said. */
  readonly preemptible?: boolean;
  readonly kind?: JobKind;
  /** The reservation in advance that it runs in. */
  readonly reservation?: string;
  /** It waits also where no node that is known could ever run it: one that could may be started for it. */
  readonly keepImpossible?: boolean;
}

/** What a taint does to jobs that do not tolerate it. */
export type TaintEffect = "no-schedule" | "prefer-not";

/** A mark on a node that keeps jobs away. */
export interface Taint {
  readonly key: string;
  readonly value?: string;
  readonly effect: TaintEffect;
}

/** A machine, or a divisible part of the cluster, that jobs run on. */
export interface NodeSpec {
  readonly id: string;
  readonly capacity: Amounts;
  readonly labels?: Labels;
  readonly taints?: readonly Taint[];
  readonly pool?: string;
  readonly zone?: string;
  /** Relative speed: a job expected to take 10 s takes 5 s at speed 2; 1 where none is given. */
  readonly speed?: number;
  /** Its share in weighted and static placement; 1 where none is given. */
  readonly weight?: number;
}

/** Why a node takes no new jobs; those that it has go on. `lost`: it has none, and may come back. Explanations count nodes by it. */
export type ClosedNode = "draining" | "cordoned" | "suspect" | "lost" | "memory-pressure" | "disk-pressure";

/** `ready` takes jobs. */
export type NodeStatus = "ready" | ClosedNode;

/** A queue: an inner node of the tree, or a leaf that jobs wait in. The top-level queues are the tenants. */
export interface QueueSpec {
  readonly id: string;
  readonly parent?: string;
  /** Its part among its siblings; 1 where none is given. */
  readonly weight?: number;
  /** What it can always have: lent to others while idle, taken back by preemption. */
  readonly guarantee?: Amounts;
  /** What it can never exceed, its subtree included. */
  readonly limit?: Amounts;
  /** At most so many of its jobs run at a time. */
  readonly maxRunning?: number;
  /** The order inside this queue, where it differs from the policy's. */
  readonly order?: Policy["order"];
}

/** Room kept free on nodes for a window of time, for the jobs that name it. */
export interface ReservationSpec {
  readonly id: string;
  readonly from: Instant;
  readonly until: Instant;
  /** What is kept on each of the nodes; everything that they have where nothing is given. */
  readonly amounts?: Amounts;
  readonly nodes: readonly string[];
}

/** How a job left its node. `preempted` and `lost` bring it back into its queue; the others are final. */
export type Outcome = "completed" | "failed" | "cancelled" | "preempted" | "lost";

/** How a job left its node, or its queue. */
export interface JobEnding {
  readonly jobId: string;
  readonly outcome: Outcome;
  /** Where it comes back into its queue, it does not start again before. */
  readonly notBefore?: Instant;
}

/** What of a pending job can be changed. */
export type JobPatch = Partial<Omit<JobSpec, "id" | "after" | "gang" | "array">>;

/** What happened in the world. Whoever drives the scheduler reports it; nothing else changes the state. */
export type SchedulerEvent =
  /** New jobs; a graph's jobs come in one event, or each after the ones it waits for. */
  | { readonly type: "jobs-submitted"; readonly jobs: readonly JobSpec[] }
  | { readonly type: "job-changed"; readonly jobId: string; readonly patch: JobPatch }
  /** A job that already runs, told after a restart of the driver. */
  | {
      readonly type: "job-adopted";
      readonly job: JobSpec;
      readonly nodeId: string;
      readonly startedAt: Instant;
      /** It is frozen there. */
      readonly suspended?: boolean;
    }
  /** The executor has really started it: its run time counts from now. */
  | { readonly type: "job-started"; readonly jobId: string }
  | ({ readonly type: "job-ended" } & JobEnding)
  /** Ends that were reported together: all that they held is given back before anything is decided on it. */
  | { readonly type: "jobs-ended"; readonly ends: readonly JobEnding[] }
  /**
   * Its estimate has come to its end and it goes on. Corrects the estimate and decides nothing. A driver on a virtual clock reports
   * this (or `job-due`) before anything else of that instant; without such reports the core corrects what has passed by itself.
   */
  | { readonly type: "job-overran"; readonly jobId: string }
  /**
   * Its estimate has come to its end, and it ends in this very instant: what it holds may be given away from now on, by decisions
   * that take effect after its `job-ended`, which follows at the same instant. Decides nothing. Only a virtual clock can know this.
   */
  | { readonly type: "job-due"; readonly jobId: string }
  /** A suspend decision was carried out: what it held is free. */
  | { readonly type: "job-suspended"; readonly jobId: string }
  /** Also a change of a known node: capacity, labels, taints. `closed`: it comes, and takes no new jobs. */
  | { readonly type: "node-up"; readonly node: NodeSpec; readonly closed?: ClosedNode }
  /** Its jobs are lost and queue again. */
  | { readonly type: "node-down"; readonly nodeId: string }
  | { readonly type: "node-drained"; readonly nodeId: string; readonly closed?: ClosedNode }
  /** The whole tree; queues that jobs still use cannot be left out. */
  | { readonly type: "queues-changed"; readonly queues: readonly QueueSpec[] }
  | { readonly type: "policy-changed"; readonly policy: Policy }
  | { readonly type: "reservation-added"; readonly reservation: ReservationSpec }
  | { readonly type: "reservation-removed"; readonly reservationId: string }
  /** Time has passed: sent at `wakeAt` at the latest. */
  | { readonly type: "clock" };

/** What the driver must do now, in this order. */
export type Decision =
  | {
      readonly type: "start";
      readonly jobId: string;
      readonly nodeId: string;
      /** How long it is expected to run here, at its node's speed; an overrun is judged by it. */
      readonly estimateMs: Millis;
    }
  | { readonly type: "resume"; readonly jobId: string; readonly nodeId: string }
  /** Freeze it on its node, then report `job-suspended`. */
  | { readonly type: "suspend"; readonly jobId: string; readonly nodeId: string; readonly forJobId?: string }
  /** Stop it, then report `job-ended` with `preempted`. */
  | { readonly type: "preempt"; readonly jobId: string; readonly nodeId: string; readonly forJobId: string }
  /** It never entered, or cannot stay: a request that is wrong, or an ancestor that failed. */
  | { readonly type: "refuse"; readonly jobId: string; readonly problem: Problem };

/** What is wrong with an input: code of the error table, where, what, and what to do next. */
export interface Problem {
  readonly code: string;
  readonly where: string;
  readonly message: string;
  readonly next: string;
}

/** One vocabulary for the screens, the command line, the API and the metrics. */
export type ReasonCode =
  | "pending.dependency"
  | "pending.schedule"
  | "pending.gang"
  | "pending.quota"
  | "pending.limit"
  | "pending.constraint"
  | "pending.capacity"
  | "pending.reservation"
  | "pending.fairness"
  | "suspended.policy"
  /** Of a date, where whoever drives the core knows that it is that of a retry. */
  | "waiting.retry";

/** What the core noted while it decided. */
export type TraceEntry =
  /** The job waits, and this is now its first binding reason. */
  | { readonly type: "waits"; readonly jobId: string; readonly code: ReasonCode }
  /** The job's estimate was corrected, by its overrun. */
  | { readonly type: "corrected"; readonly jobId: string; readonly estimateMs: Millis }
  /** A job that was watched has started: how long it waited, and how long it was expected to. */
  | { readonly type: "waited"; readonly jobId: string; readonly waitMs: Millis; readonly expectedMs: Millis }
  /** An event that changes nothing: about a job or node that is not known, or came too late. */
  | { readonly type: "ignored"; readonly problem: Problem };

/** The answer to one event. */
export interface StepResult<State> {
  readonly state: State;
  readonly decisions: readonly Decision[];
  readonly trace: readonly TraceEntry[];
  /** The next instant at which a `clock` event is wanted, whatever else happens; undefined where none is. */
  readonly wakeAt: Instant | undefined;
}
