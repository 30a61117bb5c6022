// One transaction around an action.
import type { DatabaseSync } from "node:sqlite";

/** Does the action in a transaction of its own; where it throws, nothing of it has happened. */
export function inTransaction<T>(database: DatabaseSync, action: () => T): T {
  database.exec("BEGIN IMMEDIATE");
  try {
    const result = action();
    database.exec("COMMIT");
    return result;
  } catch (error) {
    // Some failures, a full disk among them, have rolled the transaction back already.
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}
