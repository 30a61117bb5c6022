// Books of their own for what a scheduler gives away, kept from its events and decisions alone and sharing no code with it: every
// decision is checked against them at the moment when it is made. A broken promise throws, with the promise in its message.
import { assert, type Instant } from "@baton/core";
import type { Amounts, Decision, JobSpec, NodeSpec, Outcome, QueueSpec, SchedulerEvent } from "../types.ts";

type Phase = "waiting" | "running" | "stopping" | "suspended";

/** A job, where it is, and whether it still holds what it has there. */
export interface Entry {
  spec: JobSpec;
  phase: Phase;
  nodeId: string;
  /** Its end at this instant was announced; what it holds may be given away. */
  isDue: boolean;
}

/** Who has what, where. */
export class Books {
  readonly jobs = new Map<string, Entry>();
  readonly nodes = new Map<string, { spec: NodeSpec; isReady: boolean }>();
  readonly #outcomes = new Map<string, Outcome>();
  readonly #queues = new Map<string, QueueSpec>();
  readonly #keeps: readonly string[];

  /** `keeps`: the resources that a suspended job keeps. */
  constructor(keeps: readonly string[]) {
    this.#keeps = keeps;
  }

  /** Enters what has happened; to be called before the decisions on it. */
  enter(event: SchedulerEvent): void {
    switch (event.type) {
      case "jobs-submitted":
        for (const spec of event.jobs) this.jobs.set(spec.id, { spec, phase: "waiting", nodeId: "", isDue: false });
        return;
      case "job-ended":
        return this.#end(event.jobId, event.outcome);
      case "jobs-ended":
        return event.ends.forEach(({ jobId, outcome }) => this.#end(jobId, outcome));
      case "job-due":
        return this.#change(event.jobId, { isDue: true });
      case "job-suspended":
        return this.#change(event.jobId, { phase: "suspended" });
      case "job-changed":
        return this.#change(event.jobId, { spec: { ...(this.jobs.get(event.jobId) as Entry).spec, ...event.patch } });
      case "queues-changed":
        this.#queues.clear();
        for (const queue of event.queues) this.#queues.set(queue.id, queue);
        return;
      case "node-up":
        this.nodes.set(event.node.id, { spec: event.node, isReady: true });
        return;
      case "node-drained":
        return this.#cordon(event.nodeId);
      case "node-down":
        return this.#lose(event.nodeId);
      default:
        return;
    }
  }

  /** Checks and enters what was decided at one event. */
  decide(decisions: readonly Decision[], now: Instant): void {
    for (const decision of decisions) this.#decide(decision, now);
    for (const decision of decisions) if (decision.type === "start") this.#checkGang(decision.jobId);
  }

  /** The ids of jobs in a phase, in order of submission. */
  in(...phases: readonly Phase[]): string[] {
    return [...this.jobs].flatMap(([id, { phase }]) => (phases.includes(phase) ? [id] : []));
  }

  /** What a queue has in use, with all below it. */
  used(queueId: string, resource: string): number {
    let sum = 0;
    for (const one of this.#holders(queueId)) sum += one.spec.requests[resource] ?? 0;
    return sum;
  }

  /** The queues from a job's own upwards. */
  pathOf(job: Entry): QueueSpec[] {
    const path: QueueSpec[] = [];
    for (let queue = this.#queues.get(job.spec.queue ?? "default"); queue; queue = this.#queues.get(queue.parent ?? "")) path.push(queue);
    return path;
  }

  /** How many jobs run in a queue and below it. */
  runningIn(queueId: string): number {
    return [...this.#holders(queueId)].length;
  }

  /** What a waiting job needs to start, or a suspended one to go on. */
  needs(job: Entry): Amounts {
    if (job.phase !== "suspended") return job.spec.requests;
    return Object.fromEntries(Object.entries(job.spec.requests).filter(([name]) => !this.#keeps.includes(name)));
  }

  /** What a node has free of a resource. */
  free(nodeId: string, resource: string): number {
    const used = new Map<string, number>();
    for (const job of this.jobs.values()) if (job.nodeId === nodeId) this.#addHeld(used, job);
    return (this.nodes.get(nodeId)?.spec.capacity[resource] ?? 0) - (used.get(resource) ?? 0);
  }

  #decide(decision: Decision, now: Instant): void {
    const job = this.jobs.get(decision.jobId);
    assert(job !== undefined, `Expected a decision about a job that is there, but there is no ${decision.jobId}.`);
    switch (decision.type) {
      case "start":
        return this.#start(job, decision.nodeId, now);
      case "resume":
        this.#expect(job, "suspended", decision.nodeId);
        this.#hold(job, decision.nodeId);
        return;
      case "suspend":
      case "preempt":
        this.#expect(job, "running", decision.nodeId);
        job.phase = "stopping";
        return;
      case "refuse":
        this.jobs.delete(decision.jobId);
    }
  }

  #start(job: Entry, nodeId: string, now: Instant): void {
    const { id, after = [], notBefore = 0, array } = job.spec;
    assert(job.phase === "waiting", `Expected ${id} to wait before it starts, but it is ${job.phase}.`);
    assert(this.nodes.get(nodeId)?.isReady, `Expected a start on a node that takes jobs, but ${nodeId} does not.`);
    for (const before of after) {
      assert(this.#outcomes.get(before) === "completed", `Expected ${id} to wait for ${before}, but it starts.`);
    }
    assert(notBefore <= now, `Expected ${id} not to start before ${notBefore}, but it is ${now}.`);
    this.#hold(job, nodeId);
    const most = array?.maxRunning ?? Infinity;
    const running = [...this.jobs.values()].filter((one) => one.spec.array?.id === array?.id && holds(one)).length;
    assert(array === undefined || running <= most, `Expected at most ${most} of array ${array?.id} to run, but ${running} do.`);
  }

  #hold(job: Entry, nodeId: string): void {
    job.phase = "running";
    job.nodeId = nodeId;
    this.#checkNode(nodeId);
    for (let queue = this.#queues.get(job.spec.queue ?? ""); queue; queue = this.#queues.get(queue.parent ?? "")) this.#checkQueue(queue);
  }

  #checkNode(nodeId: string): void {
    const capacity = this.nodes.get(nodeId)?.spec.capacity ?? {};
    const used = new Map<string, number>();
    for (const job of this.jobs.values()) if (job.nodeId === nodeId) this.#addHeld(used, job);
    for (const [name, amount] of used) {
      assert(amount <= (capacity[name] ?? 0), `Expected at most ${capacity[name]} of ${name} on ${nodeId}, but ${amount} is in use.`);
    }
  }

  #addHeld(used: Map<string, number>, job: Entry): void {
    for (const [name, amount] of Object.entries(job.spec.requests)) {
      const counts = holds(job) || (job.phase === "suspended" && this.#keeps.includes(name));
      if (counts) used.set(name, (used.get(name) ?? 0) + amount);
    }
  }

  #checkQueue({ id, limit = {}, maxRunning = Infinity }: QueueSpec): void {
    for (const [name, most] of Object.entries(limit)) {
      const used = this.used(id, name);
      assert(used <= most, `Expected queue ${id} to use at most ${most} of ${name}, but it uses ${used}.`);
    }
    const running = [...this.#holders(id)].length;
    assert(running <= maxRunning, `Expected at most ${maxRunning} jobs of queue ${id} to run, but ${running} do.`);
  }

  *#holders(queueId: string): Generator<Entry> {
    for (const job of this.jobs.values()) {
      if (!holds(job)) continue;
      let queue = this.#queues.get(job.spec.queue ?? "");
      while (queue !== undefined && queue.id !== queueId) queue = this.#queues.get(queue.parent ?? "");
      if (queue !== undefined) yield job;
    }
  }

  #checkGang(jobId: string): void {
    const gang = this.jobs.get(jobId)?.spec.gang;
    if (gang === undefined) return;
    const members = [...this.jobs.values()].filter((job) => job.spec.gang?.id === gang.id);
    const absent = members.filter((job) => job.phase !== "running").map((job) => job.spec.id);
    assert(absent.length === 0, `Expected all of gang ${gang.id} to start, but ${absent.join(", ")} did not.`);
  }

  #expect(job: Entry, phase: Phase, nodeId: string): void {
    assert(job.phase === phase && job.nodeId === nodeId, `Expected ${job.spec.id} to be ${phase} on ${nodeId}: ${JSON.stringify(job)}`);
  }

  #end(jobId: string, outcome: Outcome): void {
    const job = this.jobs.get(jobId);
    if (job === undefined) return;
    if (holds(job) || job.isDue) {
      if (outcome === "preempted" || outcome === "lost") return this.#change(jobId, { phase: "waiting", nodeId: "", isDue: false });
    }
    this.jobs.delete(jobId);
    this.#outcomes.set(jobId, outcome);
  }

  #change(jobId: string, change: Partial<Entry>): void {
    const job = this.jobs.get(jobId);
    if (job !== undefined) Object.assign(job, change);
  }

  #cordon(nodeId: string): void {
    const node = this.nodes.get(nodeId);
    if (node !== undefined) node.isReady = false;
  }

  #lose(nodeId: string): void {
    this.nodes.delete(nodeId);
    for (const job of this.jobs.values()) if (job.nodeId === nodeId) Object.assign(job, { phase: "waiting", nodeId: "", isDue: false });
  }
}

function holds({ phase, isDue }: Entry): boolean {
  return (phase === "running" || phase === "stopping") && !isDue;
}

/** Whether a request fits into amounts. */
export function fitsInto(request: Amounts, capacity: Amounts): boolean {
  return Object.entries(request).every(([name, amount]) => amount <= (capacity[name] ?? 0));
}
