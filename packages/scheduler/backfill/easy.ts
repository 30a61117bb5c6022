// EASY backfilling (Lifka 1995): behind the first job that does not fit, any job may start that does not delay it.
// The reservation is made anew in every pass. Tried in the order of the queue, or the shortest first (SJBF; Tsafrir,
// Etsion and Feitelson 2007).
import type { Job, Queue } from "../model.ts";
import { tryStart } from "../attempt.ts";
import { nextLeaf } from "../tenants/fairness.ts";
import type { World } from "../world.ts";

/** Starts what fits behind `head`, whose reservation is held, and behind jobs that limits keep back, with theirs. */
export function backfillBehind(w: World, head: Job | undefined): void {
  const byLength = w.policy.backfill.name === "easy" && w.policy.backfill.by === "shortest";
  const scans = new Map<Queue, Scan>();
  for (const leaf of w.leaves) {
    if (leaf.open > 0)
      scans.set(leaf, byLength && leaf.order.fillsInOrder?.() !== true ? new LengthScan(leaf, head) : new OrderScan(leaf, head));
  }
  const offer = (leaf: Queue): Job | undefined => scans.get(leaf)?.current();
  while (w.root.open > 0) {
    const leaf = nextLeaf(w, offer);
    const job = leaf && offer(leaf);
    if (leaf === undefined || job === undefined) return;
    const code = tryStart(w, job);
    if (code !== undefined) w.waits(job, code);
    (scans.get(leaf) as Scan).advance(code === undefined);
  }
}

/** Goes over the pending jobs of one leaf, past those that cannot fit. */
interface Scan {
  current(): Job | undefined;
  /** Leaves the current job behind; one that has started is no longer in the queue. */
  advance(hasStarted: boolean): void;
}

function isWorthTrying(job: Job, head: Job | undefined): boolean {
  return job !== head && (!job.shape.unfit || job.pinned !== undefined);
}

class OrderScan implements Scan {
  readonly #leaf: Queue;
  readonly #head: Job | undefined;
  #place = 0;

  constructor(leaf: Queue, head: Job | undefined) {
    this.#leaf = leaf;
    this.#head = head;
  }

  current(): Job | undefined {
    const { pending } = this.#leaf;
    for (;;) {
      const job = pending.at(this.#place);
      if (job === undefined || isWorthTrying(job, this.#head)) return job;
      this.#place++;
    }
  }

  advance(hasStarted: boolean): void {
    if (!hasStarted) this.#place++;
  }
}

class LengthScan implements Scan {
  readonly #jobs: Job[] = [];
  readonly #head: Job | undefined;
  #place = 0;

  constructor(leaf: Queue, head: Job | undefined) {
    this.#head = head;
    for (const job of leaf.pending) if (isWorthTrying(job, head)) this.#jobs.push(job);
    this.#jobs.sort((a, b) => a.orderMs - b.orderMs);
  }

  current(): Job | undefined {
    for (;;) {
      const job = this.#jobs[this.#place];
      if (job === undefined || isWorthTrying(job, this.#head)) return job;
      this.#place++;
    }
  }

  advance(): void {
    this.#place++;
  }
}
