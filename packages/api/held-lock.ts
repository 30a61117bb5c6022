// A lock that is held: renewed in the background, three times a lease, until it is released or lost.
//
// It counts as lost when the server says so, or when no renewal has succeeded for as long as the lease: by this process's own
// clock, from the moment when the last one that succeeded was sent. The server counts from when that came in, which is
// later, so nobody else has the lock before `signal` is aborted here.
import { BatonError, type Json, type Millis } from "@baton/core";
import { apiError } from "./errors.ts";
import type { LockCalls } from "./lock-calls.ts";
import type { LockClaim, LockName, LockRequest } from "./lock-resources.ts";
import { isPassing, patiently, pollLock } from "./lock-polling.ts";
import { delay } from "./watching.ts";

/** A lock in the hands of this process. */
export interface HeldLock {
  readonly name: string;
  /** The fencing token: hand it to whatever the lock protects, which can then refuse a smaller one. */
  readonly token: number;
  /** Aborted, with an error as its reason, when the lock is lost: stop at once. */
  readonly signal: AbortSignal;
  /** Gives it up: resolves when the server has taken it, or the lease is over. Doing so twice, or after it was lost, is harmless. */
  release(): Promise<void>;
  /** Gives a mutex up, sleeps until notified, and has it again, under another token. False: the time was over before. */
  wait(condition: string, options?: { readonly timeoutMs?: Millis }): Promise<boolean>;
  /** Wakes those who wait for the condition, one when nothing is said; answers how many. */
  notify(condition: string, count?: number): Promise<number>;
  /** Shows something else to those who look: where a leader can be reached. */
  show(value: Json): Promise<void>;
}

const renewalsPerLease = 3;
/** The wait before a renewal that failed is tried again. */
const retryMs: Millis = 250;

/** What a held lock is made of. */
export interface HeldLockParts {
  readonly calls: LockCalls;
  readonly lock: LockName;
  readonly request: LockRequest & { readonly claim: string };
  readonly leaseMs: Millis;
}

/** Keeps a lock for as long as it is wanted. */
export class KeptLock implements HeldLock {
  readonly #parts: HeldLockParts;
  readonly #lost = new AbortController();
  #token: number;
  #round = new AbortController();

  /** `since`: a moment, on this process's clock, that is not later than the start of the lease. */
  constructor(parts: HeldLockParts, token: number, since: number) {
    this.#parts = parts;
    this.#token = token;
    this.#keep(since);
  }

  get name(): string {
    return this.#parts.lock.name;
  }

  get token(): number {
    return this.#token;
  }

  get signal(): AbortSignal {
    return this.#lost.signal;
  }

  async release(): Promise<void> {
    this.#round.abort();
    const { calls, lock, request, leaseMs } = this.#parts;
    // A server that cannot be reached is asked again until the lease is over by itself.
    const over = AbortSignal.timeout(leaseMs);
    try {
      await patiently(() => calls.release(lock, { claim: request.claim, token: this.#token }, over), over);
    } catch (error) {
      if (!over.aborted && !isPassing(error)) throw error;
    }
  }

  async wait(condition: string, { timeoutMs }: { readonly timeoutMs?: Millis } = {}): Promise<boolean> {
    this.signal.throwIfAborted();
    this.#round.abort();
    const { calls, lock, request } = this.#parts;
    const asleep = { claim: request.claim, token: this.#token, condition, ...(timeoutMs !== undefined && { timeout: `${timeoutMs}ms` }) };
    const since = performance.now();
    const first = await patiently(() => calls.sleep(lock, asleep), this.signal);
    const { claim, sentAt } = first.token === null ? await pollLock(calls, lock, request, {}) : { claim: first, sentAt: since };
    this.#token = claim.token ?? this.#token;
    this.#keep(sentAt);
    return claim.notified;
  }

  notify(condition: string, count = 1): Promise<number> {
    const { calls, lock, request } = this.#parts;
    return calls.notify(lock, { claim: request.claim, token: this.#token, condition, count });
  }

  async show(value: Json): Promise<void> {
    await this.#parts.calls.renew(this.#parts.lock, { claim: this.#parts.request.claim, token: this.#token, value });
  }

  /** Renews until the lock is given up or lost. */
  #keep(since: number): void {
    const round = new AbortController();
    this.#round = round;
    void this.#renewUntil(since, round.signal).catch((error: unknown) => {
      if (!round.signal.aborted) this.#lost.abort(error);
    });
  }

  /** Rejects when the lock is lost. */
  async #renewUntil(since: number, stopped: AbortSignal): Promise<void> {
    const { leaseMs, lock } = this.#parts;
    let end = since + leaseMs;
    let wait = end - performance.now() - leaseMs * (1 - 1 / renewalsPerLease);
    while (!stopped.aborted) {
      await delay(Math.max(0, Math.min(wait, end - performance.now())), stopped);
      const sentAt = performance.now();
      if (stopped.aborted) return;
      if (sentAt >= end) throw apiError("lock-lost", { message: `The lock "${lock.name}" could not be renewed for as long as its lease.` });
      const renewed = await this.#renew(AbortSignal.any([stopped, AbortSignal.timeout(Math.ceil(end - sentAt))]));
      if (renewed) end = sentAt + leaseMs;
      wait = renewed ? leaseMs / renewalsPerLease : retryMs;
    }
  }

  /** False: it did not come through, this time. */
  async #renew(signal: AbortSignal): Promise<boolean> {
    const { calls, lock, request } = this.#parts;
    try {
      await calls.renew(lock, { claim: request.claim, token: this.#token }, signal);
      return true;
    } catch (error) {
      if (signal.aborted || isPassing(error)) return false;
      const message = error instanceof BatonError ? error.message : String(error);
      throw apiError("lock-lost", { message: `The lock "${lock.name}" is lost. ${message}`, cause: error });
    }
  }
}

/** How a claim that was granted is kept. */
export function keep(parts: Omit<HeldLockParts, "leaseMs">, claim: LockClaim, since: number): KeptLock {
  return new KeptLock({ ...parts, leaseMs: claim.leaseMs ?? 0 }, claim.token ?? 0, since);
}
