// Writes batches of commits, each batch in one transaction.
//
// A run's key and version are remembered, so that a step costs one insert and no look-up. That is sound because
// this thread is the only writer; whatever was remembered is forgotten when a transaction fails.
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { storageError } from "../errors.ts";
import type { Commit, CommitOutcome, IdempotencyRecord, RunSummary } from "../port.ts";
import type { WebhookTable } from "./webhook-table.ts";
import type { AttributeTable } from "./attribute-table.ts";
import type { EventTable } from "./event-table.ts";
import type { ScheduleTable } from "./schedule-table.ts";

interface KnownRun {
  readonly key: number;
  version: number;
}

/** Runs remembered at most; the oldest are forgotten first. */
const maxKnownRuns = 50_000;

/** Tables of which a commit writes some rows. */
interface CommitTables {
  readonly webhooks: WebhookTable;
  readonly schedules: ScheduleTable;
  readonly attributes: AttributeTable;
  readonly events: EventTable;
}

/** The tables of runs, envelopes, snapshots, timers and idempotency keys, for writing. */
export class RunWriter {
  readonly #database: DatabaseSync;
  readonly #webhooks: WebhookTable;
  readonly #schedules: ScheduleTable;
  readonly #attributes: AttributeTable;
  readonly #events: EventTable;
  readonly #known = new Map<string, KnownRun>();
  readonly #begin: StatementSync;
  readonly #end: StatementSync;
  readonly #findRun: StatementSync;
  readonly #insertRun: StatementSync;
  readonly #updateRun: StatementSync;
  readonly #insertEnvelope: StatementSync;
  readonly #putSnapshot: StatementSync;
  readonly #deleteSnapshot: StatementSync;
  readonly #setTimer: StatementSync;
  readonly #clearTimer: StatementSync;
  readonly #setExpiry: StatementSync;
  readonly #findKey: StatementSync;
  readonly #insertKey: StatementSync;

  constructor(database: DatabaseSync, { webhooks, schedules, attributes, events }: CommitTables) {
    this.#database = database;
    this.#webhooks = webhooks;
    this.#schedules = schedules;
    this.#attributes = attributes;
    this.#events = events;
    this.#begin = database.prepare("BEGIN IMMEDIATE");
    this.#end = database.prepare("COMMIT");
    this.#findRun = database.prepare(
      `SELECT run_key, (SELECT coalesce(max(position), 0) FROM envelopes WHERE envelopes.run_key = runs.run_key) AS version
       FROM runs WHERE tenant = ? AND id = ?`,
    );
    this.#insertRun = database.prepare(
      `INSERT INTO runs (namespace, workflow, version, status, active, started_at, ended_at, parent_id, incident, reason, forked_from, tenant, id)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#updateRun = database.prepare(
      `UPDATE runs SET namespace = ?, workflow = ?, version = ?, status = ?, active = ?, started_at = ?, ended_at = ?, parent_id = ?,
       incident = ?, reason = ?, forked_from = ? WHERE run_key = ?`,
    );
    this.#insertEnvelope = database.prepare("INSERT INTO envelopes (run_key, position, envelope) VALUES (?, ?, ?)");
    this.#putSnapshot = database.prepare("INSERT OR REPLACE INTO snapshots (run_key, version, state) VALUES (?, ?, ?)");
    this.#deleteSnapshot = database.prepare("DELETE FROM snapshots WHERE run_key = ?");
    this.#setTimer = database.prepare(
      "INSERT INTO timers (run_key, timer, due_at) VALUES (?, ?, ?) ON CONFLICT (run_key, timer) DO UPDATE SET due_at = excluded.due_at",
    );
    this.#clearTimer = database.prepare("DELETE FROM timers WHERE run_key = ? AND timer = ?");
    this.#setExpiry = database.prepare("UPDATE runs SET expires_at = ? WHERE run_key = ?");
    this.#findKey = database.prepare("SELECT 1 FROM idempotency_keys WHERE tenant = ? AND key = ?");
    this.#insertKey = database.prepare(
      "INSERT INTO idempotency_keys (tenant, key, fingerprint, run_id, created_at) VALUES (?, ?, ?, ?, ?)",
    );
  }

  /** One transaction; throws, and has changed nothing, when any of it cannot be written. */
  commit(batch: readonly Commit[]): CommitOutcome[] {
    this.#begin.run();
    try {
      const outcomes = batch.map((commit) => this.#apply(commit));
      this.#end.run();
      return outcomes;
    } catch (error) {
      this.#known.clear();
      // Some failures, a full disk among them, have rolled the transaction back already.
      if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
      throw error;
    }
  }

  /** Runs that are gone must not be remembered. */
  forget(tenant: string, ids: readonly string[]): void {
    for (const id of ids) this.#known.delete(nameOf(tenant, id));
  }

  #apply(commit: Commit): CommitOutcome {
    const refusal = this.#refusal(commit);
    if (refusal) return refusal;
    this.#write(commit);
    return "committed";
  }

  /** Everything that is to be refused is found before the first row of the commit is written. */
  #refusal(commit: Commit): CommitOutcome | undefined {
    const { tenant, runId, idempotency, schedule } = commit;
    if (schedule && !this.#schedules.fits(schedule)) return "conflict";
    if (commit.events && this.#events.refuses(tenant, commit.events)) return "conflict";
    if (idempotency && this.#findKey.get(tenant, idempotency.key)) return "duplicate";
    return (this.#find(tenant, runId)?.version ?? 0) === commit.expectedVersion ? undefined : "conflict";
  }

  #find(tenant: string, runId: string): KnownRun | undefined {
    const name = nameOf(tenant, runId);
    const known = this.#known.get(name);
    if (known) return known;
    const row = this.#findRun.get(tenant, runId);
    return row && this.#remember(name, { key: Number(row["run_key"]), version: Number(row["version"]) });
  }

  #remember(name: string, run: KnownRun): KnownRun {
    this.#known.set(name, run);
    if (this.#known.size > maxKnownRuns) this.#forgetOldest();
    return run;
  }

  #forgetOldest(): void {
    for (const name of this.#known.keys()) {
      this.#known.delete(name);
      return;
    }
  }

  #write(commit: Commit): void {
    const { tenant, runId, summary, idempotency, schedule } = commit;
    const run = this.#find(tenant, runId) ?? this.#insert(commit);
    if (summary && commit.expectedVersion > 0) this.#updateRun.run(...summaryColumns(summary), run.key);
    for (const envelope of commit.envelopes) this.#insertEnvelope.run(run.key, ++run.version, envelope);
    this.#writeSnapshot(run, commit);
    if (commit.clearTimers) for (const timer of commit.clearTimers) this.#clearTimer.run(run.key, timer);
    if (commit.setTimers) for (const { timer, at } of commit.setTimers) this.#setTimer.run(run.key, timer, at);
    if (idempotency) this.#writeKey(tenant, idempotency);
    if (commit.deliveries) this.#webhooks.add(tenant, commit.deliveries);
    if (schedule) this.#schedules.replace(schedule);
    if (commit.expiresAt !== undefined) this.#setExpiry.run(commit.expiresAt, run.key);
    if (commit.attributes) this.#attributes.write(run.key, commit.attributes);
    if (commit.events || commit.published) this.#events.write(commit);
    if (summary && summary.endedAt !== null) this.#known.delete(nameOf(tenant, runId));
  }

  #insert({ tenant, runId, summary }: Commit): KnownRun {
    if (!summary) throw storageError("store-failed", { message: `The first commit of run ${runId} carries no summary.` });
    const { lastInsertRowid } = this.#insertRun.run(...summaryColumns(summary), tenant, runId);
    return this.#remember(nameOf(tenant, runId), { key: Number(lastInsertRowid), version: 0 });
  }

  #writeSnapshot(run: KnownRun, { summary, snapshot }: Commit): void {
    if (summary && summary.endedAt !== null) this.#deleteSnapshot.run(run.key);
    else if (snapshot !== undefined) this.#putSnapshot.run(run.key, run.version, snapshot);
  }

  #writeKey(tenant: string, { key, fingerprint, runId, at }: IdempotencyRecord): void {
    this.#insertKey.run(tenant, key, fingerprint, runId, at);
  }
}

function nameOf(tenant: string, runId: string): string {
  return `${tenant}\n${runId}`;
}

type Columns = [string, string, string, string, number, number, number | null, string | null, string | null, string | null, string | null];

/** In the order in which the statements name them. */
function summaryColumns(run: RunSummary): Columns {
  const { namespace, workflow, version, status, active, startedAt, endedAt, parentId, incident, reason, forkedFrom } = run;
  return [namespace, workflow, version, status, active ? 1 : 0, startedAt, endedAt, parentId, incident, reason, forkedFrom];
}
