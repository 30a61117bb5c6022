// What every store must do with named locks.
import { deepEqual } from "node:assert/strict";
import type { AuditEntry, Store, StoredClaim } from "../port.ts";
import { tenant } from "./samples.ts";

function claim(lock: string, name: string, changes: Partial<StoredClaim> = {}): StoredClaim {
  const held = { owner: "o", status: "holding", token: 1, until: 5_000, state: '{"place":1}' };
  return { tenant, namespace: "default", lock, claim: name, ...held, ...changes };
}

/** Registers the tests. */
export function locks(on: (name: string, body: (store: Store) => Promise<void>) => void): void {
  on("claims are put, replaced and deleted in one go, and loaded as they are", async (store) => {
    deepEqual(await store.loadLocks(), { claims: [], lastToken: 0 });
    const foreign = claim("a", "x", { tenant: "other" });
    const waiting = claim("a", "y", { status: "waiting", token: null, until: null });
    await store.commitLocks({ puts: [claim("b", "x"), claim("a", "x"), waiting, foreign], deletes: [], lastToken: 4 });
    deepEqual(await store.loadLocks(), { claims: [claim("a", "x"), waiting, claim("b", "x"), foreign], lastToken: 4 });
    const next = claim("a", "y", { token: 5, state: '{"place":2}' });
    const batch = { puts: [next], deletes: [claim("a", "x"), claim("c", "never")], lastToken: 5 };
    for (let again = 0; again < 2; again++) {
      await store.commitLocks(batch);
      deepEqual(await store.loadLocks(), { claims: [next, claim("b", "x"), foreign], lastToken: 5 });
    }
  });

  on("what is told of locks goes into the log of their tenant", async (store) => {
    const entry = (subject: string): AuditEntry => ({ at: 7, actor: "api", action: "lock.acquired", subject, detail: { token: 1 } });
    const audit = [
      { tenant, entry: entry("a") },
      { tenant: "other", entry: entry("b") },
      { tenant, entry: entry("c") },
    ];
    await store.commitLocks({ puts: [claim("a", "x")], deletes: [], lastToken: 1, audit });
    deepEqual(
      (await store.readAudit(tenant, null, 10)).flatMap(({ entries }) => entries),
      [entry("a"), entry("c")],
    );
    deepEqual(
      (await store.readAudit("other", null, 10)).flatMap(({ entries }) => entries),
      [entry("b")],
    );
  });

  on("the last token never goes back, and stays when no claim is left", async (store) => {
    await store.commitLocks({ puts: [claim("a", "x")], deletes: [], lastToken: 9 });
    await store.commitLocks({ puts: [], deletes: [claim("a", "x")], lastToken: 3 });
    deepEqual(await store.loadLocks(), { claims: [], lastToken: 9 });
  });
}
