// Checks the dependencies of jobs that are submitted together: every id is known, and nothing waits for itself.
import { problem } from "../errors.ts";
import type { JobSpec, Problem } from "../types.ts";
import type { World } from "../world.ts";
import { invalid } from "./jobs.ts";

/** The problems of a batch's dependencies, by the job that has them. */
export function checkGraph(w: World, jobs: readonly JobSpec[]): Map<JobSpec, Problem> {
  const problems = new Map<JobSpec, Problem>();
  if (jobs.every((job) => job.after === undefined || job.after.length === 0)) return problems;
  const batch = new Map(jobs.map((job) => [job.id, job]));
  for (const job of jobs) {
    const found = unknownOrFailed(w, batch, job);
    if (found !== undefined) problems.set(job, found);
  }
  for (const cycle of cyclesOf(jobs, (job) => (job.after ?? []).flatMap((id) => batch.get(id) ?? []))) {
    const circle = [...cycle, cycle[0] as JobSpec].map((job) => job.id).join(" after ");
    for (const job of cycle) problems.set(job, problem("dependency-cycle", `job ${job.id}, after`, `a circle of dependencies: ${circle}`));
  }
  return problems;
}

function unknownOrFailed(w: World, batch: ReadonlyMap<string, JobSpec>, job: JobSpec): Problem | undefined {
  for (const id of job.after ?? []) {
    if (batch.has(id) || w.jobs.has(id)) continue;
    const outcome = w.outcomes.get(id);
    if (outcome === "completed") continue;
    if (outcome !== undefined)
      return problem("dependency-failed", `job ${job.id}, after`, `job ${id} has ended without completing: ${outcome}`);
    return invalid(job, "after", `there is no job ${id}`, "Submit it first, or in the same graph.");
  }
  return undefined;
}

/** The circles of a graph: for each, its members in the order in which each waits for the next. */
export function cyclesOf<T>(items: readonly T[], next: (item: T) => readonly T[]): T[][] {
  const cycles: T[][] = [];
  const done = new Set<T>();
  for (const root of items) {
    if (done.has(root)) continue;
    const trail: { readonly item: T; readonly rest: T[] }[] = [{ item: root, rest: [...next(root)] }];
    const onTrail = new Set<T>([root]);
    while (trail.length > 0) {
      const top = trail[trail.length - 1] as (typeof trail)[number];
      const to = top.rest.pop();
      if (to === undefined) {
        trail.pop();
        onTrail.delete(top.item);
        done.add(top.item);
      } else if (onTrail.has(to)) {
        cycles.push(trail.slice(trail.findIndex(({ item }) => item === to)).map(({ item }) => item));
      } else if (!done.has(to)) {
        trail.push({ item: to, rest: [...next(to)] });
        onTrail.add(to);
      }
    }
  }
  return cycles;
}
