// Ranks of jobs in their graph, as far as it is known: the longest expected path from a job to the end of its graph, with
// and without the job itself. A job that comes later can only make the ranks of those before it longer.
import type { Job } from "../model.ts";

/** Brings the ranks up to date after these jobs have become known; they and what they wait for are linked. */
export function rank(jobs: readonly Job[]): void {
  const open: Job[] = [];
  for (const job of jobs) {
    job.rankMs = job.orderMs + job.tailMs;
    open.push(job);
  }
  for (let job = open.pop(); job !== undefined; job = open.pop()) {
    for (const before of job.waitingFor ?? []) {
      if (job.rankMs <= before.tailMs) continue;
      before.tailMs = job.rankMs;
      before.rankMs = before.orderMs + before.tailMs;
      open.push(before);
    }
  }
}
