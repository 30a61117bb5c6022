// Deployments on a node in the test's hand: what it is told to start comes up, answers and ends as the test says.
import { seededRandom, type JsonObject } from "@baton/core";
import { Deployments, type DeploymentView } from "../deployments/index.ts";
import { readObjects } from "../jobs/read/objects.ts";
import { JobsWorld, ScriptedNode, tenant } from "./jobs-world.ts";
import { settle } from "./manual-clock.ts";

/** A replica's job as its node has it. */
interface Process {
  readonly job: string;
  readonly token: number;
  readonly version: string;
}

/** Deployments under test. */
export class DeploymentsWorld {
  readonly world: JobsWorld;
  /** Versions whose processes end as soon as they have begun. */
  readonly broken = new Set<string>();
  /** Versions that run and do not answer. */
  readonly mute = new Set<string>();
  deployments: Deployments;
  #nodes: ScriptedNode[];
  readonly #taken = new WeakMap<ScriptedNode, number>();
  readonly #running = new Map<ScriptedNode, Process[]>();

  constructor(world = new JobsWorld()) {
    this.world = world;
    this.#nodes = [this.join("n1")];
    this.deployments = this.#open();
  }

  /** Another node comes. */
  join(id: string): ScriptedNode {
    const node = new ScriptedNode(this.world.jobs, { id, capacity: { cpu: 100_000, memory: 1e12 } });
    this.#nodes = [...(this.#nodes ?? []), node];
    this.#running.set(node, []);
    return node;
  }

  /** The versions of all processes that run, in order. */
  get running(): readonly string[] {
    return [...this.#running.values()]
      .flat()
      .map(({ version }) => version)
      .sort();
  }

  async apply(...objects: readonly JsonObject[]): Promise<void> {
    const read = readObjects({ objects: [...objects] }, { objects: this.world.jobs.objects, jobs: this.world.jobs.readingFacts() });
    if (!read.ok) throw new Error(JSON.stringify(read.error));
    await this.deployments.apply(read.value.deployments);
    await this.work();
  }

  view(name = "web"): DeploymentView {
    return this.deployments.get(name);
  }

  /** Nodes do what they were told, until nothing is left to do. */
  async work(): Promise<void> {
    for (let round = 0; round < 50; round++) {
      await settle();
      const done = await Promise.all(this.#nodes.map((node) => this.#obey(node)));
      if (!done.some(Boolean)) return;
    }
  }

  /** Time passes, a little at a time, and nodes do what they are told meanwhile. */
  async pass(ms: number, step = 250): Promise<void> {
    for (let passed = 0; passed < ms; passed += step) {
      await this.world.clock.pass(Math.min(step, ms - passed));
      for (const node of this.#nodes) node.session.heartbeat({ cpuMillis: 0, memoryBytes: 0, running: 0 });
      await this.work();
    }
  }

  /** A process of a version ends by itself. */
  async crash(version: string): Promise<void> {
    for (const [node, processes] of this.#running) {
      const at = processes.findIndex((one) => one.version === version);
      const [ended] = at < 0 ? [] : processes.splice(at, 1);
      if (ended === undefined) continue;
      await node.fail(ended.job, ended.token);
      return this.work();
    }
  }

  /** A node is not heard of any more; its processes are counted no more. */
  async lose(id: string): Promise<void> {
    for (const node of this.#nodes) if (node.id === id) this.#running.delete(node);
    this.#nodes = this.#nodes.filter((node) => node.id !== id);
    await this.pass(20_000, 1_000);
  }

  /** The server dies without a word; its node comes back to the next one with what it runs. `meanwhile`: before all is taken up. */
  async restart(meanwhile: () => void = () => undefined): Promise<void> {
    const held = this.#nodes.map((node) => ({ id: node.id, processes: this.#running.get(node) ?? [] }));
    await this.world.restart();
    this.#running.clear();
    this.#nodes = held.map(({ id, processes }) => {
      const holds = processes.map(({ job, token }) => ({ job, token }));
      const node = new ScriptedNode(this.world.jobs, { id, capacity: { cpu: 100_000, memory: 1e12 }, holds });
      this.#running.set(node, processes);
      return node;
    });
    for (const node of this.#nodes)
      await node.report(...(this.#running.get(node) ?? []).map(({ job, token }) => ({ type: "started" as const, job, token, at: 0 })));
    this.deployments = this.#open();
    await this.deployments.load();
    meanwhile();
    await this.deployments.recover();
    await this.work();
  }

  /** The audit log about a deployment, the oldest first. */
  async log(name = "web"): Promise<readonly string[]> {
    const found = await this.world.jobs.audit.list({ limit: 10_000, subject: name });
    return found.map(({ entry: { action, detail } }) => `${action}${shown(detail)}`).reverse();
  }

  #open(): Deployments {
    const { jobs, inner: store, clock } = this.world;
    const log = (): void => undefined;
    return new Deployments({ jobs, store, tenant, clock, random: seededRandom(1), host: () => null, log });
  }

  async #obey(node: ScriptedNode): Promise<boolean> {
    const from = this.#taken.get(node) ?? 0;
    const fresh = node.orders.slice(from);
    this.#taken.set(node, from + fresh.length);
    const running = this.#running.get(node) ?? [];
    for (const order of fresh) {
      if (order.type === "start") {
        const { job, token, environment } = order.task;
        const version = environment["VERSION"] ?? "";
        await node.report({ type: "started", job, token, at: this.world.clock.now() });
        if (this.broken.has(version)) await node.fail(job, token);
        else running.push({ job, token, version });
      } else if (order.type === "stop") {
        const at = running.findIndex(({ job, token }) => job === order.job && token === order.token);
        if (at >= 0) running.splice(at, 1);
        if (at >= 0) await node.end(order.job, order.token, { status: "stopped" });
      } else if (order.type === "check" && order.check.kind === "http") {
        const { job, token, ask, check } = order;
        const problem = this.mute.has(check.path.slice(1)) ? `${check.path} answered 500` : null;
        await node.report({ type: "checked", job, token, ask, problem });
      }
    }
    return fresh.length > 0;
  }
}

function shown(detail: JsonObject): string {
  const { replica, version, cause, updated, desired, from, to } = detail;
  const words = Object.entries({ replica, version, cause, updated, desired, from, to }).filter(([, value]) => value !== undefined);
  return words.map(([key, value]) => ` ${key}=${typeof value === "string" ? value : JSON.stringify(value)}`).join("");
}
