// Takes runs up again: all active ones when the server starts, and single ones whose last commit is in doubt.
import { BatonError } from "@baton/core";
import type { RunSummary, Store } from "@baton/storage";
import type { Answers } from "./answers.ts";
import type { Driver } from "./driver.ts";
import { recoveryPage } from "./limits.ts";
import type { Performer } from "./performer.ts";
import type { LogRecord } from "./runtime.ts";
import type { SubRuns } from "./sub-runs.ts";

/** What recovery needs of the runtime. */
export interface RecoveryParts {
  readonly store: Store;
  readonly driver: Driver;
  readonly performer: Performer;
  readonly subRuns: SubRuns;
  readonly answers: Answers;
  readonly log: (record: LogRecord) => void;
}

/** Finds out what was under way, and asks for it again. */
export class Recovery {
  readonly #parts: RecoveryParts;
  readonly #reviving = new Set<string>();
  #stopped = false;

  constructor(parts: RecoveryParts) {
    this.#parts = parts;
  }

  /** Every run that was active when the server stopped; resolves when all have been taken up. */
  async recoverAll(): Promise<void> {
    let recovered = 0;
    for (let page = await this.#page(null); page.length > 0; page = await this.#page(page.at(-1) ?? null)) {
      for (const run of page) await this.#recover(run);
      recovered += page.length;
    }
    if (recovered > 0)
      this.#parts.log({
        level: "info",
        message: recovered === 1 ? "1 run was under way and goes on." : `${recovered} runs were under way and go on.`,
      });
  }

  /** One run, now or when the store answers again. */
  revive(tenant: string, runId: string, tries = 1): void {
    if (tries === 1 && this.#reviving.has(runId)) return;
    this.#reviving.add(runId);
    this.#parts.answers.again(tries, () => {
      this.#resume(tenant, runId).then(
        () => this.#reviving.delete(runId),
        (error: unknown) => {
          if (error instanceof BatonError && error.retryable) return this.revive(tenant, runId, tries + 1);
          this.#reviving.delete(runId);
        },
      );
    });
  }

  stop(): void {
    this.#stopped = true;
  }

  #page(after: RunSummary | null): Promise<readonly RunSummary[]> {
    return this.#stopped ? Promise.resolve([]) : this.#parts.store.activeRuns(after, recoveryPage);
  }

  /** One run that cannot be read must not keep the others from going on. */
  async #recover({ tenant, id }: RunSummary): Promise<void> {
    try {
      await this.#resume(tenant, id);
    } catch (error) {
      if (!(error instanceof BatonError)) throw error;
      if (error.retryable) this.revive(tenant, id);
    }
  }

  async #resume(tenant: string, runId: string): Promise<void> {
    const { driver, performer, subRuns } = this.#parts;
    const run = await driver.find(tenant, runId);
    if (!run || this.#stopped) return;
    performer.resume(run, driver.outstanding(run));
    await subRuns.cancelOrphan(run);
  }
}
