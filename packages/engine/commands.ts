// What may be asked of a run. A command is decided against the run's state; most answer an effect. A command that
// answers something the run no longer waits for is accepted and changes nothing, so sending one twice is harmless.
import type { Json } from "@baton/core";
import type { Workflow, WorkflowReference } from "@baton/dsl";
import type { Answer, ApprovalAnswer, StepId } from "./answers.ts";
import type { CloudEvent } from "./cloud-event.ts";
import type { Standing } from "./snapshot.ts";

export { answeredBy, type Answer, type ApprovalAnswer, type StepId } from "./answers.ts";

export type Command =
  | {
      readonly type: "StartRun";
      readonly runId: string;
      readonly tenant: string;
      readonly workflow: WorkflowReference;
      readonly input: Json;
      /** The step that awaits this run, where it is a sub-flow. */
      readonly parent?: { readonly runId: string; readonly step: StepId };
      /** How many runs stand above it, each having started the next; absent: none. */
      readonly depth?: number;
    }
  | Answer
  /** An event has come that the run may await; `delivery` is the sender's name for it, and comes back with what became of it. */
  | { readonly type: "ReceiveEvent"; readonly delivery: number; readonly event: CloudEvent }
  /** A person has answered the approval that a step waits for; `eventId` is the id of the event that this becomes. */
  | { readonly type: "AnswerApproval"; readonly step: StepId; readonly eventId: string; readonly answer: ApprovalAnswer }
  /** Go on where a decision that reached its bound stopped. */
  | { readonly type: "ContinueRun" }
  | { readonly type: "CancelRun"; readonly reason?: string }
  /** Cancel, and leave what is under way no time to end in order. */
  | { readonly type: "TerminateRun" }
  /** The run has the slot that it waits for. */
  | { readonly type: "AdmitRun" }
  /** The run can never have its slot, and faults. */
  | { readonly type: "RefuseRun"; readonly reason: string }
  | { readonly type: "SuspendRun" }
  | { readonly type: "ResumeRun" }
  /** Go on with a run that has faulted; `standing` is where it failed, as `rewindFault` finds it in the run's events. */
  | { readonly type: "RetryRun"; readonly standing: Standing }
  /** Begin a run where another one stood before a step; decided on that one's state, with the definition that this one has. */
  | {
      readonly type: "ForkRun";
      readonly runId: string;
      readonly from: { readonly runId: string; readonly step: StepId };
      readonly standing: Standing;
    }
  /** Go on with another definition. */
  | { readonly type: "MigrateRun"; readonly to: Workflow };
