// Jobs in a world where everything fails at random: the server, the store, machines and their links. Whatever happens, a job
// that was taken in ends exactly once, with a result that its last attempt really had, and no machine is given more than it has.
import { assert, asyncProperty, integer } from "fast-check";
import { expect, test } from "vitest";
import { seededRandom, type Json, type Random } from "@baton/core";
import type { JobEnd, Order, Report } from "@baton/executors";
import { JobsWorld } from "../testing/jobs-world.ts";
import { settle } from "../testing/manual-clock.ts";
import { isFinalJobStatus } from "./job.ts";
import type { NodeSession } from "./jobs.ts";

const cores = 4;

/** A machine: what it runs goes on without a link, and dies with it. */
class Machine {
  readonly id: string;
  readonly #world: Chaos;
  /** Attempts that it holds, with their end once they have one. */
  readonly attempts = new Map<string, { readonly job: string; readonly token: number; end: JobEnd | null }>();
  #session: NodeSession | null = null;
  #link: object | null = null;

  constructor(world: Chaos, id: string) {
    this.#world = world;
    this.id = id;
  }

  get isLinked(): boolean {
    return this.#session !== null;
  }

  link(): void {
    const holds = [...this.attempts.values()].map(({ job, token }) => ({ job, token }));
    // What is said on a link that is cut gets lost.
    const link = {};
    this.#link = link;
    const session = this.#world.world.jobs.join({ id: this.id, capacity: { cpu: cores * 1_000 }, holds }, (orders) => {
      if (this.#link === link) this.#take(orders);
    });
    this.#session = session;
    for (const attempt of this.attempts.values()) this.#report(attempt);
  }

  /** The link breaks; the server may notice at once, or only by the silence. */
  cut(isNoticed: boolean): void {
    if (isNoticed) this.#session?.close();
    this.#session = null;
    this.#link = null;
  }

  beat(): void {
    this.#session?.heartbeat({ cpuMillis: 0, memoryBytes: 0, running: this.attempts.size });
  }

  /** Everything on it is gone. */
  crash(): void {
    this.attempts.clear();
    this.cut(true);
  }

  /** One of its attempts ends. */
  finishOne(random: Random, isSure: boolean): void {
    const running = [...this.attempts.values()].filter(({ end }) => end === null);
    const attempt = running[Math.floor(random() * running.length)];
    if (attempt === undefined) return;
    attempt.end =
      isSure || random() < 0.7
        ? { status: "completed", result: { token: attempt.token }, usage: { wallMs: 1 } }
        : { status: "failed", fault: { code: "job-exit", message: "exit code 1" }, usage: { wallMs: 1 } };
    this.#world.ends.add(`${attempt.job} ${attempt.token}`);
    this.#report(attempt);
  }

  #report({ job, token, end }: { readonly job: string; readonly token: number; readonly end: JobEnd | null }): void {
    if (end === null) return;
    const report: Report = { type: "ended", job, token, end, startedAt: 0, endedAt: 0 };
    this.#session?.reports([report]);
  }

  #take(orders: readonly Order[]): void {
    for (const order of orders) {
      if (order.type === "start") this.#start(order.task.job, order.task.token);
      else if (order.type === "settled") this.attempts.delete(`${order.job} ${order.token}`);
      else if (order.type === "stop") this.#stop(`${order.job} ${order.token}`);
    }
  }

  #start(job: string, token: number): void {
    const key = `${job} ${token}`;
    const before = this.#world.starts.get(key) ?? this.id;
    expect(before, `attempt ${key} was started on two machines`).toBe(this.id);
    this.#world.starts.set(key, this.id);
    if (!this.attempts.has(key)) this.attempts.set(key, { job, token, end: null });
  }

  #stop(key: string): void {
    const attempt = this.attempts.get(key);
    if (attempt === undefined || attempt.end !== null) return;
    attempt.end = { status: "stopped", usage: { wallMs: 1 } };
    this.#report(attempt);
  }
}

class Chaos {
  readonly world = new JobsWorld();
  readonly machines: Machine[];
  /** Attempts by where they were started, and those that have really ended. */
  readonly starts = new Map<string, string>();
  readonly ends = new Set<string>();
  readonly accepted: string[] = [];
  readonly #finals = new Map<string, string>();
  readonly #random: Random;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
    this.machines = ["a", "b", "c"].map((id) => new Machine(this, id));
    for (const machine of this.machines) machine.link();
  }

  async step(): Promise<void> {
    const machine = this.machines[Math.floor(this.#random() * this.machines.length)] as Machine;
    const dice = this.#random();
    if (dice < 0.35) this.#submit();
    else if (dice < 0.65) machine.finishOne(this.#random, false);
    else if (dice < 0.72) machine.cut(this.#random() < 0.5);
    else if (dice < 0.78 && !machine.isLinked) machine.link();
    else if (dice < 0.81) machine.crash();
    else if (dice < 0.85) await this.#restart();
    else if (dice < 0.88) this.world.troubled.set("fail");
    else if (dice < 0.9) await this.#cancelOne();
    else await this.pass(Math.ceil(this.#random() * 8));
    if (this.#random() < 0.3) this.world.troubled.set("none");
    await settle(3);
    this.#checkRoom();
    await this.#checkFinals();
  }

  /** Everything works from now on, and what runs completes. */
  async heal(): Promise<void> {
    this.world.troubled.set("none");
    for (let round = 0; round < 200; round++) {
      for (const machine of this.machines) if (!machine.isLinked) machine.link();
      for (const machine of this.machines) for (let i = 0; i < 4; i++) machine.finishOne(this.#random, true);
      await this.pass(3);
      if ([...this.world.jobs.scheduler.jobs.values()].length === 0) return;
    }
  }

  pass(seconds: number): Promise<void> {
    return this.world.pass(seconds, () => this.machines.forEach((machine) => machine.beat()));
  }

  async check(): Promise<void> {
    for (const id of this.accepted) {
      const { status, attempt, output } = await this.world.get(id);
      expect(isFinalJobStatus(status), `job ${id} is ${status}`).toBe(true);
      if (status !== "completed") continue;
      expect(output).toEqual({ token: attempt });
      expect(this.ends.has(`${id} ${attempt}`)).toBe(true);
    }
  }

  #submit(): void {
    const before = this.accepted.at(-1);
    const after = before !== undefined && this.#random() < 0.2 ? [before] : [];
    const retries = { failed: Math.floor(this.#random() * 3), lost: 1 + Math.floor(this.#random() * 3), delay: "2s" };
    const job: Json = { command: ["true"], resources: { cpu: 1 + Math.floor(this.#random() * cores) }, after, retries };
    void this.world
      .submit(
        this.#random() < 0.2
          ? {
              jobs: [
                { ...job, name: "x" },
                { command: ["true"], after: ["x"] },
              ],
            }
          : job,
      )
      .then(
        (ids) => this.accepted.push(...ids),
        // The store is failing, or what it waits for has failed: whoever submits is told.
        () => undefined,
      );
  }

  async #cancelOne(): Promise<void> {
    const id = this.accepted[Math.floor(this.#random() * this.accepted.length)];
    // It has ended already, or the store is failing.
    if (id !== undefined) void this.world.jobs.desk.cancel(id).catch(() => undefined);
    await settle(1);
  }

  /** The server dies at once and comes back; links that were up are made again. */
  async #restart(): Promise<void> {
    const linked = this.machines.filter(({ isLinked }) => isLinked);
    for (const machine of linked) machine.cut(false);
    this.world.troubled.set("none");
    await this.world.restart();
    for (const machine of linked) if (this.#random() < 0.8) machine.link();
  }

  /** What the server has given a machine fits it, at any moment. */
  #checkRoom(): void {
    for (const { id, jobs } of this.world.jobs.nodes.list()) {
      const used = [...jobs.values()].reduce((sum, { definition }) => sum + (definition.placement.requests["cpu"] ?? 0), 0);
      expect(used, `machine ${id} is given too much`).toBeLessThanOrEqual(cores * 1_000);
    }
  }

  /** What has ended stays as it ended. */
  async #checkFinals(): Promise<void> {
    for (const { id, status, attempt } of await this.world.inner.listJobs({ tenant: "default", limit: 10_000 })) {
      const now = `${status} ${attempt}`;
      const before = this.#finals.get(id);
      if (before !== undefined) expect(now, `job ${id} had ended`).toBe(before);
      else if (isFinalJobStatus(status)) this.#finals.set(id, now);
    }
  }
}

test("a job that was taken in ends exactly once, whatever fails", async () => {
  await assert(
    asyncProperty(integer(), async (seed) => {
      const chaos = new Chaos(seed);
      for (let i = 0; i < 120; i++) await chaos.step();
      await chaos.heal();
      await chaos.check();
      chaos.world.jobs.nodes.close();
      expect(chaos.accepted.length).toBeGreaterThan(5);
    }),
    { numRuns: Number(process.env["RUNS"] ?? 12) },
  );
}, 120_000);
