// Jobs on scripted nodes: a store in memory, a clock in the test's hand, and nodes that do what the test says.
import { seededRandom, type Json, type Millis } from "@baton/core";
import type { JobEnd, NodeHello, Order, Report } from "@baton/executors";
import { openMemoryStore, type Store } from "@baton/storage";
import { Jobs, readSubmission, type JobView, type NodeSession, type SchedulerRecorder } from "../jobs/index.ts";
import type { LogRecord } from "../log-record.ts";
import { ManualClock, settle } from "./manual-clock.ts";
import { TroubledStore } from "./troubled-store.ts";

/** The tenant of all tests. */
export const tenant = "default";

/** A node whose orders are gathered. */
export class ScriptedNode {
  readonly orders: Order[] = [];
  readonly id: string;
  readonly session: NodeSession;

  constructor(jobs: Jobs, hello: Partial<NodeHello> = {}) {
    this.id = hello.id ?? "n1";
    const link = (orders: readonly Order[]): void => void this.orders.push(...orders);
    this.session = jobs.join({ id: this.id, capacity: { cpu: 2_000, memory: 1_000_000 }, holds: [], ...hello }, link);
  }

  /** The ids of jobs that it was told to start, with their tokens. */
  get starts(): readonly string[] {
    return this.orders.flatMap((order) => (order.type === "start" ? [`${order.task.job} ${order.task.token}`] : []));
  }

  /** Orders of a type, as job and token. */
  told(type: Exclude<Order["type"], "start">): readonly string[] {
    return this.orders.flatMap((order) => (order.type === type ? [`${order.job} ${order.token}`] : []));
  }

  async report(...reports: readonly Report[]): Promise<void> {
    this.session.reports(reports);
    await settle();
  }

  /** An attempt has ended. */
  async end(job: string, token = 1, end: Partial<JobEnd> = {}): Promise<void> {
    const how = { status: "completed", result: { exitCode: 0 }, usage: { wallMs: 5 }, ...end } as JobEnd;
    await this.report({ type: "ended", job, token, end: how, startedAt: 1_000, endedAt: 2_000 });
  }

  /** An attempt has failed. */
  fail(job: string, token = 1): Promise<void> {
    return this.end(job, token, { status: "failed", fault: { code: "job-exit", message: "It ended with exit code 1.", exitCode: 1 } });
  }
}

/** Jobs under test. */
export class JobsWorld {
  readonly clock = new ManualClock();
  readonly inner: Store;
  troubled: TroubledStore;
  readonly logged: LogRecord[] = [];
  readonly #random = seededRandom(7);
  readonly #keptMs: Millis | undefined;
  readonly #recorder: (() => SchedulerRecorder) | undefined;
  jobs: Jobs;

  /** `recorder` makes one for each life of the server; `keptMs`: jobs are forgotten so long after their end. */
  constructor(store: Store = openMemoryStore(), recorder?: () => SchedulerRecorder, keptMs?: Millis) {
    this.#keptMs = keptMs;
    this.#recorder = recorder;
    this.inner = store;
    this.troubled = new TroubledStore(store);
    this.jobs = this.#open();
  }

  /** The server dies without a word, and another one starts on what is stored. */
  async restart(): Promise<void> {
    this.jobs.nodes.close();
    this.jobs.scheduler.close();
    this.troubled.set("dead");
    this.troubled = new TroubledStore(this.inner);
    this.jobs = this.#open();
    await this.jobs.recover();
    await settle();
  }

  /** Submits what people would write; gives the ids. */
  async submit(submission: Json, idempotencyKey?: string): Promise<readonly string[]> {
    const read = readSubmission(submission, this.jobs.readingFacts());
    if (!read.ok) throw new Error(read.error.map(({ pointer, detail }) => `${pointer} ${detail}`).join("; "));
    const key = idempotencyKey === undefined ? {} : { idempotencyKey, fingerprint: JSON.stringify(submission) };
    const { jobs } = await this.jobs.desk.submit({ jobs: read.value, ...key });
    await settle();
    return jobs.map(({ id }) => id);
  }

  /** Submits one job. */
  async submitOne(job: Json = { command: ["true"] }): Promise<string> {
    return (await this.submit(job))[0] ?? "";
  }

  /** Lets seconds pass; `beat` is what nodes say at the beginning of each. */
  async pass(seconds: number, beat: () => void): Promise<void> {
    for (let i = 0; i < seconds; i++) {
      beat();
      await this.clock.pass(1_000);
    }
  }

  get(id: string): Promise<JobView> {
    return this.jobs.desk.get(id);
  }

  async statusOf(id: string): Promise<string> {
    return (await this.get(id)).status;
  }

  #open(): Jobs {
    const log = (record: LogRecord): void => void this.logged.push(record);
    const recorder = this.#recorder && { recorder: this.#recorder() };
    return new Jobs({
      store: this.troubled.store,
      tenant,
      clock: this.clock,
      random: this.#random,
      log,
      ...recorder,
      ...(this.#keptMs !== undefined && { keptMs: this.#keptMs }),
    });
  }
}
