// A small world for the tests of this package: a virtual clock that plays submissions and ends to the scheduler, and books
// of its own that catch any node that is given away twice.
import { assert, Heap, type Instant, type Millis } from "@baton/core";
import { createScheduler, step, type SchedulerState } from "../step.ts";
import type { Policy } from "../policy.ts";
import type { Amounts, Decision, JobSpec, NodeSpec, QueueSpec, SchedulerEvent } from "../types.ts";

/** A job, when it is submitted, and how long it really runs. */
export interface Arrival {
  readonly at: Instant;
  readonly runMs: Millis;
  readonly job: JobSpec;
}

/** When and where a job first started, and when it ended. */
export interface Outline {
  readonly start: Instant;
  readonly end: Instant;
  readonly nodeId: string;
}

interface Happening {
  readonly at: Instant;
  readonly kind: 0 | 1 | 2;
  readonly seq: number;
  readonly event: SchedulerEvent;
  readonly version: number;
}

interface Course {
  readonly spec: JobSpec;
  remainingMs: Millis;
  since: Instant;
  nodeId: string;
  version: number;
  start: Instant | undefined;
}

const [expiry, submission, ending] = [0, 1, 2] as const;

/** One run of a world. Time advances in whole milliseconds; the order of events at one instant is that of published simulators. */
export class TestWorld {
  readonly state: SchedulerState;
  readonly outlines = new Map<string, Outline>();
  readonly decisions: Decision[] = [];
  readonly #happenings = new Heap<Happening>((a, b) => a.at - b.at || a.kind - b.kind || a.seq - b.seq);
  readonly #courses = new Map<string, Course>();
  readonly #arrivals = new Map<string, Arrival>();
  readonly #nodes = new Map<string, NodeSpec>();
  #seq = 0;
  #wakeAt: Instant | undefined;
  now: Instant = 0;

  constructor(policy: Policy, nodes: readonly NodeSpec[], queues: readonly QueueSpec[] = []) {
    this.state = createScheduler(policy);
    if (queues.length > 0) this.send({ type: "queues-changed", queues });
    for (const node of nodes) {
      this.#nodes.set(node.id, node);
      this.send({ type: "node-up", node });
    }
  }

  /** Plays all arrivals to the end, and gives the outlines of the jobs that ran. */
  run(arrivals: readonly Arrival[]): ReadonlyMap<string, Outline> {
    for (const arrival of arrivals) this.submit(arrival);
    while (this.advance());
    return this.outlines;
  }

  submit(arrival: Arrival): void {
    this.#arrivals.set(arrival.job.id, arrival);
    this.#add(arrival.at, submission, { type: "jobs-submitted", jobs: [arrival.job] }, 0);
  }

  /** Lets the next thing happen; false where nothing is left. */
  advance(): boolean {
    const next = this.#happenings.peek();
    if (this.#wakeAt !== undefined && (next === undefined || this.#wakeAt < next.at)) {
      this.now = this.#wakeAt;
      this.send({ type: "clock" });
      return true;
    }
    if (next === undefined) return false;
    this.#happenings.pop();
    if (next.at > this.now) this.#checkNodes();
    this.now = next.at;
    const id = "jobId" in next.event ? next.event.jobId : undefined;
    const course = id === undefined ? undefined : this.#courses.get(id);
    if (id !== undefined && course?.version !== next.version) return true;
    if (next.event.type === "job-ended" && course !== undefined) this.#finish(course);
    this.send(next.event);
    return true;
  }

  send(event: SchedulerEvent): readonly Decision[] {
    const { decisions, trace, wakeAt } = step(this.state, event, this.now);
    this.#wakeAt = wakeAt;
    this.decisions.push(...decisions);
    for (const entry of trace) if (entry.type === "corrected") this.#expect(entry.jobId, entry.estimateMs);
    for (const decision of decisions) this.#perform(decision);
    return decisions;
  }

  /** What runs now, by node. */
  running(): { readonly jobId: string; readonly nodeId: string; readonly requests: Amounts }[] {
    return [...this.#courses.values()].map(({ spec, nodeId }) => ({ jobId: spec.id, nodeId, requests: spec.requests }));
  }

  #perform(decision: Decision): void {
    if (decision.type === "start" || decision.type === "resume") return this.#start(decision.jobId, decision.nodeId, decision);
    if (decision.type === "refuse") return;
    const course = this.#courses.get(decision.jobId);
    assert(course !== undefined, `Expected a running job, but ${decision.jobId} does not run.`);
    this.#courses.delete(decision.jobId);
    const arrival = this.#arrivals.get(decision.jobId);
    const keeps = decision.type === "suspend";
    const left = keeps ? course.remainingMs - (this.now - course.since) * this.#speed(course.nodeId) : (arrival?.runMs ?? 0);
    this.#stopped.set(decision.jobId, left);
    const event: SchedulerEvent = keeps
      ? { type: "job-suspended", jobId: decision.jobId }
      : { type: "job-ended", jobId: decision.jobId, outcome: "preempted" };
    this.send(event);
  }

  readonly #stopped = new Map<string, Millis>();

  #start(jobId: string, nodeId: string, decision: Decision): void {
    const arrival = this.#arrivals.get(jobId);
    assert(arrival !== undefined, `Expected a known job, but there is no ${jobId}.`);
    assert(!this.#courses.has(jobId), `Expected ${jobId} to be waiting, but it runs.`);
    const remainingMs = this.#stopped.get(jobId) ?? arrival.runMs;
    const start = this.outlines.get(jobId)?.start ?? this.now;
    this.outlines.set(jobId, { start, end: Infinity, nodeId });
    const course: Course = { spec: arrival.job, remainingMs, since: this.now, nodeId, version: this.#seq++, start };
    this.#courses.set(jobId, course);
    this.#add(this.#endOf(course), ending, { type: "job-ended", jobId, outcome: "completed" }, course.version);
    if (decision.type === "start") this.#expectAt(course, this.now + decision.estimateMs);
  }

  #endOf(course: Course): Instant {
    return course.since + course.remainingMs / this.#speed(course.nodeId);
  }

  #speed(nodeId: string): number {
    return this.#nodes.get(nodeId)?.speed ?? 1;
  }

  #expect(jobId: string, estimateMs: Millis): void {
    const course = this.#courses.get(jobId);
    const runMs = this.#arrivals.get(jobId)?.runMs ?? 0;
    if (course === undefined) return;
    this.#expectAt(course, course.since + (estimateMs - (runMs - course.remainingMs)) / this.#speed(course.nodeId));
  }

  #expectAt(course: Course, at: Instant): void {
    const end = this.#endOf(course);
    const jobId = course.spec.id;
    if (at < end) this.#add(at, expiry, { type: "job-overran", jobId }, course.version);
    else if (at === end) this.#add(at, expiry, { type: "job-due", jobId }, course.version);
  }

  #finish(course: Course): void {
    this.#courses.delete(course.spec.id);
    this.outlines.set(course.spec.id, { start: course.start ?? this.now, end: this.now, nodeId: course.nodeId });
  }

  #add(at: Instant, kind: Happening["kind"], event: SchedulerEvent, version: number): void {
    this.#happenings.push({ at, kind, seq: this.#seq++, event, version });
  }

  /** No node has ever given away more than it has. */
  #checkNodes(): void {
    const used = new Map<string, Map<string, number>>();
    for (const { nodeId, requests } of this.running()) {
      const ofNode = used.get(nodeId) ?? new Map<string, number>();
      used.set(nodeId, ofNode);
      for (const [name, amount] of Object.entries(requests)) ofNode.set(name, (ofNode.get(name) ?? 0) + amount);
    }
    for (const [nodeId, amounts] of used) {
      for (const [name, amount] of amounts) {
        const capacity = this.#nodes.get(nodeId)?.capacity[name] ?? 0;
        assert(amount <= capacity, `Expected at most ${capacity} of ${name} on ${nodeId}, but ${amount} is in use at ${this.now}.`);
      }
    }
  }
}
