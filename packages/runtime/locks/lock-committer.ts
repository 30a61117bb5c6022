// Group commit of locks: what changes while the store writes goes into the next batch, and nobody is told of anything before
// its batch is durable; a fencing token above all. One batch is under way at a time.
//
// A batch that cannot be stored is kept and written again, as it is by then, until it is stored; those who wait for an answer
// are told at once that there is none. Their claims stay: whoever asks again under the same claim finds them.
import { BatonError, type Millis } from "@baton/core";
import type { ClaimChange, LockName } from "@baton/scheduler";
import type { ClaimKey, LockBatch, Store, StoredClaim } from "@baton/storage";
import type { Clock } from "../clock.ts";
import type { LogRecord } from "../log-record.ts";
import { storeRetryMs } from "./limits.ts";
import type { TenantEntry } from "./lock-audit.ts";

/** What the committer does its work with. */
export interface LockCommitterParts {
  readonly store: Pick<Store, "commitLocks">;
  readonly clock: Clock;
  readonly log: (record: LogRecord) => void;
}

interface Waiting {
  readonly resolve: () => void;
  readonly reject: (error: BatonError) => void;
}

/** What goes into one batch, and who hears of it. */
interface Gathered {
  readonly changes: ReadonlyMap<string, ClaimChange>;
  readonly audit: readonly TenantEntry[];
  readonly effects: readonly (() => void)[];
  readonly waiting: readonly Waiting[];
}

/** Gathers what changes, and stores it. */
export class LockCommitter {
  readonly #parts: LockCommitterParts;
  #changes = new Map<string, ClaimChange>();
  #audit: TenantEntry[] = [];
  #effects: (() => void)[] = [];
  #waiting: Waiting[] = [];
  #lastToken = 0;
  #writing = false;
  #scheduled = false;
  #retryMs: Millis = 0;
  #closing = false;
  #givenUp = false;
  #onIdle: (() => void)[] = [];

  constructor(parts: LockCommitterParts) {
    this.#parts = parts;
  }

  /** Remembers what a step has changed, and what is told of it; `effect` is called when it is durable. */
  add(changes: readonly ClaimChange[], audit: readonly TenantEntry[], lastToken: number, effect: () => void): void {
    for (const change of changes) this.#changes.set(nameOf(change.lock, change.id), change);
    for (const entry of audit) this.#audit.push(entry);
    this.#lastToken = lastToken;
    this.#effects.push(effect);
    this.#schedule();
  }

  /** Resolves when everything that was added so far is durable; rejects where the store has refused it. */
  durable(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#schedule();
    });
  }

  /** Stores what is left, as far as the store takes it. */
  async close(): Promise<void> {
    this.#closing = true;
    if (this.#retryMs > 0 && !this.#writing) this.#flush();
    if (!this.#isEmpty || this.#writing) await new Promise<void>((resolve) => this.#onIdle.push(resolve));
  }

  get #isEmpty(): boolean {
    return this.#changes.size + this.#effects.length + this.#waiting.length === 0;
  }

  #schedule(): void {
    if (this.#writing || this.#scheduled || this.#retryMs > 0 || this.#givenUp) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      if (!this.#writing) this.#flush();
    });
  }

  #flush(): void {
    if (this.#isEmpty) return this.#tellIdle();
    const { effects, waiting, ...kept } = this.#take();
    if (kept.changes.size + kept.audit.length === 0) return this.#stored(effects, waiting);
    this.#writing = true;
    this.#parts.store.commitLocks({ ...batchOf(kept.changes.values(), this.#lastToken), audit: kept.audit }).then(
      () => this.#stored(effects, waiting),
      (error: unknown) => this.#failed({ ...kept, effects, waiting }, error),
    );
  }

  #take(): Gathered {
    const gathered: Gathered = { changes: this.#changes, audit: this.#audit, effects: this.#effects, waiting: this.#waiting };
    [this.#changes, this.#audit, this.#effects, this.#waiting] = [new Map(), [], [], []];
    return gathered;
  }

  #stored(effects: readonly (() => void)[], waiting: readonly Waiting[]): void {
    this.#writing = false;
    if (this.#retryMs > 0) this.#parts.log({ level: "info", message: "The store takes locks again." });
    this.#retryMs = 0;
    for (const effect of effects) effect();
    for (const { resolve } of waiting) resolve();
    this.#flush();
  }

  #failed({ changes, audit, effects, waiting }: Gathered, error: unknown): void {
    if (!(error instanceof BatonError)) throw error;
    this.#writing = false;
    if (this.#retryMs === 0)
      this.#parts.log({ level: "error", message: "The store takes no locks; what has happened is kept and stored later.", error });
    this.#retryMs = Math.min(this.#retryMs === 0 ? storeRetryMs.first : this.#retryMs * 2, storeRetryMs.longest);
    this.#changes = new Map([...changes, ...this.#changes]);
    this.#audit = [...audit, ...this.#audit];
    this.#effects = [...effects, ...this.#effects];
    for (const { reject } of waiting) reject(error);
    // As if the server were killed: the next start goes by what is stored.
    if (this.#closing) return this.#giveUp();
    this.#parts.clock.after(this.#retryMs, () => {
      if (!this.#writing && !this.#givenUp) this.#flush();
    });
  }

  #giveUp(): void {
    this.#givenUp = true;
    this.#tellIdle();
  }

  #tellIdle(): void {
    for (const resolve of this.#onIdle.splice(0)) resolve();
  }
}

function batchOf(changes: Iterable<ClaimChange>, lastToken: number): LockBatch {
  const puts: StoredClaim[] = [];
  const deletes: ClaimKey[] = [];
  for (const { lock, id, claim, kind, size } of changes) {
    const key = { tenant: lock.tenant, namespace: lock.namespace, lock: lock.name, claim: id };
    if (claim === null) deletes.push(key);
    else {
      const { owner, status, token, until } = claim;
      puts.push({ ...key, owner, status, token, until, state: JSON.stringify({ kind, size, ...claim }) });
    }
  }
  return { puts, deletes, lastToken };
}

function nameOf({ tenant, namespace, name }: LockName, claim: string): string {
  return `${tenant}\n${namespace}\n${name}\n${claim}`;
}
