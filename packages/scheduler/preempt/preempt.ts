// Stopping running jobs for one that waits, where there are grounds for it (see grounds.ts). The cheapest set of victims is chosen
// that makes room on one node, or for a gang node by node; what they hold counts as coming until they have gone. Who was stopped
// for a job does not start before it, unless nothing can be done for that job any more.
import { couldTake } from "../backfill/reserve.ts";
import type { Job, Node } from "../model.ts";
import { moveEnd } from "../overrun.ts";
import { failedRelation } from "../place/watch.ts";
import { leastOf } from "../place/find.ts";
import { addTo, fits, takeFrom, type Vector } from "../resources.ts";
import { thawNeeds } from "../running.ts";
import type { ReasonCode } from "../types.ts";
import { windowsAdmit } from "../windows.ts";
import type { World } from "../world.ts";
import { groundsFor, type Grounds, type Unit } from "./grounds.ts";

/** On how many nodes victims are sought for one job. */
export const victimNodes = 256;

/** Tells running jobs to stop where that lets `job`, and with it its gang, start, and where there are grounds for it. */
export function makeRoom(w: World, job: Job, code: ReasonCode): void {
  if (code !== "pending.capacity") return letGo(job);
  const grounds = groundsFor(w, job);
  if (grounds.length > 0 && w.stopping > 0 && roomFor(w, job) !== undefined) return;
  for (const one of grounds) {
    const victims = roomFor(w, job, one);
    if (victims === undefined) continue;
    for (const victim of victims.flat()) stop(w, victim, job, one.suspends);
    return;
  }
  letGo(job);
}

/** Whoever was stopped for a job that cannot be helped any more need not wait for it. */
function letGo(job: Job): void {
  if (job.displaced === undefined) return;
  for (const victim of job.displaced) if (victim.stoppedFor === job) victim.stoppedFor = undefined;
  job.displaced = undefined;
}

/** Tells a running job to stop. What it holds is free when the driver reports that it did. */
export function stop(w: World, victim: Job, forJob: Job, suspends: boolean): void {
  const node = victim.node as Node;
  moveEnd(victim, w.now);
  victim.phase = "stopping";
  victim.gang?.ready.delete(victim);
  victim.givesBack = suspends ? thawNeeds(w, victim) : victim.held;
  victim.stoppedFor = forJob;
  (forJob.displaced ??= []).push(victim);
  node.coming.push(victim);
  w.stopping++;
  w.mustRebook = true;
  w.decisions.push({ type: suspends ? "suspend" : "preempt", jobId: victim.id, nodeId: node.id, forJobId: forJob.id });
}

/** What nodes would have free, as far as it was asked: now, with all that is stopping already, and with the units of a sketch. */
class Sketch {
  readonly #gives: (victim: Job) => Vector;
  readonly stopped: Unit[] = [];
  readonly gone = new Set<Job>();
  readonly #free = new Map<Node, Vector>();

  /** `gives` is what a victim gives back. */
  constructor(gives: (victim: Job) => Vector) {
    this.#gives = gives;
  }

  free(node: Node): Vector {
    let free = this.#free.get(node);
    if (free === undefined) {
      free = node.ledger.free.slice();
      for (const leaving of node.coming) addTo(free, leaving.givesBack);
      this.#free.set(node, free);
    }
    return free;
  }

  place(job: Job, node: Node): void {
    takeFrom(this.free(node), job.held);
  }

  stop(unit: Unit): void {
    for (const victim of unit) {
      addTo(this.free(victim.node as Node), this.#gives(victim));
      this.gone.add(victim);
    }
    this.stopped.push(unit);
  }

  /** What stopping a unit frees on a node. */
  freedOn(node: Node, unit: Unit): Vector {
    const freed = new Float64Array(node.ledger.free.length);
    for (const victim of unit) if (victim.node === node) addTo(freed, this.#gives(victim));
    return freed;
  }
}

/** The units to stop so that a job, or all of its gang, finds room; without grounds none may be. Undefined where that is not enough. */
function roomFor(w: World, job: Job, grounds?: Grounds): readonly Unit[] | undefined {
  const sketch = new Sketch((victim) => (grounds?.suspends ? thawNeeds(w, victim) : victim.held));
  for (const member of job.gang?.members ?? [job]) {
    const found = cheapestNode(w, member, sketch, grounds);
    if (found === undefined) return undefined;
    for (const unit of found.victims) sketch.stop(unit);
    sketch.place(member, found.node);
  }
  return sketch.stopped;
}

interface Found {
  readonly node: Node;
  readonly victims: readonly Unit[];
}

function cheapestNode(w: World, job: Job, sketch: Sketch, grounds: Grounds | undefined): Found | undefined {
  let best: Found | undefined;
  let bestCost = Infinity;
  let left = victimNodes;
  for (const node of job.pinned === undefined ? w.nodes.values() : [job.pinned]) {
    if (job.pinned === undefined && !couldTake(job, node)) continue;
    if (left-- === 0) break;
    const victims = victimsOn(w, node, job, sketch, grounds);
    if (victims === undefined) continue;
    const cost = grounds === undefined ? 0 : victims.flat().reduce((sum, victim) => sum + grounds.cost(victim), 0);
    if (cost < bestCost) [best, bestCost] = [{ node, victims }, cost];
  }
  return best;
}

/** The cheapest units on a node that make room for the job there; undefined where all of them are not enough. */
function victimsOn(w: World, node: Node, job: Job, sketch: Sketch, grounds: Grounds | undefined): readonly Unit[] | undefined {
  if (!isWelcome(w, job, node)) return undefined;
  const free = sketch.free(node).slice();
  const taken: Unit[] = [];
  let left: readonly Unit[] = grounds === undefined || fits(job.held, free) ? [] : unitsOn(node, job, sketch, grounds);
  // What one queue loses may be what makes it right to take from another: then those that were passed over are asked again.
  for (let before = -1; taken.length > before && left.length > 0;) {
    before = taken.length;
    left = left.filter((unit) => {
      if (fits(job.held, free) || grounds?.mayLose?.([...sketch.stopped, ...taken], unit) === false) return true;
      addTo(free, sketch.freedOn(node, unit));
      taken.push(unit);
      return false;
    });
  }
  if (!fits(job.held, free)) return undefined;
  const fewest = withoutNeedless(taken, (unit) => sketch.freedOn(node, unit), free, job);
  const needed = mayAllLose(fewest, sketch, grounds) ? fewest : taken;
  const gone = new Set([...sketch.gone, ...needed.flat()]);
  return node.windows.length === 0 || windowsAdmit(node, job, w.now, gone) ? needed : undefined;
}

function mayAllLose(units: readonly Unit[], { stopped }: Sketch, grounds: Grounds | undefined): boolean {
  return grounds?.mayLose === undefined || units.every((unit, i) => grounds.mayLose?.([...stopped, ...units.slice(0, i)], unit));
}

/** Whether the places of others speak for the node, as long as none of those that matter are stopped. */
function isWelcome(w: World, job: Job, node: Node): boolean {
  const { relations } = job.shape;
  return (
    relations === undefined ||
    job.pinned !== undefined ||
    failedRelation(relations, node, (spread) => leastOf(w, job, spread)) === undefined
  );
}

/** What may be stopped on a node, the cheapest first; of equal ones, who came last. */
function unitsOn(node: Node, job: Job, sketch: Sketch, grounds: Grounds): Unit[] {
  const units = new Map<object, { readonly unit: Unit; cost: number }>();
  for (const victim of node.ledger.jobs) {
    const key = victim.gang ?? victim;
    if (units.has(key) || sketch.gone.has(victim)) continue;
    const unit = victim.gang?.members ?? [victim];
    if (!unit.every((one) => one.phase === "running" && grounds.allows(one) && !isWanted(job, one))) continue;
    units.set(key, { unit, cost: unit.reduce((sum, one) => sum + grounds.cost(one), 0) });
  }
  const sorted = [...units.values()].sort((a, b) => a.cost - b.cost || (b.unit[0] as Job).seq - (a.unit[0] as Job).seq);
  return sorted.map(({ unit }) => unit);
}

/** Whether the job counts on where the other runs: it wants to be near it, or balances with it. */
function isWanted({ shape: { relations } }: Job, other: Job): boolean {
  if (relations === undefined) return false;
  const watches = [...relations.near, ...relations.spread].map(({ watch }) => watch);
  return other.shape.countedBy.some((watch) => watches.includes(watch));
}

/** Lets go of units that turned out not to be needed, the dearest first. */
function withoutNeedless(taken: readonly Unit[], freedBy: (unit: Unit) => Vector, free: Vector, job: Job): readonly Unit[] {
  const needed: Unit[] = [];
  for (const unit of [...taken].reverse()) {
    takeFrom(free, freedBy(unit));
    if (fits(job.held, free)) continue;
    addTo(free, freedBy(unit));
    needed.push(unit);
  }
  return needed.reverse();
}
