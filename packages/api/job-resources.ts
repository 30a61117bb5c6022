// Jobs as they go over the wire.
import type { Json, JsonObject } from "@baton/core";

/** Where a job is in its life. */
export type JobStatus = "waiting" | "pending" | "allocated" | "running" | "suspended" | "completed" | "failed" | "cancelled" | "lost";

/** Why a job failed. */
export interface JobFailure {
  readonly code: string;
  readonly message: string;
  readonly exitCode?: number;
  /** What a function has named its error, as RFC 9457 has it. */
  readonly problem?: { readonly type: string; readonly status: number; readonly title?: string; readonly detail?: string };
  readonly next?: string;
}

/** A job with its result. */
export interface Job {
  readonly id: string;
  readonly name: string | null;
  /** What it has in common with the jobs that were submitted with it. */
  readonly graph: string | null;
  readonly status: JobStatus;
  /** Why it waits, or the code of what it ended with. */
  readonly reason: string | null;
  /** `{ kind: "command", command: [...] }`, `{ kind: "script", ... }`, `{ kind: "container", image, ... }`, `{ kind: "function", ... }`; `{ kind: "package", ... }` of an instance of a deployed package. */
  readonly work: JsonObject;
  /** The step of a flow that it works for. */
  readonly origin: { readonly runId: string; readonly step: number } | null;
  readonly queue: string;
  readonly priority: number;
  /** Amounts: cpu in millis, memory and disk in bytes. */
  readonly requests: { readonly [resource: string]: number };
  /** What it may use at most beside what it asks for; what it does not name is as its node has it. */
  readonly limits: { readonly pids?: number };
  readonly after: readonly string[];
  readonly attempt: number;
  readonly failures: number;
  readonly losses: number;
  readonly node: string | null;
  readonly cancelling: boolean;
  readonly timeoutMs: number | null;
  /** The name of the webhook that is told of its end. */
  readonly webhook: string | null;
  readonly submittedAt: string;
  readonly notBefore: string | null;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  readonly output: Json;
  /** What it failed with, and what to do about it. */
  readonly error: JobFailure | null;
  readonly usage: { readonly wallMs: number; readonly cpuMs?: number; readonly memoryBytes?: number } | null;
}

/** What was taken in. */
export interface Submitted {
  readonly jobs: readonly Job[];
  readonly graph: string | null;
}

/** A piece of what a job has written. */
export interface JobOutputPiece {
  readonly position: number;
  readonly stream: "stdout" | "stderr";
  readonly at: string;
  readonly text: string;
}

/** A part of an attempt's output. */
export interface JobOutput {
  readonly attempt: number;
  readonly pieces: readonly JobOutputPiece[];
  /** The position to read on from. */
  readonly next: number;
  readonly complete: boolean;
}

/** Why a job waits. */
export interface JobExplanation {
  readonly job: Job;
  readonly summary: string;
  readonly rank: number | null;
  readonly ahead: readonly string[];
  readonly reasons: readonly { readonly code: string; readonly summary: string; readonly remedy: string; readonly evidence: Json }[];
  /** The smallest change that was found to start it now. */
  readonly smallestChange: string | null;
  readonly estimate: { readonly at: string; readonly earliest: string; readonly latest: string } | null;
}

/** What would become of jobs. */
export interface JobPlan {
  readonly jobs: readonly {
    readonly name: string | null;
    readonly decision: "start" | "wait" | "refuse";
    readonly node: string | null;
    readonly reason: string | null;
    readonly expectedStart: { readonly at: string; readonly earliest: string; readonly latest: string } | null;
  }[];
  /** Jobs that wait already and would be expected at another time. */
  readonly delayed: readonly { readonly job: string; readonly before: string | null; readonly after: string | null }[];
  /** Jobs that would be stopped to make room. */
  readonly preempted: readonly string[];
}
