// The audit log: every decision with who took it and why, paged, bounded; and jobs that are forgotten.
import { expect, test } from "vitest";
import { openMemoryStore } from "@baton/storage";
import { JobsWorld, ScriptedNode } from "../testing/jobs-world.ts";
import type { AuditQuery } from "./audit.ts";
import { auditLimits, nodeTimes } from "./limits.ts";
import { readObjects } from "./read/objects.ts";

async function told(world: JobsWorld, query: Partial<AuditQuery> = {}): Promise<readonly string[]> {
  const found = await world.jobs.audit.list({ limit: 1_000, ...query });
  return found.map(({ entry: { actor, action } }) => `${actor}: ${action}`).reverse();
}

const whole = { command: ["true"], resources: { cpu: 2 }, retries: { failed: 1, delay: "1s" } };

test("a job's whole course is told, with its reasons", async () => {
  const world = new JobsWorld();
  const node = new ScriptedNode(world.jobs);
  const id = await world.submitOne(whole);
  await node.fail(id);
  await world.clock.pass(1_000);
  await node.fail(id, 2);
  expect(await told(world, { subject: id })).toEqual([
    "api: job.submitted",
    "scheduler: job.placed",
    "server: job.retried",
    "scheduler: job.placed",
    "server: job.failed",
  ]);
  const [failed, placed] = await world.jobs.audit.list({ subject: id, limit: 2 });
  expect(failed?.entry).toMatchObject({ at: world.clock.now(), detail: { attempt: 2, why: "job-exit" } });
  expect(placed?.entry.detail).toEqual({ node: "n1", attempt: 2 });
});

test("cancelled jobs, lost nodes, drained nodes, applied queues", async () => {
  const world = new JobsWorld();
  const node = new ScriptedNode(world.jobs);
  const [running, waiting] = [await world.submitOne(whole), await world.submitOne(whole)];
  await world.jobs.desk.cancel(waiting);
  expect(await told(world, { subject: waiting })).toEqual(["api: job.submitted", "api: job.cancel-asked", "server: job.cancelled"]);
  const read = readObjects(
    {
      objects: [
        { kind: "queue", name: "lab" },
        { kind: "policy", order: "sjf" },
      ],
    },
    { objects: world.jobs.objects, jobs: world.jobs.readingFacts() },
  );
  if (!read.ok) throw new Error(JSON.stringify(read.error));
  await world.jobs.objects.apply(read.value);
  await world.jobs.objects.deleteQueue("lab");
  await world.jobs.nodeDesk.want("n1", "draining");
  expect(await told(world, { actor: "api", subject: "lab" })).toEqual(["api: queue.applied", "api: queue.deleted"]);
  expect(await told(world, { action: "policy." })).toEqual(["api: policy.applied"]);
  node.session.close();
  await world.clock.pass(nodeTimes.leaseMs + 2_000);
  expect(await told(world, { subject: "n1" })).toEqual([
    "node n1: node.joined",
    "api: node.drained",
    "server: node.suspected",
    "server: node.lost",
  ]);
  expect(await told(world, { subject: running })).toEqual(["api: job.submitted", "scheduler: job.placed", "server: job.requeued"]);
});

test("what is decided about many jobs at once is one entry, and is told of each of them", async () => {
  const world = new JobsWorld();
  const ids = await world.submit({ jobs: Array.from({ length: 3 }, () => whole) });
  const [page] = await world.inner.readAudit("default", null, 10);
  expect(page?.entries).toMatchObject([{ action: "job.submitted", subject: ids[0], also: ids.slice(1) }]);
  for (const id of ids) expect(await told(world, { subject: id })).toEqual(["api: job.submitted"]);
});

test("pages go on where the last one ended, whatever comes meanwhile", async () => {
  const world = new JobsWorld();
  await world.submit({ jobs: Array.from({ length: 5 }, () => whole) });
  await world.submit({ jobs: Array.from({ length: 4 }, () => whole) });
  const first = await world.jobs.audit.list({ limit: 6, action: "job.submitted" });
  await world.submitOne(whole);
  const after = first.at(-1)?.place;
  const second = await world.jobs.audit.list({ limit: 6, action: "job.submitted", ...(after && { after }) });
  expect([first.length, second.length]).toEqual([6, 3]);
  expect(new Set([...first, ...second].map(({ entry }) => entry.subject)).size).toBe(9);
});

test("what a restart finds is not told anew, and old entries are forgotten", async () => {
  const world = new JobsWorld();
  await world.submitOne(whole);
  await world.restart();
  expect(await told(world, { action: "job." })).toEqual(["api: job.submitted"]);
  world.clock.jump(auditLimits.keptMs);
  await world.clock.pass(auditLimits.sweepMs + 1);
  expect(await told(world)).toEqual([]);
});

test("jobs are forgotten when their time is over, others stay", async () => {
  const world = new JobsWorld(openMemoryStore(), undefined, 10_000);
  const node = new ScriptedNode(world.jobs);
  await world.jobs.recover();
  const [first, second] = [await world.submitOne(whole), await world.submitOne(whole)];
  await node.end(first);
  for (let i = 0; i < 40; i++) {
    node.session.heartbeat({ cpuMillis: 0, memoryBytes: 0, running: 0 });
    await world.clock.pass(2_000);
  }
  await expect(world.get(first)).rejects.toMatchObject({ code: "job-unknown" });
  expect(await world.statusOf(second)).toBe("allocated");
});

test("who wanted a job to be tried again, or to end, is told and counted", async () => {
  const world = new JobsWorld();
  const node = new ScriptedNode(world.jobs);
  const first = await world.submitOne({ ...whole, retries: 0 });
  await node.fail(first);
  const { jobs } = await world.jobs.desk.retry([first]);
  const second = jobs[0]?.id ?? "";
  await world.jobs.desk.cancel(second, "run run_1");
  expect(await told(world, { subject: first, action: "job.retry-asked" })).toEqual(["api: job.retry-asked"]);
  expect(await told(world, { subject: second, action: "job.cancel-asked" })).toEqual(["run run_1: job.cancel-asked"]);
  expect(world.jobs.meters.requests).toEqual([
    { verb: "submit", by: "api", count: 2 },
    { verb: "retry", by: "api", count: 1 },
    { verb: "cancel", by: "run", count: 1 },
  ]);
});
