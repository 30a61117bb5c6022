// What a store keeps of named locks: who holds and who waits, and the number of the last fencing token. What a claim says is
// opaque here, but for what people look for.
import type { Instant } from "@baton/core";
import type { AuditEntry } from "./audit-port.ts";

/** What names a claim. */
export interface ClaimKey {
  readonly tenant: string;
  readonly namespace: string;
  readonly lock: string;
  readonly claim: string;
}

/** A claim: one owner that holds a lock, or waits for it. */
export interface StoredClaim extends ClaimKey {
  readonly owner: string;
  readonly status: string;
  /** Null: it does not hold. */
  readonly token: number | null;
  /** When its lease ends, or its wait. */
  readonly until: Instant | null;
  /** All of it, as JSON. */
  readonly state: string;
}

/** What one moment changes in locks; all of it or nothing. */
export interface LockBatch {
  /** Replaces the claim of that name. */
  readonly puts: readonly StoredClaim[];
  readonly deletes: readonly ClaimKey[];
  /** The last token that was given out; a smaller one than is stored changes nothing. */
  readonly lastToken: number;
  /** What is told of it; when the batch is written again it comes again. */
  readonly audit?: readonly { readonly tenant: string; readonly entry: AuditEntry }[];
}

/** The locks of a store. */
export interface LockStore {
  /** Durable when it resolves; one transaction. The same batch again changes nothing but the audit log. */
  commitLocks(batch: LockBatch): Promise<void>;
  /** All claims of all tenants. */
  loadLocks(): Promise<{ readonly claims: readonly StoredClaim[]; readonly lastToken: number }>;
}
