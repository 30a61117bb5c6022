// A server whose disk fills up under load: what it refuses is told clearly, what it accepted goes on when there is room,
// and no call is made twice because its answer could not be stored at first.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, onTestFinished, test } from "vitest";
import { BatonClient, maxWaitMs } from "@baton/api";
import type { WorkOutcome } from "@baton/engine";
import type { Executor } from "@baton/executors";
import { startServer } from "@baton/server";

const disk = mkdtempSync(join(tmpdir(), "baton-disk-"));
const mounted = mountSmallDisk();
afterAll(() => {
  // What watched over jobs there may be about to leave it.
  if (mounted) execFileSync("umount", ["--lazy", disk]);
  rmdirSync(disk);
});

function mountSmallDisk(): boolean {
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=6m", "tmpfs", disk], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

const flow = `
document: { dsl: "1.0.0", namespace: default, name: heavy, version: "1.0.0" }
do:
  - first: { call: http, with: { method: post, endpoint: "http://service/first", body: "\${ . }" } }
  - rest: { wait: PT0.02S }
  - second: { call: http, with: { method: post, endpoint: "http://service/second", body: "\${ . }" } }
`;

/** Answers with what it was sent, a little later, and counts by the id of the work. */
function echo(calls: Map<string, number>): Executor {
  return {
    kinds: ["http"],
    perform: async (work, { workId }): Promise<WorkOutcome> => {
      calls.set(workId, (calls.get(workId) ?? 0) + 1);
      await new Promise((resolve) => {
        setTimeout(resolve, 5);
      });
      return { ok: true, output: work.kind === "http" ? (work.body ?? null) : null };
    },
    close: async () => undefined,
  };
}

async function startUntilRefused(client: BatonClient): Promise<{ accepted: string[]; refusal: unknown }> {
  const accepted: string[] = [];
  while (accepted.length < 10_000) {
    try {
      const { id } = await client.startRun({ name: "heavy" }, { n: accepted.length, padding: "x".repeat(5_000) });
      accepted.push(id);
    } catch (refusal) {
      return { accepted, refusal };
    }
  }
  throw new Error("The disk never filled up.");
}

const ballastBytes = 2_000_000;

test.skipIf(!mounted)("a disk that fills up under load (needs the right to mount a tmpfs)", async () => {
  const calls = new Map<string, number>();
  const ballast = join(disk, "ballast");
  writeFileSync(ballast, Buffer.alloc(ballastBytes));
  const server = await startServer({
    port: 0,
    dataDir: join(disk, "data"),
    executors: [echo(calls)],
    localNode: false,
    log: () => undefined,
  });
  onTestFinished(() => server.close());
  const client = new BatonClient({ url: server.url });
  await client.applyFlow(flow);
  const { accepted, refusal } = await startUntilRefused(client);
  expect(refusal).toMatchObject({ code: "disk-full", retryable: true });
  expect(await client.getRun(accepted[0] ?? "")).toMatchObject({ id: accepted[0] });
  rmSync(ballast);
  for (const id of accepted) {
    const { status, input, output } = await client.getRun(id, { waitMs: maxWaitMs });
    expect(status).toBe("completed");
    expect(output).toEqual(input);
  }
  expect((await client.listRuns({ pageSize: 500 })).items).toHaveLength(Math.min(accepted.length, 500));
  expect([calls.size, new Set(calls.values())]).toEqual([2 * accepted.length, new Set([1])]);
});

test.skipIf(!mounted)(
  "a job that fills the disk of its server gives it back when it ends (needs the right to mount a tmpfs)",
  async () => {
    const server = await startServer({ port: 0, dataDir: join(disk, "jobs"), log: () => undefined });
    onTestFinished(() => server.close());
    const client = new BatonClient({ url: server.url });
    const fill = "dd if=/dev/zero of=$HOME/much bs=1M count=50; exit 3";
    const { jobs } = await client.submitJobs({ command: ["sh", "-c", fill] });
    const filled = await client.getJob(jobs[0]?.id ?? "", { waitMs: maxWaitMs });
    expect(filled).toMatchObject({ status: "failed", error: { code: "job-exit", exitCode: 3 } });
    const { jobs: next } = await client.submitJobs({ command: ["true"] });
    expect(await client.getJob(next[0]?.id ?? "", { waitMs: maxWaitMs })).toMatchObject({ status: "completed" });
  },
  150_000,
);
