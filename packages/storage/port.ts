// The storage port: narrow, and the same for every store (contract/ holds what each must do).
//
// A store knows nothing of workflows: it keeps envelopes (opaque text), summaries to be queried by, timers,
// definitions and answers to idempotency keys. Every key carries its tenant. A commit names the version of the
// run that it changes (the number of events stored so far) and is refused, alone, when the run has another.
import type { Instant, Json } from "@baton/core";
import type { AttributeValue, RunFilter, RunOrder } from "./filter/filter.ts";
import type { EventChanges, EventStore } from "./event-port.ts";
import type { JobStore } from "./job-port.ts";
import type { LockStore } from "./lock-port.ts";
import type { AuditStore } from "./audit-port.ts";
import type { OperationStore } from "./operation-port.ts";
import type { NewDelivery, WebhookStore } from "./webhook-port.ts";

export type * from "./audit-port.ts";
export type * from "./event-port.ts";
export type * from "./job-port.ts";
export type * from "./lock-port.ts";
export type * from "./operation-port.ts";
export type * from "./webhook-port.ts";

/** The columns by which runs are listed and found. */
export interface RunSummary {
  readonly tenant: string;
  readonly id: string;
  readonly namespace: string;
  readonly workflow: string;
  readonly version: string;
  readonly status: string;
  /** True while the run has work under way that a restart must ask for again. */
  readonly active: boolean;
  readonly startedAt: Instant;
  readonly endedAt: Instant | null;
  /** The run that awaits this one. */
  readonly parentId: string | null;
  /** The run whose history up to a step is this one's. */
  readonly forkedFrom: string | null;
  /** Why it waits or faulted, as a code: `waiting.timer`, `communication`. */
  readonly reason: string | null;
  /** Why the run is not driven any further although it has not ended: a defect that it hit. Null: nothing is wrong. */
  readonly incident: string | null;
}

/** What one decision changes; all of it or nothing. */
export interface Commit {
  readonly tenant: string;
  readonly runId: string;
  /** Envelopes stored so far; 0 for a new run. */
  readonly expectedVersion: number;
  /** Envelopes to append, in order; none where only a summary or timers change. */
  readonly envelopes: readonly string[];
  /** The run's summary, where it changes. Required when expectedVersion is 0. */
  readonly summary?: RunSummary;
  /** The state after these envelopes, so that a later read need not start from the first. */
  readonly snapshot?: string;
  /** Cleared before others are set; clearing a timer that is not there does nothing. */
  readonly clearTimers?: readonly string[];
  /** A timer of the same name is replaced. */
  readonly setTimers?: readonly { readonly timer: string; readonly at: Instant }[];
  /** Stored with a new run; a second commit with a key that is taken is refused as "duplicate". */
  readonly idempotency?: IdempotencyRecord;
  /** What webhooks are to be told of it. */
  readonly deliveries?: readonly NewDelivery[];
  /** When the run, which ends with this, is to be forgotten; null: it goes on, and is kept. */
  readonly expiresAt?: Instant | null;
  /** Attributes by name, to be found by; null removes one. */
  readonly attributes?: Attributes;
  /** What changes for those who wait for events: the run itself, and the schedule that starts it. */
  readonly events?: readonly EventChanges[];
  /** Events that the run publishes, as JSON. */
  readonly published?: readonly string[];
  /** The schedule that starts the run, as it is afterwards; refused as "conflict" where another revision is stored. */
  readonly schedule?: StoredSchedule;
}

/** The schedule of a flow: one at most, that of its newest version. */
export interface StoredSchedule {
  readonly tenant: string;
  readonly namespace: string;
  /** The flow's name, and the version whose schedule this is. */
  readonly name: string;
  readonly version: string;
  /** 1 for a new one, then one more each time: what is written on another than the one before is refused. */
  readonly revision: number;
  /** When it wants to be woken. */
  readonly dueAt: Instant | null;
  /** The run whose end it waits for. */
  readonly awaitedRun: string | null;
  /** Opaque to the store. */
  readonly state: string;
}

export interface IdempotencyRecord {
  readonly key: string;
  /** A digest of the request, so that the same key with another request can be told apart. */
  readonly fingerprint: string;
  readonly runId: string;
  readonly at: Instant;
}

/** What became of one commit of a batch. */
export type CommitOutcome = "committed" | "conflict" | "duplicate";

export interface StoredRun {
  readonly summary: RunSummary;
  /** All envelopes stored. */
  readonly version: number;
  readonly snapshot: { readonly version: number; readonly state: string } | null;
  /** The envelopes after the snapshot, or all of them. */
  readonly tail: readonly string[];
}

/** A run whose time is over. */
export interface ExpiredRun {
  readonly tenant: string;
  readonly id: string;
  readonly at: Instant;
}

export interface DueTimer {
  readonly tenant: string;
  readonly runId: string;
  readonly timer: string;
  readonly at: Instant;
}

export interface StoredDefinition {
  readonly tenant: string;
  readonly namespace: string;
  readonly name: string;
  readonly version: string;
  /** The document as it was registered. */
  readonly source: string;
  /** What the document's `tags` say; runs are found by them. */
  readonly tags?: { readonly [name: string]: string };
  /** The external resources that it is made of, by address, as they were when it was registered. */
  readonly resources?: { readonly [uri: string]: string };
  readonly createdAt: Instant;
}

/** Values that a run is found by; null stands for none. */
export type Attributes = { readonly [name: string]: AttributeValue | null };

/** What names a version of a function of the default catalog. */
export interface FunctionKey {
  readonly tenant: string;
  readonly namespace: string;
  readonly name: string;
  readonly version: string;
}

/** A function of the default catalog. */
export interface StoredFunction extends FunctionKey {
  /** The document as it was applied. */
  readonly source: string;
  readonly createdAt: Instant;
}

/** A secret as it is stored. */
export interface StoredSecret {
  readonly tenant: string;
  readonly namespace: string;
  readonly name: string;
  /** Encrypted by the runtime: opaque to the store. */
  readonly sealed: string;
  readonly updatedAt: Instant;
}

/** Which runs, in which order. */
export interface RunQuery {
  readonly tenant: string;
  readonly status?: string;
  readonly namespace?: string;
  readonly workflow?: string;
  readonly filter?: RunFilter;
  /** Newest first, when nothing is said. */
  readonly order?: RunOrder;
  /** Continue after the run with this id; where the order is not that of ids, with the value that it is ordered by. */
  readonly after?: string;
  readonly afterValue?: string | number;
  readonly limit: number;
}

/** A store. Every promise rejects with a BatonError of storage/errors.ts when the world fails (disk full, gone). */
export interface Store extends AuditStore, WebhookStore, EventStore, JobStore, OperationStore, LockStore {
  /**
   * Durable when it resolves; one outcome per commit, in order. One transaction for all: when it rejects, none of
   * them happened. A refused commit changes nothing and does not keep the others from it.
   */
  commit(batch: readonly Commit[]): Promise<readonly CommitOutcome[]>;
  readRun(tenant: string, id: string): Promise<StoredRun | null>;
  /** Every envelope of a run, from the first. */
  readHistory(tenant: string, id: string): Promise<readonly string[]>;
  listRuns(query: RunQuery): Promise<readonly RunSummary[]>;
  /** How many there are. */
  countRuns(query: Omit<RunQuery, "order" | "after" | "afterValue" | "limit">): Promise<number>;
  /** The attributes of a run. */
  readAttributes(tenant: string, id: string): Promise<{ readonly [name: string]: AttributeValue }>;
  /** Runs of all tenants that were to be forgotten by then, in the order of their times, behind the one given. */
  expiredRuns(until: Instant, after: ExpiredRun | null, limit: number): Promise<readonly ExpiredRun[]>;
  /** Forgets runs that have ended, with all that is theirs; others stay. Answers how many are gone. */
  deleteRuns(tenant: string, ids: readonly string[]): Promise<number>;
  /** Runs that a restart must take up again, a page at a time, in the order of their ids. */
  activeRuns(after: { readonly tenant: string; readonly id: string } | null, limit: number): Promise<readonly RunSummary[]>;
  /** Timers due at that instant or before, earliest first. They stay until a commit clears them. */
  dueTimers(until: Instant, limit: number): Promise<readonly DueTimer[]>;
  /** The timers of one run, earliest first. */
  readTimers(tenant: string, id: string): Promise<readonly DueTimer[]>;
  /** When the next timer is due, of all that are stored. */
  nextTimerAt(): Promise<Instant | null>;
  findIdempotency(tenant: string, key: string): Promise<IdempotencyRecord | null>;
  /**
   * Answers false when that version is already there (with the same or another source). The flow's schedule changes in
   * the same transaction: null removes it, undefined leaves it; and so does what it waits for.
   */
  putDefinition(definition: StoredDefinition, schedule?: StoredSchedule | null, events?: EventChanges): Promise<boolean>;
  getDefinition(tenant: string, namespace: string, name: string, version: string): Promise<StoredDefinition | null>;
  /** All versions of all flows, or of one. */
  listDefinitions(tenant: string, filter?: { readonly namespace?: string; readonly name?: string }): Promise<readonly StoredDefinition[]>;
  /** Answers false, and changes nothing, where the stored revision is not the one before. */
  putSchedule(schedule: StoredSchedule, events?: EventChanges): Promise<boolean>;
  getSchedule(tenant: string, namespace: string, name: string): Promise<StoredSchedule | null>;
  /** In the order of namespace and name. */
  listSchedules(tenant: string, filter?: { readonly namespace?: string }): Promise<readonly StoredSchedule[]>;
  /** Schedules of all tenants that are due at that instant or before, earliest first. */
  dueSchedules(until: Instant, limit: number): Promise<readonly StoredSchedule[]>;
  /** Schedules of all tenants that wait for the end of a run. */
  awaitingSchedules(): Promise<readonly StoredSchedule[]>;
  /** Creates it, or replaces what it held. */
  putSecret(secret: StoredSecret): Promise<void>;
  /** Answers false when there is none. */
  deleteSecret(tenant: string, namespace: string, name: string): Promise<boolean>;
  /** Of all tenants, by tenant, namespace and name. */
  listSecrets(): Promise<readonly StoredSecret[]>;
  /** Answers false, and changes nothing, when that version is already there. */
  putFunction(stored: StoredFunction): Promise<boolean>;
  getFunction(key: FunctionKey): Promise<StoredFunction | null>;
  /** By namespace, name and version; of one namespace or of all. */
  listFunctions(tenant: string, namespace?: string): Promise<readonly StoredFunction[]>;
  /** Answers false when there is none. */
  deleteFunction(key: FunctionKey): Promise<boolean>;
  /** Facts about the store for people: engine, file, sizes. */
  describe(): Promise<{ readonly [key: string]: Json }>;
  close(): Promise<void>;
}
