// Group commit of jobs: whatever changes while the store writes goes into the next batch, and effects follow only when their
// batch is durable. One batch is under way at a time, so each is written on top of what is stored.
//
// Invariant: what one piece of code changes without awaiting anything is in one batch, so a kill leaves no half of a decision: no
// part of a graph, no end of a job without what it means for those that wait for it, no jobs without their idempotency key.
//
// A batch that cannot be stored is kept: what it holds is written again, as it is by then, until it is stored. Those who
// have submitted jobs with it are told at once, and their jobs are withdrawn, so nobody is left in doubt.
import { BatonError, type Instant, type JsonObject, type Millis } from "@baton/core";
import type { Order } from "@baton/executors";
import type {
  AuditEntry,
  JobBatch,
  JobOutput,
  JobUpdate,
  NewDelivery,
  Store,
  StoredJob,
  StoredObject,
  SubmissionKey,
} from "@baton/storage";
import type { Clock } from "../clock.ts";
import type { LogRecord } from "../log-record.ts";
import { GatheredOutput } from "./gathered-output.ts";
import type { Job } from "./job.ts";
import { endDelivery } from "./job-webhook.ts";
import { maxGatheredOutputBytes, storeRetryMs } from "./limits.ts";

/** What the committer does its work with. */
export interface CommitterParts {
  readonly store: Pick<Store, "commitJobs">;
  readonly tenant: string;
  readonly clock: Clock;
  readonly log: (record: LogRecord) => void;
  /** Called with the jobs whose end has become durable, and the orders that may go out now. */
  readonly durable: (ended: readonly Job[], orders: readonly PendingOrder[]) => void;
  /** How long a batch took to be stored, in seconds, and how many jobs it changed. */
  readonly measured?: (seconds: number, jobs: number) => void;
}

/** An order that waits for what it follows from. */
export interface PendingOrder {
  readonly node: string;
  /** The job that is to be started; other orders are complete. */
  readonly start?: { readonly job: Job; readonly token: number };
  readonly order?: Order;
}

/** Who waits for a batch. */
export interface Waiter {
  readonly stored: () => void;
  /** The store has refused it. What has happened is written again, what was asked for is withdrawn. */
  readonly failed: (error: BatonError) => void;
}

class Gathering {
  readonly jobs = new Set<Job>();
  readonly orders: PendingOrder[] = [];
  readonly outputs = new GatheredOutput();
  readonly objects: StoredObject[] = [];
  readonly audit: AuditEntry[] = [];
  /** The last entry with a detail. */
  readonly #entries = new Map<JsonObject, AuditEntry & { also?: string[] }>();
  keys: SubmissionKey[] = [];
  waiters: Waiter[] = [];

  get isEmpty(): boolean {
    const { jobs, orders, outputs, objects, audit, waiters } = this;
    return jobs.size + orders.length + outputs.size + objects.length + audit.length + waiters.length === 0;
  }

  /** What is decided at one instant in one and the same detail is one entry. */
  note(entry: AuditEntry): void {
    const { at, actor, action, subject, detail } = entry;
    const like = this.#entries.get(detail);
    const isLike = like?.at === at && like.action === action && like.actor === actor && like.from === entry.from;
    if (isLike) return void (like.also ??= []).push(subject);
    this.audit.push(entry);
    this.#entries.set(detail, entry as AuditEntry & { also?: string[] });
  }

  /** Takes over what came later. */
  join(later: Gathering): void {
    for (const job of later.jobs) this.jobs.add(job);
    this.orders.push(...later.orders);
    this.outputs.join(later.outputs);
    this.objects.push(...later.objects);
    this.audit.push(...later.audit);
    this.keys.push(...later.keys);
    this.waiters.push(...later.waiters);
  }

  batch(tenant: string, now: Instant): JobBatch {
    const deliveries: NewDelivery[] = [];
    const inserts: StoredJob[] = [];
    const updates: JobUpdate[] = [];
    this.jobs.forEach((job) => {
      if (job.stored) updates.push(job.update);
      else inserts.push(job.row);
      const delivery = endDelivery(job, now);
      if (delivery !== undefined) deliveries.push(delivery);
    });
    const { objects, keys, audit } = this;
    const { pieces: outputs, cuts: cutOutputs } = this.outputs;
    return { inserts, updates, outputs, cutOutputs, objects, keys, keysTenant: tenant, deliveries, audit };
  }
}

/** A batch of this size does not wait for the turn to end, so that the store begins while more is being decided. */
const eagerBatch = 256;

/** Gathers changes and stores them. */
export class JobCommitter {
  readonly #parts: CommitterParts;
  #gathering = new Gathering();
  #writing = false;
  #scheduled = false;
  #eager = false;
  #retryMs: Millis = 0;
  #trouble: BatonError | null = null;
  #closing = false;
  #closed = false;
  #onIdle: (() => void)[] = [];

  constructor(parts: CommitterParts) {
    this.#parts = parts;
  }

  /** Why the store takes nothing; null while it does. */
  get trouble(): BatonError | null {
    return this.failing ? this.#trouble : null;
  }

  /** True while the store takes nothing. */
  get failing(): boolean {
    return this.#retryMs > 0;
  }

  changed(job: Job): void {
    this.#gathering.jobs.add(job);
    this.#schedule();
  }

  /** To be sent when everything that was decided so far is durable. */
  order(order: PendingOrder): void {
    this.#gathering.orders.push(order);
    this.#schedule();
  }

  /** So much output waits for the store that more is better thrown away than kept. */
  get isFlooded(): boolean {
    return this.#gathering.outputs.bytes > maxGatheredOutputBytes;
  }

  output(piece: JobOutput, cut: readonly number[]): void {
    const { tenant, id, attempt } = piece;
    this.#gathering.outputs.add(piece);
    for (const position of cut) this.#gathering.outputs.cut({ tenant, id, attempt, position });
    this.#schedule();
  }

  /** Remembers something of the cluster, before anything that is decided after it. */
  object(object: StoredObject): void {
    this.#gathering.objects.push(object);
    this.#schedule();
  }

  /** Remembers a decision together with what follows from it. */
  audit(entry: AuditEntry): void {
    this.#gathering.note(entry);
    this.#schedule();
  }

  /** Keeps an idempotency key together with the jobs that it stands for. */
  key(record: SubmissionKey): void {
    this.#gathering.keys.push(record);
  }

  /** Calls back when everything that was decided so far is durable, or could not be stored. */
  wait(waiter: Waiter): void {
    this.#gathering.waiters.push(waiter);
    this.#schedule();
  }

  /** Stores what is left; what links say that break afterwards is for the next start to find out. */
  async close(): Promise<void> {
    this.#closing = true;
    if (this.failing && !this.#writing) this.#flush();
    await this.idle();
    this.#closed = true;
  }

  /** Resolves when nothing is left to be stored. */
  idle(): Promise<void> {
    if (this.#gathering.isEmpty && !this.#writing) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onIdle.push(resolve);
    });
  }

  #schedule(): void {
    if (this.#writing || this.failing || this.#closed) return;
    if (this.#gathering.jobs.size >= eagerBatch && !this.#eager) {
      this.#eager = true;
      queueMicrotask(() => {
        this.#eager = false;
        if (!this.#writing && !this.failing) this.#flush();
      });
    }
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      if (!this.#writing) this.#flush();
    });
  }

  #flush(): void {
    const gathered = this.#gathering;
    if (gathered.isEmpty) return this.#tellIdle();
    this.#gathering = new Gathering();
    this.#writing = true;
    const ended: Job[] = [];
    gathered.jobs.forEach((job) => job.ended && ended.push(job));
    const started = performance.now();
    this.#parts.store.commitJobs(gathered.batch(this.#parts.tenant, this.#parts.clock.now())).then(
      () => {
        this.#parts.measured?.((performance.now() - started) / 1000, gathered.jobs.size);
        this.#stored(gathered, ended);
      },
      (error: unknown) => this.#failed(gathered, error),
    );
  }

  #stored(gathered: Gathering, ended: readonly Job[]): void {
    this.#writing = false;
    if (this.failing) this.#parts.log({ level: "info", message: "The store takes jobs again." });
    this.#retryMs = 0;
    gathered.jobs.forEach((job) => (job.stored = true));
    // What was decided meanwhile goes out first: the store writes while the effects of this batch happen.
    if (this.#gathering.jobs.size > 0) this.#flush();
    this.#parts.durable(ended, gathered.orders);
    for (const waiter of gathered.waiters) waiter.stored();
    if (!this.#writing) this.#flush();
  }

  #failed(gathered: Gathering, error: unknown): void {
    if (!(error instanceof BatonError)) throw error;
    this.#writing = false;
    this.#trouble = error;
    if (!this.failing)
      this.#parts.log({ level: "error", message: "The store takes no jobs; what has happened is kept and stored later.", error });
    this.#retryMs = Math.min(this.#retryMs === 0 ? storeRetryMs.first : this.#retryMs * 2, storeRetryMs.longest);
    const waiters = gathered.waiters;
    gathered.waiters = [];
    // The keys of what is withdrawn stay free.
    gathered.keys = [];
    gathered.join(this.#gathering);
    this.#gathering = gathered;
    for (const waiter of waiters) waiter.failed(error);
    // As if the server were killed: nodes keep what is not stored, and the next start asks for it.
    if (this.#closing) return this.#giveUp();
    this.#parts.clock.after(this.#retryMs, () => {
      if (!this.#writing && !this.#closed) this.#flush();
    });
  }

  #giveUp(): void {
    this.#closed = true;
    this.#tellIdle();
  }

  #tellIdle(): void {
    for (const resolve of this.#onIdle.splice(0)) resolve();
  }
}
