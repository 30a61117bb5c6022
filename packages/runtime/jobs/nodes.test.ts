// Nodes that come, go and come back: whose name is whose, what people want of them, and what clocks and cuts do.
import { describe, expect, test } from "vitest";
import type { NodeHello } from "@baton/executors";
import { JobsWorld, ScriptedNode, tenant } from "../testing/jobs-world.ts";
import { settle } from "../testing/manual-clock.ts";
import { clockLimitsMs, joinTokenLimits, nodeTimes } from "./limits.ts";
import { livePolicy } from "./live-policy.ts";
import { workerTaint } from "./functions.ts";
import { nodeCredential } from "./node-tokens.ts";
import { readJoin, readTokenRequest } from "./read/join.ts";

const key = "k".repeat(40);
const other = "o".repeat(40);
const idle = { cpuMillis: 0, memoryBytes: 0, running: 0 };

function join(world: JobsWorld, hello: Partial<NodeHello> = {}): ScriptedNode {
  return new ScriptedNode(world.jobs, { key, ...hello });
}

/** Lets time pass while some nodes are heard of. */
async function pass(world: JobsWorld, ms: number, ...heard: readonly ScriptedNode[]): Promise<void> {
  for (let left = ms; left > 0; left -= 1_000) {
    await world.clock.pass(Math.min(left, 1_000));
    for (const { session } of heard) session.heartbeat(idle);
  }
  await settle();
}

/** A world in which jobs take turns of five seconds. */
async function worldOfTurns(): Promise<JobsWorld> {
  const world = new JobsWorld();
  const policy = { ...livePolicy, order: { name: "rr", sliceMs: 5_000 } } as const;
  await world.jobs.objects.apply({ queues: [], tenants: [], resources: [], policy });
  return world;
}

describe("names", () => {
  test("two machines that fight for one name are told apart by nobody, and people are told", async () => {
    const world = new JobsWorld();
    const said = (): number => world.logged.filter(({ message }) => message.includes("was taken over 5 times within a minute")).length;
    for (let i = 0; i < 5; i++) join(world, { id: "a", key });
    expect(said()).toBe(0);
    for (let i = 0; i < 5; i++) join(world, { id: "a", key });
    expect(said()).toBe(1);
    const calm = new JobsWorld();
    for (let i = 0; i < 8; i++) {
      await pass(calm, 20_000, join(calm, { id: "a", key }));
    }
    expect(calm.logged.some(({ message }) => message.includes("taken over"))).toBe(false);
  });

  test("nobody on a wire takes the place of the server's own node", async () => {
    const world = new JobsWorld();
    const own = join(world, { id: "local-1" });
    const link = { send: () => undefined, cut: () => undefined };
    const hello = { id: "local-1", capacity: { cpu: 1_000 }, holds: [] };
    await expect(world.jobs.admit({ hello, functions: [] }, null, link)).rejects.toMatchObject({ code: "node-name-taken" });
    const id = await world.submitOne();
    expect(own.starts).toEqual([`${id} 1`]);
    own.session.close();
    await own.end(id);
    await pass(world, nodeTimes.leaseMs + 1_000);
    await expect(world.jobs.admit({ hello, functions: [] }, null, link)).resolves.toBeDefined();
  });

  test("a name is its key's as long as there is a lease", async () => {
    const world = new JobsWorld();
    join(world, { id: "a", key });
    expect(() => new ScriptedNode(world.jobs, { id: "a", key: other })).toThrow(/belongs to another node, which is ready/);
    expect(() => new ScriptedNode(world.jobs, { id: "a" })).toThrow(expect.objectContaining({ code: "node-name-taken" }) as Error);
    const again = new ScriptedNode(world.jobs, { id: "a", key });
    await pass(world, nodeTimes.leaseMs + 1_000);
    expect(world.jobs.nodeDesk.get("a").status).toBe("lost");
    join(world, { id: "a", key: other });
    expect(again.session).toBeDefined();
    expect(world.jobs.nodeDesk.get("a").status).toBe("ready");
  });

  test("the key of a node lets in that node alone, also after a restart, until it is removed", async () => {
    const world = new JobsWorld();
    join(world, { id: "a", key });
    await settle();
    await world.restart();
    const caller = world.jobs.nodeCallerOf(nodeCredential("a", key));
    expect(caller).toEqual({ kind: "node", name: "a" });
    expect(world.jobs.nodeCallerOf(nodeCredential("a", other))).toMatchObject({ code: "node-token-invalid" });
    expect(world.jobs.nodeCallerOf("secret")).toBeUndefined();
    const link = { send: () => undefined, cut: () => undefined };
    const asB = world.jobs.admit({ hello: { id: "b", capacity: { cpu: 1 }, holds: [], key }, functions: [] }, caller as never, link);
    await expect(asB).rejects.toMatchObject({ code: "node-token-invalid" });
    expect(world.jobs.nodeDesk.list().map(({ name, status }) => [name, status])).toEqual([["a", "suspect"]]);
    await pass(world, nodeTimes.leaseMs + 1_000);
    await world.jobs.nodeDesk.remove("a");
    expect(world.jobs.nodeCallerOf(nodeCredential("a", key))).toMatchObject({ code: "node-token-invalid" });
    await expect(world.jobs.nodeDesk.remove("a")).rejects.toMatchObject({ code: "node-unknown" });
  });

  test("what a store keeps of a key lets nobody in", async () => {
    const world = new JobsWorld();
    join(world, { id: "a", key });
    const { text } = await world.jobs.nodeTokens.create(joinTokenLimits.defaultMs, null);
    await settle();
    const rows = [...(await world.inner.listObjects(tenant, "node")), ...(await world.inner.listObjects(tenant, "node-token"))];
    expect(rows.length).toBe(2);
    expect(JSON.stringify(rows)).not.toContain(key);
    expect(JSON.stringify(rows)).not.toContain(text.split("_")[2]);
  });
});

describe("tokens", () => {
  test("one is good until it expires, also after a restart; an unknown one never was", async () => {
    const world = new JobsWorld();
    const { token, text } = await world.jobs.nodeTokens.create(60_000, "for the lab");
    await world.restart();
    expect(world.jobs.nodeCallerOf(text)).toEqual({ kind: "joining", token: token.id });
    expect(world.jobs.nodeTokens.list()).toEqual([token]);
    await world.clock.pass(60_000);
    expect(world.jobs.nodeCallerOf(text)).toMatchObject({ code: "node-token-expired" });
    expect(world.jobs.nodeCallerOf(text.replace(/.$/, "x"))).toMatchObject({ code: "node-token-invalid" });
    expect(world.jobs.nodeCallerOf("bnt_nonsense")).toMatchObject({ code: "node-token-invalid" });
    await world.jobs.nodeTokens.delete(token.id);
    expect(world.jobs.nodeCallerOf(text)).toMatchObject({ code: "node-token-invalid" });
    await expect(world.jobs.nodeTokens.delete(token.id)).rejects.toMatchObject({ code: "node-token-unknown" });
  });

  test("there may be so many; expired ones make room after a while", async () => {
    const world = new JobsWorld();
    for (let i = 0; i < joinTokenLimits.count; i++) await world.jobs.nodeTokens.create(60_000, null);
    await expect(world.jobs.nodeTokens.create(60_000, null)).rejects.toMatchObject({ code: "node-tokens-too-many" });
    await world.clock.pass(121_000);
    await world.jobs.nodeTokens.create(60_000, null);
    expect(world.jobs.nodeTokens.list().length).toBe(1);
  });
});

describe("what people want of nodes", () => {
  test("a cordoned node gets no jobs, through reconnections and restarts, until it is uncordoned", async () => {
    const world = new JobsWorld();
    join(world, { key });
    expect((await world.jobs.nodeDesk.want("n1", "cordoned")).status).toBe("cordoned");
    const id = await world.submitOne();
    const explained = await world.jobs.desk.explain(id);
    expect(explained.waits?.reasons[0]).toMatchObject({ summary: expect.stringContaining("by status (cordoned)") as string });
    expect(explained.waits?.reasons[0]?.remedy.summary).toContain("uncordon");
    expect(new ScriptedNode(world.jobs, { key }).starts).toEqual([]);
    await world.restart();
    const back = new ScriptedNode(world.jobs, { key });
    await settle();
    expect([back.starts, world.jobs.nodeDesk.get("n1").status]).toEqual([[], "cordoned"]);
    await world.jobs.nodeDesk.want("n1", "ready");
    await settle();
    expect(back.starts).toEqual([`${id} 1`]);
  });

  test("a drained node finishes what it has", async () => {
    const world = new JobsWorld();
    const node = new ScriptedNode(world.jobs, { key });
    const [first, second] = [await world.submitOne(), await world.submitOne({ command: ["true"], resources: { cpu: 2 } })];
    expect((await world.jobs.nodeDesk.want("n1", "draining")).jobs).toEqual([first]);
    await node.end(first);
    expect([await world.statusOf(first), await world.statusOf(second)]).toEqual(["completed", "pending"]);
    expect((await world.jobs.desk.explain(second)).waits?.reasons[0]?.summary).toContain("by status (draining)");
    await expect(world.jobs.nodeDesk.want("nobody", "draining")).rejects.toMatchObject({ code: "node-unknown" });
    await expect(world.jobs.nodeDesk.remove("n1")).rejects.toMatchObject({ code: "node-there" });
  });

  test("a node that wants no more itself gets jobs again when it comes again", async () => {
    const world = new JobsWorld();
    const node = new ScriptedNode(world.jobs, { key });
    node.session.leave();
    const id = await world.submitOne();
    expect([node.starts, world.jobs.nodeDesk.get("n1").status]).toEqual([[], "draining"]);
    const again = new ScriptedNode(world.jobs, { key });
    await settle();
    expect(again.starts).toEqual([`${id} 1`]);
  });
});

test("a node that comes only to finish what it has gets nothing", async () => {
  const world = new JobsWorld();
  const node = join(world, { leaving: true });
  const id = await world.submitOne();
  expect([node.starts, world.jobs.nodeDesk.get("n1").status]).toEqual([[], "draining"]);
  const again = join(world);
  await settle();
  expect(again.starts).toEqual([`${id} 1`]);
});

test("a node that left by itself is told from one that was lost, also after a restart", async () => {
  const world = new JobsWorld();
  const leave = (id: string): void => {
    const { session } = join(world, { id });
    session.leave();
    session.close();
  };
  const shown = (): readonly string[] => world.jobs.nodeDesk.list().map(({ name, status, left }) => `${name} ${status} ${left}`);
  const busy = join(world, { id: "busy" });
  await world.submitOne();
  busy.session.leave();
  leave("gone");
  leave("back");
  await pass(world, nodeTimes.leaseMs + 2_000, join(world, { id: "back" }));
  busy.session.close();
  expect(shown()).toEqual(["back ready false", "busy lost false", "gone lost true"]);
  await world.restart();
  expect(shown().slice(1)).toEqual(["busy lost false", "gone lost true"]);
});

describe("orders that were lost with a link", () => {
  test("a stop is said again", async () => {
    const world = new JobsWorld();
    const node = join(world);
    const id = await world.submitOne();
    node.session.close();
    await world.jobs.desk.cancel(id);
    expect(node.told("stop")).toEqual([]);
    const again = join(world, { holds: [{ job: id, token: 1 }] });
    expect(again.told("stop")).toEqual([`${id} 1`]);
    await again.end(id, 1, { status: "stopped", usage: { wallMs: 1 } });
    expect(await world.statusOf(id)).toBe("cancelled");
  });

  test("so is a freeze, and that it is over, also by a server that was started anew", async () => {
    const world = await worldOfTurns();
    const node = join(world);
    const whole = { command: ["true"], resources: { cpu: 2 } };
    const [first, second] = [await world.submitOne(whole), await world.submitOne(whole)];
    const [held, frozen] = [{ job: first, token: 1 }, `${first} 1`];
    await node.report({ type: "started", ...held, at: world.clock.now() });
    await pass(world, 5_000, node);
    expect(node.told("suspend")).toEqual([frozen]);
    const again = join(world, { holds: [held] });
    expect(again.told("suspend")).toEqual([frozen]);
    await again.report({ type: "suspended", ...held });
    expect([await world.statusOf(first), again.starts]).toEqual(["suspended", [`${second} 1`]]);
    await again.end(second);
    expect(again.told("resume")).toEqual([frozen]);
    const third = join(world, { holds: [held] });
    expect(third.told("resume")).toEqual([frozen]);
  });

  test("what was frozen when the server was killed goes on in its turn, and no earlier", async () => {
    const world = await worldOfTurns();
    const node = join(world);
    const whole = { command: ["true"], resources: { cpu: 2 } };
    const [first, second] = [await world.submitOne(whole), await world.submitOne(whole)];
    const [one, other] = [
      { job: first, token: 1 },
      { job: second, token: 1 },
    ];
    await node.report({ type: "started", ...one, at: world.clock.now() });
    await pass(world, 5_000, node);
    await node.report({ type: "suspended", ...one }, { type: "started", ...other, at: world.clock.now() });
    await world.restart();
    const back = join(world, { holds: [one, other] });
    await settle();
    expect([await world.statusOf(first), await world.statusOf(second)]).toEqual(["suspended", "running"]);
    expect([back.told("suspend"), back.told("resume")]).toEqual([[], [`${second} 1`]]);
    await back.end(second);
    expect([await world.statusOf(first), back.told("resume").at(-1)]).toEqual(["running", `${first} 1`]);
    await back.end(first);
    expect(await world.statusOf(first)).toBe("completed");
  });
});

describe("a server that is killed", () => {
  test("before it has heard that a freeze was carried out lets the job go on", async () => {
    const world = await worldOfTurns();
    const node = join(world);
    const whole = { command: ["true"], resources: { cpu: 2 } };
    const [first] = [await world.submitOne(whole), await world.submitOne(whole)];
    const held = { job: first, token: 1 };
    await node.report({ type: "started", ...held, at: world.clock.now() });
    await pass(world, 5_000, node);
    expect(node.told("suspend")).toEqual([`${first} 1`]);
    await world.restart();
    const back = join(world, { holds: [held] });
    await settle();
    expect([await world.statusOf(first), back.told("resume")]).toEqual(["allocated", [`${first} 1`]]);
  });
});

test("a restart gives nodes a lease's time to come back; those that were lost before stay lost", async () => {
  const world = new JobsWorld();
  const there = join(world, { id: "there" });
  join(world, { id: "gone" });
  await pass(world, nodeTimes.leaseMs + 1_000, there);
  const { seenAt } = world.jobs.nodeDesk.get("gone");
  await world.restart();
  const shown = (): unknown => world.jobs.nodeDesk.list().map(({ name, status }) => [name, status]);
  expect(shown()).toEqual([
    ["gone", "lost"],
    ["there", "suspect"],
  ]);
  expect(world.jobs.nodeDesk.get("gone").seenAt).toBe(seenAt);
  join(world, { id: "gone" });
  await pass(world, nodeTimes.leaseMs + 1_000);
  await world.restart();
  expect(shown()).toEqual([
    ["gone", "lost"],
    ["there", "lost"],
  ]);
});

describe("workers that go", () => {
  const worker = { id: "w", taints: [{ key: workerTaint, effect: "no-schedule" }] } as const;

  test("one that leaves is forgotten, with its key; one that is lost is remembered for a day", async () => {
    const world = new JobsWorld();
    const { session } = join(world, worker);
    session.leave();
    session.close();
    await settle();
    expect([world.jobs.nodeDesk.list(), await world.inner.listObjects(tenant, "node")]).toEqual([[], []]);
    join(world, worker).session.close();
    await pass(world, nodeTimes.leaseMs + 1_000);
    expect(world.jobs.nodeDesk.get("w").status).toBe("lost");
    expect(world.jobs.nodeCallerOf(nodeCredential("w", key))).toEqual({ kind: "node", name: "w" });
    world.clock.jump(nodeTimes.workerKeptMs);
    await pass(world, 2_000);
    expect([world.jobs.nodeDesk.list(), await world.inner.listObjects(tenant, "node")]).toEqual([[], []]);
  });

  test("one that comes back while it is being forgotten is known after a kill", async () => {
    const world = new JobsWorld();
    join(world);
    const first = join(world, worker);
    await settle();
    world.troubled.set("hold");
    first.session.leave();
    first.session.close();
    await settle();
    join(world, worker);
    void world.submitOne();
    await settle();
    world.troubled.set("none");
    await settle();
    expect((await world.inner.listObjects(tenant, "node")).map(({ name }) => name)).toContain("w");
  });
});

describe("clocks and cuts", () => {
  test("times of a clock that is a little off are corrected, and people are told; one that is far off is refused", async () => {
    const world = new JobsWorld();
    const behindMs = clockLimitsMs.corrected + 1_000;
    const node = new ScriptedNode(world.jobs, { key, clock: world.clock.now() - behindMs });
    const id = await world.submitOne();
    await node.report({ type: "started", job: id, token: 1, at: world.clock.now() - behindMs });
    expect([(await world.get(id)).startedAt, world.jobs.nodeDesk.get("n1").clockOffsetMs]).toEqual([world.clock.now(), behindMs]);
    // A heartbeat that was long on its way says less than one that was not.
    node.session.heartbeat(idle, world.clock.now() - 1_000);
    node.session.heartbeat(idle, world.clock.now() - 10_000);
    expect(world.jobs.nodeDesk.get("n1").clockOffsetMs).toBe(0);
    for (const offMs of [clockLimitsMs.refused + 1, 0 - clockLimitsMs.refused - 1]) {
      const far = (): ScriptedNode => new ScriptedNode(world.jobs, { id: "far", key, clock: world.clock.now() + offMs });
      expect(far).toThrow(expect.objectContaining({ code: "node-clock-off", retryable: true }) as Error);
    }
  });

  test("when a lease ends its link is cut, so that a connection that comes to life again does not count", async () => {
    const world = new JobsWorld();
    let cuts = 0;
    const session = world.jobs.join(
      { id: "a", key, capacity: { cpu: 1_000 }, holds: [] },
      () => undefined,
      () => cuts++,
    );
    await pass(world, nodeTimes.leaseMs + 1_000);
    session.heartbeat(idle);
    expect([cuts, world.jobs.nodeDesk.get("a").status]).toEqual([1, "lost"]);
  });

  test("a server that slept, or whose clock jumped, loses no node by it", async () => {
    const world = new JobsWorld();
    const node = new ScriptedNode(world.jobs, { key });
    world.clock.jump(10 * nodeTimes.leaseMs);
    await pass(world, 2_000, node);
    expect(world.jobs.nodeDesk.get("n1").status).toBe("ready");
  });
});

describe("what a node says of itself", () => {
  test.each<[string, object, string]>([
    ["no name", { capacity: { cpu: 1 } }, "/id"],
    ["a name that is none", { id: "a b", capacity: { cpu: 1 } }, "/id"],
    ["nothing to offer", { id: "a", capacity: {} }, "/capacity"],
    ["no capacity", { id: "a" }, "/capacity"],
    ["half a processor's thousandth", { id: "a", capacity: { cpu: 0.5 } }, "/capacity"],
    ["a short key", { id: "a", capacity: { cpu: 1 }, key: "abc" }, "/key"],
    ["a field that is not known", { id: "a", capacity: { cpu: 1 }, lables: {} }, "/lables"],
    ["attempts without a number", { id: "a", capacity: { cpu: 1 }, holds: [{ job: "j", token: "1" }] }, "/holds/0/token"],
    ["a total that is none", { id: "a", capacity: { cpu: 1 }, total: { cpu: -1 } }, "/total"],
    ["a taint that does nothing", { id: "a", capacity: { cpu: 1 }, taints: [{ key: "k", effect: "NoSchedule" }] }, "/taints/0/effect"],
    ["no places", { id: "a", functions: [], concurrency: 0 }, "/concurrency"],
  ])("%s is refused with its place", (_, hello, pointer) => {
    const read = readJoin(hello as never);
    expect(read.ok ? [] : read.error.map((problem) => problem.pointer)).toContain(pointer);
  });

  test("a node of a cluster says what it has left, what it would have, and whom it keeps away", () => {
    const taints = [
      { key: "team", value: "blue", effect: "no-schedule" },
      { key: "spot", effect: "prefer-not" },
    ];
    const hello = { id: "far.a", pool: "far", capacity: { cpu: 0, memory: 0 }, total: { cpu: 4_000, memory: 1 }, taints };
    const read = readJoin({ ...hello, labels: { "node-role.kubernetes.io/worker": "" } });
    expect(read.ok && read.value.hello).toMatchObject({ ...hello, labels: { "node-role.kubernetes.io/worker": "" } });
  });

  test("a worker's places are its capacity, and nothing but its functions is placed there", () => {
    const read = readJoin({ id: "w", functions: [{ name: "square", version: "1.0.0" }], concurrency: 3 });
    expect(read.ok && read.value.hello).toMatchObject({ capacity: { slots: 3 }, taints: [{ key: "baton/worker", effect: "no-schedule" }] });
  });

  test("a token is asked for with a time that there is", () => {
    expect(readTokenRequest({})).toEqual({ ok: true, value: { forMs: joinTokenLimits.defaultMs, note: null } });
    for (const wrong of [{ expiresIn: "P2Y" }, { expiresIn: "400d" }, { expires: "1h" }, []])
      expect(readTokenRequest(wrong as never).ok).toBe(false);
  });
});
