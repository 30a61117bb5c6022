// What a live scheduler was told and decided, recorded and replayed through the same core: an hour of load on a clock that
// runs ahead, with nodes that come and go, servers that die, queues and policies that change.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { seededRandom, type Json, type Random } from "../packages/core/index.ts";
import type { AttemptRef, Order } from "../packages/executors/index.ts";
import { readObjects, type NodeSession } from "../packages/runtime/index.ts";
import { JobsWorld } from "../packages/runtime/testing/jobs-world.ts";
import { openRecorder } from "../packages/server/recording.ts";
import { recordingHistory, replayRecording, type Replay } from "../packages/simulator/index.ts";
import { openMemoryStore } from "../packages/storage/index.ts";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "baton-recording-"));
  folders.push(folder);
  return folder;
}

/** A machine on the world's clock: what it runs takes its time, and sometimes fails. */
class Machine {
  readonly #world: JobsWorld;
  readonly #id: string;
  readonly #random: Random;
  readonly #holds = new Map<string, AttemptRef>();
  #session: NodeSession | undefined;

  constructor(world: JobsWorld, id: string, random: Random) {
    this.#world = world;
    this.#id = id;
    this.#random = random;
    this.link();
    const beat = (): void => {
      this.#session?.heartbeat({ cpuMillis: 0, memoryBytes: 0, running: this.#holds.size });
      world.clock.after(2_000, beat);
    };
    beat();
  }

  link(): void {
    const capacity = { cpu: 4_000, memory: 8_000_000_000 };
    this.#session = this.#world.jobs.join({ id: this.#id, capacity, holds: [...this.#holds.values()] }, (orders) => this.#take(orders));
  }

  crash(): void {
    this.#holds.clear();
    this.#session?.close();
    this.#session = undefined;
  }

  #take(orders: readonly Order[]): void {
    for (const order of orders) {
      if (order.type === "start") this.#start({ job: order.task.job, token: order.task.token });
      else if (order.type === "stop") this.#end({ job: order.job, token: order.token }, true);
    }
  }

  #start(ref: AttemptRef): void {
    this.#holds.set(`${ref.job} ${ref.token}`, ref);
    const runMs = 500 - Math.log(1 - this.#random()) * 8_000;
    this.#world.clock.after(runMs, () => this.#end(ref, false));
  }

  #end(ref: AttemptRef, isStopped: boolean): void {
    if (!this.#holds.delete(`${ref.job} ${ref.token}`)) return;
    const usage = { wallMs: 1 };
    const fault = { code: "job-exit", message: "It ended with exit code 1." };
    const ran = this.#random() < 0.9 ? { status: "completed" as const, result: null, usage } : { status: "failed" as const, fault, usage };
    const end = isStopped ? { status: "stopped" as const, usage } : ran;
    const now = this.#world.clock.now();
    this.#session?.reports([{ type: "ended", ...ref, end, startedAt: now, endedAt: now }]);
  }
}

function submissionOf(random: Random): Json {
  const job = (): { [field: string]: Json } => ({
    command: ["true"],
    priority: Math.floor(random() * 100),
    resources: { cpu: random() < 0.2 ? 3 : 1, memory: "100M" },
    retries: { failed: 1, delay: "2s" },
    queue: random() < 0.5 ? "a" : "b",
    ...(random() < 0.3 && { expectedDuration: "10s" }),
  });
  const dice = random();
  if (dice < 0.15)
    return {
      jobs: [
        { ...job(), name: "x" },
        { ...job(), name: "y", after: ["x"] },
      ],
    };
  if (dice < 0.25)
    return {
      jobs: [
        { ...job(), name: "p", gang: "g" },
        { ...job(), name: "q", gang: "g" },
      ],
    };
  return job();
}

async function apply(world: JobsWorld, objects: readonly Json[]): Promise<void> {
  const read = readObjects({ objects }, { objects: world.jobs.objects, jobs: world.jobs.readingFacts() });
  if (!read.ok) throw new Error(JSON.stringify(read.error));
  await world.jobs.objects.apply(read.value);
}

function replaysOf(folder: string): Replay[] {
  const names = readdirSync(folder).sort();
  return names.map((name) => {
    const replay = replayRecording(readFileSync(join(folder, name), "utf8").split("\n"), name);
    if (!replay.ok) throw new Error(JSON.stringify(replay.error));
    return replay.value;
  });
}

const hourMs = 3_600_000;

test("an hour of load, with crashes and restarts, replays to the byte", async () => {
  const folder = newFolder();
  const random = seededRandom(11);
  const world = new JobsWorld(openMemoryStore(), () => openRecorder({ folder, log: (record) => world.logged.push(record) }));
  const queue = (name: string, weight: number): Json => ({ kind: "queue", name, weight, guarantee: { cpu: 3 } });
  await apply(world, [queue("a", 1), queue("b", 2)]);
  const machines = ["m1", "m2", "m3"].map((id) => new Machine(world, id, random));
  const started = world.clock.now();
  let submitted = 0;
  for (let turn = 0; world.clock.now() - started < hourMs; turn++) {
    submitted += (await world.submit(submissionOf(random))).length;
    await world.clock.pass(-Math.log(1 - random()) * 1_800);
    const machine = machines[Math.floor(random() * machines.length)] as Machine;
    if (turn % 200 === 99) machine.crash();
    if (turn % 200 === 119) for (const one of machines) one.link();
    if (turn % 500 === 250)
      await apply(world, [queue("a", 1 + (turn % 3)), { kind: "policy", order: turn % 1000 === 250 ? "sjf" : "fcfs" }]);
    if (turn % 700 === 600) {
      await world.restart();
      for (const one of machines) one.link();
    }
  }
  await world.jobs.close();
  expect(submitted).toBeGreaterThan(1_500);
  const replays = replaysOf(folder);
  expect(replays.length).toBeGreaterThanOrEqual(3);
  expect(replays.map(({ difference }) => difference)).toEqual(replays.map(() => null));
  expect(replays.reduce((sum, { jobs }) => sum + jobs, 0)).toBeGreaterThanOrEqual(submitted);
  expect(replays.reduce((sum, { decisions }) => sum + decisions, 0)).toBeGreaterThan(submitted);
  expect(replays.reduce((sum, { from, until }) => sum + until - from, 0)).toBeGreaterThan(hourMs * 0.98);
});

/** A small recording of one scheduler, as its lines. */
async function recorded(maxBytes?: number): Promise<{ readonly folder: string; readonly lines: string[]; readonly world: JobsWorld }> {
  const folder = newFolder();
  const options = { folder, ...(maxBytes !== undefined && { maxBytes }) };
  const world = new JobsWorld(openMemoryStore(), () => openRecorder({ ...options, log: (record) => world.logged.push(record) }));
  const machine = new Machine(world, "m1", seededRandom(1));
  for (let i = 0; i < 20; i++) await world.submit({ command: ["true"], resources: { cpu: 1 } });
  await world.clock.pass(200_000);
  machine.crash();
  const [name = ""] = readdirSync(folder);
  return { folder, lines: readFileSync(join(folder, name), "utf8").trimEnd().split("\n"), world };
}

test("the first decision that differs is named", async () => {
  const { lines } = await recorded();
  const at = lines.findIndex((line) => line.includes('"type":"start"'));
  const changed = lines.with(at, (lines[at] as string).replace('"nodeId":"m1"', '"nodeId":"m2"'));
  const replay = replayRecording(changed, "changed");
  expect(replay).toMatchObject({ ok: true, value: { end: null, difference: { line: at + 1, event: { type: "jobs-submitted" } } } });
});

test("the last line may be cut, any other may not", async () => {
  const { lines } = await recorded();
  const cut = [...lines.slice(0, -1), (lines.at(-1) as string).slice(0, 20)];
  expect(replayRecording(cut, "cut")).toMatchObject({ ok: true, value: { events: lines.length - 2, difference: null } });
  const torn = lines.with(3, "{");
  expect(replayRecording(torn, "torn")).toMatchObject({ ok: false, error: [{ code: "recording-malformed", where: "torn: line 4" }] });
  expect(replayRecording(["{}"], "x")).toMatchObject({ ok: false, error: [{ code: "recording-malformed", where: "x: line 1" }] });
  expect(replayRecording([""], "empty")).toMatchObject({ ok: false, error: [{ code: "recording-malformed" }] });
});

test("a recording that is full ends and says so, and old ones make room for the next", async () => {
  const { folder, lines, world } = await recorded(8_000);
  expect(lines.at(-1)).toBe('{"end":"limit"}');
  expect(replayRecording(lines, "full")).toMatchObject({ ok: true, value: { end: "limit", difference: null } });
  expect(world.logged.filter(({ message }) => message.includes("has reached 4000 bytes")).length).toBe(1);
  for (let life = 0; life < 3; life++) {
    world.clock.jump(1_000);
    await world.restart();
  }
  const bytes = readdirSync(folder).reduce((sum, name) => sum + readFileSync(join(folder, name)).length, 0);
  expect(bytes).toBeLessThanOrEqual(8_000 + 100);
});

test("a recording is a history too: other policies can be tried on its jobs", async () => {
  const { lines } = await recorded();
  const history = recordingHistory(lines, "recorded");
  expect(history).toMatchObject({ ok: true, value: { cluster: { nodes: [{ id: "m1" }] } } });
  const records = history.ok ? history.value.records : [];
  expect(records.length).toBe(20);
  for (const { startedAt = 0, endedAt, runMs } of records) expect(runMs).toBe(endedAt - startedAt);
});
