// Everything that the world must do after a decision, and when: all of it after the decision's events are
// durable, never before. An effect that is performed twice is harmless: work carries the id of its attempt,
// timers and runs are named.
import type { Instant, Json } from "@baton/core";
import type { WorkflowReference } from "@baton/dsl";
import type { Work } from "./work.ts";

/** A number that names one execution of a task within its run; counts from 1 in the order of starting. */
export type StepId = number;

export type Effect =
  /** Ask an executor; answer with CompleteWork or FailWork for the same step. */
  | { readonly type: "performWork"; readonly step: StepId; readonly workId: string; readonly work: Work; readonly awaited: boolean }
  /** Stop what was asked for a step, if it is still under way; no answer is wanted any more. */
  | { readonly type: "abortWork"; readonly step: StepId }
  /** Send FireTimer at that instant; stored in the same transaction as the events. */
  | { readonly type: "setTimer"; readonly timer: string; readonly at: Instant }
  | { readonly type: "clearTimer"; readonly timer: string }
  /** Start a run unless it is there; where `awaited`, answer with CompleteWork, FailWork when it ends. */
  | {
      readonly type: "startRun";
      readonly step: StepId;
      readonly runId: string;
      readonly workflow: WorkflowReference;
      readonly input: Json;
      readonly awaited: boolean;
    }
  | { readonly type: "cancelRun"; readonly runId: string };
