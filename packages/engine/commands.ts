// What may be asked of a run. A command is decided against the run's state; most answer an effect.
import type { Json } from "@baton/core";
import type { WorkflowReference } from "@baton/dsl";
import type { StepId } from "./effects.ts";
import type { WorkFault, WorkflowError } from "./work.ts";

export type Command =
  | {
      readonly type: "StartRun";
      readonly runId: string;
      readonly tenant: string;
      readonly workflow: WorkflowReference;
      readonly input: Json;
      /** The step that awaits this run, where it is a sub-flow. */
      readonly parent?: { readonly runId: string; readonly step: StepId };
    }
  | { readonly type: "CompleteWork"; readonly step: StepId; readonly output: Json }
  | { readonly type: "FailWork"; readonly step: StepId; readonly fault: WorkFault | WorkflowError }
  | { readonly type: "FireTimer"; readonly timer: string }
  | { readonly type: "CancelRun"; readonly reason?: string }
  | { readonly type: "SuspendRun" }
  | { readonly type: "ResumeRun" };
