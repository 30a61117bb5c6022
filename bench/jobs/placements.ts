// Placements per second onto many nodes: the jobs of a server in this process on SQLite, with nodes that only take orders.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Report } from "@baton/executors";
import { Jobs, readSubmission, systemClock, type NodeSession } from "@baton/runtime";
import { openSqliteStore } from "@baton/storage";
import { inLanes, verdict } from "../measure.ts";

const nodes = 5_000;
const jobsToPlace = 20_000;
const atATime = 2_000;
const wanted = 5_000;

/** Prints the figure. */
export async function benchPlacements(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "baton-bench-placements-"));
  const store = await openSqliteStore({ folder });
  const jobs = new Jobs({ store, tenant: "default", clock: systemClock, random: Math.random, log: () => undefined });
  await jobs.recover();
  for (let i = 0; i < nodes; i++) joinNode(jobs, `node-${i}`);
  const started = performance.now();
  await inLanes(jobsToPlace, atATime, (i) => runOne(jobs, i));
  const rate = jobsToPlace / ((performance.now() - started) / 1000);
  console.log(`placed and ended on ${nodes} nodes: ${rate.toFixed(0)} jobs/s ${verdict(rate, { atLeast: wanted })}`);
  await jobs.close();
  await store.close();
  rmSync(folder, { recursive: true, force: true });
}

/** Jobs of several sizes, so that nodes differ in what they have left. */
async function runOne(jobs: Jobs, i: number): Promise<void> {
  const resources = { cpu: 1 + (i % 4), memory: `${1 + (i % 7)}Gi` };
  const read = readSubmission({ command: ["true"], resources, priority: i % 100 }, jobs.readingFacts());
  if (!read.ok) throw new Error("the submission was not read");
  await new Promise<void>((resolve, reject) => {
    jobs.desk.take(read.value, () => resolve()).catch(reject);
  });
}

function joinNode(jobs: Jobs, id: string): void {
  const capacity = { cpu: 16_000, memory: 64 * 2 ** 30 };
  const session: NodeSession = jobs.join({ id, capacity, holds: [] }, (orders) => {
    const at = Date.now();
    const ended = orders.flatMap((order): Report[] => {
      if (order.type !== "start") return [];
      const { job, token } = order.task;
      const end = { status: "completed", result: null, usage: { wallMs: 0 } } as const;
      return [{ type: "ended", job, token, end, startedAt: at, endedAt: at }];
    });
    if (ended.length > 0) setImmediate(() => session.reports(ended));
  });
}
