// Schedules: one row per flow that has one, changed only from the revision that its writer has seen.
import type { DatabaseSync, SQLOutputValue, StatementSync } from "node:sqlite";
import type { Instant } from "@baton/core";
import type { EventChanges, StoredSchedule } from "../port.ts";
import type { EventTable } from "./event-table.ts";
import { inTransaction } from "./transaction.ts";

const columns = "tenant, namespace, name, version, revision, due_at, awaited_run, state";

/** The table of schedules. */
export class ScheduleTable {
  readonly #database: DatabaseSync;
  readonly #events: EventTable;
  readonly #revision: StatementSync;
  readonly #put: StatementSync;
  readonly #delete: StatementSync;
  readonly #get: StatementSync;
  readonly #list: StatementSync;
  readonly #due: StatementSync;
  readonly #awaiting: StatementSync;

  constructor(database: DatabaseSync, events: EventTable) {
    this.#database = database;
    this.#events = events;
    this.#revision = database.prepare("SELECT revision FROM schedules WHERE tenant = ? AND namespace = ? AND name = ?");
    this.#put = database.prepare(
      `INSERT INTO schedules (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (tenant, namespace, name) DO UPDATE SET
       version = excluded.version, revision = excluded.revision, due_at = excluded.due_at, awaited_run = excluded.awaited_run,
       state = excluded.state`,
    );
    this.#delete = database.prepare("DELETE FROM schedules WHERE tenant = ? AND namespace = ? AND name = ?");
    this.#get = database.prepare(`SELECT ${columns} FROM schedules WHERE tenant = ? AND namespace = ? AND name = ?`);
    this.#list = database.prepare(
      `SELECT ${columns} FROM schedules WHERE tenant = ?1 AND (?2 IS NULL OR namespace = ?2) ORDER BY namespace, name`,
    );
    this.#due = database.prepare(`SELECT ${columns} FROM schedules WHERE due_at <= ? ORDER BY due_at LIMIT ?`);
    this.#awaiting = database.prepare(`SELECT ${columns} FROM schedules WHERE awaited_run IS NOT NULL`);
  }

  /** Whether it is written on the revision that is stored. */
  fits({ tenant, namespace, name, revision }: StoredSchedule): boolean {
    return revision === Number(this.#revision.get(tenant, namespace, name)?.["revision"] ?? 0) + 1;
  }

  /** With what changes of the events that it waits for. */
  put(schedule: StoredSchedule, changes?: EventChanges): boolean {
    return inTransaction(this.#database, () => {
      const fits = this.fits(schedule) && !(changes && this.#events.refuses(schedule.tenant, [changes]));
      if (fits) this.replace(schedule);
      if (fits && changes) this.#events.change(schedule.tenant, changes);
      return fits;
    });
  }

  replace({ tenant, namespace, name, version, revision, dueAt, awaitedRun, state }: StoredSchedule): void {
    this.#put.run(tenant, namespace, name, version, revision, dueAt, awaitedRun, state);
  }

  remove({ tenant, namespace, name }: Pick<StoredSchedule, "tenant" | "namespace" | "name">): void {
    this.#delete.run(tenant, namespace, name);
  }

  get(tenant: string, namespace: string, name: string): StoredSchedule | null {
    const row = this.#get.get(tenant, namespace, name);
    return row ? toSchedule(row) : null;
  }

  list(tenant: string, filter: { readonly namespace?: string } = {}): readonly StoredSchedule[] {
    return this.#list.all(tenant, filter.namespace ?? null).map(toSchedule);
  }

  due(until: Instant, limit: number): readonly StoredSchedule[] {
    return this.#due.all(until, limit).map(toSchedule);
  }

  awaiting(): readonly StoredSchedule[] {
    return this.#awaiting.all().map(toSchedule);
  }
}

function toSchedule(row: Record<string, SQLOutputValue>): StoredSchedule {
  const { due_at: dueAt, awaited_run: awaitedRun } = row;
  return {
    tenant: String(row["tenant"]),
    namespace: String(row["namespace"]),
    name: String(row["name"]),
    version: String(row["version"]),
    revision: Number(row["revision"]),
    dueAt: dueAt === null || dueAt === undefined ? null : Number(dueAt),
    awaitedRun: typeof awaitedRun === "string" ? awaitedRun : null,
    state: String(row["state"]),
  };
}
