// The life of jobs on scripted nodes: placed, reported, retried, cancelled, lost, recovered.
import { describe, expect, test } from "vitest";
import type { JsonObject } from "@baton/core";
import { settle } from "../testing/manual-clock.ts";
import { JobsWorld, ScriptedNode } from "../testing/jobs-world.ts";
import { nodeTimes } from "./limits.ts";

const all = { command: ["true"], resources: { cpu: 2 } };

describe("from submission to result", () => {
  test("a job is placed, runs, and its result is kept", async () => {
    const world = new JobsWorld();
    const node = new ScriptedNode(world.jobs);
    const id = await world.submitOne({ command: ["echo", "x"], payload: { a: 1 }, environment: { B: "c" }, timeout: "10s", name: "one" });
    expect(node.starts).toEqual([`${id} 1`]);
    expect(node.orders[0]).toMatchObject({
      task: {
        work: { kind: "command", command: ["echo", "x"] },
        payload: { a: 1 },
        environment: { B: "c" },
        timeoutMs: 10_000,
        limits: { cpu: 1_000 },
      },
    });
    expect(await world.statusOf(id)).toBe("allocated");
    await node.report({ type: "started", job: id, token: 1, at: world.clock.now() });
    expect(await world.statusOf(id)).toBe("running");
    await node.end(id);
    expect(await world.get(id)).toMatchObject({
      status: "completed",
      name: "one",
      attempt: 1,
      output: { exitCode: 0 },
      error: null,
      startedAt: 1_000,
    });
    expect(node.told("settled")).toEqual([`${id} 1`]);
  });

  test("nothing is ordered and nobody is answered before it is durable", async () => {
    const world = new JobsWorld();
    const node = new ScriptedNode(world.jobs);
    world.troubled.set("hold");
    let answered = false;
    const submitting = world.submitOne().then(() => (answered = true));
    await settle();
    expect([answered, node.orders.length]).toEqual([false, 0]);
    world.troubled.set("none");
    await submitting;
    expect(node.starts.length).toBe(1);
  });

  test("what has no room waits with its reason, and starts when there is some", async () => {
    const world = new JobsWorld();
    const node = new ScriptedNode(world.jobs);
    const [first, second] = [await world.submitOne(all), await world.submitOne(all)];
    expect(await world.get(second)).toMatchObject({ status: "pending", reason: "pending.capacity" });
    expect((await world.jobs.desk.explain(second)).waits?.reasons[0]?.code).toBe("pending.capacity");
    await node.end(first);
    expect(node.starts).toEqual([`${first} 1`, `${second} 1`]);
  });

  test("a graph runs in its order; what waits for a failure is cancelled with the reason", async () => {
    const world = new JobsWorld();
    const node = new ScriptedNode(world.jobs);
    const job = (name: string, after: string[]): object => ({ name, command: ["true"], after });
    const [a, b, c, d] = await world.submit({ jobs: [job("a", []), job("b", ["a"]), job("c", ["b"]), job("d", ["a"])] } as never);
    expect([await world.statusOf(b as string), (await world.get(b as string)).reason]).toEqual(["waiting", "pending.dependency"]);
    await node.end(a as string);
    expect(node.starts).toEqual([`${a} 1`, `${b} 1`, `${d} 1`]);
    await node.fail(b as string);
    expect(await world.get(c as string)).toMatchObject({ status: "cancelled", reason: "dependency-failed" });
    await node.end(d as string);
    const later = await world.submitOne({ command: ["true"], after: [a as string] });
    expect(node.starts.at(-1)).toBe(`${later} 1`);
    await expect(world.submitOne({ command: ["true"], after: [b as string] })).rejects.toMatchObject({ code: "dependency-failed" });
  });

  test("an array runs as many at a time as it says; a gang starts as a whole", async () => {
    const world = new JobsWorld();
    const node = new ScriptedNode(world.jobs, { capacity: { cpu: 4_000 } });
    const ids = await world.submit({ command: ["true"], array: { count: 3, maxRunning: 1 } });
    expect(node.starts).toEqual([`${ids[0]} 1`]);
    const gang = { command: ["true"], resources: { cpu: 2 }, gang: "g" };
    const members = await world.submit({ jobs: [gang, gang] });
    expect(await world.statusOf(members[0] as string)).toBe("pending");
    for (const id of ids) await node.end(id);
    expect(node.starts.slice(-2)).toEqual(members.map((id) => `${id} 1`));
  });
});

describe("what is refused", () => {
  test("a job that no node could ever run, an unknown queue, a circle: as a whole, and nothing of it stays", async () => {
    const world = new JobsWorld();
    const node = new ScriptedNode(world.jobs);
    const job = (name: string, more: object): object => ({ name, command: ["true"], ...more });
    const submitting = world.submit({ jobs: [job("fine", {}), job("large", { resources: { cpu: 99 } })] } as never);
    await expect(submitting).rejects.toMatchObject({ code: "job-impossible", message: expect.stringContaining("job large") as string });
    await expect(world.submit({ ...all, queue: "nowhere" })).rejects.toMatchObject({ code: "job-invalid" });
    const circle = world.submit({ jobs: [job("a", { after: ["b"] }), job("b", { after: ["a"] })] } as never);
    await expect(circle).rejects.toMatchObject({ code: "dependency-cycle", message: expect.stringContaining("a after b") as string });
    expect([node.orders, await world.jobs.desk.list({ limit: 10 })]).toEqual([[], []]);
    const id = await world.submitOne(all);
    expect(node.starts).toEqual([`${id} 1`]);
  });

  test("as long as there is no node at all, jobs wait for the first one", async () => {
    const world = new JobsWorld();
    const id = await world.submitOne(all);
    expect(await world.statusOf(id)).toBe("pending");
    expect(new ScriptedNode(world.jobs).starts).toEqual([]);
    await settle();
    expect(await world.statusOf(id)).toBe("allocated");
  });

  test("a key submits once; with another request it is refused", async () => {
    const world = new JobsWorld();
    const node = new ScriptedNode(world.jobs);
    const [first, again] = await Promise.all([world.submit(all, "k"), world.submit(all, "k")]);
    expect(again).toEqual(first);
    expect(await world.submit(all, "k")).toEqual(first);
    await expect(world.submit({ command: ["false"] }, "k")).rejects.toMatchObject({ code: "idempotency-key-reused" });
    expect([(await world.jobs.desk.list({ limit: 10 })).length, node.starts.length]).toEqual([1, 1]);
  });
});

describe("failures and their end", () => {
  test("a failed job is tried again after growing waits, at most as often as it says", async () => {
    const world = new JobsWorld();
    const node = new ScriptedNode(world.jobs);
    const id = await world.submitOne({ command: ["true"], retries: { failed: 2, delay: "10s" } });
    await node.fail(id);
    expect(await world.get(id)).toMatchObject({ status: "pending", reason: "waiting.retry", failures: 1 });
    await world.clock.pass(4_000);
    node.session.heartbeat({ cpuMillis: 0, memoryBytes: 0, running: 0 });
    await world.clock.pass(5_900);
    expect(node.starts.length).toBe(1);
    node.session.heartbeat({ cpuMillis: 0, memoryBytes: 0, running: 0 });
    await world.clock.pass(200);
    expect(node.starts).toEqual([`${id} 1`, `${id} 2`]);
    await node.fail(id, 2);
    for (let s = 0; s < 21; s += 3) {
      node.session.heartbeat({ cpuMillis: 0, memoryBytes: 0, running: 0 });
      await world.clock.pass(3_000);
    }
    await node.fail(id, 3);
    expect(await world.get(id)).toMatchObject({ status: "failed", reason: "job-exit", failures: 3, attempt: 3, error: { exitCode: 1 } });
  });

  test("cancelling ends what waits at once, and stops what runs; twice, it is killed", async () => {
    const world = new JobsWorld();
    const node = new ScriptedNode(world.jobs);
    const [running, waiting] = [await world.submitOne(all), await world.submitOne(all)];
    expect((await world.jobs.desk.cancel(waiting)).status).toBe("cancelled");
    expect(await world.jobs.desk.cancel(running)).toMatchObject({ status: "allocated", cancelling: true });
    await world.jobs.desk.cancel(running);
    expect(node.orders.flatMap((order) => (order.type === "stop" ? [order.how] : []))).toEqual(["gently", "at-once"]);
    await node.end(running, 1, { status: "stopped" });
    expect(await world.statusOf(running)).toBe("cancelled");
    expect((await world.jobs.desk.cancel(running)).status).toBe("cancelled");
    const [again] = (await world.jobs.desk.retry([running])).jobs;
    const id = again?.id ?? "";
    expect(node.starts.at(-1)).toBe(`${id} 1`);
    await node.end(id);
    await expect(world.jobs.desk.cancel(id)).rejects.toMatchObject({ code: "job-ended" });
    await expect(world.jobs.desk.retry([id])).rejects.toMatchObject({ code: "job-not-retriable" });
  });

  test("a graph is retried where it broke: what did not complete waits for each other again, what completed is not done again", async () => {
    const world = new JobsWorld();
    const node = new ScriptedNode(world.jobs);
    const named = (name: string, ...after: readonly string[]): JsonObject => ({ ...all, name, after });
    const submission = { jobs: [named("done"), named("broken", "done"), named("next", "broken", "done"), named("last", "next")] };
    const [done = "", broken = "", next = "", last = ""] = await world.submit(submission);
    await node.end(done);
    await node.fail(broken);
    expect([await world.statusOf(next), await world.statusOf(last)]).toEqual(["cancelled", "cancelled"]);
    await expect(world.jobs.desk.retry([next])).rejects.toMatchObject({ code: "dependency-failed" });
    const starts = node.starts.length;
    const { jobs } = await world.jobs.desk.retry([last, next, broken, next]);
    expect(jobs.map(({ name, status }) => [name, status])).toEqual([
      ["last", "waiting"],
      ["next", "waiting"],
      ["broken", "allocated"],
    ]);
    expect(node.starts.slice(starts)).toEqual([`${jobs[2]?.id} 1`]);
    await node.end(jobs[2]?.id ?? "");
    await node.end(jobs[1]?.id ?? "");
    await node.end(jobs[0]?.id ?? "");
    expect(await world.statusOf(jobs[0]?.id ?? "")).toBe("completed");
  });

  test("while the store takes nothing, submitters are told, and what they submitted is withdrawn", async () => {
    const world = new JobsWorld();
    const node = new ScriptedNode(world.jobs);
    const running = await world.submitOne(all);
    world.troubled.set("fail");
    await expect(world.submitOne(all)).rejects.toMatchObject({ code: "disk-full" });
    await node.end(running);
    expect(node.told("settled")).toEqual([]);
    const told = { code: "server-overloaded", message: expect.stringContaining("The disk") as string };
    await expect(world.submitOne(all)).rejects.toMatchObject(told);
    world.troubled.set("none");
    await world.clock.pass(10_000);
    expect(await world.statusOf(running)).toBe("completed");
    expect(node.told("settled")).toEqual([`${running} 1`]);
    expect(node.starts.length).toBe(1);
    expect((await world.jobs.desk.list({ status: "cancelled", limit: 10 })).length).toBe(1);
  });
});

test("a server whose store takes nothing can be stopped; the next one asks the nodes for what was not stored", async () => {
  const world = new JobsWorld();
  const node = new ScriptedNode(world.jobs);
  const id = await world.submitOne(all);
  world.troubled.set("fail");
  await node.end(id);
  await world.jobs.close();
  world.troubled.set("none");
  await world.restart();
  const again = new ScriptedNode(world.jobs, { holds: [{ job: id, token: 1 }] });
  await again.end(id);
  expect(await world.statusOf(id)).toBe("completed");
});

describe("nodes that go away", () => {
  test("a silent node is suspect, then lost; its jobs run elsewhere, and what it still reports is refused", async () => {
    const world = new JobsWorld();
    const [first, second] = [new ScriptedNode(world.jobs), new ScriptedNode(world.jobs, { id: "n2" })];
    const a = await world.submitOne(all);
    const owner = first.starts.length === 1 ? first : second;
    const other = owner === first ? second : first;
    const summaries = new Set<string>();
    for (let ms = 0; ms < nodeTimes.leaseMs + 2_000; ms += 1_000) {
      other.session.heartbeat({ cpuMillis: 0, memoryBytes: 0, running: 0 });
      await world.clock.pass(1_000);
      summaries.add((await world.jobs.desk.explain(a)).summary);
    }
    expect(other.starts).toEqual([`${a} 2`]);
    expect([...summaries].filter((summary) => summary.includes("is not heard of at the moment"))).toHaveLength(1);
    await owner.end(a, 1);
    expect(await world.get(a)).toMatchObject({ status: "allocated", attempt: 2, losses: 1 });
    await other.end(a, 2);
    expect(await world.statusOf(a)).toBe("completed");
  });

  test("a report of another attempt, or from another node, is late: counted, settled, without effect", async () => {
    const world = new JobsWorld();
    const [node, stranger] = [new ScriptedNode(world.jobs), new ScriptedNode(world.jobs, { id: "n2", capacity: { cpu: 1 } })];
    const id = await world.submitOne(all);
    await node.end(id, 7);
    await stranger.end(id, 1);
    expect([await world.statusOf(id), world.jobs.counters.lateReports]).toEqual(["allocated", 2]);
    expect([node.told("settled"), stranger.told("settled")]).toEqual([[`${id} 7`], [`${id} 1`]]);
  });

  test("a node that comes again holds what it held; the rest of its jobs is lost", async () => {
    const world = new JobsWorld();
    const node = new ScriptedNode(world.jobs);
    const [kept, gone] = [await world.submitOne(), await world.submitOne()];
    node.session.close();
    const holds = [
      { job: kept, token: 1 },
      { job: "job_stale", token: 3 },
    ];
    const back = new ScriptedNode(world.jobs, { holds });
    await settle();
    // It may hold no more than it has: what was lost starts again when what it has no right to has ended.
    expect([back.starts, back.told("stop")]).toEqual([[], ["job_stale 3"]]);
    await back.end("job_stale", 3, { status: "stopped", usage: { wallMs: 1 } });
    expect([back.starts, back.orders.filter(({ type }) => type === "settled")]).toEqual([
      [`${gone} 2`],
      [{ type: "settled", job: "job_stale", token: 3, refused: "report-late" }],
    ]);
    await back.end(kept, 1);
    expect(await world.statusOf(kept)).toBe("completed");
  });

  test("a job that loses its nodes more often than it may ends as lost", async () => {
    const world = new JobsWorld();
    let node = new ScriptedNode(world.jobs);
    const id = await world.submitOne({ command: ["true"], retries: { lost: 1 } });
    for (let i = 0; i < 2; i++) {
      node = new ScriptedNode(world.jobs);
      await settle();
    }
    expect([node.starts, await world.get(id)]).toMatchObject([[], { status: "lost", reason: "job-lost", losses: 2 }]);
  });
});

describe("a restart", () => {
  test("what ran goes on under the same attempt, what waited keeps its order, what ended stays ended", async () => {
    const world = new JobsWorld();
    const node = new ScriptedNode(world.jobs);
    const [done, runs] = [await world.submitOne(all), await world.submitOne(all)];
    await node.end(done);
    const [first, second] = [await world.submitOne(all), await world.submitOne(all)];
    const [, dependent] = await world.submit({
      jobs: [
        { ...all, name: "a" },
        { ...all, after: ["a", done] },
      ],
    });
    await world.restart();
    expect(await world.get(runs)).toMatchObject({ status: "allocated", attempt: 1 });
    const back = new ScriptedNode(world.jobs, { holds: [{ job: runs, token: 1 }] });
    await back.end(runs, 1);
    expect(back.starts).toEqual([`${first} 1`]);
    await back.end(first);
    expect(back.starts.at(-1)).toBe(`${second} 1`);
    expect([await world.statusOf(runs), await world.statusOf(dependent as string)]).toEqual(["completed", "waiting"]);
  });

  test("what an attempt writes goes on behind what it wrote before", async () => {
    const world = new JobsWorld();
    const node = new ScriptedNode(world.jobs);
    const id = await world.submitOne();
    const write = (at: ScriptedNode, offset: number, text: string): Promise<void> =>
      at.report({ type: "output", job: id, token: 1, stream: "stdout", offset, text, at: 1_000 });
    await write(node, 0, "before ");
    await world.restart();
    const back = new ScriptedNode(world.jobs, { holds: [{ job: id, token: 1 }] });
    await write(back, 0, "bef");
    await write(back, 3, "ore after");
    const { pieces } = await world.jobs.desk.output(id, 0, 10);
    expect(pieces.map(({ position, text }) => [position, text])).toEqual([
      [0, "before "],
      [7, "after"],
    ]);
  });

  test("a job that was being cancelled and whose node is not known ends as cancelled", async () => {
    const world = new JobsWorld();
    const node = new ScriptedNode(world.jobs);
    const id = await world.submitOne();
    await world.jobs.desk.cancel(id);
    await world.inner.deleteObject("default", "node", node.id);
    await world.restart();
    expect(await world.statusOf(id)).toBe("cancelled");
  });

  test("a node that does not come back within its lease loses its jobs", async () => {
    const world = new JobsWorld();
    const before = new ScriptedNode(world.jobs);
    const id = await world.submitOne(all);
    expect(before.starts.length).toBe(1);
    await world.restart();
    const other = new ScriptedNode(world.jobs, { id: "n2" });
    for (let ms = 0; ms < nodeTimes.leaseMs + 2_000; ms += 1_000) {
      other.session.heartbeat({ cpuMillis: 0, memoryBytes: 0, running: 0 });
      await world.clock.pass(1_000);
    }
    expect(other.starts).toEqual([`${id} 2`]);
  });

  test("a submission that was not durable is gone, and so is its key", async () => {
    const world = new JobsWorld();
    world.troubled.set("hold");
    void world.submit(all, "k").catch(() => undefined);
    await settle();
    await world.restart();
    expect(await world.jobs.desk.list({ limit: 10 })).toEqual([]);
  });
});

test("output is kept within bounds: its beginning and its end, with the gap to be seen", async () => {
  const world = new JobsWorld();
  const node = new ScriptedNode(world.jobs);
  const id = await world.submitOne();
  const line = `${"x".repeat(16_000)}\n`;
  for (let i = 0; i < 100; i++)
    await node.report({ type: "output", job: id, token: 1, stream: "stdout", offset: i * line.length, text: line, at: 1_000 });
  await node.end(id);
  const { pieces, complete, next } = await world.jobs.desk.output(id, 0, 1_000);
  const kept = pieces.reduce((sum, { bytes }) => sum + bytes, 0);
  expect([complete, next, pieces[0]?.position]).toEqual([true, 1_600_100, 0]);
  expect(kept).toBeLessThanOrEqual(1024 * 1024);
  expect(kept).toBeGreaterThan(900_000);
  const gaps = pieces.filter(({ position }, i) => i > 0 && position !== (pieces[i - 1]?.position ?? 0) + (pieces[i - 1]?.bytes ?? 0));
  expect(gaps.length).toBe(1);
});

describe("why a job waits", () => {
  test("is said of every job, also where no pass came to it", async () => {
    const world = new JobsWorld();
    const node = new ScriptedNode(world.jobs);
    await world.submitOne(all);
    const [second, third] = [await world.submitOne(all), await world.submitOne(all)];
    const pair = await world.submit({ jobs: [0, 1].map(() => ({ command: ["true"], gang: "pair" })) });
    const reasons = await Promise.all([second, third, ...pair].map(async (id) => (await world.get(id)).reason));
    expect(reasons.every((reason) => reason?.startsWith("pending."))).toBe(true);
    expect(node.starts.length).toBe(1);
  });

  test("is a retry where it waits for one", async () => {
    const world = new JobsWorld();
    const node = new ScriptedNode(world.jobs);
    const id = await world.submitOne({ command: ["true"], retries: { failed: 1, delay: "1m" } });
    await node.fail(id);
    expect(await world.get(id)).toMatchObject({ status: "pending", reason: "waiting.retry" });
    expect((await world.jobs.desk.explain(id)).waits?.reasons[0]).toMatchObject({
      code: "waiting.retry",
      summary: "attempt 1 failed, and it is tried again: it is not to start before another 1 min",
    });
  });
});
