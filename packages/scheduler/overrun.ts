// Jobs that run longer than estimated: their estimates are corrected, when the driver reports it or when it is noticed.
import { takeRoom } from "./backfill/booking.ts";
import type { Job, Node, Queue } from "./model.ts";
import { corrected } from "./predict/predictor.ts";
import type { World } from "./world.ts";

/** Corrects the estimate of a job that still runs after it. */
export function correct(w: World, job: Job): void {
  const node = job.node as Node;
  const ranMs = job.ranMs + (w.now - job.startedAt) * node.speed;
  const first = job.corrections === 0 ? job.reserveMs : job.firstReserveMs;
  job.firstReserveMs = first;
  const estimate = corrected(first, job.limitMs, ranMs, job.corrections, w.policy.prediction.correction);
  job.corrections++;
  const endsAt = w.now + Math.ceil((estimate - ranMs) / node.speed);
  takeRoom(job, node, job.endsAt, endsAt);
  job.reserveMs = estimate;
  moveEnd(job, endsAt);
  w.isDirty = true;
  w.mustRebook = true;
  w.trace.push({ type: "corrected", jobId: job.id, estimateMs: estimate });
}

/** Corrects the estimates of a node that have passed without a report. Gives whether there were any. */
export function correctOverdue(w: World, node: Node): boolean {
  const overdue: Job[] = [];
  for (const job of node.ledger.jobs) {
    if (job.endsAt > w.now) break;
    if (job.phase === "running") overdue.push(job);
  }
  for (const job of overdue) correct(w, job);
  return overdue.length > 0;
}

/** Moves the estimated end of a running job, in all ledgers that it is in. */
export function moveEnd(job: Job, endsAt: number): void {
  const node = job.node as Node;
  const ledgers = [node.ledger];
  for (let queue: Queue | undefined = job.queue; queue !== undefined; queue = queue.parent) if (queue.limit) ledgers.push(queue.limit);
  for (const ledger of ledgers) ledger.take(job);
  job.endsAt = endsAt;
  for (const ledger of ledgers) ledger.put(job);
}
