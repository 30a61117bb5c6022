// Functions of the default catalog: a version, once there, never changes.
import type { DatabaseSync, SQLOutputValue, StatementSync } from "node:sqlite";
import type { FunctionKey, StoredFunction } from "../port.ts";

const columns = "tenant, namespace, name, version, source, created_at";
const byKey = "tenant = ? AND namespace = ? AND name = ? AND version = ?";

/** The table of functions. */
export class FunctionTable {
  readonly #put: StatementSync;
  readonly #get: StatementSync;
  readonly #list: StatementSync;
  readonly #delete: StatementSync;

  constructor(database: DatabaseSync) {
    this.#put = database.prepare(`INSERT INTO functions (${columns}) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`);
    this.#get = database.prepare(`SELECT ${columns} FROM functions WHERE ${byKey}`);
    this.#list = database.prepare(
      `SELECT ${columns} FROM functions WHERE tenant = ?1 AND (?2 IS NULL OR namespace = ?2) ORDER BY namespace, name, version`,
    );
    this.#delete = database.prepare(`DELETE FROM functions WHERE ${byKey}`);
  }

  put({ tenant, namespace, name, version, source, createdAt }: StoredFunction): boolean {
    return Number(this.#put.run(tenant, namespace, name, version, source, createdAt).changes) === 1;
  }

  get({ tenant, namespace, name, version }: FunctionKey): StoredFunction | null {
    const row = this.#get.get(tenant, namespace, name, version);
    return row ? toFunction(row) : null;
  }

  list(tenant: string, namespace?: string): readonly StoredFunction[] {
    return this.#list.all(tenant, namespace ?? null).map(toFunction);
  }

  delete({ tenant, namespace, name, version }: FunctionKey): boolean {
    return Number(this.#delete.run(tenant, namespace, name, version).changes) === 1;
  }
}

function toFunction(row: Record<string, SQLOutputValue>): StoredFunction {
  return {
    tenant: String(row["tenant"]),
    namespace: String(row["namespace"]),
    name: String(row["name"]),
    version: String(row["version"]),
    source: String(row["source"]),
    createdAt: Number(row["created_at"]),
  };
}
