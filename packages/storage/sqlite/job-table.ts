// Jobs and their output. Each row is written so that writing it again changes nothing: a batch whose answer was lost is
// simply written anew. Changes of jobs go by way of a journal (job-journal.ts): whatever looks at many jobs settles it first.
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { ForgottenJobs, JobOutput, JobQuery, StoredJob } from "../job-port.ts";
import { auditWriter } from "./audit-table.ts";
import { inTransaction } from "./transaction.ts";
import { putObject } from "./object-table.ts";
import type { WebhookTable } from "./webhook-table.ts";
import { JobJournal } from "./job-journal.ts";
import { jobColumns, type PackedJobs, type PackedRest, type Value } from "./job-packing.ts";

type Row = { readonly [column: string]: unknown };

const columns = jobColumns.join(", ");

/** The tables of jobs and their output. */
export class JobTable {
  readonly #database: DatabaseSync;
  readonly #begin: StatementSync;
  readonly #end: StatementSync;
  readonly #journal: JobJournal;
  readonly #insertOutput: StatementSync;
  readonly #deleteOutput: StatementSync;
  readonly #insertKey: StatementSync;
  readonly #putObject: StatementSync;
  readonly #read: StatementSync;
  readonly #active: StatementSync;
  readonly #keyOf: StatementSync;
  readonly #output: StatementSync;

  readonly #webhooks: WebhookTable;
  readonly #audit: ReturnType<typeof auditWriter>;
  readonly #forgettable: StatementSync;
  readonly #forgetOutput: StatementSync;
  readonly #forget: StatementSync;
  readonly #forgetKeys: StatementSync;

  constructor(database: DatabaseSync, webhooks: WebhookTable) {
    this.#database = database;
    this.#webhooks = webhooks;
    this.#audit = auditWriter(database);
    this.#forgettable = database.prepare(
      "SELECT id FROM jobs WHERE tenant = ? AND id < ? AND active = 0 AND ended_at < ? ORDER BY id LIMIT ?",
    );
    this.#forgetOutput = database.prepare("DELETE FROM job_output WHERE tenant = ? AND job = ?");
    this.#forget = database.prepare("DELETE FROM jobs WHERE tenant = ? AND id = ?");
    this.#forgetKeys = database.prepare("DELETE FROM idempotency_keys WHERE tenant = ? AND run_id = ?");
    this.#begin = database.prepare("BEGIN IMMEDIATE");
    this.#end = database.prepare("COMMIT");
    this.#journal = new JobJournal(database);
    this.#insertOutput = database.prepare(
      `INSERT OR REPLACE INTO job_output (tenant, job, attempt, position, bytes, stream, at, text) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#deleteOutput = database.prepare("DELETE FROM job_output WHERE tenant = ? AND job = ? AND attempt = ? AND position = ?");
    this.#insertKey = database.prepare(
      "INSERT OR IGNORE INTO idempotency_keys (tenant, key, fingerprint, run_id, created_at) VALUES (?, ?, ?, ?, ?)",
    );
    this.#putObject = database.prepare(putObject);
    this.#read = database.prepare(`SELECT ${columns} FROM jobs WHERE tenant = ? AND id = ?`);
    this.#active = database.prepare(`SELECT ${columns} FROM jobs WHERE active = 1 AND job_key > ? ORDER BY job_key LIMIT ?`);
    this.#keyOf = database.prepare("SELECT job_key FROM jobs WHERE tenant = ? AND id = ?");
    this.#output = database.prepare(
      `SELECT tenant, job, attempt, position, bytes, stream, at, text FROM job_output
       WHERE tenant = ?1 AND job = ?2 AND attempt = ?3 AND position + bytes > ?4 AND position >= COALESCE(
         (SELECT MAX(position) FROM job_output WHERE tenant = ?1 AND job = ?2 AND attempt = ?3 AND position <= ?4), 0)
       ORDER BY position LIMIT ?5`,
    );
  }

  /** One transaction; throws, and has changed nothing, when any of it cannot be written. */
  commit(...[changes, rest]: PackedJobs): void {
    this.#begin.run();
    try {
      if (rest !== "") this.#write(JSON.parse(rest) as PackedRest);
      if (changes !== "") this.#journal.append(changes);
      this.#end.run();
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
      throw error;
    }
    if (changes !== "") this.#journal.added(changes);
  }

  read(tenant: string, id: string): StoredJob | null {
    const values = this.#journal.find(tenant, id, () => {
      const row: Row | undefined = this.#read.get(tenant, id);
      return row && jobColumns.map((name) => row[name] as Value);
    });
    return values === undefined ? null : fromRow(Object.fromEntries(jobColumns.map((name, i) => [name, values[i]])));
  }

  readAll(tenant: string, ids: readonly string[]): StoredJob[] {
    return ids.flatMap((id) => this.read(tenant, id) ?? []);
  }

  list(query: JobQuery): StoredJob[] {
    this.#journal.settleIfPossible();
    const { tenant, status, queue, graph, before, after, limit } = query;
    const conditions: [string, Value][] = [["tenant = ?", tenant]];
    if (status !== undefined)
      conditions.push([troubled.has(status) ? "active = 0 AND status <> 'completed' AND status = ?" : "status = ?", status]);
    if (queue !== undefined) conditions.push([queue === "default" ? "queue = ?" : "queue <> 'default' AND queue = ?", queue]);
    if (graph !== undefined) conditions.push(["graph = ?", graph]);
    if (before !== undefined) conditions.push(["id < ?", before]);
    if (after !== undefined) conditions.push(["id > ?", after]);
    const where = conditions.map(([condition]) => condition).join(" AND ");
    const statement = this.#database.prepare(
      `SELECT ${columns} FROM jobs ${indexFor(query)} WHERE ${where} ORDER BY id ${after === undefined ? "DESC" : "ASC"} LIMIT ?`,
    );
    return statement.all(...conditions.map(([, value]) => value), limit).map(fromRow);
  }

  active(after: { readonly tenant: string; readonly id: string } | null, limit: number): StoredJob[] {
    this.#journal.settle();
    const key = after === null ? 0 : Number(this.#keyOf.get(after.tenant, after.id)?.["job_key"] ?? 0);
    return this.#active.all(key, limit).map(fromRow);
  }

  output(tenant: string, id: string, attempt: number, from: number, limit: number): JobOutput[] {
    return this.#output.all(tenant, id, attempt, from, limit).map((row) => ({
      tenant: String(row["tenant"]),
      id: String(row["job"]),
      attempt: Number(row["attempt"]),
      position: Number(row["position"]),
      bytes: Number(row["bytes"]),
      stream: row["stream"] === "stderr" ? "stderr" : "stdout",
      at: Number(row["at"]),
      text: String(row["text"]),
    }));
  }

  forget({ tenant, before, endedBefore, limit }: ForgottenJobs): number {
    this.#journal.settle();
    return inTransaction(this.#database, () => {
      const ids = this.#forgettable.all(tenant, before, endedBefore, limit).map(({ id }) => String(id));
      for (const id of ids) {
        this.#forgetOutput.run(tenant, id);
        this.#forgetKeys.run(tenant, id);
        this.#forget.run(tenant, id);
      }
      return ids.length;
    });
  }

  /** Brings the tables up to date. */
  close(): void {
    this.#journal.close();
  }

  #write({ outputs, cuts, keys, objects, deliveries, deliveriesTenant, audit }: PackedRest): void {
    for (const values of objects) this.#putObject.run(...values);
    for (const values of outputs) this.#insertOutput.run(...values);
    for (const values of cuts) this.#deleteOutput.run(...values);
    for (const values of keys) this.#insertKey.run(...values);
    if (deliveries.length > 0) this.#webhooks.add(deliveriesTenant, deliveries);
    this.#audit(deliveriesTenant, audit);
  }
}

/** How a job ends that does not complete. */
const troubled: ReadonlySet<string> = new Set(["failed", "cancelled", "lost"]);

/** The fewest rows that have to be looked at: without a word SQLite goes through all of a tenant, for they are in their order. */
function indexFor({ status, queue, graph }: JobQuery): string {
  if (graph !== undefined) return "INDEXED BY jobs_by_graph";
  if (status !== undefined && troubled.has(status)) return "INDEXED BY jobs_troubled";
  return queue === undefined || queue === "default" ? "" : "INDEXED BY jobs_by_queue";
}

function fromRow(row: Row): StoredJob {
  return {
    tenant: String(row["tenant"]),
    id: String(row["id"]),
    graph: textOrNull(row["graph"]),
    queue: String(row["queue"]),
    kind: String(row["kind"]),
    name: textOrNull(row["name"]),
    submittedAt: Number(row["submitted_at"]),
    spec: String(row["spec"]),
    status: String(row["status"]),
    active: row["active"] === 1,
    attempt: Number(row["attempt"]),
    failures: Number(row["failures"]),
    losses: Number(row["losses"]),
    node: textOrNull(row["node"]),
    notBefore: numberOrNull(row["not_before"]),
    cancelling: row["cancelling"] === 1,
    startedAt: numberOrNull(row["started_at"]),
    endedAt: numberOrNull(row["ended_at"]),
    result: textOrNull(row["result"]),
  };
}

function textOrNull(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

function numberOrNull(value: unknown): number | null {
  return typeof value === "number" ? value : null;
}
