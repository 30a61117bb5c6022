// The runtime as the server and the command line see it.
//
// Whatever a promise here resolves with is durable. What is refused or fails rejects with a BatonError: the codes
// of errors.ts where the request is at fault, those of the store where the world is.
import type { Duration, Instant, Json, JsonObject, Millis, Random } from "@baton/core";
import type { Diagnostic, FetchedResource, ResourceNeed, Workflow, WorkflowReference } from "@baton/dsl";
import type { FlowDiff, RunView, Status, WorkflowError } from "@baton/engine";
import type { Executor, MessageSender, ResourceLoader } from "@baton/executors";
import type { AttributeValue, DeliveryQuery, RunQuery, RunSummary, Store, StoredDefinition, StoredDelivery } from "@baton/storage";
import type { ApprovalDesk } from "./approval-view.ts";
import type { Clock } from "./clock.ts";
import type { DoctorDesk } from "./doctor/diagnosis.ts";
import type { EventDesk, EventSink, EventSource } from "./events/port.ts";
import type { CodeFunctions, Functions } from "./functions/functions.ts";
import type { RuntimeLimits } from "./limits.ts";
import type { RunVerb } from "./run-verb.ts";
import type { ScheduleDesk } from "./schedule-view.ts";
import type { LockDesk } from "./locks/lock-desk.ts";
import type { LogRecord } from "./log-record.ts";
import type { Operations } from "./operations/operations.ts";
import type { Secrets } from "./secrets/secrets.ts";
import type { RuntimeStats } from "./stats.ts";
import type { Webhooks } from "./webhooks/webhooks.ts";

export type { Clock } from "./clock.ts";
export type { LogRecord } from "./log-record.ts";
export type { RunVerb } from "./run-verb.ts";

/** A document that was read: the workflow with warnings about it, or all that is wrong with it. */
export type Compiled =
  | { readonly ok: true; readonly workflow: Workflow; readonly warnings: readonly Diagnostic[]; readonly needs?: readonly ResourceNeed[] }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

/** How long runs are kept that have ended; what is left out means any. */
export interface RetentionRule {
  readonly namespace?: string;
  readonly status?: "completed" | "faulted" | "cancelled";
  readonly keep: Duration;
}

/** A run on its way into the archive. */
export interface ArchivedRun {
  readonly summary: RunSummary;
  readonly attributes: { readonly [name: string]: AttributeValue };
  readonly envelopes: readonly string[];
  /** The document of its flow's version; null: it was never registered. */
  readonly source: string | null;
  /** The documents of what it was a run of before; absent: it had only one. */
  readonly former?: readonly string[];
}

/** Keeps runs that are to be forgotten. */
export interface RunArchive {
  /** Durable when it resolves. */
  write(runs: readonly ArchivedRun[], now: Instant): Promise<void>;
}

/** What a runtime is made of. It closes the executors; the store belongs to whoever opened it. */
export interface RuntimeOptions {
  readonly store: Store;
  readonly executors: readonly Executor[];
  /** Reads a document; with the time, where it is about to be registered and what is over by then is refused. */
  readonly compile: (
    source: string,
    options?: { readonly now?: Instant; readonly resources?: ReadonlyMap<string, FetchedResource> },
  ) => Compiled;
  readonly clock?: Clock;
  readonly random?: Random;
  /** What expressions see as `$runtime`. */
  readonly runtimeInfo?: { readonly name: string; readonly version: string; readonly metadata: JsonObject };
  /** The secrets that flows may read; absent: there are none. */
  readonly secrets?: Secrets;
  /** Fetches the external resources that flows are made of; absent: such flows are refused. */
  readonly resources?: ResourceLoader;
  /** What workers bring as code; absent: no workers come here. */
  readonly codeFunctions?: CodeFunctions;
  /** False for a process that lasts only as long as one run: its flows' schedules stay idle. */
  readonly firesSchedules?: boolean;
  /** Sends what webhooks are told. */
  readonly sender?: MessageSender;
  /** How long events are kept for those who begin to wait later; an hour, when nothing is said. */
  readonly keptEventsMs?: Millis;
  /** Where events come from and go to besides the API, such as a broker. */
  readonly eventSources?: readonly EventSource[];
  readonly eventSinks?: readonly EventSink[];
  /** Where runs go that are forgotten; null: nothing is ever forgotten. */
  readonly archive?: RunArchive | null;
  /** For flows that say nothing themselves. */
  readonly retention?: readonly RetentionRule[];
  readonly limits?: Partial<RuntimeLimits>;
  readonly log?: (record: LogRecord) => void;
}

/** A flow by name; without a version, or with `latest`, the highest release that is registered. */
export interface FlowName {
  readonly namespace: string;
  readonly name: string;
  readonly version?: string;
}

/** What registering a document did; `created` is false where this very version was there already. */
export type Registration =
  | { readonly ok: true; readonly flow: WorkflowReference; readonly created: boolean; readonly warnings: readonly Diagnostic[] }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

/** A request to start a run. */
export interface StartRequest {
  readonly tenant: string;
  readonly workflow: FlowName;
  readonly input: Json;
  /** The same key starts one run, however often it is sent. */
  readonly idempotencyKey?: string;
  /** A digest of the request, so that the same key with another request is told apart. */
  readonly fingerprint?: string;
}

/** What a start gave; `created` is false where the idempotency key had started this run before. */
export interface StartedRun {
  readonly runId: string;
  readonly created: boolean;
}

/** Live runs of the one version, and which of them could go on with the other. */
export interface RunCheck {
  /** How many were looked at. */
  readonly checked: number;
  readonly safe: number;
  readonly unsafe: readonly { readonly id: string; readonly problems: readonly string[] }[];
  /** Whether there are more than were looked at. */
  readonly more: boolean;
}

/** All that differs between two versions. */
export interface FlowComparison extends FlowDiff {
  readonly from: WorkflowReference;
  readonly to: WorkflowReference;
  readonly runs: RunCheck;
}

/** Where a run is to begin with the history of another one. */
export interface ForkRequest {
  /** The step: a task's name, its address in the document, or the step's number. */
  readonly from: string;
  /** The raw input of that step, in place of its own. */
  readonly input?: Json;
  /** The definition that the run goes on with, in place of the other one's. */
  readonly flow?: FlowName;
}

/** Which version of its flow a run is to go on with. */
export interface MigrationRequest {
  readonly version: string;
  /** Only say whether it could. */
  readonly check: boolean;
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

/** A run as of one version; versions count its decisions, from 1. */
export interface RunUpdate {
  readonly version: number;
  /** What has not changed since the update before is the same object as there. */
  readonly run: RunView;
  /** No further update follows. */
  readonly final: boolean;
}

/** How a run ended, without its steps. */
export interface RunResult {
  readonly status: Status;
  readonly output: Json;
  readonly error: WorkflowError | null;
}

/** Operations as people manage them. */
export type OperationDesk = Pick<Operations, "start" | "list" | "get" | "command">;

/** Webhooks as people manage them. */
export type WebhookAdmin = Pick<Webhooks, "list" | "get" | "put" | "ensure" | "wake" | "delete" | "pause" | "test" | "redeliver"> & {
  deliveries(query: DeliveryQuery): Promise<readonly StoredDelivery[]>;
};

/** Drives runs: load, decide, commit, perform. */
export interface Runtime {
  /** Compiles and stores a document; rejects with flow-version-taken where the version has another text. */
  registerFlow(tenant: string, source: string): Promise<Registration>;
  /** What registering a document would answer; nothing changes. */
  checkFlow(tenant: string, source: string): Promise<Registration>;
  getFlow(tenant: string, flow: FlowName): Promise<StoredDefinition>;
  /** A flow as it is run; rejects with flow-unknown. */
  readFlow(tenant: string, flow: FlowName): Promise<Workflow>;
  /** The default catalog. */
  readonly functions: Pick<Functions, "put" | "get" | "list" | "delete">;
  /** The schedules of flows. */
  readonly schedules: ScheduleDesk;
  listFlows(tenant: string, filter?: { readonly namespace?: string; readonly name?: string }): Promise<readonly StoredDefinition[]>;
  startRun(request: StartRequest): Promise<StartedRun>;
  /** Starts a workflow that is not registered: for a run that ends with this process. */
  runDefinition(tenant: string, workflow: Workflow, input: Json): Promise<StartedRun>;
  command(tenant: string, runId: string, verb: RunVerb): Promise<void>;
  /** Whether a step of a run waits for the outcome of its work; true where that cannot be found out now. */
  awaitsWork(tenant: string, runId: string, step: number): Promise<boolean>;
  /** Begins a run with the history of another one before a step; gives its id. */
  forkRun(tenant: string, runId: string, request: ForkRequest): Promise<string>;
  /** Lets a run go on with another version of its flow; rejects with command-refused where it would lose something. */
  migrateRun(tenant: string, runId: string, request: MigrationRequest): Promise<Migration>;
  /** What differs between two versions of a flow, and which live runs could go on with the second; rejects with flow-unknown. */
  compareFlows(tenant: string, flow: FlowName, to: string): Promise<FlowComparison>;
  /** What is done to many runs at once. */
  readonly operations: OperationDesk;
  getRun(tenant: string, runId: string): Promise<RunView>;
  listRuns(query: RunQuery): Promise<readonly RunSummary[]>;
  /** Resolves when the run has ended, the time is over or the signal is aborted, with the run as it is then. */
  waitForRun(tenant: string, runId: string, options?: { readonly timeoutMs?: Millis; readonly signal?: AbortSignal }): Promise<RunView>;
  /** How the run ended, as soon as it has; rejects with server-stopping when the runtime closes before. */
  awaitResult(tenant: string, runId: string): Promise<RunResult>;
  /** Calls the listener with the run as it is, then after each change, in order; the answer stops it. */
  watchRun(tenant: string, runId: string, listener: (update: RunUpdate) => void): Promise<() => void>;
  readonly webhooks: WebhookAdmin;
  readonly events: EventDesk;
  /** Finds runs that nothing would ever move on. */
  readonly doctor: DoctorDesk;
  /** Named locks. */
  readonly locks: LockDesk;
  /** What waits for people. */
  readonly approvals: ApprovalDesk;
  /** Takes up everything that was under way when the server stopped, and starts the timers. Call it once, at the start. */
  recover(): Promise<void>;
  stats(): RuntimeStats;
  /** Takes no more commands, stores what is decided, stops work without recording that it stopped: a restart asks for it again. */
  close(): Promise<void>;
}
