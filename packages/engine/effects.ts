// Everything that the world must do after a decision, and when: all of it after the decision's events are
// durable, never before. An effect that is performed twice is harmless: work carries the id of its attempt,
// timers and runs are named.
import type { Instant, Json } from "@baton/core";
import type { WorkflowReference } from "@baton/dsl";
import type { AttributeValue } from "./attribute-value.ts";
import type { CloudEvent } from "./cloud-event.ts";
import type { Command, StepId } from "./commands.ts";
import type { EventInterest } from "./event-interest.ts";
import type { Slot } from "./state.ts";
import type { Work } from "./work.ts";

export type Effect =
  /**
   * Ask an executor. Where `awaited`, answer with CompleteWork or FailWork when the work ends; where not, answer with
   * CompleteWork (its output is not used) as soon as the work has begun, or with FailWork if it cannot begin. So what
   * is not awaited is not lost either when a server stops between the commit and the work.
   */
  | { readonly type: "performWork"; readonly step: StepId; readonly workId: string; readonly work: Work; readonly awaited: boolean }
  /** Stop what was asked for a step, if it is still under way; no answer is wanted any more. `atOnce`: it gets no time to end in order. */
  | { readonly type: "abortWork"; readonly step: StepId; readonly atOnce?: true }
  /** Send FireTimer at that instant; stored in the same transaction as the events. Setting it twice is harmless. */
  | { readonly type: "setTimer"; readonly timer: string; readonly at: Instant }
  /** Forget a timer, in the same transaction; every timer is cleared so in the end, also when it has fired. */
  | { readonly type: "clearTimer"; readonly timer: string }
  /**
   * Start a run unless it is there. Where `awaited`, answer with CompleteWork or FailWork (with the run's own error) when
   * it ends, and give StartRun this step as `parent`; where not, answer with CompleteWork as soon as the run is durable.
   */
  | {
      readonly type: "startRun";
      readonly step: StepId;
      readonly runId: string;
      readonly workflow: WorkflowReference;
      readonly input: Json;
      readonly awaited: boolean;
      /** Goes into StartRun. */
      readonly depth: number;
      /** A run of this id that had faulted by then goes on from where it failed. */
      readonly retrySince?: Instant;
    }
  /** Send CancelRun; `atOnce`: TerminateRun. */
  | { readonly type: "cancelRun"; readonly runId: string; readonly atOnce?: true }
  /** Send ReceiveEvent for events of that interest; stored in the same transaction. Setting it again replaces it. */
  | { readonly type: "setSubscription"; readonly subscription: string; readonly interest: EventInterest }
  /** Forget a subscription, in the same transaction. */
  | { readonly type: "clearSubscription"; readonly subscription: string }
  /** The event that came with this delivery is consumed, or not wanted: it is not to be sent to the run again. Stored in the same transaction. */
  | { readonly type: "settleEvent"; readonly delivery: number; readonly consumed: boolean }
  /** Publish an event, to the listeners of its tenant among others; put into the outbox in the same transaction. */
  | { readonly type: "publishEvent"; readonly event: CloudEvent }
  /** Store values that the run is found by, in the same transaction; null removes one. */
  | { readonly type: "setAttributes"; readonly attributes: { readonly [name: string]: AttributeValue } }
  /** Get the run its slot, then send AdmitRun; or RefuseRun where it can never have it, or CancelRun where its flow says so. */
  | { readonly type: "claimSlot"; readonly slot: Slot }
  /** The run has ended: its slot is free, or nobody waits for it any more. */
  | { readonly type: "releaseSlot"; readonly slot: Slot }
  /** Send this command to the same run at once: a decision that reached its bound goes on so. */
  | { readonly type: "sendCommand"; readonly command: Command };
