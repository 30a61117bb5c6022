// Drives the scheduler core with what happens, and puts what it decides onto the jobs. The core's state and the jobs in
// memory move together, at once; what follows from a decision in the world waits until it is durable (job-committer.ts).
//
// Invariant: the core knows exactly the jobs of `jobs` that have not ended.
import type { Instant } from "@baton/core";
import {
  createScheduler,
  queuesProblem,
  step,
  type ClosedNode,
  type Decision,
  type JobEnding,
  type JobSpec,
  type NodeSpec,
  type Outcome,
  type Policy,
  type Problem,
  type QueueSpec,
  type SchedulerEvent,
  type SchedulerState,
  type StepResult,
  type TraceEntry,
} from "@baton/scheduler";
import type { Audit } from "./audit.ts";
import type { Clock } from "../clock.ts";
import type { FinalJobStatus, Job, JobResult } from "./job.ts";
import type { JobMeters } from "./job-meters.ts";
import type { JobCommitter } from "./job-committer.ts";

/** What the live scheduler works with. */
export interface LiveSchedulerParts {
  readonly clock: Clock;
  readonly policy: Policy;
  readonly committer: Pick<JobCommitter, "changed" | "order">;
  /** A job has got a place on a node. */
  readonly placed: (job: Job, nodeId: string) => void;
  /** A job has left its node, to end or to wait again. */
  readonly left: (job: Job, nodeId: string) => void;
  readonly audit: Audit;
  readonly meters: JobMeters;
  readonly recorder?: SchedulerRecorder;
}

/** Hears everything that the core is told and answers, from its empty beginning: a recording replays in the simulator. */
export interface SchedulerRecorder {
  began(policy: Policy, at: Instant): void;
  /** Called before anything follows from the answer. */
  stepped(event: SchedulerEvent, at: Instant, answer: Omit<StepResult<unknown>, "state">): void;
}

/** The scheduler of a running server. */
export class LiveScheduler {
  readonly jobs = new Map<string, Job>();
  readonly #parts: LiveSchedulerParts;
  readonly #state: SchedulerState;
  #specLength = 0;
  #wakeAt: Instant | undefined;
  #cancelWake: () => void = () => undefined;
  #running = true;
  #lastPlacing = { node: "", attempt: 0 };
  /** Ends that are gathered, to be told as one event. */
  #ending: JobEnding[] | undefined;

  constructor(parts: LiveSchedulerParts) {
    this.#parts = parts;
    this.#state = createScheduler(parts.policy);
    parts.recorder?.began(parts.policy, parts.clock.now());
  }

  /** The core's state, for questions; nobody else may change it. */
  get state(): SchedulerState {
    return this.#state;
  }

  /** All that was submitted with the jobs that are known, in characters. */
  get specLength(): number {
    return this.#specLength;
  }

  get now(): Instant {
    return this.#parts.clock.now();
  }

  /**
   * Takes jobs in, all or none: gives what is wrong where they are refused. `keep`: also what no known node could ever run;
   * `by`: on whose behalf.
   */
  submit(jobs: readonly Job[], keep = false, by = "api"): readonly Problem[] {
    for (const job of jobs) this.#enter(job);
    const { decisions, trace } = this.#step({
      type: "jobs-submitted",
      jobs: jobs.map((job) => (keep ? { ...job.spec, keepImpossible: true } : job.spec)),
    });
    const refusals = decisions.flatMap((decision) => (decision.type === "refuse" && this.#isOneOf(jobs, decision) ? [decision] : []));
    if (refusals.length > 0) {
      this.#parts.meters.refused += refusals.length;
      this.#takeBack(jobs, decisions, new Set(refusals.map(({ jobId }) => jobId)));
      return refusals.map(({ problem }) => problem);
    }
    for (const job of jobs) this.#parts.committer.changed(job);
    this.#noteSubmitted(jobs, by);
    this.#note(trace);
    this.#carryOut(decisions);
    return [];
  }

  /** Jobs of one queue share their detail, and with it their entry. */
  #noteSubmitted(jobs: readonly Job[], by: string): void {
    let detail = { queue: "", graph: jobs[0]?.identity.graph ?? null };
    for (const {
      id,
      queue,
      definition: { origin },
    } of jobs) {
      if (detail.queue !== queue) detail = { ...detail, queue };
      const actor = origin === undefined ? by : `run ${origin.runId}`;
      this.#parts.meters.asked("submit", actor);
      this.#parts.audit(actor, "job.submitted", id, detail);
    }
  }

  /** A job that ran when the server stopped, on a node that is known. */
  adopt(job: Job, nodeId: string, gangSizes: ReadonlyMap<string, number>): void {
    this.#enter(job);
    const suspended = job.status === "suspended" ? { suspended: true } : {};
    this.tell({
      type: "job-adopted",
      job: { ...readmittedSpec(job, gangSizes), after: [] },
      nodeId,
      startedAt: job.startedAt ?? this.now,
      ...suspended,
    });
  }

  /** Jobs of one submission that waited when the server stopped, at the instant at which they were submitted. */
  readmit(jobs: readonly Job[], gangSizes: ReadonlyMap<string, number>): void {
    for (const job of jobs) {
      this.#enter(job);
      job.unplace(job.notBefore);
    }
    const specs = jobs.map((job) => readmittedSpec(job, gangSizes));
    this.#apply({ type: "jobs-submitted", jobs: specs }, jobs[0]?.identity.submittedAt ?? this.now);
  }

  /** Its executor runs it since then. */
  started(job: Job, at: Instant): void {
    job.startedAt = at;
    if (job.status === "allocated") job.status = "running";
    this.tell({ type: "job-started", jobId: job.id });
  }

  /** A job is over. */
  finish(job: Job, status: FinalJobStatus, result: JobResult): void {
    this.#end(job, status, result);
    this.#tellEnd({ jobId: job.id, outcome: outcomes[status] });
  }

  /** Whatever ends meanwhile is told to the core at once: it decides on all of it together. */
  together(work: () => void): void {
    this.#ending = [];
    try {
      work();
    } finally {
      this.#tellGathered();
      this.#ending = undefined;
    }
  }

  /** A job goes back into its queue; it does not start before the instant. */
  requeue(job: Job, outcome: "preempted" | "lost", notBefore: Instant | null): void {
    const { node, attempt } = job;
    this.#parts.audit("server", job.preempting || outcome === "lost" ? "job.requeued" : "job.retried", job.id, {
      node,
      attempt,
      why: outcome === "lost" ? "its node was lost" : job.preempting ? "it made room" : `attempt ${attempt} failed`,
      ...(notBefore !== null && { notBefore }),
    });
    this.#leave(job);
    job.unplace(notBefore);
    this.#parts.committer.changed(job);
    this.#tellEnd({ jobId: job.id, outcome, ...(notBefore !== null && { notBefore }) });
  }

  /** A freeze was carried out. */
  suspended(job: Job): void {
    job.status = "suspended";
    job.suspending = false;
    job.wasSuspended = true;
    this.#parts.committer.changed(job);
    this.tell({ type: "job-suspended", jobId: job.id });
  }

  /** `closed`: it is there, and takes no new jobs. */
  nodeUp(node: NodeSpec, closed?: ClosedNode): readonly Problem[] {
    return this.tell({ type: "node-up", node, ...(closed !== undefined && { closed }) });
  }

  /** Its jobs must have been taken off it, or go back into their queues with this. */
  nodeDown(nodeId: string, requeued: readonly Job[]): void {
    for (const job of requeued) {
      this.#parts.audit("server", "job.requeued", job.id, { node: nodeId, attempt: job.attempt, why: "its node was lost" });
      job.unplace(null);
      this.#parts.committer.changed(job);
    }
    this.tell({ type: "node-down", nodeId });
  }

  nodeDrained(nodeId: string, closed: ClosedNode): void {
    this.tell({ type: "node-drained", nodeId, closed });
  }

  /** The whole tree, in force from now on; gives what is wrong where it is refused. */
  setQueues(queues: readonly QueueSpec[]): readonly Problem[] {
    return this.tell({ type: "queues-changed", queues });
  }

  /** What would be wrong with a tree; nothing changes. */
  checkQueues(queues: readonly QueueSpec[]): readonly Problem[] {
    const found = queuesProblem(this.#state, queues);
    return found === undefined ? none : [found];
  }

  setPolicy(policy: Policy): readonly Problem[] {
    return this.tell({ type: "policy-changed", policy });
  }

  /** Decides on an event; gives what the core did not take. */
  tell(event: SchedulerEvent): readonly Problem[] {
    return this.#apply(event, this.now);
  }

  /** Forgets a job whose end is durable. */
  forget(job: Job): void {
    this.#drop(job);
  }

  close(): void {
    this.#running = false;
    this.#cancelWake();
  }

  #enter(job: Job): void {
    this.jobs.set(job.id, job);
    this.#specLength += job.specLength;
  }

  #drop(job: Job): void {
    if (this.jobs.delete(job.id)) this.#specLength -= job.specLength;
  }

  #apply(event: SchedulerEvent, at: Instant): readonly Problem[] {
    const { decisions, trace } = this.#step(event, at);
    if (trace.length > 0) this.#note(trace);
    if (decisions.length > 0) this.#carryOut(decisions);
    return trace.length === 0 ? none : trace.flatMap((entry) => (entry.type === "ignored" ? [entry.problem] : []));
  }

  #tellEnd(ending: JobEnding): void {
    if (this.#ending === undefined) this.tell({ type: "job-ended", ...ending });
    else this.#ending.push(ending);
  }

  #tellGathered(): void {
    const ends = this.#ending;
    const [only] = ends ?? [];
    if (ends === undefined || only === undefined) return;
    this.#ending = [];
    this.#apply(ends.length === 1 ? { type: "job-ended", ...only } : { type: "jobs-ended", ends }, this.now);
  }

  #step(event: SchedulerEvent, at: Instant = this.now): { decisions: readonly Decision[]; trace: readonly TraceEntry[] } {
    // The core hears of everything in the order in which it happened.
    if (this.#ending !== undefined) this.#tellGathered();
    const began = performance.now();
    const result = step(this.#state, event, at);
    this.#parts.meters.cycleSeconds.record((performance.now() - began) / 1_000);
    this.#parts.recorder?.stepped(event, at, result);
    if (result.wakeAt !== this.#wakeAt) this.#wake(result.wakeAt);
    return result;
  }

  #wake(at: Instant | undefined): void {
    this.#cancelWake();
    this.#wakeAt = at;
    if (at === undefined || !this.#running) return;
    this.#cancelWake = this.#parts.clock.after(Math.min(Math.max(0, at - this.now), longestWakeMs), () => {
      this.#wakeAt = undefined;
      this.tell({ type: "clock" });
    });
  }

  #note(trace: readonly TraceEntry[]): void {
    for (const entry of trace) {
      if (entry.type === "waited") this.#parts.meters.waitErrorSeconds.record(Math.abs(entry.waitMs - entry.expectedMs) / 1_000);
      if (entry.type !== "waits") continue;
      const job = this.jobs.get(entry.jobId);
      if (job === undefined || job.ended) continue;
      job.reason = entry.code;
      if (job.status === "waiting" || job.status === "pending") job.status = entry.code === "pending.dependency" ? "waiting" : "pending";
    }
  }

  #carryOut(decisions: readonly Decision[]): void {
    for (const decision of decisions) {
      const job = this.jobs.get(decision.jobId);
      if (job !== undefined && !job.ended) this.#carryOutOne(decision, job);
    }
  }

  #carryOutOne(decision: Decision, job: Job): void {
    const { committer, audit } = this.#parts;
    const ref = { job: job.id, token: job.attempt };
    switch (decision.type) {
      case "start":
        job.place(decision.nodeId);
        this.#parts.placed(job, decision.nodeId);
        if (job.attempt === 1) this.#parts.meters.waited(job.queue, this.now - job.identity.submittedAt);
        audit("scheduler", "job.placed", job.id, this.#placing(decision.nodeId, job.attempt));
        committer.changed(job);
        return committer.order({ node: decision.nodeId, start: { job, token: job.attempt } });
      case "resume":
        job.status = "running";
        committer.changed(job);
        audit("scheduler", "job.resumed", job.id, { node: decision.nodeId });
        return committer.order({ node: decision.nodeId, order: { type: "resume", ...ref } });
      case "suspend":
        job.suspending = true;
        this.#parts.meters.preemptions++;
        audit("scheduler", "job.suspended", job.id, { node: decision.nodeId, for: decision.forJobId ?? null });
        return committer.order({ node: decision.nodeId, order: { type: "suspend", ...ref } });
      case "preempt":
        job.preempting = true;
        this.#parts.meters.preemptions++;
        audit("scheduler", "job.preempted", job.id, { node: decision.nodeId, for: decision.forJobId });
        return committer.order({ node: decision.nodeId, order: { type: "stop", how: "gently", ...ref } });
      case "refuse":
        return this.#end(job, "cancelled", { fault: { code: decision.problem.code, message: decision.problem.message } });
    }
  }

  /** The detail of a placement; those that follow each other mostly share theirs. */
  #placing(node: string, attempt: number): { readonly node: string; readonly attempt: number } {
    if (this.#lastPlacing.node !== node || this.#lastPlacing.attempt !== attempt) this.#lastPlacing = { node, attempt };
    return this.#lastPlacing;
  }

  #leave(job: Job): void {
    if (job.node !== null) this.#parts.left(job, job.node);
  }

  #end(job: Job, status: FinalJobStatus, result: JobResult): void {
    this.#leave(job);
    job.end(status, this.now, result);
    if (status !== "completed")
      this.#parts.audit("server", `job.${status}`, job.id, { attempt: job.attempt, why: result.fault?.code ?? "it was asked for" });
    this.#parts.committer.changed(job);
  }

  #isOneOf(jobs: readonly Job[], { jobId }: { readonly jobId: string }): boolean {
    return jobs.some((job) => job.id === jobId);
  }

  /** Nothing of a submission stays that was refused in part; what was decided for the sake of its jobs meanwhile is done. */
  #takeBack(jobs: readonly Job[], decisions: readonly Decision[], refused: ReadonlySet<string>): void {
    for (const job of jobs) this.#drop(job);
    this.#carryOut(decisions);
    for (const job of [...jobs].reverse()) if (!refused.has(job.id)) this.tell({ type: "job-ended", jobId: job.id, outcome: "cancelled" });
  }
}

const none: readonly Problem[] = [];

/** What was accepted once is kept, whatever nodes there are now. */
function readmittedSpec({ spec }: Job, gangSizes: ReadonlyMap<string, number>): JobSpec {
  const { gang } = spec;
  const kept = { ...spec, keepImpossible: true };
  return gang === undefined ? kept : { ...kept, gang: { id: gang.id, size: gangSizes.get(gang.id) ?? gang.size } };
}

/** Timers hold no longer spans. */
const longestWakeMs = 86_400_000;

const outcomes: { readonly [S in FinalJobStatus]: Outcome } = {
  completed: "completed",
  failed: "failed",
  cancelled: "cancelled",
  lost: "failed",
};
