// What keeps a job from starting apart from the nodes, each with what was seen and what would take it away. Reasons are read off the state as
// the last pass left it; nothing but a pass can change whether a job may start, so this is what was decided on.
import { formatAmount } from "@baton/core";
import { isDisplaced } from "../attempt.ts";
import { remainingOn, type Job, type Queue } from "../model.ts";
import type { Reason } from "../reason.ts";
import { fits } from "../resources.ts";
import { respectsHold } from "../running.ts";
import { share } from "../tenants/fairness.ts";
import type { World } from "../world.ts";
import { counted, formatSpan, nameOfGroup } from "./format.ts";
import { placeOf } from "./order.ts";
import type { Holds } from "./room.ts";

/** The limits on a job's path that it would exceed, resource by resource. */
export function limitReasons(w: World, job: Job, holds: Holds): Reason[] {
  const reasons: Reason[] = [];
  for (let queue: Queue | undefined = job.queue; queue !== undefined; queue = queue.parent) {
    reasons.push(...keptForOther(w, job, queue, holds));
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
      queue: `array ${nameOfGroup(array.id)}`,
      resource: "jobs",
      used: array.admitted.size,
      limit: array.maxRunning,
      requested: 1,
    } as const;
    const summary = `${array.admitted.size} of at most ${counted(array.maxRunning, "job")} of array ${nameOfGroup(array.id)} are in the order already`;
    reasons.push({
      code: "pending.limit",
      summary,
      evidence,
      remedy: { summary: `it follows when one of them ends; or raise the limit of the array` },
    });
  }
  return reasons;
}

/** What the limit leaves is held for a job that goes first. */
function keptForOther(w: World, job: Job, queue: Queue, holds: Holds): Reason[] {
  const hold = holds.get(queue);
  const isLimited = queue.running >= queue.maxRunning || (queue.limit !== undefined && !fits(job.held, queue.limit.free));
  if (isLimited || hold === undefined || respectsHold(hold, job, w.now + remainingOn(job, 1))) return [];
  const left = formatSpan(hold.at - w.now);
  return [
    {
      code: "pending.reservation",
      summary: `the limit of queue ${queue.id} has room, but ${hold.forJob.id} takes it in ${left} and this job would delay it`,
      evidence: { type: "limit-reservation", forJobId: hold.forJob.id, queue: queue.id, at: hold.at },
      remedy: { summary: `it fits before if it takes at most ${left} (it is estimated at ${formatSpan(job.reserveMs)})` },
    },
  ];
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
    const summary = `${gang.ready.size} of the ${gang.size} jobs of gang ${nameOfGroup(gang.id)} are ready, and they start together`;
    reasons.push({
      code: "pending.gang",
      summary,
      evidence,
      remedy: { summary: `submit the other ${gang.size - gang.ready.size}, or wait for what they wait for` },
    });
  }
  return reasons;
}

/** Others of its queue go first. */
export function rankReason(job: Job): Reason[] {
  const { rank, ahead } = placeOf(job);
  const head = job.queue.pending.at(0);
  if (rank === 1 || head === undefined) return [];
  return [
    {
      code: "pending.fairness",
      summary: `${counted(rank - 1, "job")} of its queue ${rank === 2 ? "goes" : "go"} first, and ${head.id} at the head cannot start yet`,
      evidence: { type: "rank", rank, ahead, blockedBy: head.id },
      remedy: { summary: `it follows when ${head.id} has started; backfilling would let it go ahead` },
    },
  ];
}

/** It could start, but another queue goes first. */
export function shareReason(w: World, job: Job, first: Job | undefined): Reason[] {
  if (first === undefined || first === job || first.queue === job.queue) return [];
  const [own, other] = [share(w, job.queue), share(w, first.queue)];
  const why =
    w.policy.fairness.name === "none"
      ? `job ${first.id} of queue ${first.queue.id} goes first, since all queues are one order, and cannot start yet`
      : `queue ${first.queue.id} is further below its due than ${job.queue.id}, so its job ${first.id} goes first`;
  return [
    {
      code: "pending.fairness",
      summary: why,
      evidence: { type: "share", queue: job.queue.id, share: own, nextQueue: first.queue.id, nextShare: other },
      remedy: { summary: `it follows when ${first.id} has started; or raise the weight of ${job.queue.id}` },
    },
  ];
}

/** It was stopped for another job, and does not take the room back before that one has started. */
export function displacedReason(job: Job): Reason[] {
  const by = job.stoppedFor;
  if (by === undefined || !isDisplaced(job)) return [];
  return [
    {
      code: "pending.reservation",
      summary: `it was stopped for ${by.id}, which has not started yet`,
      evidence: { type: "displaced", forJobId: by.id },
      remedy: { summary: `it follows when ${by.id} has started, or cannot be helped` },
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
