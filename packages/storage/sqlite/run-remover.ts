// Finds the runs whose time is over, and forgets runs that have ended, with every row that is theirs.
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Instant } from "@baton/core";
import type { ExpiredRun } from "../port.ts";
import { inTransaction } from "./transaction.ts";

/** Tables whose rows belong to a run by its key. */
const ownTables = ["envelopes", "snapshots", "timers", "run_attributes"];

/** Runs at the end of their time. */
export class RunRemover {
  readonly #database: DatabaseSync;
  readonly #expired: StatementSync;
  readonly #find: StatementSync;
  readonly #deletes: readonly StatementSync[];
  readonly #deleteKeys: StatementSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#expired = database.prepare(
      `SELECT tenant, id, expires_at FROM runs WHERE expires_at <= ? AND (expires_at, tenant, id) > (?, ?, ?)
       ORDER BY expires_at, tenant, id LIMIT ?`,
    );
    this.#find = database.prepare("SELECT run_key FROM runs WHERE tenant = ? AND id = ? AND ended_at IS NOT NULL");
    this.#deletes = [...ownTables, "runs"].map((table) => database.prepare(`DELETE FROM ${table} WHERE run_key = ?`));
    this.#deleteKeys = database.prepare("DELETE FROM idempotency_keys WHERE tenant = ? AND run_id = ?");
  }

  expired(until: Instant, after: ExpiredRun | null, limit: number): readonly ExpiredRun[] {
    const rows = this.#expired.all(until, after?.at ?? Number.MIN_SAFE_INTEGER, after?.tenant ?? "", after?.id ?? "", limit);
    return rows.map((row) => ({ tenant: String(row["tenant"]), id: String(row["id"]), at: Number(row["expires_at"]) }));
  }

  /** One transaction; answers how many runs are gone. */
  remove(tenant: string, ids: readonly string[]): number {
    return inTransaction(this.#database, () => ids.filter((id) => this.#remove(tenant, id)).length);
  }

  #remove(tenant: string, id: string): boolean {
    const key = this.#find.get(tenant, id)?.["run_key"];
    if (typeof key !== "number") return false;
    for (const statement of this.#deletes) statement.run(key);
    this.#deleteKeys.run(tenant, id);
    return true;
  }
}
