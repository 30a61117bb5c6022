// How many calls there are of which functions, and which instances have which: what packages are scaled by.
import type { Jobs } from "../jobs/jobs.ts";
import { functionLabel } from "../jobs/functions.ts";
import type { LiveNode } from "../jobs/nodes.ts";

/** Calls that wait or are under way, by the label of their function. */
export function callsByFunction({ scheduler }: Jobs): ReadonlyMap<string, number> {
  const calls = new Map<string, number>();
  for (const { ended, definition } of scheduler.jobs.values()) {
    const { work } = definition;
    if (ended || work.kind !== "function") continue;
    const label = functionLabel({ name: work.function, version: work.version });
    calls.set(label, (calls.get(label) ?? 0) + 1);
  }
  return calls;
}

/** The worker of an instance, where it is there. */
export function workerOf({ nodes }: Jobs, deployment: string, replica: number): LiveNode | undefined {
  return nodes.list().find(({ spec: { labels } }) => labels?.["deployment"] === deployment && labels["replica"] === String(replica));
}

/** The labels of the functions that a worker has. */
export function functionsOf({ spec }: LiveNode): readonly string[] {
  return Object.keys(spec.labels ?? {}).filter((label) => label.startsWith("function/"));
}
