// Locks as people see them: who has them, since when, who waits in which place, and why.
import { aheadOf, tellWait } from "./messages.ts";
import { tableOf, type LocksState } from "./step.ts";
import type { Lock } from "./table.ts";
import type { Claim, LockName, LockShape, PlacedClaim } from "./types.ts";

/** A claim with its reason. */
export interface ClaimView extends Claim {
  /** Of a claim that waits: how many come before it. */
  readonly ahead: number | null;
  /** Why it waits. */
  readonly reason: string | null;
}

/** A lock and its claims: those that hold, those that wait in their order, then the others. */
export interface LockView extends LockShape {
  readonly lock: LockName;
  /** Permits that are taken. */
  readonly used: number;
  readonly waiting: number;
  readonly claims: readonly ClaimView[];
}

/** What there is of locks, counted. */
export interface LockCounts {
  readonly kind: LockShape["kind"];
  readonly locks: number;
  readonly holding: number;
  readonly waiting: number;
}

/** One lock; null: nobody uses it. At most so many of its claims. */
export function viewLock(state: LocksState, name: LockName, limit: number): LockView | null {
  const lock = tableOf(state).find(name);
  return lock === undefined ? null : view(lock, limit);
}

/** The locks of a tenant behind the one given, by namespace and name; at most so many, and so many claims of each. */
export function listLocks(
  state: LocksState,
  tenant: string,
  { namespace, after, limit, claims }: { namespace?: string; after?: LockName; limit: number; claims: number },
): readonly LockView[] {
  const found: Lock[] = [];
  for (const lock of tableOf(state).locks.values())
    if (lock.name.tenant === tenant && (namespace ?? lock.name.namespace) === lock.name.namespace) found.push(lock);
  const behind = after === undefined ? found : found.filter(({ name }) => compare(name, after) > 0);
  return behind
    .sort((a, b) => compare(a.name, b.name))
    .slice(0, limit)
    .map((lock) => view(lock, claims));
}

/** A claim as it is; null: it is not there. */
export function viewClaim(state: LocksState, name: LockName, id: string): ClaimView | null {
  const lock = tableOf(state).find(name);
  const claim = lock?.claims.get(id);
  return lock === undefined || claim === undefined ? null : claimView(lock, claim);
}

/** Every claim that there is. */
export function allClaims(state: LocksState): readonly PlacedClaim[] {
  const all: PlacedClaim[] = [];
  for (const { name: lock, kind, size, claims } of tableOf(state).locks.values())
    for (const claim of claims.values()) all.push({ lock, kind, size, claim });
  return all;
}

/** How many locks and claims there are, by kind. */
export function countLocks(state: LocksState): readonly LockCounts[] {
  const counts = new Map<string, LockCounts>();
  for (const { kind, holders, queue } of tableOf(state).locks.values()) {
    const old = counts.get(kind) ?? { kind, locks: 0, holding: 0, waiting: 0 };
    counts.set(kind, { kind, locks: old.locks + 1, holding: old.holding + holders.size, waiting: old.waiting + queue.size });
  }
  return [...counts.values()];
}

function view(lock: Lock, limit: number): LockView {
  const claims: ClaimView[] = [];
  for (const claim of inOrder(lock)) {
    if (claims.length >= limit) break;
    claims.push(claimView(lock, claim));
  }
  return { lock: lock.name, kind: lock.kind, size: lock.size, used: lock.used, waiting: lock.queue.size, claims };
}

function* inOrder(lock: Lock): Iterable<Claim> {
  yield* lock.holders.values();
  yield* lock.queue.values();
  for (const claim of lock.claims.values()) if (claim.status === "sleeping" || claim.status === "passed") yield claim;
}

function claimView(lock: Lock, claim: Claim): ClaimView {
  const waits = claim.status === "waiting" || claim.status === "sleeping";
  return { ...claim, ahead: claim.status === "waiting" ? aheadOf(lock, claim) : null, reason: waits ? tellWait(lock, claim) : null };
}

function compare(a: LockName, b: LockName): number {
  return order(a.namespace, b.namespace) || order(a.name, b.name);
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
