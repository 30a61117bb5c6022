// What has happened to a run. Events carry results (outputs, contexts, items, instants), never anything that must
// be evaluated again; a value that the state already holds is left out. docs/internals/engine.md lists them.
import type { Instant, Json } from "@baton/core";
import type { WorkflowReference } from "@baton/dsl";
import type { Answer, StepId } from "./commands.ts";
import type { Consumption, Match } from "./consumption.ts";
import type { EncodedStanding } from "./snapshot.ts";
import type { Slot } from "./state.ts";
import type { WorkflowError } from "./work.ts";

interface RunStarted {
  readonly type: "RunStarted";
  readonly runId: string;
  readonly tenant: string;
  readonly workflow: WorkflowReference;
  /** As it came in. */
  readonly raw: Json;
  /** After `input.from`, where that changed it. */
  readonly input?: Json;
  readonly deadline?: Instant;
  /** What it waits for before its first step. */
  readonly slot?: Slot;
  readonly parent?: { readonly runId: string; readonly step: StepId };
  readonly depth: number;
}

/** A task of a list (or a branch) began; its raw input is what its parent holds ready for it. */
interface StepStarted {
  readonly type: "StepStarted";
  readonly step: StepId;
  readonly parent: StepId;
  /** Of the task in its list, or of the branch. */
  readonly index: number;
  /** After `input.from`, where that changed it. */
  readonly input?: Json;
  readonly deadline?: Instant;
}

/** A task's `if` was false. */
interface StepSkipped {
  readonly type: "StepSkipped";
  readonly step: StepId;
  readonly parent: StepId;
  readonly index: number;
}

/** A step completed; whatever was still under way below it was cancelled. */
interface StepCompleted {
  readonly type: "StepCompleted";
  readonly step: StepId;
  /** After `output.as`; absent: what the step gives by itself (`ownOutput` in state.ts). */
  readonly output?: Json;
  /** After `export.as`, where the task exports. */
  readonly context?: Json;
  /** Of a switch: the case that was chosen. */
  readonly chosen?: number;
}

/** A step faulted; whatever was still under way below it was cancelled. */
interface StepFaulted {
  readonly type: "StepFaulted";
  readonly step: StepId;
  /** Absent: the error that the step holds from below. */
  readonly error?: WorkflowError;
}

/** A wait knows when it ends. */
interface WaitStarted {
  readonly type: "WaitStarted";
  readonly step: StepId;
  readonly until: Instant;
}

/** A step named the run that it starts. */
interface SubRunNamed {
  readonly type: "SubRunNamed";
  readonly step: StepId;
  readonly runId: string;
}

/** A call knows the arguments with which its function's task runs. */
interface FunctionEntered {
  readonly type: "FunctionEntered";
  readonly step: StepId;
  /** Absent: the step's input. */
  readonly arguments?: Json;
}

/** A loop knows its items. */
interface LoopEntered {
  readonly type: "LoopEntered";
  readonly step: StepId;
  /** Absent: the constant of the definition. */
  readonly items?: readonly Json[];
}

/** The loop's next item is up. */
interface IterationStarted {
  readonly type: "IterationStarted";
  readonly step: StepId;
}

/** An attempt of a try began; the first one only says so where there are deadlines. */
interface AttemptStarted {
  readonly type: "AttemptStarted";
  readonly step: StepId;
  readonly attempt: number;
  readonly deadline?: Instant;
  /** For all attempts together; with the first one only. */
  readonly limit?: Instant;
}

/** An attempt ran past its deadline, or all together did; whatever was under way below was cancelled. */
interface AttemptTimedOut {
  readonly type: "AttemptTimedOut";
  readonly step: StepId;
  readonly error: WorkflowError;
  /** True: no attempt may follow. */
  readonly last: boolean;
}

/** The error that the try holds was caught, and is answered with another attempt at that time. */
interface RetryScheduled {
  readonly type: "RetryScheduled";
  readonly step: StepId;
  readonly until: Instant;
}

/** The error that the try holds was caught, and is not retried (any more). */
interface ErrorCaught {
  readonly type: "ErrorCaught";
  readonly step: StepId;
}

/** A listen waits for events; what its correlations expect is known where it was given. */
interface ListenStarted {
  readonly type: "ListenStarted";
  readonly step: StepId;
  readonly consumption: Consumption;
}

/** A listen consumed an event. */
interface EventConsumed {
  readonly type: "EventConsumed";
  readonly step: StepId;
  /** Source and id, as they identify the event. */
  readonly event: { readonly source: string; readonly id: string; readonly type: string };
  readonly match: Match;
  /** As the task reads it; absent: the event ended the listening, or nobody asks for it. */
  readonly item?: Json;
}

/** A listen takes no more events: its condition holds. */
interface ListenClosed {
  readonly type: "ListenClosed";
  readonly step: StepId;
}

/** A listen is done with one of its events. */
interface ItemCompleted {
  readonly type: "ItemCompleted";
  readonly step: StepId;
  /** After the item's `output.as`; absent: what its tasks gave. */
  readonly output?: Json;
  /** After the item's `export.as`. */
  readonly context?: Json;
}

/** A run, a try or a fork undoes what was done below it; whatever was still under way there was cancelled. */
interface CompensationStarted {
  readonly type: "CompensationStarted";
  readonly step: StepId;
  /** Of a run that faults: its error; absent: the one that came up from below. */
  readonly error?: WorkflowError;
  /** The run is being cancelled. */
  readonly cancelled?: true;
  readonly reason?: string;
}

/** The time of all attempts is over while what the last one did is being undone: no other may follow. */
interface RetriesEnded {
  readonly type: "RetriesEnded";
  readonly step: StepId;
}

/** The run has its slot, and goes on. */
interface RunAdmitted {
  readonly type: "RunAdmitted";
}

interface RunSuspended {
  readonly type: "RunSuspended";
}

interface RunResumed {
  readonly type: "RunResumed";
}

/** An answer arrived that takes effect later: the run is suspended, or still busy with earlier ones. */
interface AnswerDeferred {
  readonly type: "AnswerDeferred";
  readonly answer: Answer;
}

/** The first of the deferred answers takes effect. */
interface AnswerTaken {
  readonly type: "AnswerTaken";
}

interface RunCompleted {
  readonly type: "RunCompleted";
  /** After `output.as`; absent: the last task's output. */
  readonly output?: Json;
}

interface RunFaulted {
  readonly type: "RunFaulted";
  /** Absent: the error that came up from below. */
  readonly error?: WorkflowError;
}

interface RunCancelled {
  readonly type: "RunCancelled";
  readonly reason?: string;
  /** What was under way had no time to end in order. */
  readonly terminated?: true;
}

/** A run that had faulted goes on from where it failed. */
interface RunRetried {
  readonly type: "RunRetried";
  /** What is under way again; the steps that failed are to be started. */
  readonly standing: EncodedStanding;
}

/** A run begins with the history of another one up to a step: the events before this one are of that run. */
interface RunForked {
  readonly type: "RunForked";
  readonly runId: string;
  readonly workflow: WorkflowReference;
  readonly from: { readonly runId: string; readonly step: StepId };
  readonly standing: EncodedStanding;
}

/** A run goes on with another definition. */
interface RunMigrated {
  readonly type: "RunMigrated";
  readonly workflow: WorkflowReference;
  readonly standing: EncodedStanding;
}

/** Any event, without its time. */
export type EventBody =
  | RunStarted
  | StepStarted
  | StepSkipped
  | StepCompleted
  | StepFaulted
  | WaitStarted
  | SubRunNamed
  | FunctionEntered
  | LoopEntered
  | IterationStarted
  | AttemptStarted
  | AttemptTimedOut
  | RetryScheduled
  | ErrorCaught
  | ListenStarted
  | EventConsumed
  | ListenClosed
  | ItemCompleted
  | CompensationStarted
  | RetriesEnded
  | RunAdmitted
  | RunSuspended
  | RunResumed
  | AnswerDeferred
  | AnswerTaken
  | RunCompleted
  | RunFaulted
  | RunCancelled
  | RunRetried
  | RunForked
  | RunMigrated;

/** Something that happened to a run, and when. */
export type WorkflowEvent = EventBody & { readonly at: Instant };

/** The names of the events. */
export type EventType = WorkflowEvent["type"];

/** The event of one name. */
export type EventOf<T extends EventType> = Extract<WorkflowEvent, { readonly type: T }>;
