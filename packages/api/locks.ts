// Named locks for programs: asked for, kept and released, so that what is left to write is what is done under them.
//
// A `Locks` is one owner: whatever it holds or waits for counts together when deadlocks are looked for. Work that is
// independent of each other uses a `Locks` each.
import type { Json, Millis } from "@baton/core";
import { BatonClient } from "./client.ts";
import type { ClientOptions } from "./client-queries.ts";
import { keep, type HeldLock } from "./held-lock.ts";
import type { LockCalls } from "./lock-calls.ts";
import { isPassing, pollLock } from "./lock-polling.ts";
import type { LockName, LockRequest } from "./lock-resources.ts";
import { delay } from "./watching.ts";

/** How a lock is asked for. */
export interface AcquireOptions {
  /** How long it is kept without being renewed, should this process die; 30 s when nothing is said. */
  readonly leaseMs?: Millis;
  /** How long to wait for it: 0: not at all; for ever when nothing is said. */
  readonly timeoutMs?: Millis;
  /** Does not wait any longer when it is aborted. */
  readonly signal?: AbortSignal;
  /** Shown to those who look. */
  readonly value?: Json;
}

/** What a lock is used as. */
export type LockUse =
  | { readonly kind?: "mutex" | "election" }
  | { readonly kind: "rwlock"; readonly mode: "read" | "write" }
  | { readonly kind: "semaphore"; readonly size: number; readonly permits?: number };

/** Who leads. */
export interface Leader {
  readonly owner: string;
  readonly value: Json;
  readonly token: number;
}

/** Whose locks, and where. */
export interface LocksOptions extends ClientOptions {
  /** Who asks; one of its own when nothing is said. */
  readonly owner?: string;
  readonly namespace?: string;
}

const reconnectMs: Millis = 1_000;

/** The locks of one owner. */
export class Locks {
  readonly owner: string;
  readonly #calls: LockCalls;
  readonly #namespace: { readonly namespace?: string };
  #claims = 0;

  constructor({ owner, namespace, ...client }: LocksOptions) {
    this.#calls = new BatonClient(client).locks;
    this.owner = owner ?? `owner-${crypto.randomUUID()}`;
    this.#namespace = namespace === undefined ? {} : { namespace };
  }

  /** Does something while holding a mutex; rejects with lock-lost where the lock was lost before it was done. */
  withLock<Result>(
    name: string,
    work: (held: HeldLock) => Promise<Result> | Result,
    options: AcquireOptions & LockUse = {},
  ): Promise<Result> {
    return this.#with(this.acquire(name, options), work);
  }

  /** The same together with other readers. */
  withRead<Result>(name: string, work: (held: HeldLock) => Promise<Result> | Result, options: AcquireOptions = {}): Promise<Result> {
    return this.withLock(name, work, { ...options, kind: "rwlock", mode: "read" });
  }

  /** The same as the only writer, without readers. */
  withWrite<Result>(name: string, work: (held: HeldLock) => Promise<Result> | Result, options: AcquireOptions = {}): Promise<Result> {
    return this.withLock(name, work, { ...options, kind: "rwlock", mode: "write" });
  }

  /** The same as one of `size` at a time. */
  withPermit<Result>(
    name: string,
    size: number,
    work: (held: HeldLock) => Promise<Result> | Result,
    options: AcquireOptions & { readonly permits?: number } = {},
  ): Promise<Result> {
    return this.withLock(name, work, { ...options, kind: "semaphore", size });
  }

  /** Does something as the leader of all who ask; `value` says where it can be reached. */
  lead<Result>(
    name: string,
    value: Json,
    work: (held: HeldLock) => Promise<Result> | Result,
    options: Omit<AcquireOptions, "value"> = {},
  ): Promise<Result> {
    return this.withLock(name, work, { ...options, kind: "election", value });
  }

  /** A lock that is kept until it is released. */
  async acquire(name: string, { timeoutMs, signal, ...options }: AcquireOptions & LockUse = {}): Promise<HeldLock> {
    const lock = this.#lock(name);
    const request = this.#request(options);
    const wait = { ...(timeoutMs !== undefined && { timeoutMs }), ...(signal !== undefined && { signal }) };
    const { claim, sentAt } = await pollLock(this.#calls, lock, request, wait);
    return keep({ calls: this.#calls, lock, request }, claim, sentAt);
  }

  /** Goes on when so many have come. Gives the number of their generation, which is the same for all of them. */
  async barrier(name: string, parties: number, options: Pick<AcquireOptions, "timeoutMs" | "signal"> = {}): Promise<number> {
    const { claim } = await pollLock(this.#calls, this.#lock(name), this.#request({ kind: "barrier", size: parties }), options);
    return claim.token ?? 0;
  }

  /** Who leads, now and whenever that changes; undefined while nobody does. */
  async *leaders(name: string, signal?: AbortSignal): AsyncGenerator<Leader | undefined> {
    let last: number | null | undefined = null;
    for (;;) {
      try {
        for await (const { claims } of this.#calls.watch(this.#lock(name), signal)) {
          const [first] = claims;
          const leader =
            first === undefined || first.token === null ? undefined : { owner: first.owner, value: first.value, token: first.token };
          if (leader?.token === last) continue;
          last = leader?.token;
          yield leader;
        }
      } catch (error) {
        if (signal?.aborted !== true && !isPassing(error) && !isBroken(error)) throw error;
      }
      if (signal?.aborted === true) return;
      await delay(reconnectMs, signal);
    }
  }

  async #with<Result>(acquired: Promise<HeldLock>, work: (held: HeldLock) => Promise<Result> | Result): Promise<Result> {
    const held = await acquired;
    try {
      const result = await work(held);
      held.signal.throwIfAborted();
      return result;
    } finally {
      await held.release();
    }
  }

  #lock(name: string): LockName {
    return { ...this.#namespace, name };
  }

  #request({ leaseMs, ...use }: Omit<LockRequest, "owner"> & { readonly leaseMs?: Millis }): LockRequest & { readonly claim: string } {
    const claim = `${this.owner.slice(0, longestClaim)}.${++this.#claims}`;
    return { owner: this.owner, claim, ...(leaseMs !== undefined && { lease: `${leaseMs}ms` }), ...use };
  }
}

/** So that a claim's number fits behind its owner. */
const longestClaim = 180;

/** A stream that ended in the middle. */
function isBroken(error: unknown): boolean {
  return error instanceof TypeError;
}
