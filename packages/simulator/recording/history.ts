// The history in a recording: the jobs that have left the system, and the cluster at its fullest. By it other policies can be
// tried on what really was asked for.
import { err, ok, parseJson, type Instant, type Millis, type Result } from "@baton/core";
import type { Decision, JobSpec, NodeSpec, Outcome, QueueSpec, SchedulerEvent } from "@baton/scheduler";
import { problem, type Problem } from "../errors.ts";
import { makeHistory, type History, type JobRecord } from "../history/history.ts";
import { readRecordedLine } from "./recording.ts";

interface Course {
  readonly job: JobSpec;
  readonly submittedAt: Instant;
  /** Of the attempt that counts. */
  startedAt: Instant | undefined;
  /** Since when it holds its node. */
  since: Instant | undefined;
  nodeId: string | undefined;
  servedMs: Millis;
}

const noAttempt = { startedAt: undefined, since: undefined, nodeId: undefined, servedMs: 0 } as const;

/** Reads a recording as a history. */
export function recordingHistory(lines: Iterable<string>, name: string): Result<History, readonly Problem[]> {
  const past = new Past();
  let number = 0;
  for (const text of lines) {
    number++;
    if (text === "") continue;
    const line = readRecordedLine(text);
    // The last line of a server that was killed may be cut; what is wrong elsewhere a replay tells.
    if (line.kind === "wrong" && number === 1) return err([problem("recording-malformed", `${name}: line 1`, line.message)]);
    if (line.kind === "step") past.take(line.event, decisionsOf(text), line.at);
  }
  if (past.records.length === 0) return err([problem("trace-empty", name, "The recording has no job that has ended.")]);
  const cluster = { nodes: [...past.nodes.values()], queues: past.queues };
  return ok(makeHistory({ cluster, records: past.records, unfinished: past.unfinished, placeOf: () => name }));
}

function decisionsOf(text: string): readonly Decision[] {
  const parsed = parseJson(text);
  return parsed.ok ? ((parsed.value as { readonly decisions?: readonly Decision[] }).decisions ?? []) : [];
}

class Past {
  readonly nodes = new Map<string, NodeSpec>();
  queues: readonly QueueSpec[] = [];
  readonly records: JobRecord[] = [];
  readonly #jobs = new Map<string, Course>();

  get unfinished(): number {
    return this.#jobs.size;
  }

  take(event: SchedulerEvent, decisions: readonly Decision[], at: Instant): void {
    if (event.type === "node-up") this.nodes.set(event.node.id, event.node);
    else if (event.type === "queues-changed") this.queues = event.queues;
    else if (event.type === "jobs-submitted") for (const job of event.jobs) this.#add(job, at);
    else if (event.type === "job-adopted") this.#start(this.#add(event.job, event.startedAt), event.nodeId, event.startedAt);
    else if (event.type === "job-suspended") this.#stop(this.#jobs.get(event.jobId), at);
    else if (event.type === "job-ended") this.#end(event.jobId, event.outcome, at);
    else if (event.type === "jobs-ended") for (const { jobId, outcome } of event.ends) this.#end(jobId, outcome, at);
    for (const decision of decisions) this.#decide(decision, at);
  }

  #decide(decision: Decision, at: Instant): void {
    const course = this.#jobs.get(decision.jobId);
    if (course === undefined) return;
    if (decision.type === "start" || decision.type === "resume") this.#start(course, decision.nodeId, at);
    else if (decision.type === "refuse") this.#jobs.delete(decision.jobId);
  }

  #add(spec: JobSpec, submittedAt: Instant): Course {
    const { keepImpossible: _, ...job } = spec;
    const course = { job, submittedAt, ...noAttempt };
    this.#jobs.set(job.id, course);
    return course;
  }

  #start(course: Course, nodeId: string, at: Instant): void {
    course.startedAt ??= at;
    course.since = at;
    course.nodeId = nodeId;
  }

  #stop(course: Course | undefined, at: Instant): void {
    if (course?.since === undefined) return;
    course.servedMs += (at - course.since) * (this.nodes.get(course.nodeId ?? "")?.speed ?? 1);
    course.since = undefined;
  }

  #end(id: string, outcome: Outcome, at: Instant): void {
    const course = this.#jobs.get(id);
    if (course === undefined) return;
    if (outcome === "preempted" || outcome === "lost") {
      // What an attempt that does not count received is not what the job needs.
      Object.assign(course, noAttempt);
      return;
    }
    this.#stop(course, at);
    this.#jobs.delete(id);
    const { job, submittedAt, startedAt, nodeId, servedMs } = course;
    const start = startedAt === undefined ? {} : { startedAt };
    this.records.push({ job, submittedAt, ...start, endedAt: at, runMs: servedMs, outcome, ...(nodeId !== undefined && { nodeId }) });
  }
}
