// Questions to nodes whether what they run is well. Nothing of them is stored: whoever asks waits for the answer, or for as long as it
// may take, and then knows nothing.
import type { Millis } from "@baton/core";
import type { AttemptCheck } from "@baton/executors";
import type { Clock } from "../clock.ts";
import type { Job } from "./job.ts";
import type { LiveNode } from "./nodes.ts";

/** How long an answer may take besides the check itself. */
const onTheWayMs: Millis = 5_000;

/** The questions that are open. */
export class HealthAsks {
  readonly #clock: Clock;
  readonly #open = new Map<number, (problem: string | null) => void>();
  #asks = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** What is wrong with a job; null: nothing is. Undefined: nobody knows, for its node is not there, or does not answer. */
  ask(job: Job | undefined, node: LiveNode | undefined, check: AttemptCheck, timeoutMs: Millis): Promise<string | null | undefined> {
    const link = node?.link;
    if (job === undefined || node === undefined || link === null || link === undefined || node.suspect) return Promise.resolve(undefined);
    const ask = this.#asks++;
    return new Promise((resolve) => {
      const cancel = this.#clock.after(timeoutMs + onTheWayMs, () => {
        this.#open.delete(ask);
        resolve(undefined);
      });
      this.#open.set(ask, (problem) => {
        cancel();
        resolve(problem);
      });
      link.send([{ type: "check", job: job.id, token: job.attempt, ask, check, timeoutMs }]);
    });
  }

  /** An answer has come; one to a question that is closed is late. */
  answered(ask: number, problem: string | null): void {
    const told = this.#open.get(ask);
    this.#open.delete(ask);
    told?.(problem);
  }
}
