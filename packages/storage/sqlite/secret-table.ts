// Secrets, encrypted before they come here.
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { StoredSecret } from "../port.ts";

/** The table of secrets. */
export class SecretTable {
  readonly #put: StatementSync;
  readonly #delete: StatementSync;
  readonly #list: StatementSync;

  constructor(database: DatabaseSync) {
    this.#put = database.prepare(
      `INSERT INTO secrets (tenant, namespace, name, sealed, updated_at) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (tenant, namespace, name) DO UPDATE SET sealed = excluded.sealed, updated_at = excluded.updated_at`,
    );
    this.#delete = database.prepare("DELETE FROM secrets WHERE tenant = ? AND namespace = ? AND name = ?");
    this.#list = database.prepare("SELECT tenant, namespace, name, sealed, updated_at FROM secrets ORDER BY tenant, namespace, name");
  }

  put({ tenant, namespace, name, sealed, updatedAt }: StoredSecret): void {
    this.#put.run(tenant, namespace, name, sealed, updatedAt);
  }

  delete(tenant: string, namespace: string, name: string): boolean {
    return Number(this.#delete.run(tenant, namespace, name).changes) === 1;
  }

  list(): readonly StoredSecret[] {
    return this.#list.all().map((row) => ({
      tenant: String(row["tenant"]),
      namespace: String(row["namespace"]),
      name: String(row["name"]),
      sealed: String(row["sealed"]),
      updatedAt: Number(row["updated_at"]),
    }));
  }
}
