// The one entrance to the scheduler: an event goes in, decisions come out. `step` is the only writer of the state, which it
// changes in place; equal sequences of events and instants give equal decisions, to the byte. Use `fork` to try things out.
import type { Instant, Json } from "@baton/core";
import { problem } from "./errors.ts";
import { expect } from "./expectation.ts";
import { drainNode, nodeUp, removeNode } from "./nodes.ts";
import { admitDated, adopt, end, giveBackEarly, suspend } from "./jobs.ts";
import type { Job, Node } from "./model.ts";
import { moveEnd, correct } from "./overrun.ts";
import { arrive, pass } from "./pass.ts";
import { changePolicy } from "./policy-change.ts";
import type { Policy } from "./policy.ts";
import { sortOut } from "./stuck.ts";
import { changeJob, submit } from "./submit.ts";
import { setQueues } from "./tenants/tree.ts";
import type { Decision, JobEnding, Outcome, Problem, QueueSpec, SchedulerEvent, StepResult, TraceEntry } from "./types.ts";
import { checkAdopted } from "./check/jobs.ts";
import { checkNode } from "./check/nodes.ts";
import { parsePolicy } from "./check/policy.ts";
import { checkQueues } from "./check/queues.ts";
import { addReservation, nextWindowChange, removeReservation } from "./windows.ts";
import { World, type WorldOptions } from "./world.ts";
import { remainingOn } from "./model.ts";

declare const opaque: unique symbol;

/** Everything that the scheduler knows. Only `step` changes it. */
export interface SchedulerState {
  readonly [opaque]: "scheduler";
}

/** A scheduler without nodes, with one queue named `default`. */
export function createScheduler(policy: Policy, options: Partial<WorldOptions> = {}): SchedulerState {
  return new World(policy, { keepImpossible: options.keepImpossible ?? false }) as unknown as SchedulerState;
}

/** The inside of a state, for the files of this package. */
export function worldOf(state: SchedulerState): World {
  return state as unknown as World;
}

/** What is wrong with a tree of queues for the jobs that are known; undefined where nothing is, and it could be put in force. */
export function queuesProblem(state: SchedulerState, queues: readonly QueueSpec[]): Problem | undefined {
  return checkQueues(worldOf(state), queues);
}

const nothingDecided: readonly Decision[] = [];
const nothingNoted: readonly TraceEntry[] = [];

/** Takes one event in, at an instant, and says what is to be done. Time never goes back: an earlier instant counts as the last one. */
export function step(state: SchedulerState, event: SchedulerEvent, now: Instant): StepResult<SchedulerState> {
  const w = worldOf(state);
  if (now > w.now) w.now = now;
  if (w.dated.size > 0 && admitDated(w)) pass(w);
  apply(w, event);
  const decisions = w.decisions.length === 0 ? nothingDecided : w.decisions;
  const trace = w.trace.length === 0 ? nothingNoted : w.trace;
  if (w.decisions.length > 0) w.decisions = [];
  if (w.trace.length > 0) w.trace = [];
  return { state, decisions, trace, wakeAt: wakeAt(w) };
}

function apply(w: World, event: SchedulerEvent): void {
  switch (event.type) {
    case "jobs-submitted": {
      const jobs = submit(w, event.jobs);
      arrive(w, jobs);
      for (const job of jobs) if (job.phase === "pending") expect(w, job);
      return;
    }
    case "job-ended":
      if (take(w, event)) pass(w);
      return;
    case "jobs-ended":
      if (takeAll(w, event.ends)) pass(w);
      return;
    case "job-due":
      return withJob(w, event.jobId, (job) => giveBackEarly(w, job));
    case "job-overran":
      return withJob(w, event.jobId, (job) => {
        if (job.phase === "running") correct(w, job);
      });
    case "job-suspended":
      return withJob(w, event.jobId, (job) => {
        if (job.phase === "stopping") suspend(w, job);
        pass(w);
      });
    case "job-started":
      return withJob(w, event.jobId, (job) => confirmStart(w, job));
    case "job-changed":
      return withJob(w, event.jobId, (job) => {
        changeJob(w, job, event.patch);
        pass(w);
      });
    case "clock":
      return pass(w);
    default:
      return applyToCluster(w, event);
  }
}

/** Takes the end of a job in; false where it changes nothing. */
function take(w: World, { jobId, outcome, notBefore }: JobEnding): boolean {
  const job = w.jobs.get(jobId);
  if (job === undefined) ignore(w, unknown("job", jobId));
  else if (isLate(job, outcome)) ignore(w, problem("report-late", `job ${jobId}`, `it waits already, and is reported as ${outcome}`));
  else {
    if (notBefore !== undefined) job.spec = { ...job.spec, notBefore };
    end(w, job, outcome);
    return true;
  }
  return false;
}

/** Takes ends in that came together; false where none of them changes anything. */
function takeAll(w: World, ends: readonly JobEnding[]): boolean {
  let changed = false;
  for (const ending of ends) changed = take(w, ending) || changed;
  // A gang that breaks stops its other members, who may be among those that have ended.
  if (w.decisions.length > 0)
    w.decisions = w.decisions.filter(({ type, jobId }) => type !== "preempt" || w.jobs.get(jobId)?.phase === "stopping");
  return changed;
}

/** Whether a report says that a job lost its node that has lost it already: its node went first, or the report came twice. */
function isLate(job: Job, outcome: Outcome): boolean {
  return (outcome === "preempted" || outcome === "lost") && (job.phase === "held" || (job.phase === "pending" && job.pinned === undefined));
}

type ClusterEvent = Exclude<SchedulerEvent, { readonly jobId: string } | { readonly type: "jobs-submitted" | "jobs-ended" | "clock" }>;

function applyToCluster(w: World, event: ClusterEvent): void {
  switch (event.type) {
    case "job-adopted":
      return withNode(w, event.nodeId, (node) => {
        const found = checkAdopted(w, event.job);
        if (found !== undefined) return ignore(w, found);
        const job = adopt(w, event.job, node, event.startedAt);
        if (event.suspended === true) suspend(w, job);
      });
    case "node-up": {
      const found = checkNode(event.node);
      if (found !== undefined) return ignore(w, found);
      nodeUp(w, event.node, event.closed);
      sortOut(w);
      return pass(w);
    }
    case "node-down":
      return withNode(w, event.nodeId, (node) => {
        loseNode(w, node);
        sortOut(w);
        pass(w);
      });
    case "node-drained":
      return withNode(w, event.nodeId, (node) => {
        drainNode(w, node, event.closed);
        sortOut(w);
        pass(w);
      });
    case "queues-changed": {
      const found = checkQueues(w, event.queues);
      if (found !== undefined) return ignore(w, found);
      setQueues(w, event.queues);
      sortOut(w);
      return pass(w);
    }
    case "policy-changed": {
      const read = parsePolicy(event.policy as unknown as Json);
      if (!read.ok) return read.error.forEach((found) => ignore(w, found));
      changePolicy(w, event.policy);
      return pass(w);
    }
    case "reservation-added":
      addReservation(w, event.reservation);
      return pass(w);
    case "reservation-removed":
      removeReservation(w, event.reservationId);
      return pass(w);
  }
}

function withJob(w: World, id: string, then: (job: Job) => void): void {
  const job = w.jobs.get(id);
  if (job !== undefined) return then(job);
  ignore(w, unknown("job", id));
}

function withNode(w: World, id: string, then: (node: Node) => void): void {
  const node = w.nodes.get(id);
  if (node !== undefined) return then(node);
  ignore(w, unknown("node", id));
}

function unknown(what: "job" | "node", id: string): Problem {
  return problem("scheduled-id-unknown", `${what} ${id}`, `there is no ${what} ${id}`);
}

function ignore(w: World, found: Problem): void {
  w.trace.push({ type: "ignored", problem: found });
}

/** The estimate counts from when the executor has really started the job. */
function confirmStart(w: World, job: Job): void {
  if (job.phase !== "running" || job.node === undefined || job.startedAt === w.now) return;
  job.startedAt = w.now;
  moveEnd(job, w.now + remainingOn(job, job.node.speed));
  w.isDirty = true;
  w.mustRebook = true;
}

/** All that a lost node ran, or had frozen, starts again elsewhere. */
function loseNode(w: World, node: Node): void {
  drainNode(w, node);
  for (const job of [...node.ledger.jobs, ...node.suspended]) end(w, job, "lost");
  // Nobody is there any more who could be told to stop.
  w.decisions = w.decisions.filter((decision) => decision.type !== "preempt" || decision.nodeId !== node.id);
  removeNode(w, node);
}

/** The next instant at which time alone may change something. */
function wakeAt(w: World): Instant | undefined {
  let next = w.reservations.size === 0 ? undefined : nextWindowChange(w);
  const sooner = (at: Instant): void => {
    if (at > w.now && (next === undefined || at < next)) next = at;
  };
  if (w.lookAgainAt !== undefined) sooner(w.lookAgainAt);
  const date = w.dated.next();
  if (date !== undefined) sooner(date);
  for (const leaf of w.leaves) {
    if (leaf.order.yieldsAt === undefined || leaf.pending.size === 0) continue;
    for (const job of leaf.turns) {
      if (job.phase !== "running") continue;
      const at = leaf.order.yieldsAt(job);
      sooner(at);
      if (at > w.now) break;
    }
  }
  return next;
}
