// Reads runs, timers and idempotency keys. Rows become the port's types here, and nowhere else.
import type { DatabaseSync, SQLOutputValue, StatementSync } from "node:sqlite";
import type { Instant } from "@baton/core";
import { RunFinder } from "./run-finder.ts";
import type { DueTimer, IdempotencyRecord, RunQuery, RunSummary, StoredRun } from "../port.ts";

type Row = Record<string, SQLOutputValue>;

const summaryColumns =
  "run_key, tenant, id, namespace, workflow, version, status, active, started_at, ended_at, parent_id, incident, reason, forked_from";

/** The tables of runs, envelopes, snapshots, timers and idempotency keys, for reading. */
export class RunReader {
  readonly #finder: RunFinder;
  readonly #run: StatementSync;
  readonly #snapshot: StatementSync;
  readonly #envelopes: StatementSync;
  readonly #active: StatementSync;
  readonly #dueTimers: StatementSync;
  readonly #timers: StatementSync;
  readonly #nextTimer: StatementSync;
  readonly #idempotency: StatementSync;

  constructor(database: DatabaseSync) {
    this.#finder = new RunFinder(database, summaryColumns);
    this.#run = database.prepare(`SELECT ${summaryColumns} FROM runs WHERE tenant = ? AND id = ?`);
    this.#snapshot = database.prepare("SELECT version, state FROM snapshots WHERE run_key = ?");
    this.#envelopes = database.prepare("SELECT envelope FROM envelopes WHERE run_key = ? AND position > ? ORDER BY position");
    this.#active = database.prepare(
      `SELECT ${summaryColumns} FROM runs WHERE active = 1 AND (tenant, id) > (?, ?) ORDER BY tenant, id LIMIT ?`,
    );
    this.#dueTimers = database.prepare(
      `SELECT tenant, id, timer, due_at FROM timers JOIN runs USING (run_key) WHERE due_at <= ? ORDER BY due_at LIMIT ?`,
    );
    this.#timers = database.prepare(
      "SELECT tenant, id, timer, due_at FROM timers JOIN runs USING (run_key) WHERE tenant = ? AND id = ? ORDER BY due_at, timer",
    );
    this.#nextTimer = database.prepare("SELECT min(due_at) AS next FROM timers");
    this.#idempotency = database.prepare("SELECT fingerprint, run_id, created_at FROM idempotency_keys WHERE tenant = ? AND key = ?");
  }

  readRun(tenant: string, id: string): StoredRun | null {
    const row = this.#run.get(tenant, id);
    if (!row) return null;
    const snapshot = this.#readSnapshot(row);
    const tail = this.#readEnvelopes(row, snapshot?.version ?? 0);
    return { summary: toSummary(row), version: (snapshot?.version ?? 0) + tail.length, snapshot, tail };
  }

  readHistory(tenant: string, id: string): readonly string[] {
    const row = this.#run.get(tenant, id);
    return row ? this.#readEnvelopes(row, 0) : [];
  }

  listRuns(query: RunQuery): readonly RunSummary[] {
    return this.#finder.find(query).map(toSummary);
  }

  countRuns(query: Omit<RunQuery, "limit">): number {
    return this.#finder.count(query);
  }

  activeRuns(after: { readonly tenant: string; readonly id: string } | null, limit: number): readonly RunSummary[] {
    return this.#active.all(after?.tenant ?? "", after?.id ?? "", limit).map(toSummary);
  }

  dueTimers(until: Instant, limit: number): readonly DueTimer[] {
    return this.#dueTimers.all(until, limit).map(toTimer);
  }

  readTimers(tenant: string, id: string): readonly DueTimer[] {
    return this.#timers.all(tenant, id).map(toTimer);
  }

  nextTimerAt(): Instant | null {
    return numberOrNull(this.#nextTimer.get()?.["next"]);
  }

  findIdempotency(tenant: string, key: string): IdempotencyRecord | null {
    const row = this.#idempotency.get(tenant, key);
    if (!row) return null;
    return { key, fingerprint: String(row["fingerprint"]), runId: String(row["run_id"]), at: Number(row["created_at"]) };
  }

  #readSnapshot(run: Row): StoredRun["snapshot"] {
    const row = this.#snapshot.get(run["run_key"] as number);
    return row ? { version: Number(row["version"]), state: String(row["state"]) } : null;
  }

  #readEnvelopes(run: Row, after: number): string[] {
    return this.#envelopes.all(run["run_key"] as number, after).map((row) => String(row["envelope"]));
  }
}

function toSummary(row: Row): RunSummary {
  return {
    tenant: String(row["tenant"]),
    id: String(row["id"]),
    namespace: String(row["namespace"]),
    workflow: String(row["workflow"]),
    version: String(row["version"]),
    status: String(row["status"]),
    active: row["active"] === 1,
    startedAt: Number(row["started_at"]),
    endedAt: numberOrNull(row["ended_at"]),
    parentId: textOrNull(row["parent_id"]),
    forkedFrom: textOrNull(row["forked_from"]),
    reason: textOrNull(row["reason"]),
    incident: textOrNull(row["incident"]),
  };
}

function toTimer(row: Row): DueTimer {
  return { tenant: String(row["tenant"]), runId: String(row["id"]), timer: String(row["timer"]), at: Number(row["due_at"]) };
}

function numberOrNull(value: SQLOutputValue | undefined): number | null {
  return value === null || value === undefined ? null : Number(value);
}

function textOrNull(value: SQLOutputValue | undefined): string | null {
  return typeof value === "string" ? value : null;
}
