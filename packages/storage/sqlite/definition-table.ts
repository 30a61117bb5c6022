// Registered workflows: a version, once there, never changes.
import type { DatabaseSync, SQLOutputValue, StatementSync } from "node:sqlite";
import type { EventChanges, StoredDefinition, StoredSchedule } from "../port.ts";
import type { EventTable } from "./event-table.ts";
import type { ScheduleTable } from "./schedule-table.ts";
import { inTransaction } from "./transaction.ts";

const columns = "tenant, namespace, name, version, source, created_at, resources";

/** The table of definitions. */
export class DefinitionTable {
  readonly #database: DatabaseSync;
  readonly #schedules: ScheduleTable;
  readonly #events: EventTable;
  readonly #insert: StatementSync;
  readonly #insertTag: StatementSync;
  readonly #get: StatementSync;
  readonly #list: StatementSync;

  constructor(database: DatabaseSync, schedules: ScheduleTable, events: EventTable) {
    this.#database = database;
    this.#schedules = schedules;
    this.#events = events;
    this.#insert = database.prepare(`INSERT INTO definitions (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`);
    this.#insertTag = database.prepare(
      "INSERT INTO definition_tags (tenant, namespace, name, version, tag, tag_value) VALUES (?, ?, ?, ?, ?, ?)",
    );
    this.#get = database.prepare(`SELECT ${columns} FROM definitions WHERE tenant = ? AND namespace = ? AND name = ? AND version = ?`);
    this.#list = database.prepare(
      `SELECT ${columns} FROM definitions WHERE tenant = ?1 AND (?2 IS NULL OR namespace = ?2) AND (?3 IS NULL OR name = ?3)
       ORDER BY namespace, name, version`,
    );
  }

  /** One transaction for a version, what becomes of the flow's schedule, and which events that waits for. */
  put(definition: StoredDefinition, schedule?: StoredSchedule | null, changes?: EventChanges): boolean {
    return inTransaction(this.#database, () => {
      const created = this.#put(definition);
      if (created && schedule === null) this.#schedules.remove(definition);
      if (created && schedule) this.#schedules.replace(schedule);
      if (created && changes) this.#events.change(definition.tenant, changes);
      return created;
    });
  }

  #put({ tenant, namespace, name, version, source, tags, resources, createdAt }: StoredDefinition): boolean {
    const created =
      Number(
        this.#insert.run(tenant, namespace, name, version, source, createdAt, resources ? JSON.stringify(resources) : null).changes,
      ) === 1;
    const named = created ? Object.entries(tags ?? {}) : [];
    for (const [tag, value] of named) this.#insertTag.run(tenant, namespace, name, version, tag, value);
    return created;
  }

  get(tenant: string, namespace: string, name: string, version: string): StoredDefinition | null {
    const row = this.#get.get(tenant, namespace, name, version);
    return row ? toDefinition(row) : null;
  }

  list(tenant: string, filter: { readonly namespace?: string; readonly name?: string } = {}): readonly StoredDefinition[] {
    return this.#list.all(tenant, filter.namespace ?? null, filter.name ?? null).map(toDefinition);
  }
}

function toDefinition(row: Record<string, SQLOutputValue>): StoredDefinition {
  return {
    tenant: String(row["tenant"]),
    namespace: String(row["namespace"]),
    name: String(row["name"]),
    version: String(row["version"]),
    source: String(row["source"]),
    createdAt: Number(row["created_at"]),
    ...(row["resources"] !== null && { resources: JSON.parse(String(row["resources"])) as { [uri: string]: string } }),
  };
}
