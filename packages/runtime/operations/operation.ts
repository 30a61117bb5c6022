// An operation: one thing to do to every run that fits a filter, and how far it has come.
//
// The runs are those that fit when their turn comes, in the order of their ids, of those that were there when the
// operation began. A run whose state already rules the action out is not looked at: ended ones are not cancelled.
import { defined, formatInstant, type Instant, type Millis } from "@baton/core";
import { parseRunFilter, type RunFilter, type StoredOperation } from "@baton/storage";
import type { RunVerb } from "../run-verb.ts";

/** What may be done to many runs. */
export type OperationAction = RunVerb | "migrate";

/** What an operation is to do. */
export interface OperationSpec {
  readonly action: OperationAction;
  /** In the language of `baton run list`; `age` is told from when the operation began. */
  readonly filter: string;
  /** Of a migration: the version to go on with. */
  readonly version?: string;
  /** Of a migration: only say which runs could be. */
  readonly check?: boolean;
  /** Runs in a second, at most. */
  readonly rate: number;
}

/** Where it stands. */
export type OperationStatus = "running" | "paused" | "completed" | "stopped";

/** A run to which it could not be done, and why. */
export interface Refusal {
  readonly runId: string;
  readonly reason: string;
}

/** An operation as it is stored. */
export interface OperationState extends OperationSpec {
  readonly status: OperationStatus;
  readonly createdAt: Instant;
  readonly endedAt: Instant | null;
  /** Runs that fitted when it began. */
  readonly total: number;
  readonly done: number;
  readonly refused: number;
  /** The first of them. */
  readonly refusals: readonly Refusal[];
  /** All runs up to this one have had their turn. */
  readonly cursor: string | null;
  /** Those whose turn it is; after a stop they have it again. */
  readonly batch: readonly string[];
}

/** An operation as people see it. */
export interface OperationView extends Omit<OperationState, "createdAt" | "endedAt" | "cursor" | "batch"> {
  readonly id: string;
  readonly createdAt: string;
  readonly endedAt: string | null;
}

/** What bounds operations. */
export const operationLimits = {
  /** Runs in a second, where nothing is said. */
  defaultRate: 100,
  maxRate: 1_000,
  /** Runs that have their turn together. */
  batch: 100,
  /** Operations of a tenant that are under way. */
  running: 20,
  /** Refusals that are kept. */
  refusals: 100,
  /** Those that have ended are kept so long. */
  keptMs: (30 * 24 * 60 * 60 * 1000) satisfies Millis,
} as const;

/** An operation as it begins. */
export function newOperation(spec: OperationSpec, createdAt: Instant, total: number): OperationState {
  const none = { done: 0, refused: 0, refusals: [], cursor: null, batch: [] };
  return { ...spec, status: "running", createdAt, endedAt: null, total, ...none };
}

/** The runs that it concerns. */
export function runsOf({ action, filter, version, createdAt }: OperationSpec & { readonly createdAt: Instant }): RunFilter {
  const parsed = parseRunFilter(filter, createdAt);
  const own = defined(parsed.ok ? parsed.value : undefined, "a filter that was read before");
  const before: RunFilter = { kind: "time", column: "startedAt", operator: "<=", value: createdAt };
  return { kind: "and", parts: [own, before, ...concerned(action, version)] };
}

const notEnded: RunFilter = { kind: "not", part: { kind: "has", of: "column", column: "endedAt" } };

function concerned(action: OperationAction, version: string | undefined): readonly RunFilter[] {
  switch (action) {
    case "cancel":
    case "terminate":
      return [notEnded];
    case "suspend":
      return [notEnded, { kind: "not", part: hasStatus("suspended") }];
    case "resume":
      return [hasStatus("suspended")];
    case "retry":
      return [hasStatus("faulted")];
    case "migrate": {
      const there: RunFilter = { kind: "text", column: "version", operator: "=", value: version ?? "", pattern: false };
      return [notEnded, { kind: "not", part: there }];
    }
  }
}

function hasStatus(value: string): RunFilter {
  return { kind: "text", column: "status", operator: "=", value, pattern: false };
}

/** After a batch: what became of its runs, and whose turn is next; nobody's: it is completed. */
export function afterBatch(state: OperationState, refusals: readonly Refusal[], next: readonly string[], now: Instant): OperationState {
  const { batch, cursor, done, refused } = state;
  const counted = {
    done: done + batch.length - refusals.length,
    refused: refused + refusals.length,
    refusals: [...state.refusals, ...refusals].slice(0, operationLimits.refusals),
    cursor: batch.at(-1) ?? cursor,
    batch: next,
  };
  if (next.length > 0 || state.status === "stopped") return { ...state, ...counted };
  return { ...state, ...counted, status: "completed", endedAt: now };
}

/** As people see it. */
export function viewOf(id: string, { cursor: _cursor, batch: _batch, createdAt, endedAt, ...state }: OperationState): OperationView {
  return { id, ...state, createdAt: formatInstant(createdAt), endedAt: endedAt === null ? null : formatInstant(endedAt) };
}

/** As it is stored. */
export function toStored(tenant: string, id: string, revision: number, state: OperationState): StoredOperation {
  return { tenant, id, revision, active: state.status === "running", endedAt: state.endedAt, state: JSON.stringify(state) };
}

/** As it was stored. */
export function fromStored({ state }: StoredOperation): OperationState {
  return JSON.parse(state) as OperationState;
}
