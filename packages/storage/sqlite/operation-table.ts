// Operations on many runs.
import type { DatabaseSync, SQLOutputValue, StatementSync } from "node:sqlite";
import type { Instant } from "@baton/core";
import type { OperationStore, StoredOperation } from "../port.ts";
import type { SyncStore } from "./protocol.ts";

const columns = "tenant, id, revision, active, ended_at, state";

/** The verbs of the port that are about operations. */
export function operationVerbs(database: DatabaseSync): Pick<SyncStore, keyof OperationStore> {
  const operations = new OperationTable(database);
  return {
    putOperation: (operation) => operations.put(operation),
    getOperation: (tenant, id) => operations.get(tenant, id),
    listOperations: (tenant, after, limit) => operations.list(tenant, after, limit),
    activeOperations: () => operations.active(),
    forgetOperations: (endedBefore) => operations.forget(endedBefore),
  };
}

/** The table of operations. */
class OperationTable {
  readonly #insert: StatementSync;
  readonly #update: StatementSync;
  readonly #get: StatementSync;
  readonly #list: StatementSync;
  readonly #active: StatementSync;
  readonly #forget: StatementSync;

  constructor(database: DatabaseSync) {
    this.#insert = database.prepare(`INSERT INTO operations (${columns}) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`);
    this.#update = database.prepare(
      "UPDATE operations SET revision = ?, active = ?, ended_at = ?, state = ? WHERE tenant = ? AND id = ? AND revision = ?",
    );
    this.#get = database.prepare(`SELECT ${columns} FROM operations WHERE tenant = ? AND id = ?`);
    this.#list = database.prepare(`SELECT ${columns} FROM operations WHERE tenant = ? AND (? IS NULL OR id < ?) ORDER BY id DESC LIMIT ?`);
    this.#active = database.prepare(`SELECT ${columns} FROM operations WHERE active = 1 ORDER BY id`);
    this.#forget = database.prepare("DELETE FROM operations WHERE ended_at < ?");
  }

  put({ tenant, id, revision, active, endedAt, state }: StoredOperation): boolean {
    const flag = active ? 1 : 0;
    const { changes } =
      revision === 1
        ? this.#insert.run(tenant, id, revision, flag, endedAt, state)
        : this.#update.run(revision, flag, endedAt, state, tenant, id, revision - 1);
    return Number(changes) === 1;
  }

  get(tenant: string, id: string): StoredOperation | null {
    const row = this.#get.get(tenant, id);
    return row ? operationOf(row) : null;
  }

  list(tenant: string, after: string | null, limit: number): readonly StoredOperation[] {
    return this.#list.all(tenant, after, after, limit).map(operationOf);
  }

  active(): readonly StoredOperation[] {
    return this.#active.all().map(operationOf);
  }

  forget(endedBefore: Instant): number {
    return Number(this.#forget.run(endedBefore).changes);
  }
}

function operationOf(row: Record<string, SQLOutputValue>): StoredOperation {
  const endedAt = row["ended_at"];
  return {
    tenant: String(row["tenant"]),
    id: String(row["id"]),
    revision: Number(row["revision"]),
    active: row["active"] === 1,
    endedAt: endedAt === null || endedAt === undefined ? null : Number(endedAt),
    state: String(row["state"]),
  };
}
