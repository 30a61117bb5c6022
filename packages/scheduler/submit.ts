// Submissions and changes of jobs: what is checked, refused and made known, in this order.
import { nearest } from "@baton/core";
import { checkGraph } from "./check/graph.ts";
import { checkFields, checkJob } from "./check/jobs.ts";
import { problem } from "./errors.ts";
import { admit, enter, estimate, linkDependencies } from "./jobs.ts";
import { dequeue, laneOf } from "./lanes.ts";
import { unbook } from "./backfill/booking.ts";
import type { Gang, Job, Queue } from "./model.ts";
import { failedFilter } from "./place/filters.ts";
import { shapeOf } from "./shapes.ts";
import { couldEverRun, tooSmallLimit } from "./stuck.ts";
import type { JobPatch, JobSpec, Problem } from "./types.ts";
import type { World } from "./world.ts";
import { rank } from "./order/rank.ts";

/** Takes jobs in; gives the ones that are pending now. A job that is refused takes the jobs of the batch with it that wait for it. */
export function submit(w: World, specs: readonly JobSpec[]): Job[] {
  const accepted = specs.length === 1 && specs[0]?.after === undefined ? acceptOne(w, specs[0] as JobSpec) : acceptBatch(w, specs);
  for (const job of accepted) linkDependencies(w, job);
  if (accepted.some((job) => job.waitingFor !== undefined)) rank(accepted);
  for (const job of accepted) admit(w, job);
  return pendingOf(accepted);
}

/** Those that are in the order now; of a gang, its leader. */
function pendingOf(jobs: readonly Job[]): Job[] {
  const pending = new Set<Job>();
  for (const job of jobs) {
    const leader = job.gang?.members[0] ?? job;
    if (leader.phase === "pending") pending.add(leader);
  }
  return [...pending];
}

/** Changes a job that waits. What runs keeps what it has. */
export function changeJob(w: World, job: Job, patch: JobPatch): void {
  const spec: JobSpec = { ...job.spec, ...patch };
  const found =
    checkFields(spec) ?? (patch.queue === undefined || w.leaves.some((leaf) => leaf.id === patch.queue) ? undefined : noSuchQueue(w, spec));
  const isWaiting = job.phase === "pending" || job.phase === "held";
  if (found !== undefined || !isWaiting || job.pinned !== undefined) {
    w.trace.push({
      type: "ignored",
      problem: found ?? problem("job-invalid", `job ${job.id}`, "the job has started; what runs cannot be changed"),
    });
    return;
  }
  unbook(job);
  w.dated.delete(job);
  w.stuck.delete(job);
  if (job.phase === "pending") dequeue(w, job);
  job.shape.users--;
  job.spec = spec;
  const shape = shapeOf(w, spec);
  shape.users++;
  job.reshape(laneOf(shape, w.queues.get(spec.queue ?? job.queue.id) as Queue));
  estimate(w, job);
  w.isDirty = true;
  if (job.gang !== undefined) return lineUpAgain(w, job, job.gang);
  admit(w, job);
}

/** The whole gang is lined up anew when one of its members changes, as soon as that one is ready again. */
function lineUpAgain(w: World, job: Job, gang: Gang): void {
  const leader = gang.members[0] as Job;
  if (leader.phase === "pending" && leader !== job) {
    dequeue(w, leader);
    leader.phase = "held";
  }
  w.stuck.delete(leader);
  gang.ready.delete(job);
  admit(w, job);
}

function noSuchQueue(w: World, spec: JobSpec): Problem {
  const meant = nearest(
    spec.queue ?? "",
    w.leaves.map((leaf) => leaf.id),
  );
  const next = meant === undefined ? undefined : `Did you mean ${meant}?`;
  return problem("job-invalid", `job ${spec.id}, queue`, `there is no queue ${spec.queue} for jobs`, next);
}

function acceptOne(w: World, spec: JobSpec): Job[] {
  const found = checkJob(w, spec);
  if (found !== undefined) return refuse(w, spec, found);
  const job = enter(w, spec);
  return keepIfPossible(w, job);
}

function acceptBatch(w: World, specs: readonly JobSpec[]): Job[] {
  const problems = checkGraph(w, specs);
  const accepted: Job[] = [];
  const refused = new Set<string>();
  for (const spec of specs) {
    const found = problems.get(spec) ?? checkJob(w, spec);
    if (found !== undefined) {
      refuse(w, spec, found);
      refused.add(spec.id);
      continue;
    }
    const job = keepIfPossible(w, enter(w, spec));
    if (job.length === 0) refused.add(spec.id);
    accepted.push(...job);
  }
  return refused.size === 0 ? accepted : withoutDependents(w, accepted, refused);
}

function withoutDependents(w: World, accepted: readonly Job[], refused: Set<string>): Job[] {
  let kept = [...accepted];
  for (;;) {
    const hit = kept.filter((job) => job.spec.after?.some((id) => refused.has(id)));
    if (hit.length === 0) return kept;
    for (const job of hit) {
      const cause = job.spec.after?.find((id) => refused.has(id));
      refuse(w, job.spec, problem("dependency-failed", `job ${job.id}, after`, `${job.id} waits for ${cause}, which was refused`));
      refused.add(job.id);
      drop(w, job);
    }
    kept = kept.filter((job) => !hit.includes(job));
  }
}

/** A job that no known node could ever run is told so at once. */
function keepIfPossible(w: World, job: Job): Job[] {
  if (w.options.keepImpossible || couldEverRun(w, job)) return [job];
  refuse(w, job.spec, whyImpossible(w, job));
  drop(w, job);
  return [];
}

function drop(w: World, job: Job): void {
  w.jobs.delete(job.id);
  job.shape.users--;
  job.gang?.members.splice(job.gang.members.indexOf(job), 1);
  if (job.gang?.members.length === 0) w.gangs.delete(job.gang.id);
  if (job.array && --job.array.users === 0) w.arrays.delete(job.array.id);
}

function refuse(w: World, spec: JobSpec, found: Problem): Job[] {
  w.decisions.push({ type: "refuse", jobId: spec.id, problem: found });
  return [];
}

function whyImpossible(w: World, job: Job): Problem {
  const small = tooSmallLimit(job);
  if (small !== undefined) {
    const message = `it asks for more than the whole limit of queue ${small.id}`;
    return problem("job-impossible", `job ${job.id}, queue`, message, `Ask for less, or raise the limit of ${small.id}.`);
  }
  const where = `job ${job.id}, requests`;
  for (const [name, amount] of Object.entries(job.spec.requests)) {
    const number = w.resources.numberOf(name);
    if (number === undefined && amount > 0) {
      const meant = nearest(name, w.resources.names);
      return problem("job-impossible", `${where}.${name}`, `no node has ${name}`, meant && `Did you mean ${meant}?`);
    }
    const most = Math.max(0, ...[...w.nodes.values()].map((node) => node.ledger.capacity[number ?? 0] ?? 0));
    if (amount > most) {
      const message = `it asks for ${amount} of ${name}, and the largest node has ${most}`;
      return problem("job-impossible", `${where}.${name}`, message, `It fits if ${name} is at most ${most}.`);
    }
  }
  const failures = new Map<string, number>();
  for (const node of w.nodes.values()) {
    const failed = failedFilter(job.spec.constraints, node.spec);
    const named =
      job.spec.constraints?.nodes?.includes(node.id) === false
        ? "node is not one of those named"
        : "too small in all it has to offer together";
    const why = failed === undefined ? named : `${failed.filter}: ${failed.detail}`;
    failures.set(why, (failures.get(why) ?? 0) + 1);
  }
  const counts = [...failures].map(([why, nodes]) => `${nodes} by ${why}`).join("; ");
  return problem(
    "job-impossible",
    `job ${job.id}, constraints`,
    `no node can take it: of ${w.nodes.size} nodes, ${counts || "none is known"}`,
  );
}
