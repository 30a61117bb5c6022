// Corners of the life of jobs: what is named twice, what changes while it waits, and what ends in an unexpected order.
import { expect, test } from "vitest";
import { plainPolicy } from "./policies.ts";
import type { Policy } from "./policy.ts";
import { createScheduler, step, worldOf, type SchedulerState } from "./step.ts";
import type { Decision, JobSpec, SchedulerEvent } from "./types.ts";

/** A scheduler with one node of `cpu`, and a function that tells it what happens and shortens what it decides. */
function scheduler(
  cpu = 4,
  policy: Policy = plainPolicy,
): { state: SchedulerState; tell: (event: SchedulerEvent, now?: number) => string[] } {
  const state = createScheduler(policy);
  const tell = (event: SchedulerEvent, now = 0): string[] => step(state, event, now).decisions.map(inShort);
  tell({ type: "node-up", node: { id: "n", capacity: { cpu, memory: 8 } } });
  return { state, tell };
}

function inShort(decision: Decision): string {
  return decision.type === "refuse" ? `refuse ${decision.jobId} ${decision.problem.code}` : `${decision.type} ${decision.jobId}`;
}

function submission(...jobs: readonly (Partial<JobSpec> & { readonly id: string })[]): SchedulerEvent {
  return { type: "jobs-submitted", jobs: jobs.map((job) => ({ requests: { cpu: 1 }, limitMs: 10_000, ...job })) };
}

test("a gang starts in the moment when its last member has come", () => {
  const { tell } = scheduler();
  const gang = { id: "g", size: 2 };
  expect(tell(submission({ id: "a", gang }))).toEqual([]);
  expect(tell(submission({ id: "b", gang }))).toEqual(["start a", "start b"]);
});

test("ends that come together give everything back before anything is decided on it", () => {
  const { tell } = scheduler(2);
  tell(submission({ id: "a" }, { id: "b" }, { id: "wide", requests: { cpu: 2 } }, { id: "c" }));
  const ends = [{ jobId: "a", outcome: "completed" } as const, { jobId: "b", outcome: "failed" } as const];
  expect(tell({ type: "jobs-ended", ends })).toEqual(["start wide"]);
});

test("nobody is told to stop who is among the ends that break a gang", () => {
  const { tell } = scheduler(2);
  const gang = { id: "g", size: 2 };
  tell(submission({ id: "a", gang }, { id: "b", gang }));
  const ends = [{ jobId: "a", outcome: "lost" } as const, { jobId: "b", outcome: "completed" } as const];
  expect(tell({ type: "jobs-ended", ends })).toEqual(["start a"]);
});

test("a job that names a job twice waits for it once", () => {
  const { state, tell } = scheduler(1);
  tell(submission({ id: "a" }, { id: "b", after: ["a", "a"] }, { id: "c" }));
  expect(tell({ type: "job-ended", jobId: "a", outcome: "completed" })).toEqual(["start b"]);
  expect([...(worldOf(state).queues.get("default")?.pending ?? [])].map(({ id }) => id)).toEqual(["c"]);
});

test("an id that is used again is not taken for the job that had it", () => {
  const { tell } = scheduler(1);
  tell(submission({ id: "a" }, { id: "b", after: ["a"] }));
  tell({ type: "job-ended", jobId: "b", outcome: "cancelled" });
  tell(submission({ id: "b" }));
  expect(tell({ type: "job-ended", jobId: "a", outcome: "completed" })).toEqual(["start b"]);
  expect(tell({ type: "job-ended", jobId: "b", outcome: "completed" })).toEqual([]);
});

test("a job of an array that changes keeps its place in the array", () => {
  const { tell } = scheduler(1);
  const array = { id: "r", index: 0, maxRunning: 1 };
  tell(submission({ id: "other" }, { id: "a", array }, { id: "b", array }));
  tell({ type: "job-changed", jobId: "a", patch: { priority: 60 } });
  expect(tell({ type: "job-ended", jobId: "other", outcome: "completed" })).toEqual(["start a"]);
  expect(tell({ type: "job-ended", jobId: "a", outcome: "completed" })).toEqual(["start b"]);
});

test("a gang of which one member changes waits and starts as before", () => {
  const { state, tell } = scheduler(4);
  const gang = { id: "g", size: 2 };
  tell(submission({ id: "other", requests: { cpu: 3 } }, { id: "a", gang }, { id: "b", gang }));
  for (const jobId of ["a", "b"]) tell({ type: "job-changed", jobId, patch: { priority: 60 } });
  expect(worldOf(state).pendingJobs).toBe(1);
  expect(tell({ type: "job-ended", jobId: "other", outcome: "completed" })).toEqual(["start a", "start b"]);
  tell({ type: "job-ended", jobId: "a", outcome: "completed" });
  expect([...(worldOf(state).nodes.get("n")?.ledger.free ?? [])]).toEqual([3, 8]);
});

test("what was frozen on a node that is lost starts again elsewhere, once", () => {
  const { state, tell } = scheduler(1, { ...plainPolicy, order: { name: "srtf" } });
  tell(submission({ id: "long", requests: { cpu: 1, memory: 2 } }));
  expect(tell(submission({ id: "short", limitMs: 1000 }))).toEqual(["suspend long"]);
  expect(tell({ type: "job-suspended", jobId: "long" })).toEqual(["start short"]);
  tell({ type: "node-down", nodeId: "n" });
  expect(worldOf(state).pendingJobs).toBe(0);
  expect(worldOf(state).stuck.size).toBe(2);
  expect(tell({ type: "node-up", node: { id: "m", capacity: { cpu: 2, memory: 8 } } }).sort()).toEqual(["start long", "start short"]);
});

test("a report that comes after the loss of the node was noticed changes nothing", () => {
  const { state, tell } = scheduler(1);
  tell(submission({ id: "a" }));
  tell({ type: "node-down", nodeId: "n" });
  const { trace } = step(state, { type: "job-ended", jobId: "a", outcome: "lost" }, 0);
  expect(trace).toMatchObject([{ type: "ignored", problem: { code: "report-late", where: "job a" } }]);
  expect(tell({ type: "node-up", node: { id: "m", capacity: { cpu: 2 } } })).toEqual(["start a"]);
});

test("nobody on a lost node is told to stop when the gang it ran breaks; the others are", () => {
  const { tell } = scheduler(2);
  tell({ type: "node-up", node: { id: "m", capacity: { cpu: 1 } } });
  const gang = { id: "g", size: 3 };
  expect(tell(submission({ id: "a", gang }, { id: "b", gang }, { id: "c", gang }))).toHaveLength(3);
  expect(tell({ type: "node-down", nodeId: "n" })).toHaveLength(1);
});

test("an adopted job whose queue is not known is reported, and nothing is entered", () => {
  const { state } = scheduler(1);
  const job: JobSpec = { id: "a", queue: "ghost", requests: { cpu: 1 } };
  const { trace } = step(state, { type: "job-adopted", job, nodeId: "n", startedAt: 0 }, 5);
  expect(trace).toMatchObject([{ type: "ignored", problem: { code: "job-invalid", where: "job a, queue" } }]);
  expect(worldOf(state).jobs.size).toBe(0);
});

test("under conservative backfilling, a job behind a gang that fits member by member but not together", () => {
  const { tell } = scheduler(4, { ...plainPolicy, backfill: { name: "conservative" } });
  const gang = { id: "g", size: 2 };
  tell(submission({ id: "late", limitMs: 1000 }));
  expect(tell(submission({ id: "a", requests: { cpu: 2 }, gang }, { id: "b", requests: { cpu: 2 }, gang }), 1000)).toEqual([]);
  expect(tell({ type: "clock" }, 2000)).toEqual([]);
  expect(tell({ type: "job-ended", jobId: "late", outcome: "completed" }, 3000)).toEqual(["start a", "start b"]);
});

test("a frozen job whose memory is in the way of a shorter one goes on", () => {
  const { tell } = scheduler(1, { ...plainPolicy, order: { name: "srtf" } });
  tell(submission({ id: "long", requests: { cpu: 1, memory: 2 } }));
  expect(tell(submission({ id: "wide", requests: { cpu: 1, memory: 8 }, limitMs: 1000 }))).toEqual([]);
  expect(tell(submission({ id: "short", requests: { cpu: 1, memory: 6 }, limitMs: 2000 }))).toEqual([]);
});

test("a chain of any length falls with its first job, in its order", () => {
  const { tell } = scheduler(1);
  const chain = Array.from({ length: 10_000 }, (_, i) => ({ id: `j${i}`, ...(i > 0 && { after: [`j${i - 1}`] }) }));
  tell(submission(...chain, { id: "side", after: ["j1"] }));
  const refused = tell({ type: "job-ended", jobId: "j0", outcome: "failed" });
  expect(refused.slice(0, 2)).toEqual(["refuse j1 dependency-failed", "refuse j2 dependency-failed"]);
  expect(refused.slice(-2)).toEqual(["refuse j9999 dependency-failed", "refuse side dependency-failed"]);
  expect(refused).toHaveLength(10_000);
});

test("a gang of which a part is found running, and a part is not, starts again as a whole", () => {
  const { tell } = scheduler(2);
  const gang = { id: "g", size: 2 };
  const member = (id: string): JobSpec => ({ id, requests: { cpu: 1 }, limitMs: 10_000, gang });
  expect(tell({ type: "job-adopted", job: member("a"), nodeId: "n", startedAt: 0 })).toEqual([]);
  expect(tell({ type: "jobs-submitted", jobs: [member("b")] })).toEqual(["preempt a"]);
  expect(tell({ type: "job-ended", jobId: "a", outcome: "preempted" })).toEqual(["start a", "start b"]);
});

test("a queue that only grows is not looked through for each of its jobs", () => {
  const { state, tell } = scheduler(1);
  tell(submission({ id: "first" }));
  for (let i = 0; i < 2_000; i++) tell(submission({ id: `j${i}` }));
  expect(worldOf(state).expectations.size).toBeLessThan(70);
});
