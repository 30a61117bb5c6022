// Puts the parts of jobs together. What they need of each other is wired here, and nowhere else.
import type { Instant, Random } from "@baton/core";
import type { FunctionContract, NodeHello, NodeLoad, NodeWelcome, Order, Report } from "@baton/executors";
import type { Policy, SchedulerEvent } from "@baton/scheduler";
import type { Store } from "@baton/storage";
import type { Clock } from "../clock.ts";
import type { LogRecord } from "../log-record.ts";
import { ClusterObjects } from "./cluster-objects.ts";
import { Functions } from "./functions.ts";
import { JobCommitter, type PendingOrder } from "./job-committer.ts";
import type { Job } from "./job.ts";
import { JobDesk } from "./job-desk.ts";
import { recoverJobs } from "./job-recovery.ts";
import { JobWatches } from "./job-watches.ts";
import { LiveScheduler } from "./live-scheduler.ts";
import { Nodes, type LiveNode, type NodeLink } from "./nodes.ts";
import { livePolicy } from "./live-policy.ts";
import { queueOfTenant } from "./queues.ts";
import type { ReadingFacts } from "./read/submission.ts";
import { Reports } from "./reports.ts";
import { Submissions } from "./submissions.ts";

/** What jobs are run with. */
export interface JobsOptions {
  readonly store: Store;
  readonly tenant: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: (record: LogRecord) => void;
  /** What holds as long as no policy was applied. */
  readonly policy?: Policy;
  /** Told of every event of the scheduler before it is decided. */
  readonly record?: (event: SchedulerEvent, at: Instant) => void;
}

/** What became of jobs since the start. */
export interface JobCounters {
  submitted: number;
  started: number;
  lateReports: number;
  readonly ended: { [status: string]: number };
}

/** A node's end of its link. */
export interface NodeSession {
  readonly welcome: NodeWelcome;
  reports(reports: readonly Report[]): void;
  heartbeat(load: NodeLoad): void;
  /** The link is broken. */
  close(): void;
}

/** Jobs on nodes: everything that a server has of them. */
export class Jobs {
  readonly desk: JobDesk;
  readonly nodes: Nodes;
  readonly objects: ClusterObjects;
  readonly scheduler: LiveScheduler;
  readonly functions: Functions;
  readonly counters: JobCounters = { submitted: 0, started: 0, lateReports: 0, ended: {} };
  /** Resolves once the store's jobs have been taken up. */
  readonly recovered: Promise<void>;
  #onRecovered: () => void = () => undefined;
  readonly #options: JobsOptions;
  readonly #committer: JobCommitter;
  readonly #reports: Reports;
  readonly #watches = new JobWatches();
  readonly #queueOf: ReadingFacts["queueOf"] = (tenant, queue) => queueOfTenant(this.objects.queues, tenant, queue);
  readonly #functionOf: ReadingFacts["functionOf"] = (call, payload) => this.functions.resolve(call, payload);

  constructor(options: JobsOptions) {
    this.#options = options;
    this.recovered = new Promise((resolve) => (this.#onRecovered = resolve));
    const { store, tenant, clock, random, log, policy = livePolicy } = options;
    const durable = (ended: readonly Job[], orders: readonly PendingOrder[]): void => this.#durable(ended, orders);
    const committer = new JobCommitter({ store, tenant, clock, log, durable });
    const placed = (job: Job, nodeId: string): void => void this.nodes.get(nodeId)?.jobs.set(job.id, job);
    const left = (job: Job, nodeId: string): void => void this.nodes.get(nodeId)?.jobs.delete(job.id);
    this.scheduler = new LiveScheduler({ clock, policy, committer, placed, left, ...(options.record && { record: options.record }) });
    const { scheduler } = this;
    this.functions = new Functions(store, tenant);
    const late = (): void => void this.counters.lateReports++;
    const changed = (job: Job): void => this.#watches.changed(job);
    this.#reports = new Reports({ scheduler, committer, clock, functions: this.functions, late, changed });
    this.#committer = committer;
    const lost = (job: Job): "requeue" | "ended" => this.#reports.lost(job);
    this.nodes = new Nodes({ scheduler, clock, log, lost, changed: (node, what) => this.#nodeChanged(node, what) });
    this.objects = new ClusterObjects({ store, tenant, clock, scheduler, policy });
    const submissions = new Submissions({
      store,
      tenant,
      clock,
      random,
      scheduler,
      committer,
      hasNodes: () => this.nodes.size > 0,
    });
    this.desk = new JobDesk({
      store,
      tenant,
      clock,
      scheduler,
      committer,
      submissions,
      watches: this.#watches,
      nodes: () => this.nodes.list(),
    });
  }

  /** Takes up what the store holds. */
  async recover(): Promise<void> {
    const { store, tenant, log } = this.#options;
    await this.objects.load();
    await this.functions.load();
    await recoverJobs({ store, tenant, log, scheduler: this.scheduler, nodes: this.nodes });
    this.#onRecovered();
  }

  /** Takes the functions that a worker brings; jobs that waited for one and do not keep to its contract fail. */
  async bring(contracts: readonly FunctionContract[]): Promise<void> {
    const fresh = await this.functions.register(contracts, this.#options.clock.now());
    if (fresh.length > 0) for (const job of Array.from(this.scheduler.jobs.values())) this.#checkInput(job);
  }

  #checkInput(job: Job): void {
    if (job.ended || job.placed) return;
    const fault = this.functions.inputProblem(job.definition.work, job.definition.payload);
    if (fault !== undefined) this.scheduler.finish(job, "failed", { fault });
  }

  /** What reading a submission needs to know. */
  readingFacts(): ReadingFacts {
    const { clock, random } = this.#options;
    return { now: clock.now(), random, queueOf: this.#queueOf, functionOf: this.#functionOf };
  }

  /** A node comes. */
  join(hello: NodeHello, send: (orders: readonly Order[]) => void): NodeSession {
    const link: NodeLink = { send };
    const welcome = this.nodes.join(hello, link);
    const node = this.nodes.get(hello.id) as LiveNode;
    const isCurrent = (): boolean => node.link === link;
    return {
      welcome,
      reports: (reports) => {
        if (!isCurrent()) return;
        this.nodes.heard(node);
        this.#reports.take(node, reports);
      },
      heartbeat: (load) => {
        if (isCurrent()) this.nodes.heard(node, load);
      },
      close: () => this.nodes.unlink(node, link),
    };
  }

  /** Takes nothing more, and waits until what was decided is stored. */
  async close(): Promise<void> {
    this.nodes.close();
    this.scheduler.close();
    await this.#committer.idle();
  }

  #durable(ended: readonly Job[], orders: readonly PendingOrder[]): void {
    this.#send(orders);
    for (const job of ended) {
      this.scheduler.forget(job);
      this.counters.ended[job.status] = (this.counters.ended[job.status] ?? 0) + 1;
      this.#watches.ended(job);
      job.onEnd?.(job);
    }
  }

  /** One message for each node that is there. */
  #send(orders: readonly PendingOrder[]): void {
    const byNode = new Map<string, Order[]>();
    for (const pending of orders) {
      const order = this.#orderOf(pending);
      if (order === undefined) continue;
      const list = byNode.get(pending.node);
      if (list === undefined) byNode.set(pending.node, [order]);
      else list.push(order);
    }
    for (const [id, list] of byNode) this.nodes.get(id)?.link?.send(list);
  }

  /** A start counts only if the job is still meant to be there. */
  #orderOf({ node, start, order }: PendingOrder): Order | undefined {
    if (start === undefined) return order;
    const { job, token } = start;
    if (job.ended || job.node !== node || job.attempt !== token) return undefined;
    job.ordered = true;
    this.counters.started++;
    return { type: "start", task: job.task };
  }

  /** A restart needs to know the nodes that had jobs; one that comes again says itself what it is. */
  #nodeChanged(node: LiveNode, what: "joined" | "lost"): void {
    const { tenant, clock } = this.#options;
    if (what === "joined")
      this.#committer.object({ tenant, kind: "node", name: node.id, spec: JSON.stringify(node.spec), updatedAt: clock.now() });
  }
}
