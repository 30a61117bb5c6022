// The discrete-event loop: it plays the world to the scheduler. It submits jobs when they are due, starts and freezes them
// as decided, and reports their ends; the scheduler is told nothing that it would not learn in production. A job's real
// run time stays here.
//
// Events of one instant come in the order of `eventKind`, ties in the order in which they were caused; the scheduler
// is asked after each single one. Reports that a decision causes at once (frozen, stopped) go before everything else.
import { assert, AssertionError, defined, type Instant } from "@baton/core";
import type { Amounts, Decision, JobSpec, Problem as SchedulerProblem, SchedulerEvent, StepResult, TraceEntry } from "@baton/scheduler";
import type { Cluster } from "../cluster.ts";
import { defaultPriority, type ResourceColumn, type Workload } from "../workload/workload.ts";
import type { Course } from "./course.ts";
import { EventQueue, eventKind } from "./event-queue.ts";

/** The scheduler as the loop sees it: one event in, what must be done comes out. */
export type Step = (event: SchedulerEvent, now: Instant) => Pick<StepResult<unknown>, "decisions" | "trace" | "wakeAt">;

/** How a simulation is run. */
export interface DriveOptions {
  /** The scheduler is told each job's real run time as its limit. */
  readonly clairvoyant?: boolean;
  /** Called now and then with the number of jobs that have ended. */
  readonly onProgress?: (ended: number, total: number) => void;
}

/** Plays a workload on a cluster to the scheduler behind `step`, until nothing happens any more. */
export function drive(step: Step, cluster: Cluster, workload: Workload, options: DriveOptions = {}): Course {
  return new Loop(step, cluster, workload, options).run();
}

const progressEvery = 4096;

class Loop {
  readonly #step: Step;
  readonly #cluster: Cluster;
  readonly #workload: Workload;
  readonly #options: DriveOptions;
  readonly #nodeNumbers: ReadonlyMap<string, number>;
  readonly #queue = new EventQueue();
  readonly #jobNumbers = new Map<string, number>();
  /** Under which id the scheduler knows a job whose own id was taken when it was submitted. */
  readonly #otherIds = new Map<number, string>();
  readonly #reports: SchedulerEvent[] = [];
  readonly #requests: (job: number) => Amounts;
  readonly #start: Float64Array;
  readonly #end: Float64Array;
  readonly #served: Float64Array;
  readonly #node: Int32Array;
  /** When the job was last started or resumed, in milliseconds. */
  readonly #servedSince: Float64Array;
  /** Service that it still needs, in milliseconds at speed 1. */
  readonly #remaining: Float64Array;
  /** Counts starts and stops, so that events caused before the last of them are void. */
  readonly #version: Int32Array;
  readonly #refused: { job: number; problem: SchedulerProblem }[] = [];
  #now = 0;
  #cursor = 0;
  #wakeAt = Number.POSITIVE_INFINITY;
  #events = 0;
  #ended = 0;
  #preemptions = 0;
  #suspensions = 0;

  constructor(step: Step, cluster: Cluster, workload: Workload, options: DriveOptions) {
    this.#step = step;
    this.#cluster = cluster;
    this.#workload = workload;
    this.#options = options;
    this.#requests = requestsOf(workload.resources);
    this.#nodeNumbers = new Map(cluster.nodes.map(({ id }, number) => [id, number]));
    this.#start = new Float64Array(workload.count).fill(Number.NaN);
    this.#end = new Float64Array(workload.count).fill(Number.NaN);
    this.#served = new Float64Array(workload.count);
    this.#node = new Int32Array(workload.count).fill(-1);
    this.#servedSince = new Float64Array(workload.count);
    this.#remaining = workload.run.map((run) => run * workload.unitMs);
    this.#version = new Int32Array(workload.count);
  }

  run(): Course {
    this.#now = (this.#workload.submit[0] ?? 0) * this.#workload.unitMs;
    if (this.#cluster.queues.length > 0) this.#send({ type: "queues-changed", queues: this.#cluster.queues });
    for (const node of this.#cluster.nodes) this.#send({ type: "node-up", node });
    while (this.#advance());
    return {
      start: this.#start,
      end: this.#end,
      served: this.#served,
      node: this.#node,
      refused: this.#refused,
      preemptions: this.#preemptions,
      suspensions: this.#suspensions,
      events: this.#events,
      learners: [],
    };
  }

  /** Lets the next thing happen; false when there is none. */
  #advance(): boolean {
    const report = this.#reports.shift();
    if (report) {
      this.#send(report);
      return true;
    }
    const submission = this.#nextSubmission();
    const queued = this.#queue.nextTime;
    const next = Math.min(submission, queued, this.#wakeAt);
    if (next === Number.POSITIVE_INFINITY) return false;
    this.#now = next;
    if (queued === next && (submission > next || this.#queue.nextBeforeSubmissions)) this.#happen();
    else if (submission === next) this.#submit();
    else this.#tick();
    return true;
  }

  #nextSubmission(): number {
    const { count, submit, unitMs } = this.#workload;
    return this.#cursor < count ? (submit[this.#cursor] as number) * unitMs : Number.POSITIVE_INFINITY;
  }

  /** Gives the scheduler an event, and does what it decides. */
  #send(event: SchedulerEvent): void {
    this.#events++;
    const { decisions, trace, wakeAt } = this.#step(event, this.#now);
    for (const entry of trace) if (entry.type === "corrected") this.#correct(entry);
    for (const decision of decisions) this.#perform(decision);
    this.#wakeAt = wakeAt ?? Number.POSITIVE_INFINITY;
  }

  #submit(): void {
    const first = this.#cursor;
    const at = this.#workload.submit[first] as number;
    do this.#cursor++;
    while (this.#workload.together && this.#cursor < this.#workload.count && this.#workload.submit[this.#cursor] === at);
    const jobs: JobSpec[] = [];
    for (let job = first; job < this.#cursor; job++) {
      const spec = this.#spec(job);
      this.#jobNumbers.set(spec.id, job);
      jobs.push(spec);
    }
    this.#send({ type: "jobs-submitted", jobs });
  }

  /** The job as it is submitted: as its source specifies it, else as its columns say. */
  #spec(job: number): JobSpec {
    const { specs, ids, request, unitMs, tenants, tenant, queueOfTenant, deadline, priority } = this.#workload;
    const clairvoyant = this.#options.clairvoyant ?? false;
    const given = specs?.[job];
    if (this.#jobNumbers.has(ids[job] as string) && !given) this.#otherIds.set(job, `${ids[job]}, row ${job + 1}`);
    if (given) return clairvoyant ? { ...given, limitMs: this.#remaining[job] as number } : given;
    const owner = tenant[job] as number;
    let spec: JobSpec = {
      id: this.#idOf(job),
      requests: this.#requests(job),
      limitMs: clairvoyant ? (this.#remaining[job] as number) : (request[job] as number) * unitMs,
      predictionKey: tenants[owner] as string,
    };
    if (queueOfTenant) spec = { ...spec, queue: queueOfTenant[owner] as string };
    if (deadline[job] !== Infinity) spec = { ...spec, deadline: (deadline[job] as number) * unitMs };
    if (priority[job] !== defaultPriority) spec = { ...spec, priority: priority[job] as number };
    return spec;
  }

  #happen(): void {
    const queue = this.#queue;
    queue.pop();
    const job = queue.job;
    if (queue.version !== this.#version[job]) return;
    const jobId = this.#idOf(job);
    if (queue.kind === eventKind.end) this.#complete(job, jobId);
    else this.#send({ type: this.#endsAt(job) > this.#now ? "job-overran" : "job-due", jobId });
  }

  #complete(job: number, jobId: string): void {
    this.#end[job] = this.#now / this.#workload.unitMs;
    this.#account(job);
    this.#jobNumbers.delete(jobId);
    this.#ended++;
    if (this.#ended % progressEvery === 0) this.#options.onProgress?.(this.#ended, this.#workload.count);
    this.#send({ type: "job-ended", jobId, outcome: "completed" });
  }

  #tick(): void {
    const before = this.#wakeAt;
    this.#send({ type: "clock" });
    assert(this.#wakeAt > before, `Expected the scheduler to wake later than ${before}, but it wants ${this.#wakeAt}.`);
  }

  #perform(decision: Decision): void {
    const job = this.#jobNumbers.get(decision.jobId) ?? unknown(decision);
    switch (decision.type) {
      case "start":
        return this.#serve(job, decision.nodeId, decision.estimateMs);
      case "resume":
        return this.#serve(job, decision.nodeId, Number.POSITIVE_INFINITY);
      case "suspend":
        return this.#freeze(job, decision.jobId);
      case "preempt":
        return this.#stop(job, decision.jobId);
      case "refuse":
        this.#refused.push({ job, problem: decision.problem });
        this.#jobNumbers.delete(decision.jobId);
    }
  }

  #serve(job: number, nodeId: string, estimateMs: number): void {
    const node = defined(this.#nodeNumbers.get(nodeId), "a start on a node of the cluster");
    this.#version[job] = (this.#version[job] as number) + 1;
    this.#node[job] = node;
    this.#servedSince[job] = this.#now;
    if (Number.isNaN(this.#start[job])) this.#start[job] = this.#now / this.#workload.unitMs;
    this.#queue.push(this.#endsAt(job), eventKind.end, job, this.#version[job]);
    this.#expect(job, this.#now + estimateMs);
  }

  /** When the job ends if it is left alone. */
  #endsAt(job: number): number {
    return (this.#servedSince[job] as number) + (this.#remaining[job] as number) / this.#speed(this.#node[job] as number);
  }

  /** Puts the end of the estimate into the calendar, unless the job ends before. */
  #expect(job: number, at: number): void {
    if (at <= this.#endsAt(job)) this.#queue.push(at, eventKind.overrun, job, this.#version[job] as number);
  }

  #speed(node: number): number {
    return this.#cluster.nodes[node]?.speed ?? 1;
  }

  /** The estimate, of the whole job at speed 1, grew after an overrun: the next one is due when the new estimate has passed too. */
  #correct(entry: TraceEntry & { readonly type: "corrected" }): void {
    const job = this.#jobNumbers.get(entry.jobId);
    if (job === undefined) return;
    const ranMs = (this.#workload.run[job] as number) * this.#workload.unitMs - (this.#remaining[job] as number);
    const left = (entry.estimateMs - ranMs) / this.#speed(this.#node[job] as number);
    this.#expect(job, (this.#servedSince[job] as number) + left);
  }

  #freeze(job: number, jobId: string): void {
    const served = this.#account(job) * this.#speed(this.#node[job] as number);
    this.#remaining[job] = (this.#remaining[job] as number) - served;
    this.#version[job] = (this.#version[job] as number) + 1;
    this.#suspensions++;
    this.#reports.push({ type: "job-suspended", jobId });
  }

  /** Adds the time since it was last started to what the job was served, and gives it in milliseconds. */
  #account(job: number): number {
    const span = this.#now - (this.#servedSince[job] as number);
    this.#served[job] = (this.#served[job] as number) + span / this.#workload.unitMs;
    return span;
  }

  #stop(job: number, jobId: string): void {
    this.#served[job] = 0;
    this.#remaining[job] = (this.#workload.run[job] as number) * this.#workload.unitMs;
    this.#version[job] = (this.#version[job] as number) + 1;
    this.#preemptions++;
    this.#reports.push({ type: "job-ended", jobId, outcome: "preempted" });
  }

  #idOf(job: number): string {
    return this.#otherIds.get(job) ?? (this.#workload.ids[job] as string);
  }
}

function unknown(decision: Decision): never {
  throw new AssertionError(`Expected a decision about a job that is in the system, but got ${JSON.stringify(decision)}.`);
}

/** What a job asks for, by its columns. Jobs that ask for the same amount of one resource share the object. */
function requestsOf(resources: readonly ResourceColumn[]): (job: number) => Amounts {
  const [only, ...more] = resources;
  if (only === undefined || more.length > 0)
    return (job) => Object.fromEntries(resources.map(({ name, amount }) => [name, amount[job] as number]));
  const shared = new Map<number, Amounts>();
  return (job) => {
    const amount = only.amount[job] as number;
    const known = shared.get(amount);
    if (known) return known;
    const requests = { [only.name]: amount };
    shared.set(amount, requests);
    return requests;
  };
}
