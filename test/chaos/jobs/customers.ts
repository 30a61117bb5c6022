// Those who submit, cancel and wait: each request that was not answered is sent again under the same key until it is.
import { setTimeout as sleep } from "node:timers/promises";
import { ApiError, BatonClient, type Job } from "@baton/api";
import { isFinalJobStatus } from "@baton/runtime";
import { orderOf, type Order } from "./orders.ts";

/** An order that was accepted, and its jobs as they were when each was first seen to have ended. */
export interface Accepted {
  readonly order: Order;
  readonly jobs: readonly Job[];
  readonly ends: Job[];
}

const retryMs = 20;
const waitMs = 5_000;

/** Many who submit at the same time. */
export class Customers {
  readonly accepted: Accepted[] = [];
  /** Requests that got an answer which should not be. */
  readonly problems: string[] = [];
  readonly #client: BatonClient;
  readonly #folder: string;
  readonly #waiting = new Set<Promise<void>>();
  #next = 1;
  #closed = false;
  #given = false;

  constructor(url: string, folder: string) {
    this.#client = new BatonClient({ url });
    this.#folder = folder;
  }

  /** Orders one after the other until it is closing time. */
  async buy(pauseMs: () => number): Promise<void> {
    while (!this.#closed) {
      const order = orderOf(this.#next++, this.#folder);
      const options = { idempotencyKey: `order-${order.n}` };
      const submitted = await this.#persist(() => this.#client.submitJobs(order.submission, options));
      if (submitted === undefined) return;
      const accepted: Accepted = { order, jobs: submitted.jobs, ends: [] };
      this.accepted.push(accepted);
      const waiting = this.#follow(accepted).finally(() => this.#waiting.delete(waiting));
      this.#waiting.add(waiting);
      await sleep(pauseMs());
    }
  }

  /** No new orders; resolves when all jobs of the others have ended, or nobody waits any longer. */
  async close(patienceMs: number): Promise<void> {
    this.#closed = true;
    const timer = setTimeout(() => (this.#given = true), patienceMs);
    while (this.#waiting.size > 0) await Promise.all(this.#waiting);
    clearTimeout(timer);
  }

  giveUp(): void {
    this.#closed = true;
    this.#given = true;
  }

  async #follow({ order, jobs, ends }: Accepted): Promise<void> {
    if (order.kind === "cancelled") {
      await sleep((order.n * 97) % 500);
      for (const { id } of jobs) await this.#persist(() => this.#client.commandJob(id, "cancel"));
    }
    for (const { id } of jobs) {
      let job: Job | undefined;
      do job = await this.#persist(() => this.#client.getJob(id, { waitMs }));
      while (job !== undefined && !isFinalJobStatus(job.status) && !this.#given);
      if (job !== undefined) ends.push(job);
    }
  }

  /** Undefined: nobody waits any longer. */
  async #persist<T>(request: () => Promise<T>): Promise<T | undefined> {
    while (!this.#given) {
      try {
        return await request();
      } catch (error) {
        if (isRefusal(error)) this.problems.push(`a request was refused: ${error.message}`);
        await sleep(retryMs);
      }
    }
    return undefined;
  }
}

/** A server that is not there, starts, or is about to stop takes the request later; anything else is a mistake. */
function isRefusal(error: unknown): error is ApiError {
  return error instanceof ApiError && error.status < 500;
}
