// Named locks, in memory.
import type { ClaimKey, LockBatch, StoredClaim } from "../lock-port.ts";

/** The claims of all tenants. */
export class MemoryLocks {
  readonly #claims = new Map<string, StoredClaim>();
  #lastToken = 0;

  commit({ puts, deletes, lastToken }: LockBatch): void {
    for (const key of deletes) this.#claims.delete(nameOf(key));
    for (const claim of puts) this.#claims.set(nameOf(claim), claim);
    this.#lastToken = Math.max(this.#lastToken, lastToken);
  }

  load(): { readonly claims: readonly StoredClaim[]; readonly lastToken: number } {
    const claims = [...this.#claims].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, claim]) => claim);
    return { claims, lastToken: this.#lastToken };
  }
}

function nameOf({ tenant, namespace, lock, claim }: ClaimKey): string {
  return `${tenant}\n${namespace}\n${lock}\n${claim}`;
}
