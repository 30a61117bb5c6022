// Why a job, or a gang, could never run on the nodes that are known: the numbers that would fit, or who keeps it away.
import { formatAmount, nearest } from "@baton/core";
import { problem } from "./errors.ts";
import type { Gang, Job, Queue } from "./model.ts";
import { failedFilter } from "./place/filters.ts";
import { counted, nameOfGroup } from "./reasons/format.ts";
import { gangTooLargeFor, placesFor, shapesOf, tooSmallLimit } from "./stuck.ts";
import type { Problem } from "./types.ts";
import type { World } from "./world.ts";

/** Resources that mean the same everywhere. They are meant as they stand: who asks for a gpu wants no cpu. */
export const standardResources: readonly string[] = ["cpu", "memory", "disk", "gpu"];

/** What keeps a job from ever running. */
export function whyImpossible(w: World, job: Job): Problem {
  const small = tooSmallLimit(job);
  if (small !== undefined) return beyondLimit(w, `job ${job.id}`, small, [job]);
  const where = `job ${job.id}, requests`;
  for (const [name, amount] of Object.entries(job.spec.requests)) {
    const number = w.resources.numberOf(name);
    if (amount > 0 && ![...w.nodes.values()].some(({ spec }) => (spec.capacity[name] ?? 0) > 0)) {
      return problem("job-impossible", `${where}.${name}`, `no node has ${name}`, adviceFor(w, name));
    }
    const most = Math.max(0, ...[...w.nodes.values()].map((node) => node.ledger.capacity[number ?? 0] ?? 0));
    if (amount > most) {
      const [asked, largest] = [amount, most].map((one) => formatAmount(name, one));
      const message = `it asks for ${asked} of ${name}, and the largest node has ${largest}`;
      return problem("job-impossible", `${where}.${name}`, message, `It fits if ${name} is at most ${largest}.`);
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

/** What may have been meant by a resource that no node has. What only limits name is no help. */
function adviceFor(w: World, name: string): string | undefined {
  if (standardResources.includes(name)) return undefined;
  const offered = [...w.nodes.values()].flatMap(({ spec }) => Object.keys(spec.capacity));
  const meant = nearest(name, [...offered, ...standardResources]);
  return meant && `Did you mean ${meant}?`;
}

/** What keeps the members of a complete gang, each of which could run by itself, from ever running together. */
export function whyGangImpossible(w: World, gang: Gang): Problem {
  const who = `gang ${nameOfGroup(gang.id)}`;
  const small = gangTooLargeFor(gang);
  if (small !== undefined) return beyondLimit(w, who, small, membersIn(gang, small));
  for (const [shape, jobs] of shapesOf(gang)) {
    const places = placesFor(w, shape, jobs);
    if (places >= jobs.length) continue;
    const asked = Object.entries(shape.requests).map(([name, amount]) => `${formatAmount(name, amount)} of ${name}`);
    const message = `${jobs.length} of its jobs ask for ${asked.join(" and ")} each, and all nodes together have room for ${places} of them at a time`;
    return problem("job-impossible", who, message, `It fits with at most ${places} such jobs, or with less for each.`);
  }
  return problem("job-impossible", who, "one of its jobs could never run");
}

/** The members of a gang that wait in a queue or below it. */
function membersIn({ members }: Gang, queue: Queue): readonly Job[] {
  return members.filter((job) => {
    let above: Queue | undefined = job.queue;
    while (above !== undefined && above !== queue) above = above.parent;
    return above === queue;
  });
}

/** What jobs that start together ask for beyond the whole limit of a queue that they are in or below. */
function beyondLimit(w: World, who: string, queue: Queue, jobs: readonly Job[]): Problem {
  const where = `${who}, queue`;
  const { id, limit, maxRunning } = queue;
  if (maxRunning < 1) return problem("job-impossible", where, `queue ${id} may run no jobs`, `Raise maxRunning of ${id}.`);
  if (jobs.length > maxRunning) {
    const message = `they are ${counted(jobs.length, "job")} that start together, and queue ${id} runs at most ${maxRunning} at a time`;
    return problem("job-impossible", where, message, `Raise maxRunning of ${id}, or make the gang smaller.`);
  }
  const beyond = w.resources.names.flatMap((name, d) => {
    const asked = jobs.reduce((sum, job) => sum + (job.held[d] ?? 0), 0);
    const most = limit?.capacity[d] ?? Number.POSITIVE_INFINITY;
    return asked > most
      ? [`${formatAmount(name, asked)} of ${name}, and the whole limit of queue ${id} is ${formatAmount(name, most)}`]
      : [];
  });
  return problem("job-impossible", where, `it asks for ${beyond.join("; ")}`, `Ask for less, or raise the limit of ${id}.`);
}
