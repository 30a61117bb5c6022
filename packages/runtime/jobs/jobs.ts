// Puts the parts of jobs together. What they need of each other is wired here, and nowhere else.
import { BatonError, type Instant, type Millis, type Random } from "@baton/core";
import type { AttemptCheck, AttemptRef, FunctionContract, NodeHello, NodeLoad, NodeWelcome, Order, Report } from "@baton/executors";
import type { Policy } from "@baton/scheduler";
import type { Store, StoredObject } from "@baton/storage";
import type { Clock } from "../clock.ts";
import { runtimeError } from "../errors.ts";
import type { LogRecord } from "../log-record.ts";
import { AuditLog, auditInto, type Audit } from "./audit.ts";
import { isOfCluster } from "./cluster-key.ts";
import { ClusterObjects } from "./cluster-objects.ts";
import { otherOwner, type PackageOf } from "./function-owners.ts";
import { Functions, workerTaint } from "./functions.ts";
import { JobCommitter, type PendingOrder } from "./job-committer.ts";
import type { Job } from "./job.ts";
import { JobMeters } from "./job-meters.ts";
import { JobDesk } from "./job-desk.ts";
import { JobRetention } from "./job-retention.ts";
import { recoverJobs } from "./job-recovery.ts";
import type { JobHooks } from "./job-webhook.ts";
import { JobWatches } from "./job-watches.ts";
import { LiveScheduler, type SchedulerRecorder } from "./live-scheduler.ts";
import { correctTimes, NodeClock } from "./node-clock.ts";
import { NodeDesk } from "./node-desk.ts";
import { NodeEvents } from "./node-events.ts";
import { rowOfNode, type NodeRecord } from "./node-record.ts";
import { nameOfCaller, NodeTokens, type NodeCaller } from "./node-tokens.ts";
import { Nodes, type LiveNode, type NodeLink } from "./nodes.ts";
import { livePolicy } from "./live-policy.ts";
import { queueOfTenant } from "./queues.ts";
import { HealthAsks } from "./health-asks.ts";
import { instanceName } from "./instance-name.ts";
import type { JoinRequest } from "./read/join.ts";
import type { ReadingFacts } from "./read/submission.ts";
import { Reports } from "./reports.ts";
import { applyStaged, type AppliedObject, type Staged } from "./staged.ts";
import { Submissions } from "./submissions.ts";
import { viewOf, type JobView } from "./view.ts";

/** What jobs are run with. */
export interface JobsOptions {
  readonly store: Store;
  readonly tenant: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: (record: LogRecord) => void;
  /** What holds as long as no policy was applied. */
  readonly policy?: Policy;
  readonly hooks?: JobHooks;
  /** How long jobs are kept after their end; absent: for ever. */
  readonly keptMs?: Millis;
  /** Hears everything that the scheduler is told and answers. */
  readonly recorder?: SchedulerRecorder;
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
  readonly id: string;
  readonly welcome: NodeWelcome;
  reports(reports: readonly Report[]): void;
  /** `clock`: what the node's own says. */
  heartbeat(load: NodeLoad, clock?: Instant): void;
  /** It is there, and says nothing more. */
  heard(): void;
  /** It is not any more what it said when it came. */
  update(hello: Omit<NodeHello, "holds">): void;
  /** It wants no more jobs on this link. */
  leave(): void;
  /** The link is broken. */
  close(): void;
}

/** Jobs on nodes: everything that a server has of them. */
export class Jobs {
  readonly desk: JobDesk;
  readonly nodes: Nodes;
  readonly nodeDesk: NodeDesk;
  readonly nodeTokens: NodeTokens;
  readonly nodeEvents: NodeEvents;
  readonly objects: ClusterObjects;
  readonly scheduler: LiveScheduler;
  readonly functions: Functions;
  readonly audit: AuditLog;
  /** Notes a decision in the audit log: it is stored with what is kept next. */
  readonly note: Audit;
  readonly counters: JobCounters = { submitted: 0, started: 0, lateReports: 0, ended: {} };
  /** The jobs whose ends steps of flows wait for, by run and step: `RUN:STEP`. */
  readonly ofSteps = new Map<string, string>();
  readonly meters = new JobMeters();
  /** Which package brings a function, once something knows of packages. */
  packageOf: PackageOf = () => undefined;
  /** Resolves once the store's jobs have been taken up. */
  readonly recovered: Promise<void>;
  #onRecovered: () => void = () => undefined;
  #recovering: Promise<void> | undefined;
  readonly #options: JobsOptions;
  readonly #committer: JobCommitter;
  readonly #reports: Reports;
  readonly #retention: JobRetention;
  readonly #watches = new JobWatches();
  /** The last worker that comes with functions. */
  #joining: Promise<void> = Promise.resolve();
  /** The nodes of the server itself, which have no keys. */
  readonly #own = new Set<string>();
  readonly #healthAsks: HealthAsks;
  readonly #queueOf: ReadingFacts["queueOf"] = (tenant, queue) => queueOfTenant(this.objects.queues, tenant, queue);
  readonly #functionOf: ReadingFacts["functionOf"] = (call, payload) => this.functions.resolve(call, payload);

  readonly #hasNodeWith: ReadingFacts["hasNodeWith"] = (label) => {
    const machines = this.nodes.list().filter(({ spec }) => !spec.taints?.some(({ key }) => key === workerTaint));
    // One that is lost may come back: its jobs wait for it.
    return machines.length === 0 || [...machines, ...this.nodes.listGone()].some(({ spec }) => spec.labels?.[label] !== undefined);
  };

  constructor(options: JobsOptions) {
    this.#options = options;
    this.recovered = new Promise((resolve) => (this.#onRecovered = resolve));
    const { store, tenant, clock, random, log, policy = livePolicy } = options;
    const durable = (ended: readonly Job[], orders: readonly PendingOrder[]): void => this.#durable(ended, orders);
    this.#healthAsks = new HealthAsks(clock);
    const checked = (ask: number, problem: string | null): void => this.#healthAsks.answered(ask, problem);
    const measured = (seconds: number, changed: number): void => {
      this.meters.commitSeconds.record(seconds);
      this.meters.commitBatch.record(changed);
    };
    const committer = new JobCommitter({ store, tenant, clock, log, durable, measured });
    const placed = (job: Job, nodeId: string): void => void this.nodes.get(nodeId)?.jobs.set(job.id, job);
    const left = (job: Job, nodeId: string): void => void this.nodes.get(nodeId)?.jobs.delete(job.id);
    const audit = auditInto(committer, () => clock.now());
    this.note = audit;
    this.scheduler = new LiveScheduler({
      clock,
      policy,
      committer,
      placed,
      left,
      audit,
      meters: this.meters,
      ...(options.recorder && { recorder: options.recorder }),
    });
    const { scheduler } = this;
    this.functions = new Functions(store, tenant);
    const late = (node: LiveNode, attempt: AttemptRef): void => {
      this.counters.lateReports++;
      this.nodes.cleared(node, attempt);
    };
    const changed = (job: Job): void => this.#watches.changed(job);
    this.#reports = new Reports({ scheduler, committer, clock, functions: this.functions, late, checked, changed });
    this.#committer = committer;
    const lost = (job: Job): "requeue" | "ended" => this.#reports.lost(job);
    // A restart needs to know the nodes that had jobs; one that comes again says itself what it is.
    const remember = (node: NodeRecord): void => committer.object(rowOfNode(node, tenant, clock.now()));
    this.nodeEvents = new NodeEvents(audit, () => clock.now());
    const { note } = this.nodeEvents;
    this.nodes = new Nodes({ scheduler, audit: note, clock, log, lost, changed: remember, forgotten: (id) => this.#forgetNode(id) });
    this.nodeTokens = new NodeTokens({ store, tenant, clock, note });
    this.nodeDesk = new NodeDesk({ nodes: this.nodes, committer, store, tenant });
    this.objects = new ClusterObjects({ audit, meters: this.meters, store, tenant, clock, scheduler, policy });
    const submissions = new Submissions({
      store,
      tenant,
      clock,
      random,
      scheduler,
      committer,
      hasNodes: () => this.nodes.size > 0,
      ...(options.hooks && { hooks: options.hooks }),
    });
    this.audit = new AuditLog({ store, tenant, clock, log });
    const { keptMs } = options;
    this.#retention = new JobRetention({ store, tenant, clock, log, ...(keptMs !== undefined && { keptMs }) });
    this.desk = new JobDesk({
      audit,
      meters: this.meters,
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

  /** Takes up what the store holds, once. */
  recover(): Promise<void> {
    this.#recovering ??= this.#recover();
    return this.#recovering;
  }

  async #recover(): Promise<void> {
    const { store, tenant, log } = this.#options;
    await this.objects.load();
    await this.nodeTokens.load();
    await this.functions.load();
    await recoverJobs({ store, tenant, log, scheduler: this.scheduler, nodes: this.nodes });
    void this.audit.keepBounds();
    this.#retention.start();
    this.#onRecovered();
  }

  /** Stores an object together with what was noted before; resolves when that is durable, or nobody waits for it any more. */
  async keep(object: StoredObject, isOver: () => boolean): Promise<void> {
    this.#committer.object(object);
    while (!(await this.#isDurable()) && !isOver());
  }

  /** False while the store takes nothing; what it was given is written again. */
  #isDurable(): Promise<boolean> {
    return new Promise((resolve) => this.#committer.wait({ stored: () => resolve(true), failed: () => resolve(false) }));
  }

  /** Takes an object out of the store behind all that is still to be stored of it, unless it has come back by then. */
  async drop(kind: string, name: string, isBack: () => boolean): Promise<void> {
    const { store, tenant } = this.#options;
    await new Promise<void>((stored, failed) => this.#committer.wait({ stored, failed }));
    if (!isBack()) await store.deleteObject(tenant, kind, name);
  }

  /** Takes the functions that a worker brings; jobs that waited for one and do not keep to its contract fail. */
  async #bring(contracts: readonly FunctionContract[], by: NodeHello): Promise<void> {
    const fresh = await this.functions.register(contracts, {
      at: this.#options.clock.now(),
      otherOwner: (label) => otherOwner(by, label, { nodes: this.nodes.list(), packageOf: this.packageOf }),
      told: (contract, isNew) => {
        const { name, version, ...schemas } = contract;
        this.note(`node ${by.id}`, isNew ? "function.registered" : "function.changed", `${name}:${version}`, { ...schemas });
      },
    });
    if (fresh.length > 0) for (const job of Array.from(this.scheduler.jobs.values())) this.#checkInput(job);
  }

  #checkInput(job: Job): void {
    if (job.ended || job.placed) return;
    const fault = this.functions.inputProblem(job.definition.work, job.definition.payload);
    if (fault !== undefined) this.scheduler.finish(job, "failed", { fault });
  }

  /** The job that a step waits for, while it does. */
  ofStep(runId: string, step: number): JobView | undefined {
    const job = this.scheduler.jobs.get(this.ofSteps.get(`${runId}:${step}`) ?? "");
    return job && viewOf(job);
  }

  /** Asks a job that runs whether it is well, by its node; null: it is. Undefined: nobody knows. */
  isWell(id: string, check: AttemptCheck, timeoutMs: Millis): Promise<string | null | undefined> {
    const job = this.scheduler.jobs.get(id);
    return this.#healthAsks.ask(job, this.nodes.get(job?.node ?? ""), check, timeoutMs);
  }

  /** What reading a submission needs to know. */
  readingFacts(): ReadingFacts {
    const { clock, random } = this.#options;
    const mayFitLater: ReadingFacts["mayFitLater"] = (requests) => this.nodes.mayHave(requests);
    const resources: ReadingFacts["resources"] = () => this.nodes.resources().union(this.objects.resources);
    const cluster = { queueOf: this.#queueOf, functionOf: this.#functionOf, hasNodeWith: this.#hasNodeWith, mayFitLater, resources };
    return { now: clock.now(), random, ...cluster };
  }

  /** Stores what is applied together, and lets it take effect. */
  applyStaged(staged: readonly Staged[]): Promise<readonly AppliedObject[]> {
    const { store, tenant } = this.#options;
    return applyStaged(store, tenant, this.meters, staged);
  }

  /** A node comes over a wire, with the functions that it brings; rejects with what keeps it out. */
  async admit(request: JoinRequest, caller: NodeCaller | null, link: NodeLink): Promise<NodeSession> {
    try {
      return await this.#admit(request, caller, link);
    } catch (error) {
      if (error instanceof BatonError) this.nodeEvents.refused(error, request.hello.id);
      throw error;
    }
  }

  async #admit({ hello, functions }: JoinRequest, caller: NodeCaller | null, link: NodeLink): Promise<NodeSession> {
    this.#checkJoin(caller, hello);
    if (this.#own.has(hello.id))
      throw runtimeError("node-name-taken", { message: `The name ${hello.id} belongs to a node of the server itself.`, where: hello.id });
    const join = (): NodeSession => this.#join(hello, link, caller === null ? undefined : nameOfCaller(caller));
    const session = functions.length === 0 ? join() : await this.#inTurn(() => this.#bring(functions, hello), join);
    // A node that is welcome must be known after a kill; a store that fails remembers it later.
    if (hello.key !== undefined) await this.#isDurable();
    return session;
  }

  /** Workers come one after the other: whoever brings a contract has joined before another one is compared with it. */
  #inTurn(bring: () => Promise<void>, join: () => NodeSession): Promise<NodeSession> {
    const joined = this.#joining.then(bring).then(join);
    this.#joining = joined.then(
      () => undefined,
      () => undefined,
    );
    return joined;
  }

  /** Throws where a node speaks for another one. It may bring the workers that are instances of packages among its jobs. */
  checkNode(caller: NodeCaller | null, name: string): void {
    if (caller?.kind !== "node" || caller.name === name) return;
    const own = this.nodes.get(caller.name)?.jobs.values() ?? [];
    if (![...own].some((job) => instanceName(job) === name))
      throw runtimeError("node-token-invalid", { message: `The key of ${caller.name} does not let ${name} in.`, where: name });
  }

  /** As checkNode, but for the nodes of one cluster, which share a key. */
  #checkJoin(caller: NodeCaller | null, hello: NodeHello): void {
    const record = (id: string): NodeRecord | undefined => this.nodes.get(id) ?? this.nodes.gone(id);
    const isLetIn = caller?.kind === "node" && isOfCluster(record(caller.name), hello, record(hello.id));
    if (!isLetIn) this.checkNode(caller, hello.id);
  }

  /** Who shows a node's credential; undefined where it is none. */
  nodeCallerOf(credential: string): NodeCaller | BatonError | undefined {
    return this.nodeTokens.callerOf(credential, (name) => (this.nodes.get(name) ?? this.nodes.gone(name))?.keyDigest);
  }

  /** A node of this server itself comes: as long as it is there nobody else has its name. Throws a BatonError where it is not taken in. */
  join(hello: NodeHello, send: NodeLink["send"], cut: NodeLink["cut"] = () => undefined): NodeSession {
    const session = this.#join(hello, { send, cut });
    this.#own.add(hello.id);
    return {
      ...session,
      close: () => {
        this.#own.delete(hello.id);
        session.close();
      },
    };
  }

  /** Throws a BatonError where it is not taken in. `by`: what lets it in. */
  #join(hello: NodeHello, link: NodeLink, by?: string): NodeSession {
    const { clock } = this.#options;
    const welcome = this.nodes.join(hello, link, new NodeClock(hello.id, hello.clock, clock.now()), by);
    const node = this.nodes.get(hello.id) as LiveNode;
    const isCurrent = (): boolean => node.link === link;
    return {
      id: hello.id,
      welcome,
      reports: (reports) => {
        if (!isCurrent()) return;
        this.nodes.heard(node);
        this.#reports.take(node, correctTimes(reports, node.clock.offsetMs));
      },
      heartbeat: (load, at) => {
        if (!isCurrent()) return;
        if (at !== undefined) node.clock.read(at, clock.now());
        this.nodes.heard(node, load);
      },
      heard: () => {
        if (isCurrent()) this.nodes.heard(node);
      },
      update: (changed) => {
        if (isCurrent()) this.nodes.update(node, changed);
      },
      leave: () => {
        if (isCurrent()) this.nodes.leave(node);
      },
      close: () => this.nodes.unlink(node, link),
    };
  }

  /** Takes nothing more, and waits until what was decided is stored. */
  async close(): Promise<void> {
    this.nodes.close();
    this.audit.close();
    await this.#retention.close();
    this.scheduler.close();
    await this.#committer.close();
  }

  /** What is left by a store that fails is cleared up at the next start. */
  #forgetNode(id: string): void {
    const isBack = (): boolean => this.nodes.get(id) !== undefined || this.nodes.gone(id) !== undefined;
    this.drop("node", id, isBack).catch(() => undefined);
  }

  #durable(ended: readonly Job[], orders: readonly PendingOrder[]): void {
    this.#send(orders);
    for (const job of ended) {
      this.scheduler.forget(job);
      this.counters.ended[job.status] = (this.counters.ended[job.status] ?? 0) + 1;
      const { work } = job.definition;
      if (work.kind === "function") this.meters.called(work.function, job.status);
      this.#watches.ended(job);
      job.onEnd?.(job);
      if (job.definition.webhook !== undefined) this.#options.hooks?.wake(this.#options.tenant, job.definition.webhook.name);
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
}
