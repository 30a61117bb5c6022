// What each queue has used, for the policies of fairness that look back: usage that fades with a half-life (drf), and the
// virtual time of start-time fair queueing (weighted-fair; Goyal, Vin and Cheng 1996).
import type { Job, Queue } from "../model.ts";
import { dominantShare } from "../resources.ts";
import type { World } from "../world.ts";

/** Brings a queue's fading usage up to now; to be called before what it uses changes. */
export function settleUsage(w: World, queue: Queue): void {
  const { fairness } = w.policy;
  if (fairness.name !== "drf" || fairness.halfLifeMs === undefined) return;
  const passed = w.now - queue.usageAt;
  queue.usageAt = w.now;
  if (passed <= 0) return;
  const kept = 2 ** (-passed / fairness.halfLifeMs);
  // The integral of use over the time passed, each instant faded since.
  const gained = (fairness.halfLifeMs / Math.LN2) * (1 - kept);
  const { usage, used } = queue;
  for (let d = 0; d < usage.length; d++) usage[d] = (usage[d] as number) * kept + (used[d] as number) * gained;
}

/** Charges a start to the turns of its queue and of the queues above it, each in the virtual time that it shares with its siblings. */
export function chargeStart(w: World, job: Job): void {
  const number = w.starts++;
  const cost = w.policy.fairness.name === "weighted-fair" ? job.orderMs * dominantShare(job.held, w.total) : 0;
  for (let queue: Queue | undefined = job.queue; queue !== undefined; queue = queue.parent) {
    queue.lastStart = number;
    if (w.policy.fairness.name !== "weighted-fair" || queue.parent === undefined) continue;
    const startTag = Math.max(queue.virtualTime, queue.parent.clock);
    queue.parent.clock = startTag;
    queue.virtualTime = startTag + cost / queue.weight;
  }
}
