// A full disk: the batch fails as a whole, nothing that was accepted is lost, and the store goes on when there is room.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { start, step, tenant } from "../contract/samples.ts";
import type { StoredJob } from "../job-port.ts";
import type { Store } from "../port.ts";
import { openSqliteStore } from "./sqlite-store.ts";

const root = mkdtempSync(join(tmpdir(), "baton-full-"));
const disk = join(root, "disk");
const mounted = mountSmallDisk();
afterAll(() => {
  if (mounted) execFileSync("umount", [disk]);
  rmSync(root, { recursive: true, force: true });
});

/** A file system of four megabytes, where this user may mount one. */
function mountSmallDisk(): boolean {
  mkdirSync(disk);
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=4m", "tmpfs", disk], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

const page = "x".repeat(20_000);

/** Commits pairs of steps until one pair is refused; gives the version that was accepted. */
async function fill(store: Store): Promise<number> {
  await store.commit([start("run_a"), start("run_b")]);
  for (let version = 1; version < 10_000; version++) {
    const batch = [step("run_a", version, { envelopes: [page] }), step("run_b", version, { envelopes: [page] })];
    const refused = await store.commit(batch).then(
      () => undefined,
      (error: unknown) => error,
    );
    if (refused === undefined) continue;
    expect(refused).toMatchObject({ code: "disk-full", retryable: true });
    return version;
  }
  throw new Error("The disk never filled up.");
}

async function expectAccepted(store: Store, version: number): Promise<void> {
  for (const id of ["run_a", "run_b"]) {
    const read = await store.readRun(tenant, id);
    expect(read?.version).toBe(version);
    expect(read?.tail).toEqual([`${id}-1`, ...Array.from({ length: version - 1 }, () => page)]);
  }
}

test("a database that has reached its size limit", async () => {
  const folder = join(root, "limited");
  const limited = await openSqliteStore({ folder, maxSizeBytes: 1_000_000 });
  const version = await fill(limited);
  await expectAccepted(limited, version);
  await limited.close();
  const roomy = await openSqliteStore({ folder });
  await expectAccepted(roomy, version);
  expect(await roomy.commit([step("run_a", version)])).toEqual(["committed"]);
  await roomy.close();
});

const spec = "x".repeat(3_000);

function newJob(i: number): StoredJob {
  const identity = {
    tenant,
    id: `job_${String(i).padStart(5, "0")}`,
    graph: null,
    queue: "default",
    kind: "command",
    name: null,
    submittedAt: i,
  };
  const course = { attempt: 0, failures: 0, losses: 0, node: null, notBefore: null, cancelling: false, startedAt: null, endedAt: null };
  return { ...identity, ...course, spec, status: "pending", active: true, result: null };
}

/** Commits jobs until one is refused; gives how many were accepted. */
async function fillWithJobs(store: Store): Promise<number> {
  for (let accepted = 0; accepted < 10_000; accepted++) {
    const isRefused = await store.commitJobs({ inserts: [newJob(accepted)], updates: [] }).then(
      () => false,
      () => true,
    );
    if (isRefused) return accepted;
  }
  throw new Error("The disk never filled up.");
}

test("jobs that were accepted before the disk was full are there, before and after a restart", async () => {
  const folder = join(root, "jobs");
  const limited = await openSqliteStore({ folder, maxSizeBytes: 1_000_000 });
  const accepted = await fillWithJobs(limited);
  expect(await limited.readJob(tenant, newJob(accepted - 1).id)).toEqual(newJob(accepted - 1));
  // What has no room in its table yet is left out; the rest is still to be had.
  expect((await limited.listJobs({ tenant, limit: accepted })).length).toBeLessThanOrEqual(accepted);
  await limited.close();
  const roomy = await openSqliteStore({ folder });
  expect(await roomy.activeJobs(null, accepted + 1)).toEqual(Array.from({ length: accepted }, (_, i) => newJob(i)));
  await roomy.close();
});

test.skipIf(!mounted)("a disk that is really full (needs the right to mount a tmpfs)", async () => {
  const ballast = join(disk, "ballast");
  writeFileSync(ballast, Buffer.alloc(1_000_000));
  const folder = join(disk, "data");
  const store = await openSqliteStore({ folder });
  const version = await fill(store);
  await expectAccepted(store, version);
  rmSync(ballast);
  expect(await store.commit([step("run_a", version, { envelopes: [page] }), step("run_b", version, { envelopes: [page] })])).toEqual([
    "committed",
    "committed",
  ]);
  await store.close();
  const again = await openSqliteStore({ folder });
  await expectAccepted(again, version + 1);
  await again.close();
});
