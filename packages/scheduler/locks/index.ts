// Named locks: mutex, read-write lock, semaphore, barrier, condition and election as one pure state machine.
export { leaseLimitsMs, lockLimits, maxLockSize, passedMs, type LockLimits } from "./limits.ts";
export { nameOf as lockNameOf } from "./messages.ts";
export { LockRefused } from "./refused.ts";
export { createLocks, restoreLocks, stepLocks, type LocksState } from "./step.ts";
export type * from "./types.ts";
export { allClaims, countLocks, listLocks, viewClaim, viewLock, type ClaimView, type LockCounts, type LockView } from "./view.ts";
