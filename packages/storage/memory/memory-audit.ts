// The audit log in memory.
import type { Instant } from "@baton/core";
import { subjectsOf, type AuditEntry, type AuditPage } from "../audit-port.ts";

/** Pages in the order in which they came. */
export class MemoryAudit {
  #pages: (AuditPage & { readonly tenant: string })[] = [];
  #lastKey = 0;

  add(tenant: string, entries: readonly AuditEntry[]): void {
    for (const entry of entries) this.#lastKey += subjectsOf(entry);
    if (entries.length > 0) this.#pages.push({ tenant, key: this.#lastKey, entries: [...entries] });
  }

  read(tenant: string, before: number | null, limit: number): AuditPage[] {
    const found = this.#pages.filter((page) => page.tenant === tenant && page.key < (before ?? Infinity));
    return found
      .reverse()
      .slice(0, limit)
      .map(({ key, entries }) => ({ key, entries }));
  }

  forget(before: Instant, keptEntries: number): number {
    const kept = this.#pages.filter(({ key, entries }) => key > this.#lastKey - keptEntries && (entries.at(-1)?.at ?? 0) >= before);
    const gone = this.#pages.length - kept.length;
    this.#pages = kept;
    return gone;
  }
}
