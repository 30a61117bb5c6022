// A store in this process's memory: for local runs, tests and simulations. It keeps every promise of the port
// but one: it does not survive the process.
import type { Instant, Json } from "@baton/core";
import { storageError } from "../errors.ts";
import { newestFirst, type AttributeValue } from "../filter/filter.ts";
import { compareRuns, matches, orderValue, type Matchable } from "../filter/match.ts";
import { MemoryJobs, MemoryObjects } from "./memory-jobs.ts";
import { MemoryEvents } from "./memory-events.ts";
import { MemoryTables } from "./memory-tables.ts";
import { MemorySchedules } from "./memory-schedules.ts";
import type {
  ForgottenJobs,
  AcceptedEvent,
  Commit,
  CommitOutcome,
  DeliveryQuery,
  DeliveryResult,
  DueTimer,
  EventChanges,
  EventConsumer,
  EventPath,
  EventQuery,
  ExpiredRun,
  GivenEvent,
  IdempotencyRecord,
  JobBatch,
  JobOutput,
  JobQuery,
  KeptEvent,
  NewEvent,
  PublishedEvent,
  RunQuery,
  RunSummary,
  Store,
  StoredDefinition,
  StoredDelivery,
  StoredJob,
  StoredObject,
  StoredRun,
  StoredWebhook,
  StoredSchedule,
  Subscription,
} from "../port.ts";
import { WebhookTable } from "./webhook-table.ts";

interface Run {
  summary: RunSummary;
  snapshot: StoredRun["snapshot"];
  readonly envelopes: string[];
  readonly timers: Map<string, Instant>;
  readonly attributes: Map<string, AttributeValue>;
  expiresAt: Instant | null;
}

/** An empty store in memory. */
export function openMemoryStore(): Store {
  return new MemoryStore();
}

class MemoryStore extends MemoryTables implements Store {
  readonly #runs = new Map<string, Run>();
  readonly #idempotency = new Map<string, IdempotencyRecord>();
  readonly #definitions = new Map<string, StoredDefinition>();
  readonly #webhooks = new WebhookTable();
  readonly #schedules = new MemorySchedules();
  readonly #jobs = new MemoryJobs();
  readonly #objects = new MemoryObjects();
  readonly #events = new MemoryEvents();
  /** Runs that have a timer, so that looking for due ones does not visit all runs. */
  readonly #timed = new Set<Run>();

  async commit(batch: readonly Commit[]): Promise<readonly CommitOutcome[]> {
    this.assertOpen();
    return batch.map((commit) => this.#apply(commit));
  }

  async readRun(tenant: string, id: string): Promise<StoredRun | null> {
    this.assertOpen();
    const run = this.#runs.get(key(tenant, id));
    if (!run) return null;
    const { summary, snapshot, envelopes } = run;
    return { summary, version: envelopes.length, snapshot, tail: envelopes.slice(snapshot?.version ?? 0) };
  }

  async readHistory(tenant: string, id: string): Promise<readonly string[]> {
    this.assertOpen();
    return this.#runs.get(key(tenant, id))?.envelopes.slice() ?? [];
  }

  async listRuns(query: RunQuery): Promise<readonly RunSummary[]> {
    this.assertOpen();
    const { status, namespace, workflow, filter, order = newestFirst } = query;
    const found = [...this.#runs.values()].filter(({ summary: run, attributes }) => {
      if (run.tenant !== query.tenant || (status !== undefined && run.status !== status)) return false;
      if ((namespace !== undefined && run.namespace !== namespace) || (workflow !== undefined && run.workflow !== workflow)) return false;
      if (!isBehind(query, run)) return false;
      return filter === undefined || matches(filter, { summary: run, attributes, tags: this.#tagsOf(run) });
    });
    return found
      .map((run) => run.summary)
      .sort((a, b) => compareRuns(order, a, b))
      .slice(0, query.limit);
  }

  async countRuns(query: Omit<RunQuery, "limit">): Promise<number> {
    return (await this.listRuns({ ...query, limit: Number.MAX_SAFE_INTEGER })).length;
  }

  async readAttributes(tenant: string, id: string): Promise<{ readonly [name: string]: AttributeValue }> {
    this.assertOpen();
    return Object.fromEntries(this.#runs.get(key(tenant, id))?.attributes ?? []);
  }

  async expiredRuns(until: Instant, after: ExpiredRun | null, limit: number): Promise<readonly ExpiredRun[]> {
    this.assertOpen();
    const inOrder = (a: ExpiredRun, b: ExpiredRun): number => a.at - b.at || compare(a.tenant, b.tenant) || compare(a.id, b.id);
    return [...this.#runs.values()]
      .flatMap(({ summary: { tenant, id }, expiresAt: at }) => (at === null || at > until ? [] : { tenant, id, at }))
      .filter((run) => after === null || inOrder(run, after) > 0)
      .sort(inOrder)
      .slice(0, limit);
  }

  async deleteRuns(tenant: string, ids: readonly string[]): Promise<number> {
    this.assertOpen();
    const gone = new Set(ids.filter((id) => typeof this.#runs.get(key(tenant, id))?.summary.endedAt === "number"));
    for (const id of gone) this.#runs.delete(key(tenant, id));
    this.#forgetKeys(tenant, gone);
    return gone.size;
  }

  /** Of runs, or of the first jobs of submissions. */
  #forgetKeys(tenant: string, gone: ReadonlySet<string>): void {
    for (const [name, record] of this.#idempotency)
      if (name.startsWith(`${tenant}\n`) && gone.has(record.runId)) this.#idempotency.delete(name);
  }

  #tagsOf({ tenant, namespace, workflow, version }: RunSummary): Matchable["tags"] {
    return this.#definitions.get(key(tenant, namespace, workflow, version))?.tags ?? {};
  }

  async activeRuns(after: { readonly tenant: string; readonly id: string } | null, limit: number): Promise<readonly RunSummary[]> {
    this.assertOpen();
    const byKey = (a: { tenant: string; id: string }, b: { tenant: string; id: string }): number =>
      compare(a.tenant, b.tenant) || compare(a.id, b.id);
    return this.#summaries((run) => run.active && (after === null || byKey(run, after) > 0))
      .sort(byKey)
      .slice(0, limit);
  }

  async readTimers(tenant: string, runId: string): Promise<readonly DueTimer[]> {
    this.assertOpen();
    const timers = [...(this.#runs.get(key(tenant, runId))?.timers ?? [])];
    return timers.map(([timer, at]) => ({ tenant, runId, timer, at })).sort((a, b) => a.at - b.at || compare(a.timer, b.timer));
  }

  async dueTimers(until: Instant, limit: number): Promise<readonly DueTimer[]> {
    this.assertOpen();
    const due = [...this.#timed].flatMap((run) =>
      [...run.timers]
        .filter(([, at]) => at <= until)
        .map(([timer, at]) => ({ tenant: run.summary.tenant, runId: run.summary.id, timer, at })),
    );
    return due.sort((a, b) => a.at - b.at).slice(0, limit);
  }

  async nextTimerAt(): Promise<Instant | null> {
    this.assertOpen();
    const earliest = Math.min(...[...this.#timed].map((run) => Math.min(...run.timers.values())));
    return Number.isFinite(earliest) ? earliest : null;
  }

  async findIdempotency(tenant: string, idempotencyKey: string): Promise<IdempotencyRecord | null> {
    this.assertOpen();
    return this.#idempotency.get(key(tenant, idempotencyKey)) ?? null;
  }

  async putDefinition(definition: StoredDefinition, schedule?: StoredSchedule | null, events?: EventChanges): Promise<boolean> {
    this.assertOpen();
    const name = key(definition.tenant, definition.namespace, definition.name, definition.version);
    if (this.#definitions.has(name)) return false;
    this.#definitions.set(name, definition);
    if (schedule === null) this.#schedules.remove(definition);
    else if (schedule) this.#schedules.replace(schedule);
    if (events) this.#events.change(definition.tenant, events);
    return true;
  }

  async getDefinition(tenant: string, namespace: string, name: string, version: string): Promise<StoredDefinition | null> {
    this.assertOpen();
    return this.#definitions.get(key(tenant, namespace, name, version)) ?? null;
  }

  async listDefinitions(
    tenant: string,
    filter: { readonly namespace?: string; readonly name?: string } = {},
  ): Promise<readonly StoredDefinition[]> {
    this.assertOpen();
    return [...this.#definitions.values()]
      .filter(
        (one) =>
          one.tenant === tenant &&
          (filter.namespace === undefined || one.namespace === filter.namespace) &&
          (filter.name === undefined || one.name === filter.name),
      )
      .sort((a, b) => compare(a.namespace, b.namespace) || compare(a.name, b.name) || compare(a.version, b.version));
  }

  async putWebhook(webhook: StoredWebhook): Promise<void> {
    this.assertOpen();
    this.#webhooks.putWebhook(webhook);
  }

  async deleteWebhook(tenant: string, name: string): Promise<boolean> {
    this.assertOpen();
    return this.#webhooks.deleteWebhook(tenant, name);
  }

  async listWebhooks(): Promise<readonly StoredWebhook[]> {
    this.assertOpen();
    return this.#webhooks.listWebhooks();
  }

  async dueDeliveries(tenant: string, webhook: string, until: Instant, limit: number): Promise<readonly StoredDelivery[]> {
    this.assertOpen();
    return this.#webhooks.dueDeliveries(tenant, webhook, until, limit);
  }

  async nextDeliveryAt(tenant: string, webhook: string): Promise<Instant | null> {
    this.assertOpen();
    return this.#webhooks.nextDeliveryAt(tenant, webhook);
  }

  async recordDeliveries(results: readonly DeliveryResult[]): Promise<void> {
    this.assertOpen();
    this.#webhooks.recordDeliveries(results);
  }

  async listDeliveries(query: DeliveryQuery): Promise<readonly StoredDelivery[]> {
    this.assertOpen();
    return this.#webhooks.listDeliveries(query);
  }

  async getDelivery(tenant: string, webhook: string, id: number): Promise<StoredDelivery | null> {
    this.assertOpen();
    return this.#webhooks.getDelivery(tenant, webhook, id);
  }

  async forgetDeliveries(endedBefore: Instant, limit: number): Promise<number> {
    this.assertOpen();
    return this.#webhooks.forgetDeliveries(endedBefore, limit);
  }

  async acceptEvents(
    batch: readonly NewEvent[],
    published?: readonly number[],
    sinks?: readonly string[],
  ): Promise<readonly AcceptedEvent[]> {
    this.assertOpen();
    return this.#events.accept(batch, published, sinks);
  }

  async givenEvents(tenant: string, consumer: string, limit: number): Promise<readonly GivenEvent[]> {
    this.assertOpen();
    return this.#events.given(tenant, consumer, limit);
  }

  async readSubscriptions(tenant: string, consumer: string): Promise<readonly Omit<Subscription, "early">[]> {
    this.assertOpen();
    return this.#events.subscriptions(tenant, consumer);
  }

  async eventConsumers(after: EventConsumer | null, limit: number): Promise<readonly EventConsumer[]> {
    this.assertOpen();
    return this.#events.consumers(after, limit);
  }

  async eventPaths(): Promise<readonly EventPath[]> {
    this.assertOpen();
    return this.#events.paths();
  }

  async listEvents(query: EventQuery): Promise<readonly KeptEvent[]> {
    this.assertOpen();
    return this.#events.list(query);
  }

  async getEvent(tenant: string, event: number): Promise<KeptEvent | null> {
    this.assertOpen();
    return this.#events.get(tenant, event);
  }

  async forgetEvents(receivedBefore: Instant, limit: number): Promise<number> {
    this.assertOpen();
    return this.#events.forget(receivedBefore, limit);
  }

  async publishedEvents(after: number, limit: number): Promise<readonly PublishedEvent[]> {
    this.assertOpen();
    return this.#events.published(after, limit);
  }

  async sinkEvents(sink: string, limit: number): Promise<readonly PublishedEvent[]> {
    this.assertOpen();
    return this.#events.sinkEvents(sink, limit);
  }

  async forgetSinkEvents(sink: string, positions: readonly number[]): Promise<void> {
    this.assertOpen();
    this.#events.forgetSinkEvents(sink, positions);
  }

  async putSchedule(schedule: StoredSchedule, events?: EventChanges): Promise<boolean> {
    this.assertOpen();
    if (events && this.#events.refuses(schedule.tenant, [events])) return false;
    const stored = this.#schedules.put(schedule);
    if (stored && events) this.#events.change(schedule.tenant, events);
    return stored;
  }

  async getSchedule(tenant: string, namespace: string, name: string): Promise<StoredSchedule | null> {
    this.assertOpen();
    return this.#schedules.get(tenant, namespace, name);
  }

  async listSchedules(tenant: string, filter: { readonly namespace?: string } = {}): Promise<readonly StoredSchedule[]> {
    this.assertOpen();
    return this.#schedules.list(tenant, filter.namespace);
  }

  async dueSchedules(until: Instant, limit: number): Promise<readonly StoredSchedule[]> {
    this.assertOpen();
    return this.#schedules.due(until, limit);
  }

  async awaitingSchedules(): Promise<readonly StoredSchedule[]> {
    this.assertOpen();
    return this.#schedules.awaiting();
  }

  async commitJobs(batch: JobBatch): Promise<void> {
    this.assertOpen();
    this.#jobs.commit(batch);
    for (const object of batch.objects ?? []) this.#objects.put(object);
    this.audit.add(batch.keysTenant ?? "", batch.audit ?? []);
    this.#webhooks.add(batch.keysTenant ?? "", batch.deliveries ?? []);
    for (const record of batch.keys ?? []) {
      const name = key(batch.keysTenant ?? "", record.key);
      if (!this.#idempotency.has(name)) this.#idempotency.set(name, record);
    }
  }

  async readJob(tenant: string, id: string): Promise<StoredJob | null> {
    this.assertOpen();
    return this.#jobs.read(tenant, id);
  }

  async readJobs(tenant: string, ids: readonly string[]): Promise<readonly StoredJob[]> {
    this.assertOpen();
    return ids.flatMap((id) => this.#jobs.read(tenant, id) ?? []);
  }

  async forgetJobs(which: ForgottenJobs): Promise<number> {
    this.assertOpen();
    const gone = this.#jobs.forget(which);
    this.#forgetKeys(which.tenant, new Set(gone));
    return gone.length;
  }

  async listJobs(query: JobQuery): Promise<readonly StoredJob[]> {
    this.assertOpen();
    return this.#jobs.list(query);
  }

  async activeJobs(after: { readonly tenant: string; readonly id: string } | null, limit: number): Promise<readonly StoredJob[]> {
    this.assertOpen();
    return this.#jobs.active(after, limit);
  }

  async readOutput(tenant: string, id: string, attempt: number, from: number, limit: number): Promise<readonly JobOutput[]> {
    this.assertOpen();
    return this.#jobs.output(tenant, id, attempt, from, limit);
  }

  async putObject(object: StoredObject): Promise<void> {
    this.assertOpen();
    this.#objects.put(object);
  }

  async deleteObject(tenant: string, kind: string, name: string): Promise<boolean> {
    this.assertOpen();
    return this.#objects.delete(tenant, kind, name);
  }

  async listObjects(tenant: string, kind: string): Promise<readonly StoredObject[]> {
    this.assertOpen();
    return this.#objects.list(tenant, kind);
  }

  async describe(): Promise<{ readonly [key: string]: Json }> {
    this.assertOpen();
    return { engine: "memory", runs: this.#runs.size };
  }

  async close(): Promise<void> {
    this.closed = true;
  }

  #summaries(wanted: (run: RunSummary) => boolean): RunSummary[] {
    return [...this.#runs.values()].map((run) => run.summary).filter(wanted);
  }

  #apply(commit: Commit): CommitOutcome {
    const refusal = this.#refusal(commit);
    if (refusal) return refusal;
    this.#write(commit);
    return "committed";
  }

  #refusal(commit: Commit): CommitOutcome | undefined {
    const { tenant, runId, idempotency, schedule } = commit;
    if (schedule && !this.#schedules.fits(schedule)) return "conflict";
    if (commit.events && this.#events.refuses(tenant, commit.events)) return "conflict";
    if (idempotency && this.#idempotency.has(key(tenant, idempotency.key))) return "duplicate";
    const version = this.#runs.get(key(tenant, runId))?.envelopes.length ?? 0;
    return version === commit.expectedVersion ? undefined : "conflict";
  }

  #write(commit: Commit): void {
    const { tenant, runId, summary, idempotency, schedule } = commit;
    const run = this.#runs.get(key(tenant, runId)) ?? this.#newRun(commit);
    run.envelopes.push(...commit.envelopes);
    if (summary) run.summary = summary;
    if (commit.snapshot !== undefined) run.snapshot = { version: run.envelopes.length, state: commit.snapshot };
    if (run.summary.endedAt !== null) run.snapshot = null;
    this.#writeTimers(run, commit);
    if (commit.expiresAt !== undefined) run.expiresAt = commit.expiresAt;
    for (const [name, value] of Object.entries(commit.attributes ?? {})) {
      if (value === null) run.attributes.delete(name);
      else run.attributes.set(name, value);
    }
    if (idempotency) this.#idempotency.set(key(tenant, idempotency.key), idempotency);
    if (commit.deliveries) this.#webhooks.add(tenant, commit.deliveries);
    this.#events.write(commit);
    if (schedule) this.#schedules.replace(schedule);
  }

  #newRun({ tenant, runId, summary }: Commit): Run {
    if (!summary) throw storageError("store-failed", { message: `The first commit of run ${runId} carries no summary.` });
    const run: Run = { summary, snapshot: null, envelopes: [], timers: new Map(), attributes: new Map(), expiresAt: null };
    this.#runs.set(key(tenant, runId), run);
    return run;
  }

  #writeTimers(run: Run, commit: Commit): void {
    for (const timer of commit.clearTimers ?? []) run.timers.delete(timer);
    for (const { timer, at } of commit.setTimers ?? []) run.timers.set(timer, at);
    if (run.timers.size > 0) this.#timed.add(run);
    else this.#timed.delete(run);
  }
}

/** Whether a run lies behind the one that a page ended with. */
function isBehind({ order = newestFirst, after, afterValue }: RunQuery, run: RunSummary): boolean {
  if (after === undefined) return true;
  const value = orderValue(order, run);
  if (order.field === "id" || afterValue === undefined || value === afterValue)
    return compare(run.id, after) * (order.descending ? -1 : 1) > 0;
  return value > afterValue !== order.descending;
}

function key(...parts: readonly string[]): string {
  return parts.join("\n");
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
