// Webhooks and their deliveries in SQLite.
import type { DatabaseSync, SQLOutputValue, StatementSync } from "node:sqlite";
import type { Instant } from "@baton/core";
import { inTransaction } from "./transaction.ts";
import type { DeliveryQuery, DeliveryResult, DeliveryStatus, NewDelivery, StoredDelivery, StoredWebhook } from "../webhook-port.ts";

const columns = "id, tenant, webhook, type, event, status, attempts, next_at, created_at, ended_at, answered, problem";

/** The tables of webhooks and deliveries. */
export class WebhookTable {
  readonly #database: DatabaseSync;
  readonly #statements: ReturnType<typeof prepare>;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#statements = prepare(database);
  }

  /** Within the transaction of the commit that they tell of; a webhook that is gone gets none. */
  add(tenant: string, deliveries: readonly NewDelivery[]): void {
    for (const { webhook, type, event, at } of deliveries) this.#statements.insert.run({ tenant, webhook, type, event, at });
  }

  putWebhook({ tenant, name, definition, updatedAt }: StoredWebhook): void {
    this.#statements.put.run(tenant, name, definition, updatedAt);
  }

  deleteWebhook(tenant: string, name: string): boolean {
    return inTransaction(this.#database, () => {
      this.#statements.deleteDeliveries.run(tenant, name);
      return Number(this.#statements.deleteWebhook.run(tenant, name).changes) === 1;
    });
  }

  listWebhooks(): readonly StoredWebhook[] {
    return this.#statements.list.all().map((row) => ({
      tenant: String(row["tenant"]),
      name: String(row["name"]),
      definition: String(row["definition"]),
      updatedAt: Number(row["updated_at"]),
    }));
  }

  dueDeliveries(tenant: string, webhook: string, until: Instant, limit: number): readonly StoredDelivery[] {
    return this.#statements.due.all(tenant, webhook, until, limit).map(toDelivery);
  }

  nextDeliveryAt(tenant: string, webhook: string): Instant | null {
    const at = this.#statements.next.get(tenant, webhook)?.["at"];
    return at === null || at === undefined ? null : Number(at);
  }

  recordDeliveries(results: readonly DeliveryResult[]): void {
    inTransaction(this.#database, () => {
      for (const { tenant, id, status, attempts, nextAt, endedAt, answered, problem } of results)
        this.#statements.record.run(status, attempts, nextAt, endedAt, answered, problem, tenant, id);
    });
  }

  listDeliveries({ tenant, webhook, status, before, limit }: DeliveryQuery): readonly StoredDelivery[] {
    return this.#statements.listDeliveries.all(tenant, webhook, status ?? null, before ?? null, limit).map(toDelivery);
  }

  getDelivery(tenant: string, webhook: string, id: number): StoredDelivery | null {
    const row = this.#statements.get.get(tenant, webhook, id);
    return row ? toDelivery(row) : null;
  }

  forgetDeliveries(endedBefore: Instant, limit: number): number {
    return Number(this.#statements.forget.run(endedBefore, limit).changes);
  }
}

function prepare(database: DatabaseSync): { readonly [name in StatementName]: StatementSync } {
  return Object.fromEntries(Object.entries(statements).map(([name, sql]) => [name, database.prepare(sql)])) as {
    [name in StatementName]: StatementSync;
  };
}

type StatementName = keyof typeof statements;

const statements = {
  insert: `INSERT INTO deliveries (tenant, webhook, type, event, status, attempts, next_at, created_at)
    SELECT :tenant, :webhook, :type, :event, 'pending', 0, :at, :at FROM webhooks WHERE tenant = :tenant AND name = :webhook`,
  put: `INSERT INTO webhooks (tenant, name, definition, updated_at) VALUES (?, ?, ?, ?)
    ON CONFLICT (tenant, name) DO UPDATE SET definition = excluded.definition, updated_at = excluded.updated_at`,
  deleteDeliveries: "DELETE FROM deliveries WHERE tenant = ? AND webhook = ?",
  deleteWebhook: "DELETE FROM webhooks WHERE tenant = ? AND name = ?",
  list: "SELECT tenant, name, definition, updated_at FROM webhooks ORDER BY tenant, name",
  due: `SELECT ${columns} FROM deliveries WHERE tenant = ? AND webhook = ? AND next_at <= ? ORDER BY next_at, id LIMIT ?`,
  next: "SELECT min(next_at) AS at FROM deliveries WHERE tenant = ? AND webhook = ? AND next_at IS NOT NULL",
  record: `UPDATE deliveries SET status = ?, attempts = ?, next_at = ?, ended_at = ?, answered = ?, problem = ?
    WHERE tenant = ? AND id = ?`,
  listDeliveries: `SELECT ${columns} FROM deliveries
    WHERE tenant = ?1 AND webhook = ?2 AND (?3 IS NULL OR status = ?3) AND (?4 IS NULL OR id < ?4) ORDER BY id DESC LIMIT ?5`,
  get: `SELECT ${columns} FROM deliveries WHERE tenant = ? AND webhook = ? AND id = ?`,
  forget: "DELETE FROM deliveries WHERE id IN (SELECT id FROM deliveries WHERE ended_at < ? LIMIT ?)",
} as const;

function toDelivery(row: Record<string, SQLOutputValue>): StoredDelivery {
  return {
    tenant: String(row["tenant"]),
    webhook: String(row["webhook"]),
    id: Number(row["id"]),
    type: String(row["type"]),
    event: String(row["event"]),
    status: String(row["status"]) as DeliveryStatus,
    attempts: Number(row["attempts"]),
    nextAt: numberOrNull(row["next_at"]),
    createdAt: Number(row["created_at"]),
    endedAt: numberOrNull(row["ended_at"]),
    answered: numberOrNull(row["answered"]),
    problem: row["problem"] === null ? null : String(row["problem"]),
  };
}

function numberOrNull(value: SQLOutputValue | undefined): number | null {
  return value === null || value === undefined ? null : Number(value);
}
