// The runtime as the server and the command line see it.
//
// Whatever a promise here resolves with is durable. What is refused or fails rejects with a BatonError: the codes
// of errors.ts where the request is at fault, those of the store where the world is.
import type { Instant, Json, JsonObject, Millis, Random } from "@baton/core";
import type { Diagnostic, Workflow, WorkflowReference } from "@baton/dsl";
import type { RunView, Status, WorkflowError } from "@baton/engine";
import type { Executor } from "@baton/executors";
import type { RunQuery, RunSummary, Store, StoredDefinition } from "@baton/storage";
import type { RuntimeLimits } from "./limits.ts";
import type { ScheduleDesk } from "./schedule-view.ts";
import type { RuntimeStats } from "./stats.ts";

/** Time as the runtime sees it; a simulation brings its own. */
export interface Clock {
  now(): Instant;
  /** Calls back once after that many milliseconds; the answer takes the call back. */
  after(ms: Millis, callback: () => void): () => void;
}

/** A line for the server's log: something that nobody asked for but somebody should know. */
export interface LogRecord {
  readonly level: "info" | "warning" | "error";
  readonly message: string;
  readonly runId?: string;
  readonly error?: unknown;
}

/** A document that was read: the workflow with warnings about it, or all that is wrong with it. */
export type Compiled =
  | { readonly ok: true; readonly workflow: Workflow; readonly warnings: readonly Diagnostic[] }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

/** What a runtime is made of. It closes the executors; the store belongs to whoever opened it. */
export interface RuntimeOptions {
  readonly store: Store;
  readonly executors: readonly Executor[];
  /** Reads a document; with the time, where it is about to be registered and what is over by then is refused. */
  readonly compile: (source: string, options?: { readonly now?: Instant }) => Compiled;
  readonly clock?: Clock;
  readonly random?: Random;
  /** What expressions see as `$runtime`. */
  readonly runtimeInfo?: { readonly name: string; readonly version: string; readonly metadata: JsonObject };
  /** A secret of a tenant by name; undefined: there is none. */
  readonly secrets?: (tenant: string, name: string) => Json | undefined;
  /** False for a process that lasts only as long as one run: its flows' schedules stay idle. */
  readonly firesSchedules?: boolean;
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

/** What may be asked of a run by people. */
export type RunVerb = "cancel" | "suspend" | "resume";

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

/** Drives runs: load, decide, commit, perform. */
export interface Runtime {
  /** Compiles and stores a document; rejects with flow-version-taken where the version has another text. */
  registerFlow(tenant: string, source: string): Promise<Registration>;
  getFlow(tenant: string, flow: FlowName): Promise<StoredDefinition>;
  /** The schedules of flows. */
  readonly schedules: ScheduleDesk;
  listFlows(tenant: string, filter?: { readonly namespace?: string; readonly name?: string }): Promise<readonly StoredDefinition[]>;
  startRun(request: StartRequest): Promise<StartedRun>;
  /** Starts a workflow that is not registered: for a run that ends with this process. */
  runDefinition(tenant: string, workflow: Workflow, input: Json): Promise<StartedRun>;
  command(tenant: string, runId: string, verb: RunVerb): Promise<void>;
  getRun(tenant: string, runId: string): Promise<RunView>;
  listRuns(query: RunQuery): Promise<readonly RunSummary[]>;
  /** Resolves when the run has ended, the time is over or the signal is aborted, with the run as it is then. */
  waitForRun(tenant: string, runId: string, options?: { readonly timeoutMs?: Millis; readonly signal?: AbortSignal }): Promise<RunView>;
  /** How the run ended, as soon as it has; rejects with server-stopping when the runtime closes before. */
  awaitResult(tenant: string, runId: string): Promise<RunResult>;
  /** Calls the listener with the run as it is, then after each change, in order; the answer stops it. */
  watchRun(tenant: string, runId: string, listener: (update: RunUpdate) => void): Promise<() => void>;
  /** Takes up everything that was under way when the server stopped, and starts the timers. Call it once, at the start. */
  recover(): Promise<void>;
  stats(): RuntimeStats;
  /** Takes no more commands, stores what is decided, stops work without recording that it stopped: a restart asks for it again. */
  close(): Promise<void>;
}
