// Who stands against a job on a node, by where it runs: jobs that it wants to be apart from, or that shun it, or of which its domain has
// more than its share. They must have ended there, and no new ones may come, before it can start.
import type { Instant } from "@baton/core";
import type { Clearing, Job, Node, Watch } from "../model.ts";
import type { World } from "../world.ts";
import { countAt, domainValue } from "./watch.ts";

/** A value of a domain where jobs that a watch counts are not welcome. */
export interface Conflict {
  readonly watch: Watch;
  readonly value: string;
}

/**
 * Until when there are conflicts on a node, as estimated, and over what; Infinity where no end helps. `memo` saves who asks of many nodes
 * at once from looking at the same jobs again: it is valid as long as nothing starts or ends.
 */
export function conflictsOn(
  w: World,
  job: Job,
  node: Node,
  memo: Map<ReadonlySet<Job>, Instant> = new Map(),
): { readonly until: Instant; readonly values: readonly Conflict[] } {
  const { relations } = job.shape;
  if (relations === undefined) return { until: -Infinity, values: [] };
  const isAlone = relations.near.some(({ watch, isOne }) => countAt(watch, node) === 0 && !(isOne && watch.byValue.size === 0));
  if (isAlone) return { until: Infinity, values: [] };
  const watches = [...relations.apart, ...relations.shunnedBy, ...relations.spread.map(({ watch }) => watch)];
  const values = watches.flatMap((watch) => {
    const value = domainValue(node, watch.domain);
    return value === undefined ? [] : [{ watch, value }];
  });
  if (relations.spread.some(({ watch }) => domainValue(node, watch.domain) === undefined)) return { until: Infinity, values };
  let until = -Infinity;
  for (const { watch, value } of values) {
    const members = watch.members.get(value);
    if (members !== undefined) until = Math.max(until, lastEnd(w, members, memo));
  }
  return { until, values };
}

function lastEnd(w: World, members: ReadonlySet<Job>, memo: Map<ReadonlySet<Job>, Instant>): Instant {
  const known = memo.get(members);
  if (known !== undefined) return known;
  let last = w.now + 1;
  for (const { endsAt } of members) if (endsAt > last) last = endsAt;
  memo.set(members, last);
  return last;
}

/** Whether a job that would run on a node until an instant stands in the way of the one that a domain is cleared for. */
export function intrudes(clearing: Clearing, job: Job, node: Node, endsAt: Instant): boolean {
  if (endsAt <= clearing.at) return false;
  const isOwn = clearing.forJob === job || (job.gang !== undefined && clearing.forJob.gang === job.gang);
  return (
    !isOwn && clearing.values.some(({ watch, value }) => job.shape.countedBy.includes(watch) && domainValue(node, watch.domain) === value)
  );
}
