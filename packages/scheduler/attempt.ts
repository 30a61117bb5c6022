// One attempt to start a job: limits first, then room. Either the job starts, or the answer is why it does not.
import { remainingOn, type Gang, type Job, type Node, type Queue } from "./model.ts";
import { dequeue } from "./lanes.ts";
import { findNode } from "./place/find.ts";
import { fits } from "./resources.ts";
import { begun, hold, release, respects, start } from "./running.ts";
import type { ReasonCode } from "./types.ts";
import type { World } from "./world.ts";

/** Starts a pending job if that is possible now; else gives the reason. */
export function tryStart(w: World, job: Job): ReasonCode | undefined {
  if (isDisplaced(job)) return "pending.reservation";
  if (job.gang !== undefined) return tryStartGang(w, job, job.gang);
  if (limitingQueue(w, job) !== undefined) return "pending.limit";
  if (job.shape.unfit && job.pinned === undefined) return "pending.capacity";
  const node = findNode(w, job);
  if (node === undefined) return w.refusal;
  start(w, job, node);
  return undefined;
}

/** Whether the job was stopped for one that still waits. It does not take the room back that it had to give. */
export function isDisplaced(job: Job): boolean {
  return job.stoppedFor !== undefined && job.stoppedFor.phase === "pending";
}

/** The first queue, from the job's own upwards, whose limits keep it from starting; undefined where none does. */
export function limitingQueue(w: World, job: Job): Queue | undefined {
  for (let queue: Queue | undefined = job.queue; queue !== undefined; queue = queue.parent) {
    if (queue.running >= queue.maxRunning) return queue;
    if (queue.limit === undefined) continue;
    if (!fits(job.held, queue.limit.free)) return queue;
    if (queue.hold !== undefined && !respects(queue, job, w.now + remainingOn(job, 1))) return queue;
  }
  return undefined;
}

/** All members of a gang start or none does. The first of them stands for all in the order. */
function tryStartGang(w: World, leader: Job, gang: Gang): ReasonCode | undefined {
  if (leader.shape.unfit) return "pending.capacity";
  return startTogether(w, leader, gang, (job) => findNode(w, job));
}

/** Starts the members of a gang one after the other where `nodeFor` says; takes all of it back where one of them finds no room. */
export function startTogether(w: World, leader: Job, gang: Gang, nodeFor: (job: Job) => Node | undefined): ReasonCode | undefined {
  const before = remember(w);
  const placed: Job[] = [];
  for (const job of gang.members) {
    const isLimited = limitingQueue(w, job) !== undefined;
    const node = isLimited ? undefined : nodeFor(job);
    if (node === undefined) {
      const code = isLimited ? "pending.limit" : w.refusal;
      for (const done of placed.reverse()) withdraw(w, done);
      leader.phase = "pending";
      before();
      return code;
    }
    hold(w, job, node);
    placed.push(job);
  }
  dequeue(w, leader);
  for (const job of gang.members) {
    w.decisions.push({ type: "start", jobId: job.id, nodeId: (job.node as Node).id, estimateMs: job.endsAt - w.now });
    begun(w, job);
  }
  return undefined;
}

/** What a start changes of a queue's turn. */
function turnsOf({ virtualTime, clock, lastStart }: Queue): Pick<Queue, "virtualTime" | "clock" | "lastStart"> {
  return { virtualTime, clock, lastStart };
}

/** Takes back what a member got before another member found no room. */
function withdraw(w: World, job: Job): void {
  release(w, job);
  job.node = undefined;
  job.phase = "held";
}

/** What `hold` uses up and `release` does not give back; the function that is returned restores it. */
function remember(w: World): () => void {
  const { isDirty, starts } = w;
  const holds = w.holds.map(({ hold }) => ({ hold, extra: hold.extra.slice(), slots: hold.slots }));
  const queues = [...w.queues.values()].map((queue) => ({ queue, ...turnsOf(queue) }));
  return () => {
    w.isDirty = isDirty;
    w.starts = starts;
    for (const { hold, extra, slots } of holds) {
      hold.extra.set(extra);
      hold.slots = slots;
    }
    for (const { queue, ...turns } of queues) Object.assign(queue, turns);
  };
}
