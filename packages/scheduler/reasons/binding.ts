// All that keeps a job from starting, each with what was seen and what would take it away. Reasons are read off the state as
// the last pass left it; nothing but a pass can change whether a job may start, so this is what was decided on.
import { remainingOn, type Hold, type Job, type Node, type NodeGroup, type Queue } from "../model.ts";
import { failedFilter, type FilterFailure } from "../place/filters.ts";
import type { FilterCount, Reason } from "../reason.ts";
import type { World } from "../world.ts";
import { formatAmount, formatSpan } from "./format.ts";
import { placeOf } from "./order.ts";
import { objectionOf, type Holds } from "./room.ts";
import { compareDue, share } from "../tenants/fairness.ts";

/** What the nodes say to a job: how many were asked, how many have room and no objection, and what kept the others away. */
export interface NodeSurvey {
  readonly total: number;
  readonly possible: number;
  readonly roomy: number;
  readonly failed: readonly FilterCount[];
  readonly hold: Hold | undefined;
  readonly holder: Node | undefined;
}

/** Asks every node; of nodes that are alike in all that constraints look at, one. */
export function surveyNodes(w: World, job: Job, holds: Holds): NodeSurvey {
  const tally = new Tally();
  const refusals = new Map<NodeGroup, FilterFailure | undefined>();
  let [roomy, possible] = [0, 0];
  let holder: Node | undefined;
  for (const node of job.pinned === undefined ? w.nodes.values() : [job.pinned]) {
    if (!refusals.has(node.group)) refusals.set(node.group, failedFilter(job.shape.constraints, node.group.like));
    const refusal = refusalOf(job, node, refusals.get(node.group));
    if (refusal !== undefined) tally.count(refusal.filter, refusal.detail);
    else if (hasRoom(w, job, node, tally)) {
      roomy++;
      const objection = objectionOf(w, job, node, holds, w.now + remainingOn(job, node.speed));
      if (objection === undefined) possible++;
      else
        tally.count(
          objection === "relation" ? "affinity" : "reservation",
          objection === "hold" ? `held for ${holds.get(node)?.forJob.id}` : objection,
        );
      if (objection === "hold") holder ??= node;
    }
  }
  return { total: w.nodes.size, possible, roomy, failed: tally.counts(), hold: holder && holds.get(holder), holder };
}

/** How many nodes failed which filter, and by what. */
class Tally {
  readonly #counts = new Map<string, Map<string, number>>();

  count(filter: string, detail: string): void {
    let details = this.#counts.get(filter);
    if (details === undefined) this.#counts.set(filter, (details = new Map()));
    details.set(detail, (details.get(detail) ?? 0) + 1);
  }

  counts(): FilterCount[] {
    const all = [...this.#counts].flatMap(([filter, details]) => [...details].map(([detail, nodes]) => ({ filter, detail, nodes })));
    return all.sort((a, b) => b.nodes - a.nodes);
  }
}

function refusalOf(job: Job, node: Node, failed: FilterFailure | undefined): FilterFailure | undefined {
  if (node.status !== "ready") return { filter: "status", detail: node.status };
  if (job.spec.constraints?.nodes?.includes(node.id) === false) return { filter: "node", detail: "not one of those named" };
  return failed;
}

function hasRoom(w: World, job: Job, node: Node, tally: Tally): boolean {
  let has = true;
  for (let d = 0; d < job.held.length; d++) {
    const wanted = job.held[d] as number;
    if (wanted <= 0 || wanted <= (node.ledger.free[d] as number)) continue;
    tally.count("room", w.resources.names[d] as string);
    has = false;
  }
  return has;
}

/** The reasons of nodes: no node possible, none with room, or room that is held for another. */
export function nodeReasons(w: World, job: Job, survey: NodeSurvey): Reason[] {
  if (survey.possible > 0) return [];
  const { total, possible, failed } = survey;
  const evidence = { type: "nodes", total, possible, failed } as const;
  const failures = failed.map(({ filter, detail, nodes }) => `${nodes} by ${filter} (${detail})`).join(", ");
  const reservation = survey.hold && reservationReason(job, survey.hold, survey.holder as Node, w.now);
  if (reservation !== undefined) return [reservation];
  const byRoom = failed.some(({ filter }) => filter === "room");
  if (survey.roomy > 0 && failed.some(({ filter }) => filter === "reservation")) {
    return [
      {
        code: "pending.reservation",
        summary: `room is kept for a reservation in advance: ${failures}`,
        evidence,
        remedy: { summary: "wait until its window closes, or end before it opens" },
      },
    ];
  }
  if (byRoom && survey.roomy === 0) {
    return [
      {
        code: "pending.capacity",
        summary: `no node has room: of ${counted(total, "node")}, ${failures}`,
        evidence,
        remedy: { summary: "it starts when enough has ended; or ask for less, or add a node" },
      },
    ];
  }
  const why = total === 0 ? "there is no node" : `of ${counted(total, "node")}, ${failures}`;
  return [
    {
      code: "pending.constraint",
      summary: `no node meets its constraints: ${why}`,
      evidence,
      remedy: { summary: "loosen the constraint that keeps most nodes away, or add a node that meets it" },
    },
  ];
}

function reservationReason(job: Job, hold: Hold, node: Node, now: number): Reason {
  const left = hold.at - now;
  return {
    code: "pending.reservation",
    summary: `${node.id} has room, but ${hold.forJob.id} goes there in ${formatSpan(left)} and this job would delay it`,
    evidence: { type: "reservation", forJobId: hold.forJob.id, nodeId: node.id, at: hold.at },
    remedy: { summary: `it fits before if it takes at most ${formatSpan(left)} (it is estimated at ${formatSpan(job.reserveMs)})` },
  };
}

/** The limits on a job's path that it would exceed, resource by resource. */
export function limitReasons(w: World, job: Job): Reason[] {
  const reasons: Reason[] = [];
  for (let queue: Queue | undefined = job.queue; queue !== undefined; queue = queue.parent) {
    if (queue.running >= queue.maxRunning) reasons.push(countReason(queue));
    for (let d = 0; queue.limit !== undefined && d < job.held.length; d++) {
      const wanted = job.held[d] as number;
      if (wanted > 0 && wanted > (queue.limit.free[d] as number)) {
        reasons.push(
          limitReason(queue, w.resources.names[d] as string, queue.used[d] as number, queue.limit.capacity[d] as number, wanted),
        );
      }
    }
  }
  const { array } = job;
  if (array !== undefined && array.waiting.has(job)) {
    const evidence = {
      type: "limit",
      queue: `array ${array.id}`,
      resource: "jobs",
      used: array.admitted.size,
      limit: array.maxRunning,
      requested: 1,
    } as const;
    const summary = `${array.admitted.size} of at most ${counted(array.maxRunning, "job")} of array ${array.id} are in the order already`;
    reasons.push({
      code: "pending.limit",
      summary,
      evidence,
      remedy: { summary: `it follows when one of them ends; or raise the limit of the array` },
    });
  }
  return reasons;
}

function limitReason(queue: Queue, resource: string, used: number, limit: number, requested: number): Reason {
  const [has, most, asks] = [used, limit, requested].map((amount) => formatAmount(resource, amount));
  const path = queue.children.length > 0 ? "pending.quota" : "pending.limit";
  return {
    code: path,
    summary: `queue ${queue.id} uses ${has} of its limit of ${most} of ${resource}, and it asks for ${asks}`,
    evidence: { type: "limit", queue: queue.id, resource, used, limit, requested },
    remedy: {
      summary: `it fits if the limit of ${queue.id} is at least ${formatAmount(resource, used + requested)} of ${resource}, or when jobs of ${queue.id} end`,
    },
  };
}

function countReason(queue: Queue): Reason {
  const { id, running, maxRunning } = queue;
  return {
    code: queue.children.length > 0 ? "pending.quota" : "pending.limit",
    summary: `queue ${id} runs ${running} of at most ${counted(maxRunning, "job")}`,
    evidence: { type: "limit", queue: id, resource: "jobs", used: running, limit: maxRunning, requested: 1 },
    remedy: { summary: `it fits if ${id} may run ${counted(running + 1, "job")}, or when one of its jobs ends` },
  };
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** What must happen before it comes into the order at all. */
export function heldReasons(w: World, job: Job): Reason[] {
  const reasons: Reason[] = [];
  if (job.waitingFor !== undefined && job.waitingFor.size > 0) {
    const waitingFor = [...job.waitingFor].map((one) => one.id);
    const summary = `it waits for ${waitingFor.slice(0, 5).join(", ")}${waitingFor.length > 5 ? ` and ${waitingFor.length - 5} more` : ""} to complete`;
    reasons.push({
      code: "pending.dependency",
      summary,
      evidence: { type: "dependencies", waitingFor },
      remedy: { summary: "it follows when they complete" },
    });
  }
  const { notBefore } = job.spec;
  if (notBefore !== undefined && notBefore > w.now) {
    const summary = `it is not to start before another ${formatSpan(notBefore - w.now)}`;
    reasons.push({
      code: "pending.schedule",
      summary,
      evidence: { type: "schedule", notBefore },
      remedy: { summary: "wait, or set an earlier date" },
    });
  }
  const { gang } = job;
  if (gang !== undefined && gang.ready.size < gang.size) {
    const evidence = { type: "gang", present: gang.ready.size, size: gang.size } as const;
    const summary = `${gang.ready.size} of the ${gang.size} jobs of gang ${gang.id} are ready, and they start together`;
    reasons.push({
      code: "pending.gang",
      summary,
      evidence,
      remedy: { summary: `submit the other ${gang.size - gang.ready.size}, or wait for what they wait for` },
    });
  }
  return reasons;
}

/** It could start, but its turn has not come: another job, or another queue, goes first. */
export function turnReasons(w: World, job: Job, first: Job | undefined): Reason[] {
  const { rank, ahead } = placeOf(job);
  const blocker = first ?? job;
  if (blocker === job) return [];
  if (blocker.queue !== job.queue && w.policy.fairness.name !== "none" && compareDue(w, blocker.queue, job.queue) < 0) {
    const [own, other] = [share(w, job.queue), share(w, blocker.queue)];
    return [
      {
        code: "pending.fairness",
        summary: `queue ${blocker.queue.id} is further below its due than ${job.queue.id}, so its job ${blocker.id} goes first`,
        evidence: { type: "share", queue: job.queue.id, share: own, nextQueue: blocker.queue.id, nextShare: other },
        remedy: { summary: `it follows when ${blocker.id} has started; or raise the weight of ${job.queue.id}` },
      },
    ];
  }
  return [
    {
      code: "pending.fairness",
      summary: `${counted(rank - 1, "job")} of its queue ${rank === 2 ? "goes" : "go"} first, and ${blocker.id} at the head cannot start yet`,
      evidence: { type: "rank", rank, ahead, blockedBy: blocker.id },
      remedy: { summary: `it follows when ${blocker.id} has started; backfilling would let it go ahead` },
    },
  ];
}

/** It is booked for later: earlier it would delay a booking made before. */
export function bookingReason(w: World, job: Job): Reason[] {
  const node = job.bookedOn;
  if (node === undefined) return [];
  const at = job.bookedAt;
  return [
    {
      code: "pending.reservation",
      summary: `it is booked on ${node.id} in ${formatSpan(at - w.now)}; earlier it would delay the booking of another job`,
      evidence: { type: "reservation", forJobId: job.id, nodeId: node.id, at },
      remedy: { summary: "it starts then, or before if jobs end early; less time or less of a resource may find an earlier gap" },
    },
  ];
}

/** It was frozen for another job, and goes on where it is. */
export function suspendedReason(job: Job): Reason[] {
  if (job.pinned === undefined) return [];
  const remainingMs = remainingOn(job, job.pinned.speed);
  return [
    {
      code: "suspended.policy",
      summary: `it is suspended on ${job.pinned.id} and still needs ${formatSpan(remainingMs)}`,
      evidence: { type: "suspended", forJobId: job.stoppedFor?.id, remainingMs },
      remedy: { summary: "it goes on when its turn comes again" },
    },
  ];
}
