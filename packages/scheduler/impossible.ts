// Why a job, or a gang, could never run on the nodes that are known: the numbers that would fit, or who keeps it away.
import { formatAmount, nearest } from "@baton/core";
import { problem } from "./errors.ts";
import type { Gang, Job, Queue } from "./model.ts";
import { failedFilter } from "./place/filters.ts";
import { nameOfGroup } from "./reasons/format.ts";
import { gangTooLargeFor, placesFor, shapesOf, tooSmallLimit } from "./stuck.ts";
import type { Problem } from "./types.ts";
import type { World } from "./world.ts";

/** Resources that mean the same everywhere. They are meant as they stand: who asks for a gpu wants no cpu. */
export const standardResources: readonly string[] = ["cpu", "memory", "disk", "gpu"];

/** What keeps a job from ever running. */
export function whyImpossible(w: World, job: Job): Problem {
  const small = tooSmallLimit(job);
  if (small !== undefined) return beyondLimit(`job ${job.id}`, small);
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
  if (small !== undefined) return beyondLimit(who, small);
  for (const [shape, jobs] of shapesOf(gang)) {
    const places = placesFor(w, shape, jobs);
    if (places >= jobs.length) continue;
    const asked = Object.entries(shape.requests).map(([name, amount]) => `${formatAmount(name, amount)} of ${name}`);
    const message = `${jobs.length} of its jobs ask for ${asked.join(" and ")} each, and all nodes together have room for ${places} of them at a time`;
    return problem("job-impossible", who, message, `It fits with at most ${places} such jobs, or with less for each.`);
  }
  return problem("job-impossible", who, "one of its jobs could never run");
}

function beyondLimit(who: string, queue: Queue): Problem {
  const where = `${who}, queue`;
  if (queue.maxRunning < 1)
    return problem("job-impossible", where, `queue ${queue.id} may run no jobs`, `Raise maxRunning of ${queue.id}.`);
  const message = `it asks for more than the whole limit of queue ${queue.id}`;
  return problem("job-impossible", where, message, `Ask for less, or raise the limit of ${queue.id}.`);
}
