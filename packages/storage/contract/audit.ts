// What every store must do with the audit log, and with jobs that are to be forgotten.
import { deepEqual, equal } from "node:assert/strict";
import type { AuditEntry } from "../audit-port.ts";
import type { StoredJob } from "../job-port.ts";
import type { Store } from "../port.ts";
import { tenant } from "./samples.ts";

function entry(at: number, subject: string): AuditEntry {
  return { at, actor: "scheduler", action: "job.placed", subject, detail: { node: "ä", token: 1 } };
}

function ended(id: string, endedAt: number | null): StoredJob {
  const identity = { tenant, id, graph: null, queue: "default", kind: "command", name: null, submittedAt: 1, spec: "{}" };
  const course = { attempt: 1, failures: 0, losses: 0, node: null, notBefore: null, cancelling: false, startedAt: 1, result: null };
  return { ...identity, ...course, status: endedAt === null ? "running" : "completed", active: endedAt === null, endedAt };
}

type Register = (name: string, body: (store: Store) => Promise<void>) => void;

/** Registers the tests. */
export function audit(on: Register): void {
  on("entries are read as they were stored, the newest commit first", async (store) => {
    const commit = (entries: readonly AuditEntry[], keysTenant = tenant): Promise<void> =>
      store.commitJobs({ inserts: [], updates: [], audit: entries, keysTenant });
    await commit([entry(1, "a"), entry(2, "b")]);
    await commit([entry(3, "x")], "other");
    await commit([entry(4, "c")]);
    const pages = await store.readAudit(tenant, null, 10);
    deepEqual(
      pages.map(({ entries }) => entries),
      [[entry(4, "c")], [entry(1, "a"), entry(2, "b")]],
    );
    deepEqual((await store.readAudit(tenant, pages[0]?.key ?? 0, 10))[0], pages[1]);
    equal((await store.readAudit(tenant, null, 1)).length, 1);
  });

  on("entries are forgotten by their age, and the oldest where there are too many", async (store) => {
    for (let at = 1; at <= 5; at++)
      await store.commitJobs({ inserts: [], updates: [], audit: [entry(at, "a"), entry(at, "b")], keysTenant: tenant });
    equal(await store.forgetAudit(2, 100), 1);
    equal(await store.forgetAudit(0, 5), 1);
    deepEqual(
      (await store.readAudit(tenant, null, 10)).map(({ entries }) => entries[0]?.at),
      [5, 4, 3],
    );
  });

  on("jobs that ended before are forgotten with what they wrote, others stay", async (store) => {
    const rows = [ended("job_a", 10), ended("job_b", 99), ended("job_c", null), ended("job_d", 10), ended("job_x", 10)];
    const output = { tenant, id: "job_a", attempt: 1, position: 0, bytes: 1, stream: "stdout" as const, at: 1, text: "x" };
    const keys = ["job_a", "job_x"].map((runId) => ({ key: `of ${runId}`, fingerprint: "f", runId, at: 1 }));
    await store.commitJobs({ inserts: rows, updates: [], outputs: [output], keys, keysTenant: tenant });
    equal(await store.forgetJobs({ tenant, before: "job_m", endedBefore: 50, limit: 1 }), 1);
    equal(await store.forgetJobs({ tenant, before: "job_m", endedBefore: 50, limit: 10 }), 1);
    equal(await store.forgetJobs({ tenant, before: "job_m", endedBefore: 50, limit: 10 }), 0);
    deepEqual(
      (await store.listJobs({ tenant, limit: 10 })).map(({ id }) => id),
      ["job_x", "job_c", "job_b"],
    );
    deepEqual(await store.readOutput(tenant, "job_a", 1, 0, 10), []);
    equal(await store.findIdempotency(tenant, "of job_a"), null);
    equal((await store.findIdempotency(tenant, "of job_x"))?.runId, "job_x");
  });
}
