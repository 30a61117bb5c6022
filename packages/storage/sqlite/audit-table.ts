// The audit log in SQLite: a row for each commit that has entries.
import type { DatabaseSync } from "node:sqlite";
import type { AuditEntry, AuditPage, AuditStore } from "../audit-port.ts";
import type { PackedRest } from "./job-packing.ts";
import type { SyncStore } from "./protocol.ts";

/** What is asked of it by itself. */
export function auditVerbs(database: DatabaseSync): Pick<SyncStore, keyof AuditStore> {
  const read = database.prepare("SELECT audit_key, entries FROM audit WHERE tenant = ? AND audit_key < ? ORDER BY audit_key DESC LIMIT ?");
  const forget = database.prepare("DELETE FROM audit WHERE until < ? OR audit_key <= (SELECT MAX(audit_key) FROM audit) - ?");
  return {
    readAudit: (tenant, before, limit) => read.all(tenant, before ?? Number.MAX_SAFE_INTEGER, limit).map(pageOf),
    forgetAudit: (before, keptEntries) => Number(forget.run(before, keptEntries).changes),
  };
}

/** Within the transaction of what it tells of. */
export function auditWriter(database: DatabaseSync): (tenant: string, packed: PackedRest["audit"]) => void {
  const insert = database.prepare(
    "INSERT INTO audit (audit_key, tenant, until, entries) SELECT COALESCE(MAX(audit_key), 0) + ?, ?, ?, ? FROM audit",
  );
  return (tenant, packed) => {
    if (packed === null) return;
    const [count, until, entries] = packed;
    insert.run(count, tenant, until, entries);
  };
}

function pageOf(row: { readonly [column: string]: unknown }): AuditPage {
  return { key: Number(row["audit_key"]), entries: JSON.parse(String(row["entries"])) as readonly AuditEntry[] };
}
