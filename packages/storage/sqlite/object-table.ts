// The objects of the cluster: queues, nodes, the policy.
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { StoredObject } from "../job-port.ts";

/** Creates an object or replaces it: tenant, kind, name, spec, time. */
export const putObject = `INSERT INTO cluster_objects (tenant, kind, name, spec, updated_at) VALUES (?, ?, ?, ?, ?)
  ON CONFLICT (tenant, kind, name) DO UPDATE SET spec = excluded.spec, updated_at = excluded.updated_at`;

/** The table of the cluster's objects. */
export class ObjectTable {
  readonly #put: StatementSync;
  readonly #delete: StatementSync;
  readonly #list: StatementSync;

  constructor(database: DatabaseSync) {
    this.#put = database.prepare(putObject);
    this.#delete = database.prepare("DELETE FROM cluster_objects WHERE tenant = ? AND kind = ? AND name = ?");
    this.#list = database.prepare("SELECT name, spec, updated_at FROM cluster_objects WHERE tenant = ? AND kind = ? ORDER BY name");
  }

  put({ tenant, kind, name, spec, updatedAt }: StoredObject): void {
    this.#put.run(tenant, kind, name, spec, updatedAt);
  }

  delete(tenant: string, kind: string, name: string): boolean {
    return Number(this.#delete.run(tenant, kind, name).changes) === 1;
  }

  list(tenant: string, kind: string): StoredObject[] {
    return this.#list.all(tenant, kind).map((row) => ({
      tenant,
      kind,
      name: String(row["name"]),
      spec: String(row["spec"]),
      updatedAt: Number(row["updated_at"]),
    }));
  }
}
