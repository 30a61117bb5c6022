// What people see of a run: the one shape that `baton run -o json` and `GET /v1/runs/{id}` give.
import type { Json } from "@baton/core";
import type { WorkflowReference } from "@baton/dsl";
import type { WorkflowError } from "./work.ts";

/** Of runs and steps alike (the specification's status phases). */
export type Status = "pending" | "running" | "waiting" | "suspended" | "completed" | "faulted" | "cancelled";

/** One execution of a task; a loop's iterations and a retry's attempts are separate entries. */
export interface StepView {
  readonly name: string;
  readonly reference: string;
  readonly kind: string;
  readonly status: Status;
  readonly attempt: number;
  readonly input: Json;
  readonly output: Json;
  readonly error: WorkflowError | null;
  readonly startedAt: string;
  readonly endedAt: string | null;
  /** True where the task's `if` was false: it completed without having run. */
  readonly skipped?: true;
  /** It undoes the step with this number, counted from 1 in the order of `steps`. */
  readonly compensates?: number;
  /** Why it waits: a reason code such as `waiting.timer`, and until when where that is known. */
  readonly waiting?: { readonly reason: string; readonly until?: string };
  /** The job that does its work, while it waits for one. */
  readonly job?: string;
}

/** The slot of a run. */
export interface SlotView {
  /** The name of the semaphore that it is of, in the namespace of the flow. */
  readonly lock: string;
  /** Empty: for all runs of the flow. */
  readonly key: string;
  readonly limit: number;
  readonly status: "waiting" | "holding" | "released";
  /** Of a run that waits: how many come before it, and who holds what it waits for. */
  readonly ahead?: number;
  readonly reason?: string;
}

export interface RunView {
  readonly id: string;
  readonly workflow: WorkflowReference;
  readonly status: Status;
  readonly input: Json;
  readonly output: Json;
  readonly error: WorkflowError | null;
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly steps: readonly StepView[];
  /** There where steps were undone, or are being: whether that is done for all of them. */
  readonly compensated?: boolean;
  /** What it was a run of before it was migrated, or forked with another definition; the earliest first. */
  readonly former?: readonly WorkflowReference[];
  /** The run, and its step by its number, whose history before that step is this one's. */
  readonly forkedFrom?: { readonly runId: string; readonly step: number };
  /** Runs that were forked from this one. */
  readonly forks?: readonly string[];
  /** Of a run that may go on only beside so many others of its flow. */
  readonly concurrency?: SlotView;
  /** What somebody must look at: a defect that stopped the run, or a compensation that failed. */
  readonly incident?: string;
}
