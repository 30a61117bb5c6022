// Locks as the server and the command line see them. Whatever resolves here is durable; what is refused rejects.
import type { Json, Millis } from "@baton/core";
import type { HistogramStats } from "../stats.ts";
import type { ClaimView, LockCounts, LockKind, LockName, LockView } from "@baton/scheduler";

/** A wish for a lock. */
export interface LockRequest {
  readonly lock: LockName;
  readonly kind: LockKind;
  readonly size: number;
  readonly claim: string;
  readonly owner: string;
  readonly permits: number;
  readonly leaseMs: Millis;
  /** How long it waits at most: 0: not at all; null: for ever. */
  readonly waitMs: Millis | null;
  readonly value: Json;
}

/** How long an answer is held while there is nothing better to say, and who may end that. */
export interface Hold {
  readonly ms: Millis;
  readonly signal: AbortSignal;
}

/** A claim with the lock that it is of. */
export interface LockClaim extends ClaimView {
  readonly lock: LockName;
  readonly kind: LockKind;
  readonly size: number;
}

/** A lock, with a number that grows with each change, as long as somebody watches. */
export interface LockUpdate {
  readonly version: number;
  /** Null: nobody uses it. */
  readonly lock: LockView | null;
}

/** A claim of a lock that holds. */
export interface HeldClaim {
  readonly lock: LockName;
  readonly claim: string;
  readonly token: number;
}

/** What became of locks since the start. */
export interface LockStats {
  readonly counts: readonly LockCounts[];
  /** Grants by kind. */
  readonly granted: { readonly [kind: string]: number };
  /** Waits that came to nothing and leases that ended, by why. */
  readonly lost: { readonly [why: string]: number };
  /** Locks that were held and given up, by how: released by whoever held them, broken by an operator. */
  readonly released: { readonly [how: string]: number };
  /** How long those had been held. */
  readonly heldSeconds: HistogramStats;
  /** Refusals by code. */
  readonly refused: { readonly [code: string]: number };
}

/** What people and programs ask of locks. */
export interface LockDesk {
  /** Asks for a lock; the same claim again is answered with what it is by then. */
  acquire(request: LockRequest, hold: Hold): Promise<LockClaim>;
  renew(held: HeldClaim, change: { readonly leaseMs?: Millis; readonly value?: Json }): Promise<LockClaim>;
  /** False: it was not there, or not under that token. */
  release(claim: { readonly lock: LockName; readonly claim: string; readonly token?: number }): Promise<boolean>;
  /** An operator takes a lock away from all who hold it, or a claim from whoever has it; answers which. */
  break(lock: LockName, claim?: string): Promise<readonly LockClaim[]>;
  /** Gives a mutex up, sleeps in a condition until notified, waits for the mutex again. */
  sleep(held: HeldClaim, sleep: { readonly condition: string; readonly waitMs: Millis | null }, hold: Hold): Promise<LockClaim>;
  /** How many were woken. */
  notify(held: HeldClaim, notify: { readonly condition: string; readonly count: number }): Promise<number>;
  /** Null: nobody uses it. */
  get(lock: LockName): LockView | null;
  list(tenant: string, query: { readonly namespace?: string; readonly after?: LockName; readonly limit: number }): readonly LockView[];
  /** Calls the listener with the lock as it is, then after each change; the answer takes that back. */
  watch(lock: LockName, listener: (update: LockUpdate) => void): () => void;
  stats(): LockStats;
}
