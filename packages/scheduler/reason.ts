// Why a job waits: for each reason its evidence and its remedy, and when it is expected to start.
import type { Instant } from "@baton/core";
import type { ClosedNode, ReasonCode, SchedulerEvent } from "./types.ts";

/** How many nodes one filter kept away, for one detail of it (a resource, a taint, a label). */
export interface FilterCount {
  readonly filter: string;
  readonly detail: string;
  readonly nodes: number;
}

/** A node that takes no jobs now, and could take this one once it does. */
export interface ClosedCandidate {
  readonly nodeId: string;
  readonly status: ClosedNode;
}

/** What was seen when it was decided. */
export type Evidence =
  | { readonly type: "dependencies"; readonly waitingFor: readonly string[] }
  | { readonly type: "schedule"; readonly notBefore: Instant }
  | { readonly type: "gang"; readonly present: number; readonly size: number }
  | {
      readonly type: "limit";
      readonly queue: string;
      readonly resource: string;
      readonly used: number;
      readonly limit: number;
      readonly requested: number;
    }
  | {
      readonly type: "nodes";
      readonly total: number;
      readonly possible: number;
      readonly failed: readonly FilterCount[];
      /** The first of those that could take it, once they take jobs again. */
      readonly waitsFor: readonly ClosedCandidate[];
    }
  | { readonly type: "reservation"; readonly forJobId: string; readonly nodeId: string; readonly at: Instant }
  /** How many jobs of a gang would find room now. */
  | { readonly type: "gang-room"; readonly placed: number; readonly size: number }
  /** What the limit of a queue leaves is held for a job. */
  | { readonly type: "limit-reservation"; readonly forJobId: string; readonly queue: string; readonly at: Instant }
  /** For whom it was stopped. */
  | { readonly type: "displaced"; readonly forJobId: string }
  | { readonly type: "rank"; readonly rank: number; readonly ahead: readonly string[]; readonly blockedBy: string }
  | { readonly type: "share"; readonly queue: string; readonly share: number; readonly nextQueue: string; readonly nextShare: number }
  | { readonly type: "suspended"; readonly forJobId: string | undefined; readonly remainingMs: number };

/** What would take a reason away: in words, and where events can express it, as the events. */
export interface Remedy {
  readonly summary: string;
  readonly events?: readonly SchedulerEvent[];
}

/** One thing that keeps a job from starting. */
export interface Reason {
  readonly code: ReasonCode;
  readonly summary: string;
  readonly evidence: Evidence;
  readonly remedy: Remedy;
}

/** An expected start: the middle, and the interval that holds eight starts of ten. */
export interface StartEstimate {
  readonly at: Instant;
  readonly earliest: Instant;
  readonly latest: Instant;
}

/** Everything there is to say of one job that waits. */
export interface Explanation {
  readonly jobId: string;
  /** Its place in its queue's order, from 1, and the jobs just before it. */
  readonly rank: number;
  readonly ahead: readonly string[];
  /** All that binds, the one that would have to go first in front. */
  readonly reasons: readonly Reason[];
  /** The smallest change found that starts it now; undefined where none was found. */
  readonly smallestChange?: { readonly summary: string; readonly events: readonly SchedulerEvent[] };
  readonly estimate?: StartEstimate;
}
