// Jobs that only nodes could run which take none now: they wait and say for whom, and only what no node could ever hold is refused.
import { expect, test } from "vitest";
import type { NodeHello, NodeLoad } from "@baton/executors";
import { JobsWorld, ScriptedNode } from "../testing/jobs-world.ts";
import { settle } from "../testing/manual-clock.ts";
import { nodeTimes, pressureLimits } from "./limits.ts";

const key = "k".repeat(40);
const gpu: Partial<NodeHello> = { id: "gpu-1", key, capacity: { cpu: 2_000, gpu: 1 } };
const needsGpu = { command: ["train"], resources: { cpu: 1, gpu: 1 } };

function join(world: JobsWorld, hello: Partial<NodeHello> = {}): ScriptedNode {
  return new ScriptedNode(world.jobs, hello);
}

async function reasonOf(world: JobsWorld, id: string): Promise<{ readonly summary: string; readonly remedy: string }> {
  const reason = (await world.jobs.desk.explain(id)).waits?.reasons[0];
  return { summary: reason?.summary ?? "", remedy: reason?.remedy.summary ?? "" };
}

/** A node that was there and is lost, beside one that is heard of. */
async function withLostNode(): Promise<{ readonly world: JobsWorld; readonly beat: () => void }> {
  const world = new JobsWorld();
  const there = new ScriptedNode(world.jobs);
  const beat = (): void => there.session.heartbeat({ cpuMillis: 0, memoryBytes: 0, running: 0 });
  new ScriptedNode(world.jobs, gpu).session.close();
  for (let passed = 0; passed <= nodeTimes.leaseMs + 1_000; passed += 1_000) {
    beat();
    await world.clock.pass(1_000);
  }
  expect(world.jobs.nodeDesk.get("gpu-1").status).toBe("lost");
  return { world, beat };
}

test("a job that only a lost node could run waits for it, and starts when it comes back", async () => {
  const { world } = await withLostNode();
  const id = await world.submitOne(needsGpu);
  expect(await reasonOf(world, id)).toEqual({
    summary: "it waits for gpu-1 (lost): of 2 nodes, 1 by size (gpu), 1 by status (lost)",
    remedy: "start gpu-1 again, or add a node that could take it",
  });
  await expect(world.submitOne({ ...needsGpu, resources: { gpu: 2 } })).rejects.toThrow(/the largest node has 1/);
  const back = new ScriptedNode(world.jobs, gpu);
  await settle();
  expect(back.starts).toEqual([`${id} 1`]);
});

test("a node that is removed is waited for no more, and nobody may hope for it", async () => {
  const { world } = await withLostNode();
  const id = await world.submitOne(needsGpu);
  await world.jobs.nodeDesk.remove("gpu-1");
  expect((await reasonOf(world, id)).summary).toBe("no node could take it, even empty: of 1 node, 1 by size (gpu)");
  await expect(world.submitOne(needsGpu)).rejects.toThrow(/no node has gpu/);
});

test("after a restart, before the node is back, its jobs are taken in and wait for it", async () => {
  const world = new JobsWorld();
  join(world, gpu);
  await settle();
  await world.restart();
  join(world);
  const id = await world.submitOne(needsGpu);
  expect((await reasonOf(world, id)).summary).toContain("it waits for gpu-1 (suspect)");
  const back = new ScriptedNode(world.jobs, gpu);
  await settle();
  expect(back.starts).toEqual([`${id} 1`]);
});

test("each node that keeps it waiting is named with what would open it, three at most", async () => {
  const world = new JobsWorld();
  for (const id of ["a", "b", "c", "d"]) join(world, { ...gpu, id });
  await world.jobs.nodeDesk.want("a", "cordoned");
  for (const id of ["b", "c", "d"]) await world.jobs.nodeDesk.want(id, "draining");
  expect(await reasonOf(world, await world.submitOne(needsGpu))).toEqual({
    summary:
      "it waits for a (cordoned) or b (draining) or c (draining) or 1 more: of 4 nodes, 3 by status (draining), 1 by status (cordoned)",
    remedy: "uncordon a, or uncordon b, or add a node that could take it",
  });
});

test("a job without room, and a gang that has some, say which further nodes could take them", async () => {
  const world = new JobsWorld();
  for (const id of ["a", "b"]) join(world, { id });
  await world.jobs.nodeDesk.want("b", "cordoned");
  const whole = { command: ["true"], resources: { cpu: 2 } };
  const gang = { jobs: [0, 1].map((i) => ({ ...whole, name: `part-${i}`, gang: "g" })) };
  const [first] = await world.submit(gang);
  expect(await reasonOf(world, first ?? "")).toEqual({
    summary: expect.stringMatching(
      /^there is room for 1 of the 2 jobs of gang g, and they start together; others could go to b \(cordoned\)$/,
    ) as string,
    remedy: "it starts when enough has ended; or uncordon b, or add a node that could take it",
  });
  await world.submitOne(whole);
  expect(await reasonOf(world, await world.submitOne(whole))).toEqual({
    summary: "no node has room: of 2 nodes, 1 by room (cpu), 1 by status (cordoned)",
    remedy: "it starts when enough has ended; or uncordon b, or add a node that could take it",
  });
});

test("a node under pressure keeps what it has and gets no more until it is over; both are told", async () => {
  const world = new JobsWorld();
  const disk = 100 * pressureLimits.mostBytes;
  const node = new ScriptedNode(world.jobs, { capacity: { cpu: 2_000, disk } });
  const load = (diskFreeBytes: number): NodeLoad => ({ cpuMillis: 0, memoryBytes: 0, running: 0, diskFreeBytes });
  const first = await world.submitOne({ command: ["true"] });
  node.session.heartbeat(load(pressureLimits.mostBytes - 1));
  expect(world.jobs.nodeDesk.get("n1")).toMatchObject({ status: "ready", pressure: "disk-pressure", jobs: [first] });
  const second = await world.submitOne({ command: ["true"] });
  expect(await reasonOf(world, second)).toEqual({
    summary: "it waits for n1 (disk-pressure): of 1 node, 1 by status (disk-pressure)",
    remedy: "wait until n1 has disk to spare, or clear some, or add a node that could take it",
  });
  node.session.heartbeat(load(pressureLimits.mostBytes + 1));
  await settle();
  expect(node.starts).toEqual([`${first} 1`]);
  node.session.heartbeat(load(disk));
  await settle();
  expect(node.starts).toEqual([`${first} 1`, `${second} 1`]);
  const told = await world.jobs.audit.list({ subject: "n1", limit: 10 });
  expect(told.map(({ entry: { actor, action, detail } }) => [actor, action, detail])).toEqual([
    ["server", "node.relieved", { of: "disk-pressure" }],
    ["server", "node.pressed", { by: "disk-pressure", why: `it has ${pressureLimits.mostBytes - 1} bytes of disk left` }],
    ["node n1", "node.joined", { holds: 0, stale: 0 }],
  ]);
  expect(world.logged.map(({ level, message }) => `${level} ${message}`)).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^warning The node n1 is under disk pressure/) as string,
      expect.stringMatching(/^info The node n1 is not under disk pressure any more/) as string,
    ]),
  );
});
