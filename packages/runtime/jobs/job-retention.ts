// Jobs that have ended are forgotten with what they wrote when their time is over, a page at a time. What was submitted
// together is not held together: each job goes by its own end.
import { newId, type Millis } from "@baton/core";
import type { Store } from "@baton/storage";
import type { Clock } from "../clock.ts";
import type { LogRecord } from "../log-record.ts";
import { jobRetention } from "./limits.ts";

/** What forgetting works with. */
export interface JobRetentionParts {
  readonly store: Store;
  readonly tenant: string;
  readonly clock: Clock;
  readonly log: (record: LogRecord) => void;
  /** How long jobs are kept after their end; absent: for ever. */
  readonly keptMs?: Millis;
}

/** Forgets what is due, every minute. */
export class JobRetention {
  readonly #parts: JobRetentionParts;
  #cancel: () => void = () => undefined;
  #sweeping: Promise<void> = Promise.resolve();
  #running = true;

  constructor(parts: JobRetentionParts) {
    this.#parts = parts;
  }

  start(): void {
    const { keptMs, clock, log } = this.#parts;
    if (keptMs === undefined || !this.#running) return;
    this.#sweeping = this.#sweep(keptMs).catch((error: unknown) => {
      log({ level: "warning", message: "Jobs that have ended could not be forgotten; it is tried again in a minute.", error });
    });
    void this.#sweeping.then(() => {
      if (this.#running) this.#cancel = clock.after(jobRetention.sweepMs, () => this.start());
    });
  }

  /** Resolves when what was under way is finished. */
  async close(): Promise<void> {
    this.#running = false;
    this.#cancel();
    await this.#sweeping;
  }

  async #sweep(keptMs: Millis): Promise<void> {
    const { store, tenant, clock, log } = this.#parts;
    const endedBefore = clock.now() - keptMs;
    // Ids sort by time: what was submitted later has not ended earlier.
    const before = newId("job", endedBefore, () => 0);
    let gone = 0;
    for (let page: number = jobRetention.page; page === jobRetention.page && this.#running; gone += page)
      page = await store.forgetJobs({ tenant, before, endedBefore, limit: jobRetention.page });
    if (gone > 0)
      log({ level: "info", message: `${gone} ${gone === 1 ? "job was" : "jobs were"} forgotten, ended more than ${keptMs} ms ago.` });
  }
}
