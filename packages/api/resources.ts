// What goes over the wire. A run is RunView (engine), the same shape that the command line prints.
import type { Json, JsonObject } from "@baton/core";
import type { RunView, Status } from "@baton/engine";
import type { WorkflowReference } from "@baton/dsl";

export type { RunView, Status, StepView } from "@baton/engine";
export type { WorkflowReference } from "@baton/dsl";

/** One version of a registered flow, without its text. */
export interface FlowSummary extends WorkflowReference {
  readonly createdAt: string;
}

/** One version of a registered flow. */
export interface Flow extends FlowSummary {
  /** The document as it was registered. */
  readonly source: string;
}

/** What applying a version of something did. */
interface Applied {
  /** False: this very version was there already. */
  readonly created: boolean;
  readonly warnings: readonly ProblemItem[];
}

/** A flow that was applied. */
export interface AppliedFlow extends WorkflowReference, Applied {}

/** A line of the list of runs. */
export interface RunSummary {
  readonly id: string;
  readonly workflow: WorkflowReference;
  readonly status: Status;
  /** Why it waits, or which error it faulted with: `waiting.timer`, `timeout`. */
  readonly reason: string | null;
  readonly startedAt: string;
  readonly endedAt: string | null;
  /** The run that started this one, where it is a sub-flow. */
  readonly parentId: string | null;
  /** The run whose history up to a step is this one's. */
  readonly forkedFrom: string | null;
}

/** A firing of a schedule: an instant in UTC, the same on the clocks of its zone, and when it happens (jitter included). */
export interface Firing {
  readonly at: string;
  readonly local: string;
  readonly due: string;
}

/** The schedule of a flow. */
export interface Schedule {
  readonly flow: WorkflowReference;
  readonly status: "active" | "paused" | "ended";
  /** What the document says. */
  readonly trigger: JsonObject;
  readonly timeZone: string;
  readonly overlap: string;
  readonly catchup: string;
  readonly next: Firing | null;
  readonly last: { readonly at: string; readonly runId: string } | null;
  /** The run that an `after` or an overlap policy waits for. */
  readonly running: string | null;
  readonly backfilling: boolean;
  readonly fired: number;
  readonly skipped: number;
}

/** A command for a schedule, as the verb of its address. */
export type ScheduleVerb = "pause" | "resume";

/** Who is told of events over HTTP, and of which. */
export interface Webhook extends WebhookSpec {
  readonly name: string;
  /** Why nothing is sent for the time being. */
  readonly paused: string | null;
  readonly updatedAt: string;
}

/** What a webhook is to be. */
export interface WebhookSpec {
  readonly url: string;
  /** Types of events; a `*` at the end stands for any rest. */
  readonly types: readonly string[];
  readonly namespace: string | null;
  readonly flow: string | null;
  readonly content: "structured" | "binary";
  /** Names of the secrets that sign. */
  readonly secrets: readonly string[];
}

/** An event for a webhook, and what became of it. */
export interface Delivery extends WebhookTest {
  readonly id: number;
  readonly type: string;
  readonly status: "pending" | "delivered" | "failed";
  readonly attempts: number;
  readonly createdAt: string;
  readonly nextAt: string | null;
  readonly endedAt: string | null;
  /** The CloudEvent. */
  readonly event: JsonObject;
}

/** What became of one try. */
export interface WebhookTest {
  /** The status that the receiver answered with. */
  readonly answered: number | null;
  readonly problem: string | null;
}

/** What became of events that were sent. */
export interface ReceivedEvents {
  readonly events: readonly {
    /** Its number: they count up. */
    readonly event: number;
    readonly source: string;
    readonly id: string;
    /** An event of this source and id was there; nothing has happened. */
    readonly duplicate: boolean;
    /** How many waited for it. */
    readonly listeners: number;
  }[];
}

/** An event that is kept for a while. */
export interface KeptEvent {
  readonly event: number;
  readonly source: string;
  readonly id: string;
  readonly type: string;
  readonly receivedAt: string;
  /** Somebody has taken it; who begins to wait now does not get it. */
  readonly consumed: boolean;
  /** The CloudEvent. */
  readonly content: JsonObject;
}

/** One page of a list; `nextPageToken` is null on the last. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextPageToken: string | null;
}

/** A command for a run, as the verb of its address. */
export type RunVerb = "cancel" | "terminate" | "suspend" | "resume" | "retry";

/** Where a run is to begin with the history of another one. */
export interface ForkRequest {
  /** The step: a task's name, its address in the document, or the step's number. */
  readonly from: string | number;
  /** The raw input of that step, in place of its own. */
  readonly input?: Json;
  /** The definition that the run goes on with, in place of the other one's; without a version, the newest. */
  readonly flow?: { readonly namespace?: string; readonly name: string; readonly version?: string };
}

/** What became of a step between two versions of a flow; steps within one another are joined by slashes. */
export interface StepChange {
  readonly change: "added" | "removed" | "changed" | "moved";
  readonly step: string;
  readonly kind: string;
  /** Of `changed`: the keys that differ. */
  readonly keys?: readonly string[];
  /** Of `moved`: where it was and is. */
  readonly from?: string;
  readonly to?: string;
}

/** All that differs between two versions of a flow. */
export interface FlowComparison {
  readonly from: WorkflowReference;
  readonly to: WorkflowReference;
  readonly steps: readonly StepChange[];
  /** What differs outside of steps, by its keys. */
  readonly sections: readonly { readonly change: "added" | "removed" | "changed"; readonly key: string }[];
  /** Steps that a run must not be at, or have done, to go on with the second; none: every run can. */
  readonly obstacles: readonly { readonly step: string; readonly why: string }[];
  /** The live runs of the first. */
  readonly runs: {
    readonly checked: number;
    readonly safe: number;
    readonly unsafe: readonly { readonly id: string; readonly problems: readonly string[] }[];
    /** Whether there are more than were looked at. */
    readonly more: boolean;
  };
}

/** What became of a migration, or would. */
export interface Migration {
  readonly runId: string;
  readonly from: string;
  readonly to: string;
  /** What the run would lose; none: it can be migrated. */
  readonly problems: readonly string[];
  readonly migrated: boolean;
}

/** What may be asked of an operation. */
export type OperationVerb = "pause" | "resume" | "stop";

/** What is to be done to every run that fits a filter. */
export interface OperationRequest {
  readonly action: RunVerb | "migrate";
  readonly filter: string;
  /** Runs in a second, at most. */
  readonly rate?: number;
  /** Of a migration: the version to go on with, and whether only to say which runs could be. */
  readonly version?: string;
  readonly check?: boolean;
}

/** An operation on many runs, and how far it has come. */
export interface Operation extends OperationRequest {
  readonly id: string;
  readonly rate: number;
  readonly status: "running" | "paused" | "completed" | "stopped";
  /** Runs that fitted when it began. */
  readonly total: number;
  readonly done: number;
  readonly refused: number;
  /** The first hundred runs that refused it, and why. */
  readonly refusals: readonly { readonly runId: string; readonly reason: string }[];
  readonly createdAt: string;
  readonly endedAt: string | null;
}

/** One thing that is wrong with a request. */
export interface ProblemItem {
  readonly detail: string;
  /** JSON Pointer into the request's body. */
  readonly pointer?: string;
  /** The parameter that is meant, where it is not the body. */
  readonly parameter?: string;
  /** Of a document: the linter's rule, the place (from one) and what to write instead. */
  readonly rule?: string;
  readonly severity?: "error" | "warning";
  readonly line?: number;
  readonly column?: number;
  readonly endLine?: number;
  readonly endColumn?: number;
  readonly suggestion?: string;
}

/** Every answer that is an error (RFC 9457). */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  /** The address that was asked. */
  readonly instance?: string;
  readonly code: string;
  /** What to do next. */
  readonly hint: string;
  /** Whether the same request may succeed later without anything being changed. */
  readonly retryable: boolean;
  readonly errors?: readonly ProblemItem[];
}

/** True when nothing more can happen to a run or step with that status. */
export function isFinal(status: RunView["status"]): boolean {
  return status === "completed" || status === "faulted" || status === "cancelled";
}

/** What names a version of a function of the default catalog. */
export interface FunctionVersion {
  readonly namespace: string;
  readonly name: string;
  readonly version: string;
}

/** A version of a function of the default catalog. */
export interface CatalogFunctionSummary extends FunctionVersion {
  readonly createdAt: string;
}

/** A version of a function with its text. */
export interface CatalogFunction extends CatalogFunctionSummary {
  /** The document as it was applied. */
  readonly source: string;
}

/** A function that was applied. */
export interface AppliedFunction extends FunctionVersion, Applied {}

/** A secret, without its value. */
export interface Secret {
  readonly namespace: string;
  readonly name: string;
  readonly updatedAt: string;
  /** The key that it is encrypted with. */
  readonly keyId: string;
}

/** What encrypting anew did. */
export interface SecretRotation {
  readonly rotated: number;
}

/** One thing that a run waits for: its `slot`, a `timer`, `retry`, `event`, `work`, sub-`run`, its `turn`, or to be `resume`d. */
export interface Wait {
  readonly for: string;
  /** The step's number, counted from 1; 0 is the run itself. */
  readonly step: number;
  readonly name: string;
  readonly reference: string;
  /** When it goes on, or is given up, by itself; null: that is up to the world. */
  readonly until: string | null;
  /** The sub-run that it awaits. */
  readonly runId?: string;
}

/** One thing that keeps a run from going on. */
export interface Finding {
  readonly code: string;
  readonly message: string;
  readonly next: string;
  /** Whether waking the run puts it right. */
  readonly fixable: boolean;
}

/** What a run waits for, and what is wrong with it. */
export interface Diagnosis extends Pick<RunSummary, "id" | "workflow" | "status" | "startedAt"> {
  readonly waits: readonly Wait[];
  readonly findings: readonly Finding[];
}

/** A task of a run that waits for a person. */
export interface ApprovalSummary {
  /** RUN.STEP */
  readonly id: string;
  readonly runId: string;
  readonly workflow: WorkflowReference;
  readonly step: number;
  readonly name: string;
  readonly reference: string;
  readonly title: string | null;
  /** Who is meant to answer. */
  readonly role: string | null;
  readonly since: string;
  /** When the task is given up by itself; null: never. */
  readonly until: string | null;
}

/** The same, with what there is to decide on. */
export interface Approval extends ApprovalSummary {
  readonly input: Json;
  /** JSON Schema of the form that comes with an approval; null: there is none. */
  readonly form: Json;
}

/** What a person answers. */
export interface ApprovalAnswer {
  readonly by: string;
  readonly reason?: string;
  readonly form?: Json;
}
