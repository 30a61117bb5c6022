// Who waits for a claim to be settled, and who watches a lock. They are told what is durable.
import type { LockName, LockRefusal, PlacedClaim } from "@baton/scheduler";

/** What became of a claim that waited. */
export type Settled = { readonly granted: PlacedClaim } | { readonly refusal: LockRefusal };

type Listener = () => void;

/** The listeners of all locks. */
export class LockWatches {
  readonly #claims = new Map<string, Set<(settled: Settled) => void>>();
  readonly #locks = new Map<string, Set<Listener>>();

  /** Calls back when the claim holds, or is gone; the answer takes that back. */
  onSettled(lock: LockName, claim: string, callback: (settled: Settled) => void): () => void {
    return listen(this.#claims, claimKey(lock, claim), callback);
  }

  /** Calls back after each change of the lock; the answer takes that back. */
  onChange(lock: LockName, callback: Listener): () => void {
    return listen(this.#locks, lockKey(lock), callback);
  }

  settled(lock: LockName, claim: string, settled: Settled): void {
    for (const tell of this.#claims.get(claimKey(lock, claim)) ?? []) tell(settled);
  }

  changed(locks: Iterable<LockName>): void {
    const told = new Set<string>();
    for (const lock of locks) {
      const key = lockKey(lock);
      if (told.has(key)) continue;
      told.add(key);
      for (const tell of this.#locks.get(key) ?? []) tell();
    }
  }
}

function listen<Callback>(all: Map<string, Set<Callback>>, key: string, callback: Callback): () => void {
  const own = all.get(key) ?? new Set();
  all.set(key, own.add(callback));
  return () => {
    own.delete(callback);
    if (own.size === 0 && all.get(key) === own) all.delete(key);
  };
}

function lockKey({ tenant, namespace, name }: LockName): string {
  return `${tenant}\n${namespace}\n${name}`;
}

function claimKey(lock: LockName, claim: string): string {
  return `${lockKey(lock)}\n${claim}`;
}
