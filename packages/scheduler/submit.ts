// Submissions and changes of jobs: what is checked, refused and made known, in this order.
import { nearest } from "@baton/core";
import { checkGraph } from "./check/graph.ts";
import { checkFields, checkJob } from "./check/jobs.ts";
import { problem } from "./errors.ts";
import { admit, end, enter, estimate, linkDependencies } from "./jobs.ts";
import { dequeue, laneOf } from "./lanes.ts";
import { unbook } from "./backfill/booking.ts";
import type { Gang, Job, Queue } from "./model.ts";
import { shapeOf } from "./shapes.ts";
import { couldEverRun, couldRunAlone, gangWaitsForClosed, waitsForClosed } from "./stuck.ts";
import { whyGangImpossible, whyImpossible } from "./impossible.ts";
import type { JobPatch, JobSpec, Problem } from "./types.ts";
import type { World } from "./world.ts";
import { rank } from "./order/rank.ts";

/** Takes jobs in; gives the ones that are pending now. A job that is refused takes the jobs of the batch with it that wait for it. */
export function submit(w: World, specs: readonly JobSpec[]): Job[] {
  const [only] = specs;
  if (only !== undefined && specs.length === 1 && only.after === undefined && only.gang === undefined) return submitOne(w, only);
  const accepted = acceptBatch(w, specs);
  for (const job of accepted) linkDependencies(w, job);
  if (accepted.some((job) => job.waitingFor !== undefined)) rank(accepted);
  for (const job of accepted) admit(w, job);
  return pendingOf(accepted);
}

/** A job that has nothing to do with others. */
function submitOne(w: World, spec: JobSpec): Job[] {
  const found = checkJob(w, spec);
  if (found !== undefined) return refuse(w, spec, found);
  const kept = keepIfPossible(w, enter(w, spec));
  for (const job of kept) admit(w, job);
  return kept[0]?.phase === "pending" ? kept : [];
}

/** Those that are in the order now; of a gang, its leader. */
function pendingOf(jobs: readonly Job[]): Job[] {
  if (jobs.every(({ gang }) => gang === undefined)) return jobs.filter(({ phase }) => phase === "pending");
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
  w.forgetReservations();
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
  const hopeful = withoutHopelessGangs(w, accepted, refused);
  return refused.size === 0 ? hopeful : withoutDependents(w, hopeful, refused);
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

/** A gang that could never run as a whole is told so when its last member has come. */
function withoutHopelessGangs(w: World, accepted: readonly Job[], refused: Set<string>): Job[] {
  if (w.options.keepImpossible || accepted.every(({ gang }) => gang === undefined)) return [...accepted];
  const kept = new Set(accepted);
  for (const gang of new Set(accepted.flatMap((job) => job.gang ?? []))) {
    const first = gang.members[0] as Job;
    if (gang.members.length < gang.size || first.spec.keepImpossible === true || couldEverRun(w, first)) continue;
    if (gangWaitsForClosed(w, gang)) continue;
    const found = whyGangImpossible(w, gang);
    for (const member of [...gang.members].reverse()) {
      refuse(w, member.spec, found);
      refused.add(member.id);
      if (kept.delete(member)) drop(w, member);
      else end(w, member, "cancelled");
    }
  }
  return [...kept];
}

/** A job that no known node could ever run is told so at once; nodes that take no jobs at the moment may again. */
function keepIfPossible(w: World, job: Job): Job[] {
  if (w.options.keepImpossible || job.spec.keepImpossible === true || couldRunAlone(w, job) || waitsForClosed(w, job)) return [job];
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
