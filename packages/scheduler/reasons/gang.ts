// Why a gang waits that is complete: what its members lack together, although each of them might start by itself.
import { formatAmount } from "@baton/core";
import { remainingOn, type Gang, type Job, type Node, type Queue } from "../model.ts";
import { isAllowed } from "../lanes.ts";
import { Mates } from "../place/mates.ts";
import type { Reason } from "../reason.ts";
import { addTo, fits, takeFrom, type Vector } from "../resources.ts";
import type { World } from "../world.ts";
import { closedFor, namesOf, opening } from "./closed.ts";
import { counted, nameOfGroup } from "./format.ts";
import { objectionOf, type Holds } from "./room.ts";

/** The limits and the room that the members lack together. Reasons that one of them has by itself are not repeated. */
export function gangReasons(w: World, job: Job, holds: Holds): Reason[] {
  const { gang } = job;
  if (gang === undefined || gang.ready.size < gang.size) return [];
  const limits = limitReasons(w, gang);
  return limits.length > 0 ? limits : roomReasons(w, gang, holds);
}

function limitReasons(w: World, gang: Gang): Reason[] {
  const reasons: Reason[] = [];
  for (const [queue, { sum, jobs }] of claimsOf(gang)) {
    const code = queue.children.length > 0 ? ("pending.quota" as const) : ("pending.limit" as const);
    if (queue.running < queue.maxRunning && queue.running + jobs > queue.maxRunning) {
      reasons.push({
        code,
        summary: `queue ${queue.id} runs ${queue.running} of at most ${counted(queue.maxRunning, "job")}, and gang ${nameOfGroup(gang.id)} is ${jobs} that start together`,
        evidence: { type: "limit", queue: queue.id, resource: "jobs", used: queue.running, limit: queue.maxRunning, requested: jobs },
        remedy: {
          summary: `it fits if ${queue.id} may run ${counted(queue.running + jobs, "job")}, or when enough of its jobs have ended`,
        },
      });
    }
    for (let d = 0; queue.limit !== undefined && d < sum.length; d++) {
      const requested = sum[d] as number;
      if (requested === 0 || requested <= (queue.limit.free[d] as number)) continue;
      if (gang.members.some((member) => (member.held[d] as number) > (queue.limit?.free[d] as number))) continue;
      const resource = w.resources.names[d] as string;
      const [used, limit] = [queue.used[d] as number, queue.limit.capacity[d] as number];
      const [has, most, asks, wanted] = [used, limit, requested, used + requested].map((amount) => formatAmount(resource, amount));
      reasons.push({
        code,
        summary: `queue ${queue.id} uses ${has} of its limit of ${most} of ${resource}, and the jobs of gang ${nameOfGroup(gang.id)} ask for ${asks} together`,
        evidence: { type: "limit", queue: queue.id, resource, used, limit, requested },
        remedy: { summary: `it fits if the limit of ${queue.id} is at least ${wanted} of ${resource}, or when jobs of ${queue.id} end` },
      });
    }
  }
  return reasons;
}

/** What the members of a gang ask of the queues above them. */
export function claimsOf(gang: Gang): Map<Queue, { readonly sum: Vector; jobs: number }> {
  const claims = new Map<Queue, { readonly sum: Vector; jobs: number }>();
  for (const job of gang.members) {
    for (let queue: Queue | undefined = job.queue; queue !== undefined; queue = queue.parent) {
      const claim = claims.get(queue) ?? { sum: new Float64Array(job.held.length), jobs: 0 };
      addTo(claim.sum, job.held);
      claim.jobs++;
      claims.set(queue, claim);
    }
  }
  return claims;
}

function roomReasons(w: World, gang: Gang, holds: Holds): Reason[] {
  const placed = placedNow(w, gang, holds);
  if (placed === gang.members.length || placed === 0) return [];
  const size = gang.members.length;
  const closed = closedFor(w, gang.members[0] as Job);
  const more = closed.length === 0 ? "" : `; others could go to ${namesOf(closed)}`;
  return [
    {
      code: "pending.capacity",
      summary: `there is room for ${placed} of the ${size} jobs of gang ${nameOfGroup(gang.id)}, and they start together${more}`,
      evidence: { type: "gang-room", placed, size },
      remedy: { summary: `it starts when enough has ended; or ${closed.length === 0 ? "ask for less, or add a node" : opening(closed)}` },
    },
  ];
}

/** How many members find room one after the other, each on the first node that would take it. */
export function placedNow(w: World, gang: Gang, holds: Holds, freed?: { readonly node: Node; readonly held: Vector }): number {
  const free = new Map<Node, Vector>();
  if (freed !== undefined) {
    const more = freed.node.ledger.free.slice();
    addTo(more, freed.held);
    free.set(freed.node, more);
  }
  const mates = new Mates();
  let placed = 0;
  for (const job of gang.members) {
    for (const node of w.nodes.values()) {
      const left = free.get(node) ?? node.ledger.free;
      if (!isPossible(job, node) || !fits(job.held, left) || !mates.allow(job, node)) continue;
      if (objectionOf(w, job, node, holds, w.now + remainingOn(job, node.speed)) !== undefined) continue;
      const rest = left.slice();
      takeFrom(rest, job.held);
      free.set(node, rest);
      mates.place(job, node);
      placed++;
      break;
    }
  }
  return placed;
}

function isPossible(job: Job, node: Node): boolean {
  return node.status === "ready" && isAllowed(job.shape, node) && job.spec.constraints?.nodes?.includes(node.id) !== false;
}
