// Ranks of jobs in their graph, as far as it is known: the longest expected path from a job to the end of its graph, with
// and without the job itself. A job that comes later can only make the ranks of those before it longer.
import type { Job } from "../model.ts";

/** Brings the ranks up to date after these jobs have become known; they and what they wait for are linked. */
export function rank(jobs: readonly Job[]): void {
  const earlier = new Set<Job>();
  for (const [job, before] of edgesFromTheEnd(jobs)) if (lengthen(before, job)) earlier.add(before);
  for (const job of jobs) earlier.delete(job);
  // Those that were known before: first come, first served, so that no graph makes this more than a look at each path's length.
  for (const job of earlier) {
    earlier.delete(job);
    for (const before of job.waitingFor ?? []) if (lengthen(before, job)) earlier.add(before);
  }
}

/** Each job with each that it waits for; a job comes when all jobs of these that wait for it have come. */
function* edgesFromTheEnd(jobs: readonly Job[]): Generator<readonly [Job, Job]> {
  const left = new Map(jobs.map((job) => [job, 0]));
  for (const job of jobs) {
    job.rankMs = job.orderMs + job.tailMs;
    for (const before of job.waitingFor ?? []) if (left.has(before)) left.set(before, (left.get(before) ?? 0) + 1);
  }
  const ready = jobs.filter((job) => left.get(job) === 0);
  for (let job = ready.pop(); job !== undefined; job = ready.pop())
    for (const before of job.waitingFor ?? []) {
      yield [job, before];
      const open = left.get(before);
      if (open === undefined) continue;
      left.set(before, open - 1);
      if (open === 1) ready.push(before);
    }
}

/** Whether the path through the later one is longer than what was known. */
function lengthen(before: Job, { rankMs }: Job): boolean {
  if (rankMs <= before.tailMs) return false;
  before.tailMs = rankMs;
  before.rankMs = before.orderMs + rankMs;
  return true;
}
