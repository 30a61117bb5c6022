// Named locks in SQLite.
import type { DatabaseSync, SQLOutputValue, StatementSync } from "node:sqlite";
import type { LockBatch, LockStore, StoredClaim } from "../lock-port.ts";
import { auditWriter } from "./audit-table.ts";
import { packAudit } from "./job-packing.ts";
import type { SyncStore } from "./protocol.ts";
import { inTransaction } from "./transaction.ts";

/** The verbs of the port that are about locks. */
export function lockVerbs(database: DatabaseSync): Pick<SyncStore, keyof LockStore> {
  const locks = new LockTable(database);
  return { commitLocks: (batch) => locks.commit(batch), loadLocks: () => locks.load() };
}

const columns = "tenant, namespace, lock, claim, owner, status, token, until, state";

class LockTable {
  readonly #database: DatabaseSync;
  readonly #put: StatementSync;
  readonly #delete: StatementSync;
  readonly #token: StatementSync;
  readonly #claims: StatementSync;
  readonly #lastToken: StatementSync;
  readonly #audit: ReturnType<typeof auditWriter>;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#put = database.prepare(`INSERT INTO lock_claims (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (tenant, namespace, lock, claim) DO UPDATE
      SET owner = excluded.owner, status = excluded.status, token = excluded.token, until = excluded.until, state = excluded.state`);
    this.#delete = database.prepare("DELETE FROM lock_claims WHERE tenant = ? AND namespace = ? AND lock = ? AND claim = ?");
    this.#token = database.prepare("UPDATE lock_tokens SET last_token = ?1 WHERE last_token < ?1");
    this.#claims = database.prepare(`SELECT ${columns} FROM lock_claims ORDER BY tenant, namespace, lock, claim`);
    this.#lastToken = database.prepare("SELECT last_token FROM lock_tokens");
    this.#audit = auditWriter(database);
  }

  commit({ puts, deletes, lastToken, audit = [] }: LockBatch): void {
    inTransaction(this.#database, () => {
      for (const { tenant, namespace, lock, claim } of deletes) this.#delete.run(tenant, namespace, lock, claim);
      for (const { tenant, namespace, lock, claim, owner, status, token, until, state } of puts)
        this.#put.run(tenant, namespace, lock, claim, owner, status, token, until, state);
      this.#token.run(lastToken);
      for (const [tenant, told] of Map.groupBy(audit, (one) => one.tenant)) this.#audit(tenant, packAudit(told.map(({ entry }) => entry)));
    });
  }

  load(): { readonly claims: readonly StoredClaim[]; readonly lastToken: number } {
    return { claims: this.#claims.all().map(claimOf), lastToken: Number(this.#lastToken.get()?.["last_token"]) };
  }
}

function claimOf(row: Record<string, SQLOutputValue>): StoredClaim {
  return {
    tenant: String(row["tenant"]),
    namespace: String(row["namespace"]),
    lock: String(row["lock"]),
    claim: String(row["claim"]),
    owner: String(row["owner"]),
    status: String(row["status"]),
    token: numberOrNull(row["token"]),
    until: numberOrNull(row["until"]),
    state: String(row["state"]),
  };
}

function numberOrNull(value: SQLOutputValue | undefined): number | null {
  return value === null || value === undefined ? null : Number(value);
}
