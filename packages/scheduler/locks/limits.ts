// The bounds of locks. What lies beyond one is refused with an error that names it.
import type { Millis } from "@baton/core";

/** What locks may grow to. */
export interface LockLimits {
  /** Claims that wait for one lock. */
  readonly waiters: number;
  /** Claims of all locks of a tenant. */
  readonly claims: number;
}

/** The bounds of a server. */
export const lockLimits: LockLimits = { waiters: 10_000, claims: 100_000 };

/** The most permits of a semaphore, parties of a barrier and readers at a time. */
export const maxLockSize = 1_000_000;

/** The shortest and the longest lease, and that of a claim that says nothing. */
export const leaseLimitsMs: { readonly least: Millis; readonly most: Millis; readonly usual: Millis } = {
  least: 1_000,
  most: 24 * 3_600_000,
  usual: 30_000,
};

/** What has passed a barrier is remembered for so long, for those who ask again. */
export const passedMs: Millis = 60_000;

/** Locks that the story of a deadlock is told with; more are left out of it. */
export const toldCycle = 20;
