// Sends what the world answers to runs, until it is durable or nobody wants it: a result that the store cannot take
// now (a full disk) is kept and tried again, with growing pauses, for as long as the process lives.
import type { Command } from "@baton/engine";
import type { Driver, Outcome } from "./driver.ts";
import { retryDelayMs } from "./limits.ts";
import type { Clock } from "./runtime.ts";

/** Delivers answers to runs. */
export class Answers {
  readonly #driver: Driver;
  readonly #clock: Clock;
  #closed = false;

  constructor(driver: Driver, clock: Clock) {
    this.#driver = driver;
    this.#clock = clock;
  }

  /** Sends a command; `settled` is called once it is durable, or refused for good. */
  deliver(tenant: string, runId: string, command: Command, settled: (outcome: Outcome) => void = ignore, tries = 1): void {
    if (this.#closed) return;
    this.#driver.send({
      tenant,
      runId,
      command,
      settled: (outcome) => {
        if (outcome.kind !== "failed" || !outcome.error.retryable) return settled(outcome);
        this.again(tries, () => this.deliver(tenant, runId, command, settled, tries + 1));
      },
    });
  }

  /** Calls back after the pause that follows the given try, unless the runtime is closed by then. */
  again(tries: number, callback: () => void): void {
    this.#clock.after(pauseMs(tries), () => {
      if (!this.#closed) callback();
    });
  }

  /** Sends nothing more; what was not stored is asked for again after a restart. */
  close(): void {
    this.#closed = true;
  }
}

function ignore(): void {
  // Nobody waits for this answer.
}

/** Doubles from try to try, up to the longest. */
function pauseMs(tries: number): number {
  return Math.min(retryDelayMs.first * 2 ** (tries - 1), retryDelayMs.longest);
}
