// Replicas: the alike processes or containers that something deployed is made of, each the work of one job at a time.
//
// | phase     | it                                                       | next                                                     |
// |-----------|----------------------------------------------------------|----------------------------------------------------------|
// | waiting   | has no job, and gets one when its pause is over          | starting                                                 |
// | starting  | has a job, and is not known to answer yet                | ready, failing (it took too long), waiting (it ended)    |
// | ready     | answers                                                  | failing (its checks), waiting (it ended)                 |
// | failing   | is to be stopped, for its checks failed                  | restarting, at once                                      |
// | restarting| was told to stop, and begins again when it has           | waiting                                                  |
// | draining  | is not wanted any more, and finishes what it has         | stopping                                                 |
// | stopping  | was told to stop                                         | gone, when its job has ended                             |
import type { Instant, Millis } from "@baton/core";

/** Where a replica is in its life; see the head of this file. */
export type ReplicaPhase = "waiting" | "starting" | "ready" | "failing" | "restarting" | "draining" | "stopping";

/** One replica. */
export interface Replica {
  /** Within what is deployed; never given twice. */
  readonly id: number;
  /** Which version of what is deployed it runs. */
  readonly generation: number;
  readonly phase: ReplicaPhase;
  /** Since when it is in that phase. */
  readonly since: Instant;
  /** How many jobs it has had. */
  readonly tries: number;
  /** How often in a row it ended without having been told to. */
  readonly crashes: number;
  /** Since when its job runs; null: it does not. */
  readonly beganAt: Instant | null;
  /** Checks in a row that succeeded, or failed. */
  readonly good: number;
  readonly bad: number;
  /** How much it has under way; what has nothing is taken away first, and stopped at once. */
  readonly busy: number;
}

/** When a replica counts as healthy. */
export interface HealthRule {
  /** So many checks in a row must fail for it to be restarted. */
  readonly failures: number;
  /** So many must succeed for it to be ready. */
  readonly successes: number;
  /** How long it may take until its first checks succeed. */
  readonly startupMs: Millis;
}

/** How many there are to be, and how they are exchanged and restarted. */
export interface ReplicaRule {
  readonly desired: number;
  /** While they are exchanged: how many more than desired there may be, and how many of them may be missing. */
  readonly maxSurge: number;
  readonly maxUnavailable: number;
  /** While they are exchanged: how long one of the new version must have been ready before it takes an old one's place. */
  readonly minReadyMs: Millis;
  /** A rollout stalls when one of the new version has ended so often in a row without having been told to. */
  readonly stallAfter: number;
  /** Never more than desired, those that are about to go included: for what must not be there twice. */
  readonly exclusive: boolean;
  /** Null: a replica is ready as soon as its job runs. */
  readonly health: HealthRule | null;
  /** The pause after the first crash; each further one is twice as long, up to the longest. One that ran so long begins anew. */
  readonly restartMs: { readonly first: Millis; readonly longest: Millis };
  /** How long a replica may take to finish what it has. */
  readonly drainMs: Millis;
}

/** Something deployed, as far as its replicas go. */
export interface ReplicaSet {
  /** The version that is wanted. */
  readonly generation: number;
  /** The version that all had last: it serves while another one does not come up. 0: there was none yet. */
  readonly stable: number;
  /** The version that is wanted does not come up: nothing more is exchanged, and what is missing is of the stable version. */
  readonly stalled: boolean;
  readonly nextId: number;
  readonly replicas: readonly Replica[];
}

/** What happened to a replica. */
export type ReplicaEvent =
  | { readonly type: "began" }
  | { readonly type: "checked"; readonly healthy: boolean }
  | { readonly type: "busy"; readonly count: number }
  | { readonly type: "ended" };

/** What is to be done in the world. */
export type ReplicaAction =
  /** Submit its job. */
  | { readonly type: "start"; readonly replica: Replica }
  /** Let it take nothing more. */
  | { readonly type: "drain"; readonly replica: Replica }
  /** Cancel its job. */
  | { readonly type: "stop"; readonly replica: Replica; readonly why: string };

/** What is to be done now, and when to look again at the latest. */
export interface ReplicaPlan {
  readonly set: ReplicaSet;
  readonly actions: readonly ReplicaAction[];
  readonly wakeAt: Instant | null;
}
