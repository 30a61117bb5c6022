// Operations on many runs, in memory.
import type { Instant } from "@baton/core";
import type { StoredOperation } from "../port.ts";

/** The operations of all tenants. */
export class MemoryOperations {
  readonly #operations = new Map<string, StoredOperation>();

  put(operation: StoredOperation): boolean {
    const known = this.get(operation.tenant, operation.id);
    if ((known?.revision ?? 0) !== operation.revision - 1) return false;
    this.#operations.set(`${operation.tenant}\n${operation.id}`, operation);
    return true;
  }

  get(tenant: string, id: string): StoredOperation | null {
    return this.#operations.get(`${tenant}\n${id}`) ?? null;
  }

  list(tenant: string, after: string | null, limit: number): readonly StoredOperation[] {
    const own = [...this.#operations.values()].filter((one) => one.tenant === tenant && (after === null || one.id < after));
    return own.sort((a, b) => (a.id < b.id ? 1 : -1)).slice(0, limit);
  }

  active(): readonly StoredOperation[] {
    return [...this.#operations.values()].filter((one) => one.active).sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  forget(endedBefore: Instant): number {
    const gone = [...this.#operations].filter(([, { endedAt }]) => endedAt !== null && endedAt < endedBefore);
    for (const [name] of gone) this.#operations.delete(name);
    return gone.length;
  }
}
