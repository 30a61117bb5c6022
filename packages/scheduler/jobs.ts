// The life of jobs between submission and end: what holds them, what lets them into the order, and every way out.
import type { Instant } from "@baton/core";
import { profileEnded, unbook } from "./backfill/booking.ts";
import { problem } from "./errors.ts";
import { dequeue, enqueue, laneOf } from "./lanes.ts";
import { Job, type Gang, type JobArray, type Node, type Queue } from "./model.ts";
import { refresh } from "./node-index.ts";
import { addTo, takeFrom } from "./resources.ts";
import { hold, keptBy, release, thawNeeds } from "./running.ts";
import { shapeOf } from "./shapes.ts";
import { couldEverRun, stuckCode } from "./stuck.ts";
import { stop } from "./preempt/preempt.ts";
import type { JobSpec, Outcome, ReasonCode } from "./types.ts";
import { defaultQueue, type World } from "./world.ts";

/** Makes a checked job known. It is not in any order yet: see `admit`. */
export function enter(w: World, spec: JobSpec): Job {
  const queue = w.queues.get(spec.queue ?? defaultQueue) as Queue;
  w.origin ??= w.now;
  const job = new Job(spec, w.nextSeq++, w.now, laneOf(shapeOf(w, spec), queue));
  job.shape.users++;
  estimate(w, job);
  w.jobs.set(spec.id, job);
  if (spec.gang !== undefined) joinGang(w, job, spec.gang);
  if (spec.array !== undefined) joinArray(w, job, spec.array);
  return job;
}

/** Estimates how long a job will run, from what is known now. */
export function estimate(w: World, job: Job): void {
  const { orderMs, reserveMs, forecast } = w.predictor.estimate(job.spec, job.shape.size, w.policy.prediction);
  job.orderMs = orderMs;
  job.reserveMs = reserveMs;
  job.forecast = forecast;
  job.rankMs = orderMs + job.tailMs;
}

/** Notes what a job waits for, whoever is named twice only once. All of it is known, or has completed. */
export function linkDependencies(w: World, job: Job): void {
  for (const id of new Set(job.spec.after)) {
    const before = w.jobs.get(id);
    if (before === undefined) continue;
    (job.waitingFor ??= new Set()).add(before);
    (before.dependents ??= []).push(job);
  }
}

/** Lets a held job into its queue's order, unless something must happen first. */
export function admit(w: World, job: Job): void {
  if (job.waitingFor !== undefined && job.waitingFor.size > 0) return wait(w, job, "pending.dependency");
  const { notBefore } = job.spec;
  if (notBefore !== undefined && notBefore > w.now) {
    w.dated.add(job, job.spec.notBefore ?? w.now);
    return wait(w, job, "pending.schedule");
  }
  if (job.array !== undefined && !job.array.admitted.has(job) && isThrottled(job.array)) {
    job.array.waiting.add(job);
    return wait(w, job, "pending.limit");
  }
  job.array?.admitted.add(job);
  if (job.gang !== undefined) return admitToGang(w, job, job.gang);
  lineUp(w, job);
}

/** Lets a job that waits for nothing else, or the first of a gang, into the order, unless nothing known could ever serve it. */
function lineUp(w: World, job: Job): void {
  if (couldEverRun(w, job)) return enqueue(w, job);
  w.stuck.add(job);
  wait(w, job, stuckCode(job));
}

function wait(w: World, job: Job, code: ReasonCode): void {
  job.phase = "held";
  w.waits(job, code);
}

/** The last member that becomes ready brings the gang into the order; its first member stands for all. */
function admitToGang(w: World, job: Job, gang: Gang): void {
  // After a restart some may be found running where another one has to start again.
  stopRunning(w, job, gang);
  gang.ready.add(job);
  if (gang.ready.size < gang.size) return wait(w, job, "pending.gang");
  lineUp(w, gang.members[0] as Job);
}

function joinGang(w: World, job: Job, { id, size }: NonNullable<JobSpec["gang"]>): void {
  let gang = w.gangs.get(id);
  if (gang === undefined) {
    gang = { id, size, members: [], ready: new Set() };
    w.gangs.set(id, gang);
  }
  gang.members.push(job);
  job.gang = gang;
}

function joinArray(w: World, job: Job, { id, maxRunning = Infinity }: NonNullable<JobSpec["array"]>): void {
  let array = w.arrays.get(id);
  if (array === undefined) {
    array = { id, maxRunning, admitted: new Set(), waiting: new Set(), users: 0 };
    w.arrays.set(id, array);
  }
  array.users++;
  job.array = array;
}

function isThrottled(array: JobArray): boolean {
  return array.admitted.size >= array.maxRunning;
}

/** Admits the jobs whose date has come. Gives whether there were any. */
export function admitDated(w: World): boolean {
  const due = w.dated.takeDue(w.now);
  for (const job of due) admit(w, job);
  return due.length > 0;
}

/** Enters a checked job that runs already, after a restart of the driver. */
export function adopt(w: World, spec: JobSpec, node: Node, startedAt: Instant): Job {
  const job = enter(w, spec);
  job.array?.admitted.add(job);
  job.gang?.ready.add(job);
  hold(w, job, node, startedAt);
  w.mustRebook = true;
  return job;
}

/** Freezes a running job: it keeps its node, and there what freezing does not free. */
export function suspend(w: World, job: Job): void {
  const node = job.node as Node;
  release(w, job);
  job.ranMs += (w.now - job.startedAt) * node.speed;
  job.held = thawNeeds(w, job);
  takeFrom(node.ledger.free, keptBy(job));
  refresh(node);
  job.pinned = node;
  node.suspended.push(job);
  w.frozen++;
  job.turn = w.nextSeq++;
  job.stoppedFor = undefined;
  enqueue(w, job);
  w.waits(job, "suspended.policy");
}

/** Ends a job, whatever it was doing, and admits those that waited for that. */
export function end(w: World, job: Job, outcome: Outcome): void {
  const wasRunning = job.phase === "running" || job.phase === "stopping";
  if (wasRunning) leaveNode(w, job);
  else leaveWaiting(w, job);
  if (outcome === "preempted" || outcome === "lost") return requeue(w, job);
  if (outcome === "completed") learn(w, job);
  forget(w, job, outcome);
  if (outcome === "completed") releaseDependents(w, job);
  else refuseDependents(w, job, outcome);
}

/** Gives back what a job that ends at this instant holds, before its end is reported. */
export function giveBackEarly(w: World, job: Job): void {
  if (job.phase !== "running" || job.isDue) return;
  profileEnded(w, job);
  release(w, job);
  job.isDue = true;
}

function learn(w: World, job: Job): void {
  if (job.forecast !== undefined) w.predictor.observe(job.spec, job.forecast, job.orderMs, ranUntilNow(w, job));
}

function ranUntilNow(w: World, job: Job): number {
  return job.node === undefined ? job.ranMs : job.ranMs + (w.now - job.startedAt) * job.node.speed;
}

function leaveNode(w: World, job: Job): void {
  w.isDirty = true;
  if (job.isDue) return;
  profileEnded(w, job);
  release(w, job);
}

function leaveWaiting(w: World, job: Job): void {
  w.isDirty = true;
  unbook(job);
  w.dated.delete(job);
  w.stuck.delete(job);
  job.array?.waiting.delete(job);
  if (job.phase === "pending") dequeue(w, job);
  if (job.pinned !== undefined) {
    const node = job.pinned;
    node.suspended.splice(node.suspended.indexOf(job), 1);
    w.frozen--;
    addTo(node.ledger.free, keptBy(job));
    refresh(node);
    job.held = job.shape.request;
    job.pinned = undefined;
  }
}

/** Brings a job that lost its node back into its queue, at its old place, to start from the beginning. */
function requeue(w: World, job: Job): void {
  if (job.corrections > 0) job.reserveMs = job.firstReserveMs;
  job.corrections = 0;
  job.ranMs = 0;
  job.node = undefined;
  job.isDue = false;
  job.phase = "held";
  job.array?.admitted.delete(job);
  if (job.gang !== undefined) breakGang(w, job, job.gang);
  admit(w, job);
}

/** A gang that has lost a member cannot go on: the others are stopped too, and all start again together. */
function breakGang(w: World, lost: Job, gang: Gang): void {
  gang.ready.delete(lost);
  stopRunning(w, lost, gang);
}

function stopRunning(w: World, lost: Job, gang: Gang): void {
  for (const other of gang.members) {
    if (other.phase !== "running") continue;
    gang.ready.delete(other);
    stop(w, other, lost, false);
  }
}

function forget(w: World, job: Job, outcome: Outcome): void {
  w.jobs.delete(job.id);
  w.expectations.delete(job);
  w.outcomes.set(job.id, outcome);
  job.shape.users--;
  if (job.gang !== undefined) leaveGang(w, job, job.gang);
  if (job.array !== undefined) leaveArray(w, job, job.array);
}

function releaseDependents(w: World, job: Job): void {
  const { dependents = none } = job;
  for (const next of dependents) next.waitingFor?.delete(job);
  for (const next of dependents) if (w.jobs.get(next.id) === next && next.waitingFor?.size === 0) admit(w, next);
}

/** All that wait for it, and for those, as far as it goes: a chain may be longer than any stack. */
function refuseDependents(w: World, ended: Job, outcome: Outcome): void {
  const open = dependentsOf(ended);
  for (let edge = open.pop(); edge !== undefined; edge = open.pop()) {
    const [job, cause] = edge;
    if (w.jobs.get(job.id) !== job) continue;
    const how = cause === ended && outcome === "failed" ? "failed" : "was cancelled";
    const message = `${job.id} waits for ${cause.id}, which ${how}`;
    w.decisions.push({ type: "refuse", jobId: job.id, problem: problem("dependency-failed", `job ${job.id}, after`, message) });
    leaveWaiting(w, job);
    forget(w, job, "cancelled");
    for (const next of dependentsOf(job)) open.push(next);
  }
}

/** With what they wait for, the first one last. */
function dependentsOf(job: Job): (readonly [Job, Job])[] {
  return (job.dependents ?? none).map((next) => [next, job] as const).reverse();
}

const none: readonly Job[] = [];

/** What is left of a gang may be complete without the member that leaves it. */
function leaveGang(w: World, job: Job, gang: Gang): void {
  gang.members.splice(gang.members.indexOf(job), 1);
  gang.ready.delete(job);
  gang.size--;
  const leader = gang.members[0];
  if (leader === undefined) return void w.gangs.delete(gang.id);
  if (gang.ready.size < gang.size || gang.members.some((member) => member.phase !== "held")) return;
  w.stuck.delete(leader);
  lineUp(w, leader);
}

/** Lets those jobs of the array go on that now may. */
function leaveArray(w: World, job: Job, array: JobArray): void {
  array.admitted.delete(job);
  array.users--;
  if (array.users === 0) w.arrays.delete(array.id);
  for (const next of array.waiting) {
    if (isThrottled(array)) return;
    array.waiting.delete(next);
    admit(w, next);
  }
}
