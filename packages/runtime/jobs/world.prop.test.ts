// Jobs of all kinds in a world where everything fails at random, as the machines see it: graphs, gangs and arrays, policies that
// freeze and that make room, messages that are on their way for a while, a server that is killed between two of its writes.
//
// Whatever happens: an attempt begins once, on one machine; nothing begins before what it waits for has completed; no machine runs
// more than it has; and in the end everything has ended, nothing runs or is frozen anywhere, and every machine is empty.
import { assert, asyncProperty, integer } from "fast-check";
import { expect, test } from "vitest";
import { seededRandom, type Json, type Random } from "@baton/core";
import type { JobEnd, Order, Report } from "@baton/executors";
import type { Policy } from "@baton/scheduler";
import { JobsWorld } from "../testing/jobs-world.ts";
import { settle } from "../testing/manual-clock.ts";
import { isFinalJobStatus } from "./job.ts";
import type { NodeSession } from "./jobs.ts";
import { livePolicy } from "./live-policy.ts";

const cores = 4;

interface Attempt {
  readonly job: string;
  readonly token: number;
  readonly cpu: number;
  frozen: boolean;
  /** It was told to end, and takes a while. */
  stopping: boolean;
  /** It was frozen when it was told: what it needs to come to its end is little, and nothing is kept free for it. */
  isThawedToEnd: boolean;
  end: JobEnd | null;
}

/** A machine whose messages are on their way for as long as the test likes. */
class Machine {
  readonly id: string;
  readonly attempts = new Map<string, Attempt>();
  readonly #world: World;
  #session: NodeSession | null = null;
  #link: object | null = null;
  #coming: Order[] = [];
  #going: Report[] = [];

  constructor(world: World, id: string) {
    this.#world = world;
    this.id = id;
  }

  get isLinked(): boolean {
    return this.#session !== null;
  }

  link(): void {
    const link = {};
    [this.#link, this.#coming, this.#going] = [link, [], []];
    const holds = [...this.attempts.values()].map(({ job, token }) => ({ job, token }));
    const hello = { id: this.id, capacity: { cpu: cores * 1_000 }, holds };
    this.#session = this.#world.jobs.join(hello, (orders) => void (this.#link === link && this.#coming.push(...orders)));
    for (const attempt of this.attempts.values()) this.#tell(attempt);
  }

  cut(isNoticed: boolean): void {
    if (isNoticed) this.#session?.close();
    [this.#session, this.#link, this.#coming, this.#going] = [null, null, [], []];
  }

  crash(): void {
    this.attempts.clear();
    this.cut(true);
  }

  beat(): void {
    this.#session?.heartbeat({ cpuMillis: 0, memoryBytes: 0, running: this.attempts.size });
  }

  /** What is on its way arrives: some of it, or all. */
  deliver(random: Random, all = false): void {
    const coming = this.#coming.splice(0, all ? this.#coming.length : Math.ceil(random() * this.#coming.length));
    for (const order of coming) this.#carryOut(order);
    const going = this.#going.splice(0, all ? this.#going.length : Math.ceil(random() * this.#going.length));
    if (going.length > 0) this.#session?.reports(going);
  }

  /** One that runs ends by itself, or what was told to end does. */
  progress(random: Random, isSure: boolean): void {
    const able = [...this.attempts.values()].filter(({ end, frozen, stopping }) => end === null && (!frozen || stopping));
    const attempt = able[Math.floor(random() * able.length)];
    if (attempt === undefined) return;
    const usage = { wallMs: 1 };
    if (attempt.stopping && random() < 0.8) attempt.end = { status: "stopped", usage };
    else if (isSure || random() < 0.75) attempt.end = { status: "completed", result: { token: attempt.token }, usage };
    else attempt.end = { status: "failed", fault: { code: "job-exit", message: "exit code 1" }, usage };
    attempt.frozen = false;
    if (attempt.end.status === "completed") this.#world.completed.add(attempt.job);
    this.#tell(attempt);
  }

  #tell({ job, token, end }: Attempt): void {
    if (end === null) return void this.#going.push({ type: "started", job, token, at: this.#world.world.clock.now() });
    const at = this.#world.world.clock.now();
    this.#going.push({ type: "ended", job, token, end, startedAt: at, endedAt: at });
  }

  #carryOut(order: Order): void {
    if (order.type === "start") return this.#start(order.task.job, order.task.token, order.task.limits["cpu"] ?? 0);
    const attempt = this.attempts.get(`${order.job} ${order.token}`);
    if (attempt === undefined) return;
    if (order.type === "settled") {
      if (attempt.end === null) return;
      this.attempts.delete(`${order.job} ${order.token}`);
      return;
    }
    if (attempt.end !== null) return;
    if (order.type === "stop") {
      attempt.stopping = true;
      attempt.isThawedToEnd ||= attempt.frozen;
      attempt.frozen = false;
    } else if (order.type === "resume") attempt.frozen = false;
    else if (!attempt.stopping) {
      attempt.frozen = true;
      this.#going.push({ type: "suspended", job: order.job, token: order.token });
    }
  }

  #start(job: string, token: number, cpu: number): void {
    const key = `${job} ${token}`;
    if (this.attempts.has(key)) return;
    expect(this.#world.starts.get(key), `attempt ${key} was begun twice`).toBeUndefined();
    this.#world.starts.set(key, this.id);
    this.#world.checkOrder(job);
    const attempt: Attempt = { job, token, cpu, frozen: false, stopping: false, isThawedToEnd: false, end: null };
    this.attempts.set(key, attempt);
    const running = [...this.attempts.values()].filter(({ end, frozen, isThawedToEnd }) => end === null && !frozen && !isThawedToEnd);
    expect(
      running.reduce((sum, one) => sum + one.cpu, 0),
      `machine ${this.id} runs too much`,
    ).toBeLessThanOrEqual(cores * 1_000);
    this.#tell(attempt);
  }
}

class World {
  readonly world = new JobsWorld();
  readonly machines = ["a", "b", "c"].map((id) => new Machine(this, id));
  readonly starts = new Map<string, string>();
  /** Jobs of which an attempt has come to its end on a machine. */
  readonly completed = new Set<string>();
  /** What each job waits for. */
  readonly after = new Map<string, readonly string[]>();
  readonly accepted: string[] = [];
  readonly random: Random;

  constructor(seed: number) {
    this.random = seededRandom(seed);
  }

  get jobs(): JobsWorld["jobs"] {
    return this.world.jobs;
  }

  async open(): Promise<void> {
    await this.jobs.recover();
    const policy = policies[Math.floor(this.random() * policies.length)] as Policy;
    await this.jobs.objects.apply({ queues, policy });
    for (const machine of this.machines) machine.link();
  }

  checkOrder(job: string): void {
    for (const before of this.after.get(job) ?? [])
      expect(this.completed.has(before), `${job} was begun before ${before} had completed`).toBe(true);
  }

  async step(): Promise<void> {
    const machine = this.machines[Math.floor(this.random() * this.machines.length)] as Machine;
    const dice = this.random();
    if (dice < 0.22) this.#submit();
    else if (dice < 0.5) machine.progress(this.random, false);
    else if (dice < 0.56) machine.cut(this.random() < 0.5);
    else if (dice < 0.64 && !machine.isLinked) machine.link();
    else if (dice < 0.66) machine.crash();
    else if (dice < 0.7) await this.#restart();
    else if (dice < 0.73) this.world.troubled.set("fail");
    else if (dice < 0.75) this.world.troubled.set("store-and-fail");
    else if (dice < 0.78) void this.#cancelOne();
    else if (dice < 0.8) this.world.troubled.dieAfter(1 + Math.floor(this.random() * 3));
    else await this.pass(Math.ceil(this.random() * 8));
    if (this.random() < 0.3 && !this.world.troubled.isDead) this.world.troubled.set("none");
    for (const one of this.machines) if (this.random() < 0.7) one.deliver(this.random);
    await settle(3);
    if (this.world.troubled.isDead) await this.#restart();
  }

  async heal(): Promise<void> {
    await this.#restart();
    for (let round = 0; round < 400; round++) {
      for (const machine of this.machines) if (!machine.isLinked) machine.link();
      for (const machine of this.machines) machine.deliver(this.random, true);
      await settle(2);
      for (const machine of this.machines) for (let i = 0; i < 6; i++) machine.progress(this.random, true);
      await this.pass(2);
      if (this.jobs.scheduler.jobs.size === 0 && this.machines.every(({ attempts }) => attempts.size === 0)) return;
    }
  }

  pass(seconds: number): Promise<void> {
    return this.world.pass(seconds, () => this.machines.forEach((machine) => machine.beat()));
  }

  async check(): Promise<void> {
    for (const id of this.accepted) {
      const { status, attempt, output } = await this.world.get(id);
      expect(isFinalJobStatus(status), `job ${id} is ${status}`).toBe(true);
      if (status === "completed") expect(output).toEqual({ token: attempt });
    }
    for (const { id, attempts } of this.machines) expect([...attempts.keys()], `on ${id}`).toEqual([]);
    for (const node of this.jobs.nodes.list())
      expect([node.id, this.jobs.nodes.statusOf(node), node.jobs.size]).toEqual([node.id, "ready", 0]);
    // Every machine is empty in the scheduler's books too: each takes a job that needs all of it.
    const whole = await this.world.submit({ command: ["true"], resources: { cpu: cores }, array: this.machines.length });
    for (const machine of this.machines) machine.deliver(this.random, true);
    expect(new Set(whole.map((id) => this.starts.get(`${id} 1`))).size).toBe(this.machines.length);
  }

  #submit(): void {
    const count = 1 + Math.floor(this.random() * 5);
    const written = Array.from({ length: count }, (_, i) => this.#job(i));
    const key = `key ${this.accepted.length} ${this.random()}`;
    const submission = { jobs: written } as unknown as Json;
    const names = written.map(({ name }) => name);
    void this.world.submit(submission, key).then(
      (ids) => this.#accepted(ids, names, written),
      () => undefined,
    );
  }

  #accepted(ids: readonly string[], names: readonly string[], written: readonly { readonly after?: readonly string[] }[]): void {
    this.accepted.push(...ids);
    if (ids.length !== names.length) return;
    const idOf = new Map(names.map((name, i) => [name, ids[i] as string]));
    written.forEach(({ after = [] }, i) =>
      this.after.set(
        ids[i] as string,
        after.map((one) => idOf.get(one) ?? one),
      ),
    );
  }

  #job(i: number): { readonly name: string; readonly after?: readonly string[] } {
    const retries = { failed: Math.floor(this.random() * 3), lost: 2 + Math.floor(this.random() * 4), delay: "2s" };
    const dice = this.random();
    const earlier = this.accepted.at(-1);
    const base = {
      name: `n${i}`,
      command: ["true"],
      resources: { cpu: 1 + Math.floor(this.random() * 2) },
      queue: this.random() < 0.5 ? "one" : "two",
      priority: Math.floor(this.random() * 100),
      expectedDuration: `${1 + Math.floor(this.random() * 60)}s`,
      retries,
    };
    if (dice < 0.4 && i > 0) return { ...base, after: [`n${Math.floor(this.random() * i)}`] };
    if (dice < 0.5 && earlier !== undefined) return { ...base, after: [earlier] };
    if (dice < 0.6) return { ...base, gang: "g" } as never;
    return dice < 0.65 ? ({ ...base, array: { count: 3, maxRunning: 2 } } as never) : base;
  }

  async #cancelOne(): Promise<void> {
    const id = this.accepted[Math.floor(this.random() * this.accepted.length)];
    if (id !== undefined) await this.jobs.desk.cancel(id).catch(() => undefined);
  }

  async #restart(): Promise<void> {
    const linked = this.machines.filter(({ isLinked }) => isLinked);
    for (const machine of linked) machine.cut(false);
    if (!this.world.troubled.isDead) this.world.troubled.set("none");
    await this.world.restart();
    for (const machine of linked) if (this.random() < 0.8) machine.link();
  }
}

const queues = ["one", "two"].map((id) => ({ id, guarantee: { cpu: 6_000 } }));
const policies: readonly Policy[] = [
  livePolicy,
  { ...livePolicy, order: { name: "rr", sliceMs: 3_000 } },
  { ...livePolicy, order: { name: "srtf" } },
];

test("what machines are told to do is right, whatever fails", async () => {
  await assert(
    asyncProperty(integer(), async (seed) => {
      const world = new World(seed);
      await world.open();
      for (let i = 0; i < 100; i++) await world.step();
      await world.heal();
      await world.check();
      world.jobs.nodes.close();
    }),
    { numRuns: Number(process.env["RUNS"] ?? 6) },
  );
}, 600_000);
