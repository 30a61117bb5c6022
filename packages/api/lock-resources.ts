// Named locks as they go over the wire.
import type { Json, Millis } from "@baton/core";

/** What a lock is. */
export type LockKind = "mutex" | "rwlock" | "semaphore" | "election" | "barrier";

/** A lock by name; `default` where no namespace is given. */
export interface LockName {
  readonly namespace?: string;
  readonly name: string;
}

/** What an owner has of a lock, or waits for. */
export interface LockClaim {
  readonly namespace: string;
  readonly name: string;
  readonly kind: LockKind;
  readonly size: number;
  readonly claim: string;
  readonly owner: string;
  readonly status: "waiting" | "holding" | "sleeping" | "passed";
  readonly permits: number;
  /** The fencing token; null: it does not hold. */
  readonly token: number | null;
  readonly leaseMs: Millis | null;
  readonly since: string;
  readonly until: string | null;
  readonly ahead: number | null;
  readonly reason: string | null;
  readonly condition: string | null;
  readonly notified: boolean;
  readonly value: Json;
}

/** A lock with its claims. */
export interface Lock {
  readonly namespace: string;
  readonly name: string;
  /** Null: nobody uses it. */
  readonly kind: LockKind | null;
  readonly size: number;
  readonly used: number;
  readonly waiting: number;
  readonly claims: readonly LockClaim[];
}

/** A wish for a lock. */
export interface LockRequest {
  readonly owner: string;
  /** The owner when nothing is said. */
  readonly claim?: string;
  /** A mutex when nothing is said. */
  readonly kind?: LockKind;
  /** The permits of a semaphore, the parties of a barrier. */
  readonly size?: number;
  /** Of a read-write lock; to write when nothing is said. */
  readonly mode?: "read" | "write";
  readonly permits?: number;
  /** Such as `30s`. */
  readonly lease?: string;
  /** `0s`: it does not wait; absent: it waits for ever. */
  readonly timeout?: string;
  readonly value?: Json;
}

/** A claim that holds. */
export interface HeldClaim {
  readonly claim: string;
  readonly token: number;
}
