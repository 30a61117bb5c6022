// Operations on many runs as a store keeps them: what they are to do and how far they have come is opaque to it.
import type { Instant } from "@baton/core";

/** An operation. */
export interface StoredOperation {
  readonly tenant: string;
  readonly id: string;
  /** 1 for a new one, then one more each time: what is written on another than the one before is refused. */
  readonly revision: number;
  /** True while it is to go on by itself: a restart takes it up. */
  readonly active: boolean;
  readonly endedAt: Instant | null;
  readonly state: string;
}

/** The operations of a store. */
export interface OperationStore {
  /** Answers false, and changes nothing, where the stored revision is not the one before. */
  putOperation(operation: StoredOperation): Promise<boolean>;
  getOperation(tenant: string, id: string): Promise<StoredOperation | null>;
  /** Those of a tenant behind the one given, the newest first. */
  listOperations(tenant: string, after: string | null, limit: number): Promise<readonly StoredOperation[]>;
  /** Those of all tenants that are to go on by themselves. */
  activeOperations(): Promise<readonly StoredOperation[]>;
  /** Forgets those that ended before; answers how many. */
  forgetOperations(endedBefore: Instant): Promise<number>;
}
