import { firstIdAt } from "@baton/core";
import { openMemoryStore, type StoredJob } from "@baton/storage";
import { expect, test } from "vitest";
import { pastJobs, type PastJob, type PastWindow } from "./past-jobs.ts";

/** A job that was submitted then, and ran for 30 ms after 10 ms. */
function row(at: number, more: Partial<StoredJob> = {}): StoredJob {
  const placement = { requests: { cpu: 1 }, keepImpossible: true };
  const definition = { work: { kind: "command", command: ["true"] }, payload: null, environment: {}, placement, timeoutMs: null };
  return {
    tenant: "default",
    id: `${firstIdAt("job", at)}x`,
    graph: null,
    queue: "default",
    kind: "command",
    name: null,
    submittedAt: at,
    spec: JSON.stringify({ ...definition, after: at % 2 === 0 ? [] : ["job_before"] }),
    status: "completed",
    active: false,
    attempt: 1,
    failures: 0,
    losses: 0,
    node: "n",
    notBefore: null,
    cancelling: false,
    startedAt: at + 10,
    endedAt: at + 40,
    result: null,
    ...more,
  };
}

async function read(rows: readonly StoredJob[], window: PastWindow, now = 10_000): Promise<readonly PastJob[]> {
  const store = openMemoryStore();
  await store.commitJobs({ inserts: rows, updates: [] });
  return (await Array.fromAsync(pastJobs(store, "default", window, now))).flat();
}

function timesOf(jobs: readonly PastJob[]): readonly number[] {
  return jobs.map(({ submittedAt }) => submittedAt);
}

test("a window of times, its beginning included and its end not, over several pages, and of one tenant", async () => {
  const rows = Array.from({ length: 1_000 }, (_, i) => row(i + 1));
  const others = [row(5, { tenant: "other", id: "job_0000000005other" })];
  const all = await read([...rows, ...others], {});
  expect(timesOf(all)).toEqual(timesOf(all).toSorted((a, b) => a - b));
  expect(all).toHaveLength(1_000);
  expect(timesOf(await read(rows, { since: 300, until: 303 }))).toEqual([300, 301, 302]);
  expect(timesOf(await read(rows, { since: 998 }, 999))).toEqual([998, 999]);
  expect(await read(rows, { since: 5, until: 5 })).toEqual([]);
});

test("what a job asked for, how long its last attempt ran, and what has not ended", async () => {
  const usage = { usage: { wallMs: 12.4 } };
  const waiting = { status: "pending", active: true, node: null, startedAt: null, endedAt: null };
  const [measured, plain, pending] = await read([row(2, { result: JSON.stringify(usage) }), row(3), row(4, waiting)], {});
  expect(measured).toMatchObject({ spec: { id: row(2).id, requests: { cpu: 1 } }, ranMs: 12, endedAt: 42, status: "completed" });
  expect(plain?.spec).toEqual({ id: row(3).id, requests: { cpu: 1 }, after: ["job_before"] });
  expect([plain?.ranMs, pending?.ranMs, pending?.endedAt, pending?.status]).toEqual([30, 0, null, "pending"]);
});

test("only of some queues", async () => {
  const rows = [row(1, { queue: "a" }), row(2, { queue: "b" }), row(3, { queue: "a" })];
  expect(timesOf(await read(rows, { queues: new Set(["a"]) }))).toEqual([1, 3]);
});
