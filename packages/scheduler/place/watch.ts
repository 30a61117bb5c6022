// Counts of running jobs per domain (a node, a zone, a pool, the value of a label), for affinity, separation and spread.
// Terms that ask the same share one Watch. Separation works both ways: who wants to be apart is counted too, and jobs that
// it shuns stay away from it.
import type { Job, Node, Relations, Shape, Spread, Watch } from "../model.ts";
import type { AffinityTerm, Labels } from "../types.ts";
import { defaultPool, defaultZone } from "./filters.ts";

/** All watches of a world, by what they count. */
export type Watches = Map<string, Watch>;

/** The value of a domain on a node; undefined where the node has no such label. */
export function domainValue(node: Node, domain: string): string | undefined {
  if (domain === "node") return node.id;
  if (domain === "zone") return node.spec.zone ?? defaultZone;
  if (domain === "pool") return node.spec.pool ?? defaultPool;
  return node.spec.labels?.[domain];
}

/** Counts a job that starts (1) or leaves (-1) in all watches that it is part of; gives the shapes that this may help. */
export function countJob(job: Job, node: Node, change: 1 | -1): Shape[] {
  const helped: Shape[] = [];
  for (const watch of job.shape.countedBy) {
    const value = domainValue(node, watch.domain);
    if (value === undefined) continue;
    const after = (watch.byValue.get(value) ?? 0) + change;
    if (after === 0) watch.byValue.delete(value);
    else watch.byValue.set(value, after);
    if (change > 0) join(watch, value, job);
    else leave(watch, value, job);
    if (change < 0) watch.falls++;
    helped.push(...watch.watchers);
  }
  return helped;
}

function join(watch: Watch, value: string, job: Job): void {
  const members = watch.members.get(value);
  if (members === undefined) watch.members.set(value, new Set([job]));
  else members.add(job);
}

function leave(watch: Watch, value: string, job: Job): void {
  const members = watch.members.get(value);
  members?.delete(job);
  if (members?.size === 0) watch.members.delete(value);
}

/** Gives a new shape its relations, makes the watches that they need, and enters it in all that count it. */
export function relate(watches: Watches, shape: Shape, shapes: Iterable<Shape>, running: Iterable<Job>): void {
  const { near = [], apart = [], spread = [] } = shape.constraints ?? {};
  for (const watch of watches.values()) if (isCountedBy(shape, watch)) shape.countedBy.push(watch);
  const others = [...shapes];
  const watchOf = (counts: Watch["counts"], term: AffinityTerm): Watch => watchFor(watches, counts, term, [...others, shape], running);
  const relations: Relations = {
    near: near.map((term) => ({ watch: watchOf("matching", term), isOne: matches(term.labels, shape.labels) })),
    apart: apart.map((term) => watchOf("matching", term)),
    spread: spread.map((term) => newSpread(watchOf("matching", term), term)),
    shunnedBy: [],
  };
  if (near.length + apart.length + spread.length > 0) {
    shape.relations = relations;
    for (const watch of [...relations.near.map((n) => n.watch), ...relations.apart, ...relations.spread.map((s) => s.watch)])
      watch.watchers.push(shape);
  }
  for (const term of apart) watchOf("apart", term);
  for (const watch of watches.values()) for (const one of [...others, shape]) addShunned(one, watch);
}

function newSpread(watch: Watch, term: Spread["term"]): Spread {
  return { term, watch, values: [], nodesVersion: -1, least: 0, at: 0, falls: -1 };
}

function addShunned(shape: Shape, watch: Watch): void {
  if (watch.counts !== "apart" || !matches(watch.labels, shape.labels)) return;
  shape.relations ??= { near: [], apart: [], spread: [], shunnedBy: [] };
  if (shape.relations.shunnedBy.includes(watch)) return;
  shape.relations.shunnedBy.push(watch);
  watch.watchers.push(shape);
}

/** Whether a node passes what a shape wants of the places of others: undefined where it does, else the filter's name. */
export function failedRelation(relations: Relations, node: Node, leastOf: (spread: Spread) => number): string | undefined {
  for (const { watch, isOne } of relations.near) {
    if (countAt(watch, node) > 0) continue;
    const mayBeFirst = isOne && watch.byValue.size === 0 && domainValue(node, watch.domain) !== undefined;
    if (!mayBeFirst) return "near";
  }
  for (const watch of relations.apart) if (countAt(watch, node) > 0) return "apart";
  for (const watch of relations.shunnedBy) if (countAt(watch, node) > 0) return "apart";
  for (const spread of relations.spread) {
    if (domainValue(node, spread.watch.domain) === undefined) return "spread";
    if (countAt(spread.watch, node) + 1 - leastOf(spread) > spread.term.maxSkew) return "spread";
  }
  return undefined;
}

/** The relations that are the same for all nodes of a group, which are of one zone and one pool; undefined where there are none. */
export function relationsOfGroups({ near, apart, spread, shunnedBy }: Relations): Relations | undefined {
  const isOfGroup = ({ domain }: Watch): boolean => domain === "zone" || domain === "pool";
  const some = {
    near: near.filter(({ watch }) => isOfGroup(watch)),
    apart: apart.filter(isOfGroup),
    spread: spread.filter(({ watch }) => isOfGroup(watch)),
    shunnedBy: shunnedBy.filter(isOfGroup),
  };
  return some.near.length + some.apart.length + some.spread.length + some.shunnedBy.length > 0 ? some : undefined;
}

/**
 * Whether a shape wants to be near jobs of which none runs anywhere. Only a start of another job can help it: it must not keep
 * others waiting, who may be the ones that it waits for.
 */
export function lacksCompany({ relations }: Shape): boolean {
  return relations !== undefined && relations.near.some(({ watch, isOne }) => !isOne && watch.byValue.size === 0);
}

/**
 * The least count over the domains of a spread. The search goes on where it stopped: as long as no count falls, the domains
 * before `at` stay above the least, so a whole round of placements costs one walk over the domains.
 */
export function leastCount(spread: Spread): number {
  const { watch, values } = spread;
  if (spread.falls !== watch.falls) {
    spread.falls = watch.falls;
    restart(spread);
  }
  while (spread.at < values.length) {
    if ((watch.byValue.get(values[spread.at] as string) ?? 0) === spread.least) return spread.least;
    spread.at++;
  }
  restart(spread);
  return spread.least;
}

function restart(spread: Spread): void {
  spread.least = Infinity;
  spread.values.forEach((value, i) => {
    const count = spread.watch.byValue.get(value) ?? 0;
    if (count >= spread.least) return;
    spread.least = count;
    spread.at = i;
  });
}

/** How many are in the domain of a node. */
export function countAt(watch: Watch, node: Node): number {
  const value = domainValue(node, watch.domain);
  return value === undefined ? 0 : (watch.byValue.get(value) ?? 0);
}

/** Whether all of `wanted` are among `labels`. */
export function matches(wanted: Labels, labels: Labels | undefined): boolean {
  for (const key in wanted) if (labels?.[key] !== wanted[key]) return false;
  return true;
}

function watchKey(counts: Watch["counts"], term: AffinityTerm): string {
  const labels = Object.entries(term.labels).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([counts, term.domain, labels]);
}

/** The watch of a term; made, and filled from what runs, where it is new. */
function watchFor(watches: Watches, counts: Watch["counts"], term: AffinityTerm, shapes: readonly Shape[], running: Iterable<Job>): Watch {
  const key = watchKey(counts, term);
  const known = watches.get(key);
  if (known) return known;
  const watch: Watch = {
    key,
    labels: term.labels,
    domain: term.domain,
    counts,
    byValue: new Map(),
    members: new Map(),
    falls: 0,
    watchers: [],
  };
  watches.set(key, watch);
  for (const shape of shapes) if (isCountedBy(shape, watch)) shape.countedBy.push(watch);
  for (const job of running) {
    const value = job.node && job.shape.countedBy.includes(watch) ? domainValue(job.node, watch.domain) : undefined;
    if (value === undefined) continue;
    watch.byValue.set(value, (watch.byValue.get(value) ?? 0) + 1);
    join(watch, value, job);
  }
  return watch;
}

function isCountedBy(shape: Shape, watch: Watch): boolean {
  if (watch.counts === "matching") return matches(watch.labels, shape.labels);
  return (shape.constraints?.apart ?? []).some((term) => watchKey("apart", term) === watch.key);
}
