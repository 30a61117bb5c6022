// The tables of a store in memory that stand for themselves: no commit of a run touches them.
import type { Instant } from "@baton/core";
import { storageError } from "../errors.ts";
import type { FunctionKey, LockBatch, StoredClaim, StoredFunction, StoredOperation, StoredSecret } from "../port.ts";
import type { AuditPage } from "../audit-port.ts";
import { FunctionTable } from "./function-table.ts";
import { MemoryAudit } from "./memory-audit.ts";
import { MemoryLocks } from "./memory-locks.ts";
import { MemoryOperations } from "./memory-operations.ts";

/** Secrets, functions, operations, locks and the audit log, for a store that may be closed. */
export abstract class MemoryTables {
  readonly #secrets = new Map<string, StoredSecret>();
  readonly #functions = new FunctionTable();
  readonly #operations = new MemoryOperations();
  readonly #locks = new MemoryLocks();
  protected readonly audit = new MemoryAudit();
  protected closed = false;

  async putSecret(secret: StoredSecret): Promise<void> {
    this.assertOpen();
    this.#secrets.set(key(secret.tenant, secret.namespace, secret.name), secret);
  }

  async deleteSecret(tenant: string, namespace: string, name: string): Promise<boolean> {
    this.assertOpen();
    return this.#secrets.delete(key(tenant, namespace, name));
  }

  async listSecrets(): Promise<readonly StoredSecret[]> {
    this.assertOpen();
    const order = (a: StoredSecret, b: StoredSecret): number =>
      compare(a.tenant, b.tenant) || compare(a.namespace, b.namespace) || compare(a.name, b.name);
    return [...this.#secrets.values()].sort(order);
  }

  async putFunction(stored: StoredFunction): Promise<boolean> {
    this.assertOpen();
    return this.#functions.put(stored);
  }

  async getFunction(key: FunctionKey): Promise<StoredFunction | null> {
    this.assertOpen();
    return this.#functions.get(key);
  }

  async listFunctions(tenant: string, namespace?: string): Promise<readonly StoredFunction[]> {
    this.assertOpen();
    return this.#functions.list(tenant, namespace);
  }

  async deleteFunction(key: FunctionKey): Promise<boolean> {
    this.assertOpen();
    return this.#functions.delete(key);
  }

  async putOperation(operation: StoredOperation): Promise<boolean> {
    this.assertOpen();
    return this.#operations.put(operation);
  }

  async getOperation(tenant: string, id: string): Promise<StoredOperation | null> {
    this.assertOpen();
    return this.#operations.get(tenant, id);
  }

  async listOperations(tenant: string, after: string | null, limit: number): Promise<readonly StoredOperation[]> {
    this.assertOpen();
    return this.#operations.list(tenant, after, limit);
  }

  async activeOperations(): Promise<readonly StoredOperation[]> {
    this.assertOpen();
    return this.#operations.active();
  }

  async forgetOperations(endedBefore: Instant): Promise<number> {
    this.assertOpen();
    return this.#operations.forget(endedBefore);
  }

  async commitLocks(batch: LockBatch): Promise<void> {
    this.assertOpen();
    this.#locks.commit(batch);
    for (const [tenant, told] of Map.groupBy(batch.audit ?? [], (one) => one.tenant))
      this.audit.add(
        tenant,
        told.map(({ entry }) => entry),
      );
  }

  async loadLocks(): Promise<{ readonly claims: readonly StoredClaim[]; readonly lastToken: number }> {
    this.assertOpen();
    return this.#locks.load();
  }

  async readAudit(tenant: string, before: number | null, limit: number): Promise<readonly AuditPage[]> {
    this.assertOpen();
    return this.audit.read(tenant, before, limit);
  }

  async forgetAudit(before: Instant, keptEntries: number): Promise<number> {
    this.assertOpen();
    return this.audit.forget(before, keptEntries);
  }

  protected assertOpen(): void {
    if (this.closed) throw storageError("store-closed");
  }
}

function key(...parts: readonly string[]): string {
  return parts.join("\n");
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
