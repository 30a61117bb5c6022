// The smallest change that starts a job now, found by asking what each node could give. A change is only offered where it is
// certain: everything else that waits could not start in the last pass, and the change gives it nothing new.
import { formatAmount } from "@baton/core";
import { isDisplaced } from "../attempt.ts";
import { firstFree } from "../backfill/booking.ts";
import { couldTake } from "../backfill/reserve.ts";
import { remainingOn, type Job, type Node, type Queue } from "../model.ts";
import { compareOrdered } from "../pending.ts";
import { failedFilter } from "../place/filters.ts";
import { addTo, fits, type Vector } from "../resources.ts";
import type { Constraints, JobPatch, QueueSpec, SchedulerEvent } from "../types.ts";
import type { World } from "../world.ts";
import { respectsHold } from "../running.ts";
import { formatSpan } from "./format.ts";
import { wouldBeFirst } from "./order.ts";
import { obtainable, objectionOf, type Holds } from "./room.ts";

/** A change in words, as events, and how much of a change it is (the share of what was asked that has to go). */
export interface Change {
  readonly summary: string;
  readonly events: readonly SchedulerEvent[];
  readonly cost: number;
}

/** The smallest change found; undefined where none is certain. */
export function smallestChange(w: World, job: Job, holds: Holds): Change | undefined {
  // Gangs would need one change per member; suspended jobs cannot be changed; a pending pass may change everything.
  if (job.gang !== undefined || job.pinned !== undefined || w.isDirty || job.phase === "running" || job.phase === "stopping")
    return undefined;
  if ((job.waitingFor?.size ?? 0) > 0 || isDisplaced(job) || keptByArray(job)) return undefined;
  if (w.policy.backfill.name === "none" && !wouldBeFirst(w, job)) return undefined;
  const changes = [askLess(w, job, holds), takeLess(w, job, holds), endOther(w, job), raiseLimit(w, job, holds), loosen(w, job, holds)];
  let smallest: Change | undefined;
  for (const change of changes) if (change !== undefined && (smallest === undefined || change.cost < smallest.cost)) smallest = change;
  return smallest;
}

/** Whether the places of its array are taken, by jobs that may be waiting as well. */
function keptByArray(job: Job): boolean {
  const { array } = job;
  return array !== undefined && !array.admitted.has(job) && array.admitted.size >= array.maxRunning;
}

/** Ask for less of some resources: on the node where the least has to go. */
function askLess(w: World, job: Job, holds: Holds): Change | undefined {
  let best: Vector | undefined;
  let bestCost = Infinity;
  for (const node of w.nodes.values()) {
    const some = fitsProfile(w, job, node) ? obtainable(w, job, node, holds) : undefined;
    const cost = some === undefined ? Infinity : missingShare(job.held, some);
    if (cost < bestCost) [best, bestCost] = [some, cost];
  }
  if (best === undefined || blockedByCount(job)) return undefined;
  const requests: { [resource: string]: number } = { ...job.spec.requests };
  const words: string[] = [];
  for (let d = 0; d < best.length; d++) {
    const name = w.resources.names[d] as string;
    if (best[d] === job.held[d]) continue;
    requests[name] = best[d] as number;
    words.push(`${name} <= ${formatAmount(name, best[d] as number)}`);
  }
  if (words.length === 0) return job.phase === "held" ? patch(w, job, {}, "starts at once", 0) : undefined;
  return patch(w, job, { requests }, `fits if ${words.join(" and ")}`, bestCost);
}

/** How much of the request is missing, as a sum of shares; Infinity where nothing of a resource is left. */
function missingShare(request: Vector, some: Vector): number {
  let missing = 0;
  for (let d = 0; d < request.length; d++) {
    const wanted = request[d] as number;
    if (wanted === 0) continue;
    if (some[d] === 0) return Infinity;
    missing += 1 - (some[d] as number) / wanted;
  }
  return missing;
}

function blockedByCount(job: Job): boolean {
  for (let queue: Queue | undefined = job.queue; queue !== undefined; queue = queue.parent)
    if (queue.running >= queue.maxRunning) return true;
  return false;
}

/** Under conservative backfilling no booking may be moved back, on the node or in a limit: then less of a resource is no answer that is certain. */
function fitsProfile(w: World, job: Job, node: Node): boolean {
  return w.policy.backfill.name !== "conservative" || (!w.mustRebook && firstFree(job, node, w.now, w.now + 1) === w.now);
}

/** Take less time: end before the one comes for whom room is held. */
function takeLess(w: World, job: Job, holds: Holds): Change | undefined {
  let longest = 0;
  for (const node of w.nodes.values()) {
    const at = holds.get(node)?.at;
    if (at === undefined || !couldTake(job, node) || !fits(job.held, node.ledger.free)) continue;
    if (objectionOf(w, job, node, holds, at) !== undefined) continue;
    longest = Math.max(longest, Math.floor((at - w.now) * node.speed));
  }
  if (longest <= 0 || longest >= job.reserveMs || limitsExceeded(job).length > 0 || blockedByCount(job)) return undefined;
  if ([...holds.keys()].some((on) => !("ledger" in on))) return undefined;
  return patch(w, job, { limitMs: longest }, `fits if it takes at most ${formatSpan(longest)}`, 1 - longest / job.reserveMs);
}

/** One running job less: for the first in the order, which then gets what that job held. */
function endOther(w: World, job: Job): Change | undefined {
  if (job.phase !== "pending" || !wouldBeFirst(w, job) || limitsExceeded(job).length > 0 || blockedByCount(job)) return undefined;
  if (w.policy.backfill.name === "conservative" || w.stopping > 0 || job.shape.relations !== undefined) return undefined;
  let soonest: Job | undefined;
  for (const node of w.nodes.values()) {
    if (!couldTake(job, node) || node.windows.length > 0) continue;
    for (const running of node.ledger.jobs) {
      if (soonest !== undefined && running.endsAt >= soonest.endsAt) break;
      if (leavesAlone(w, running, job) && fits(job.held, sum(node.ledger.free, running.held))) soonest = running;
    }
  }
  if (soonest === undefined) return undefined;
  const events: SchedulerEvent[] = [{ type: "job-ended", jobId: soonest.id, outcome: "completed" }];
  return { summary: `starts when job ${soonest.id} ends`, events, cost: 1 };
}

/** Higher limits, as little as is needed: for the first job of the first queue, since whoever is ahead would use them. */
function raiseLimit(w: World, job: Job, holds: Holds): Change | undefined {
  const exceeded = limitsExceeded(job);
  if (exceeded.length === 0 || job.phase !== "pending" || !wouldBeFirst(w, job)) return undefined;
  const roomy = [...w.nodes.values()].some(
    (node) => couldTake(job, node) && fits(job.held, node.ledger.free) && objectionOf(w, job, node, holds, Infinity) === undefined,
  );
  if (!roomy || w.policy.backfill.name === "conservative") return undefined;
  let cost = 0;
  const words: string[] = [];
  const raised = new Map<string, QueueSpec>();
  for (const queue of exceeded) {
    const limit: { [resource: string]: number } = { ...queue.spec.limit };
    for (let d = 0; queue.limit !== undefined && d < job.held.length; d++) {
      const needed = (queue.used[d] as number) + (job.held[d] as number);
      const name = w.resources.names[d] as string;
      if ((job.held[d] as number) === 0 || needed <= (queue.limit.capacity[d] as number)) continue;
      limit[name] = needed;
      cost += needed / Math.max(1, queue.limit.capacity[d] as number) - 1;
      words.push(`the limit of ${queue.id} is ${formatAmount(name, needed)} of ${name}`);
    }
    const maxRunning = queue.running >= queue.maxRunning ? queue.running + 1 : queue.maxRunning;
    if (maxRunning !== queue.maxRunning) words.push(`${queue.id} may run ${maxRunning} jobs`);
    cost += maxRunning / Math.max(1, queue.maxRunning) - 1 || 0;
    raised.set(queue.id, { ...queue.spec, limit, ...(maxRunning < Infinity ? { maxRunning } : {}) });
  }
  const queues = [...w.queues.values()].filter(({ id }) => id !== "").map(({ id, spec }) => raised.get(id) ?? spec);
  return { summary: `fits if ${words.join(" and ")}`, events: [{ type: "queues-changed", queues }], cost };
}

/** Whether the end of a running job changes nothing but the room on its node: no dependents, and no other queue that it puts ahead. */
function leavesAlone(w: World, running: Job, job: Job): boolean {
  if ((running.dependents?.length ?? 0) > 0 || running.gang !== undefined || running.array !== undefined) return false;
  return w.leaves.length === 1 || w.policy.fairness.name === "none" || running.queue === job.queue;
}

function sum(a: Vector, b: Vector): Vector {
  const both = a.slice();
  addTo(both, b);
  return both;
}

function limitsExceeded(job: Job): Queue[] {
  const exceeded: Queue[] = [];
  for (let queue: Queue | undefined = job.queue; queue !== undefined; queue = queue.parent) {
    if (queue.running >= queue.maxRunning || (queue.limit !== undefined && !fits(job.held, queue.limit.free))) exceeded.push(queue);
  }
  return exceeded;
}

/** Without the one constraint that keeps it from a node that has room for it. */
function loosen(w: World, job: Job, holds: Holds): Change | undefined {
  const { constraints } = job.spec;
  if (constraints === undefined || limitsExceeded(job).length > 0 || w.policy.backfill.name === "conservative") return undefined;
  for (const node of w.nodes.values()) {
    if (node.status !== "ready" || !fits(job.held, node.ledger.free) || job.shape.relations !== undefined) continue;
    const endsAt = w.now + remainingOn(job, node.speed);
    if (objectionOf(w, job, node, holds, endsAt) !== undefined || !leavesLimits(job, holds, endsAt)) continue;
    const looser = withoutFailing(constraints, node);
    if (looser !== undefined) return patch(w, job, { constraints: looser.constraints }, `fits on ${node.id} ${looser.words}`, 1);
  }
  return undefined;
}

/** Whether a job that would end at `endsAt` leaves alone what the limits of its queues hold for another. */
function leavesLimits(job: Job, holds: Holds, endsAt: number): boolean {
  for (let queue: Queue | undefined = job.queue; queue !== undefined; queue = queue.parent) {
    const hold = holds.get(queue);
    if (hold !== undefined && !respectsHold(hold, job, endsAt)) return false;
  }
  return true;
}

function withoutFailing(constraints: Constraints, node: Node): { readonly constraints: Constraints; readonly words: string } | undefined {
  const { nodes, ...others } = constraints;
  if (nodes?.includes(node.id) === false) {
    return failedFilter(others, node.spec) === undefined ? { constraints: others, words: "without its list of nodes" } : undefined;
  }
  const failed = failedFilter(constraints, node.spec);
  if (failed === undefined) return undefined;
  const looser = failed.filter === "taint" ? tolerating(constraints, node) : without(constraints, failed.filter);
  return failedFilter(looser, node.spec) === undefined
    ? { constraints: looser, words: `without the condition on its ${failed.filter} (${failed.detail})` }
    : undefined;
}

function tolerating(constraints: Constraints, node: Node): Constraints {
  return { ...constraints, tolerations: [...(constraints.tolerations ?? []), ...(node.spec.taints ?? []).map(({ key }) => ({ key }))] };
}

function without(constraints: Constraints, filter: string): Constraints {
  const { pools, zones, labels, ...others } = constraints;
  const kept = { pool: pools && { pools }, zone: zones && { zones }, label: labels && { labels } };
  return {
    ...others,
    ...(filter === "pool" ? {} : kept.pool),
    ...(filter === "zone" ? {} : kept.zone),
    ...(filter === "label" ? {} : kept.label),
  };
}

/** A change of the job itself, at once: a date in the future goes with it. It must not push the job back in its order. */
function patch(w: World, job: Job, changes: JobPatch, summary: string, cost: number): Change | undefined {
  const isDated = job.spec.notBefore !== undefined && job.spec.notBefore > w.now;
  const all: JobPatch = isDated ? { ...changes, notBefore: w.now } : changes;
  if (!keepsEstimate(w, job)) return undefined;
  const first = job.queue.pending.at(0);
  if (first !== undefined && first !== job && compareOrdered(first, job) > 0 && job.phase === "pending") return undefined;
  const isOnlyDate = isDated && Object.keys(changes).length === 0;
  const words = isOnlyDate ? "starts if its date is now" : isDated ? `${summary} and its date is now` : summary;
  return { summary: words, events: [{ type: "job-changed", jobId: job.id, patch: all }], cost };
}

/** A changed job is estimated anew. If that makes it longer, or moves it in an order that nobody overtakes, nothing is certain. */
function keepsEstimate(w: World, job: Job): boolean {
  const { orderMs, reserveMs } = w.predictor.estimate(job.spec, job.shape.size, w.policy.prediction);
  return reserveMs <= job.reserveMs && (w.policy.backfill.name !== "none" || orderMs === job.orderMs);
}
