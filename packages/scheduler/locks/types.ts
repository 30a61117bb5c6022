// The words of named locks. A claim is one owner's wish for a lock: it waits, then it holds, then it is gone.
//
// | kind      | size                    | a claim takes                             |
// |-----------|-------------------------|-------------------------------------------|
// | mutex     | 1                       | 1                                         |
// | election  | 1                       | 1; its value says who leads               |
// | semaphore | as whoever is first says | as many permits as it asks for            |
// | rwlock    | `maxSize`               | 1 to read, all to write                   |
// | barrier   | the parties             | nothing: it waits until all have come     |
//
// So a lock is a number of permits and a queue, strictly first in, first out: nobody passes a claim that waits before, which
// is why a writer is not starved by readers, nor a large claim by small ones.
import type { Instant, Json, Millis } from "@baton/core";

/** What a lock is. */
export type LockKind = "mutex" | "rwlock" | "semaphore" | "election" | "barrier";

/** Which lock. */
export interface LockName {
  readonly tenant: string;
  readonly namespace: string;
  readonly name: string;
}

/** A lock as whoever uses it means it; all who use it at one time must mean the same. */
export interface LockShape {
  readonly kind: LockKind;
  readonly size: number;
}

/** Waiting in the queue, holding, asleep in a condition until it is notified, or through a barrier. */
export type ClaimStatus = "waiting" | "holding" | "sleeping" | "passed";

/** What one owner wants of a lock, or has of it. Immutable: a change makes another one. */
export interface Claim {
  /** Unique within its lock; the owner's name for it, so that asking twice is asking once. */
  readonly id: string;
  /** Who wants it: claims of one owner, on whatever locks, wait for each other. */
  readonly owner: string;
  readonly permits: number;
  readonly status: ClaimStatus;
  /** Its turn: lower comes first. Grows over all locks. */
  readonly place: number;
  /** When it came into this status. */
  readonly since: Instant;
  /** The fencing token: larger than any that was given out before. Null: it does not hold. */
  readonly token: number | null;
  /** How long it holds without being renewed; null: until it is released. */
  readonly leaseMs: Millis | null;
  /** When its lease ends, or its wait; null: never by itself. */
  readonly until: Instant | null;
  /** The condition that it sleeps in, or slept in. */
  readonly condition: string | null;
  /** The token that it gave up to sleep; so that asking to sleep twice is asking once. */
  readonly sleptUnder: number | null;
  /** Whether its sleep was ended by a notification. */
  readonly notified: boolean;
  /** Free for the owner: where a leader can be reached. */
  readonly value: Json;
}

/** A claim with its lock. */
export interface PlacedClaim extends LockShape {
  readonly lock: LockName;
  readonly claim: Claim;
}

/** Asks for a lock. The same claim again is answered with what it is by then. */
export interface AcquireEvent extends LockShape {
  readonly type: "acquire";
  readonly lock: LockName;
  readonly claim: string;
  readonly owner: string;
  readonly permits: number;
  readonly leaseMs: Millis | null;
  /** How long it waits at most: 0: not at all; null: for ever. */
  readonly waitMs: Millis | null;
  /** Its wait ends when it is not heard of for so long; null: it need not be heard of. */
  readonly graceMs: Millis | null;
  readonly value: Json;
  /** Gives a semaphore that is in use the size that is asked for, instead of a refusal. */
  readonly resizes?: true;
}

/** What may happen to locks. */
export type LockEvent =
  | AcquireEvent
  /** A holder goes on: its lease begins anew, with another length where one is given. */
  | {
      readonly type: "renew";
      readonly lock: LockName;
      readonly claim: string;
      readonly token: number;
      readonly leaseMs?: Millis;
      readonly value?: Json;
    }
  /** A claim is given up, whatever its status; with a token only if it holds under that one. */
  | { readonly type: "release"; readonly lock: LockName; readonly claim: string; readonly token?: number }
  /** A holder of a mutex gives it up and sleeps in a condition, both at once; then it waits for the mutex again. */
  | {
      readonly type: "sleep";
      readonly lock: LockName;
      readonly claim: string;
      readonly token: number;
      readonly condition: string;
      readonly waitMs: Millis | null;
      readonly graceMs: Millis | null;
    }
  /** A holder wakes those who sleep in a condition, the one that came first before the others. */
  | {
      readonly type: "notify";
      readonly lock: LockName;
      readonly claim: string;
      readonly token: number;
      readonly condition: string;
      readonly count: number;
    }
  /** Whoever waits is still there, and need not be heard of again for so long. */
  | { readonly type: "heard"; readonly lock: LockName; readonly claim: string; readonly graceMs: Millis }
  /** Time has passed. */
  | { readonly type: "clock" };

/** Why something was refused, or a wait came to nothing. */
export type LockRefusalCode =
  | "lock-invalid"
  | "lock-mismatch"
  | "lock-held"
  | "lock-timeout"
  | "lock-deadlock"
  | "lock-not-held"
  | "lock-queue-full"
  | "locks-too-many";

/** One step of a circle: this owner waits for that lock, which the next one holds or is before it in. */
export interface CycleStep {
  readonly owner: string;
  readonly waitsFor: LockName;
}

/** A refusal with its reason. */
export interface LockRefusal {
  readonly code: LockRefusalCode;
  readonly message: string;
  /** Of a deadlock: the circle, which begins with the owner that was refused. */
  readonly cycle?: readonly CycleStep[];
}

/** What an event is answered with. */
export type LockAnswer =
  | { readonly kind: "claim"; readonly claim: Claim }
  | { readonly kind: "released"; readonly released: boolean }
  | { readonly kind: "notified"; readonly count: number }
  | { readonly kind: "refused"; readonly refusal: LockRefusal }
  | { readonly kind: "nothing" };

/** A claim that is to be stored as it is now, or to be deleted. */
export interface ClaimChange extends LockShape {
  readonly lock: LockName;
  readonly id: string;
  /** Null: it is gone. */
  readonly claim: Claim | null;
}

/** Why a claim is gone without having been released. */
export interface LostClaim {
  readonly lock: LockName;
  readonly claim: Claim;
  /** Its lease ended; its wait was over; nobody was heard of; it would have waited in a circle. */
  readonly why: "lease" | "timeout" | "unheard" | "deadlock";
  readonly refusal: LockRefusal;
}

/** What a step leads to. Nothing of it may be told before `changes` and `lastToken` are durable. */
export interface LockStep<State> {
  readonly state: State;
  readonly answer: LockAnswer;
  /** The claims that hold, or are through, since this step. */
  readonly granted: readonly PlacedClaim[];
  /** The claims that are gone since this step, other than by being released. */
  readonly lost: readonly LostClaim[];
  readonly changes: readonly ClaimChange[];
  readonly lastToken: number;
  /** When the clock is to be told next; null: not before another event. */
  readonly wakeAt: Instant | null;
}
