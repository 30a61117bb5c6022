// The audit log as a store keeps it: entries of one commit lie together and are read together, the newest first. They are
// stored with what they tell of, in one transaction.
import type { Instant, JsonObject } from "@baton/core";

/** Who asked for something: from where, and by which program as far as that says so. */
export interface Asker {
  readonly address: string;
  readonly program?: string;
}

/** One decision: who took it, when, what about, and why. */
export interface AuditEntry {
  readonly at: Instant;
  /** `api`, `scheduler`, `server`, or `node NAME`. */
  readonly actor: string;
  /** What was done, such as `job.placed`. */
  readonly action: string;
  /** The id or name of the job, node or queue that it is about. */
  readonly subject: string;
  /** Further ones about which the same was decided at the same instant. */
  readonly also?: readonly string[];
  /** The rest, and why. */
  readonly detail: JsonObject;
  /** Where it was asked for, where somebody did. */
  readonly from?: Asker;
}

/** About how many things an entry is. */
export function subjectsOf({ also }: AuditEntry): number {
  return 1 + (also?.length ?? 0);
}

/** The entries of one commit. */
export interface AuditPage {
  /** Counts up with what entries are about: that of the last one. */
  readonly key: number;
  readonly entries: readonly AuditEntry[];
}

/** The part of a store that is about the audit log. */
export interface AuditStore {
  /** The newest first, before the one with this key; at most so many. */
  readAudit(tenant: string, before: number | null, limit: number): Promise<readonly AuditPage[]>;
  /** Forgets what lies before, and the oldest until no more entries are left than this, and a page; answers how many pages went. */
  forgetAudit(before: Instant, keptEntries: number): Promise<number>;
}
