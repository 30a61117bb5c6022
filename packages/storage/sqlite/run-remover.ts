// Forgets runs that have ended, with every row that is theirs.
import type { DatabaseSync, StatementSync } from "node:sqlite";

/** Tables whose rows belong to a run by its key. */
const ownTables = ["envelopes", "snapshots", "timers", "run_attributes"];

/** Deletes runs. */
export class RunRemover {
  readonly #database: DatabaseSync;
  readonly #find: StatementSync;
  readonly #deletes: readonly StatementSync[];
  readonly #deleteKeys: StatementSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#find = database.prepare("SELECT run_key FROM runs WHERE tenant = ? AND id = ? AND ended_at IS NOT NULL");
    this.#deletes = [...ownTables, "runs"].map((table) => database.prepare(`DELETE FROM ${table} WHERE run_key = ?`));
    this.#deleteKeys = database.prepare("DELETE FROM idempotency_keys WHERE tenant = ? AND run_id = ?");
  }

  /** One transaction; answers how many runs are gone. */
  remove(tenant: string, ids: readonly string[]): number {
    this.#database.exec("BEGIN IMMEDIATE");
    try {
      const removed = ids.filter((id) => this.#remove(tenant, id)).length;
      this.#database.exec("COMMIT");
      return removed;
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
      throw error;
    }
  }

  #remove(tenant: string, id: string): boolean {
    const key = this.#find.get(tenant, id)?.["run_key"];
    if (typeof key !== "number") return false;
    for (const statement of this.#deletes) statement.run(key);
    this.#deleteKeys.run(tenant, id);
    return true;
  }
}
