// A clock that stands still until a test moves it. What is due is called back in the order of time, and each
// callback's consequences are let happen before the next one.
import { Heap, type Instant, type Millis } from "@baton/core";
import type { Clock } from "../runtime.ts";

interface Due {
  readonly at: Instant;
  readonly order: number;
  readonly callback: () => void;
  cancelled: boolean;
}

/** Time in a test's hand: elapsed time moves both, a jump moves only what the clock shows. */
export class ManualClock implements Clock {
  readonly #due = new Heap<Due>((a, b) => a.at - b.at || a.order - b.order);
  #elapsed = 0;
  #shown: Instant;
  #order = 0;

  constructor(start: Instant = 1_700_000_000_000) {
    this.#shown = start;
  }

  now(): Instant {
    return this.#shown + this.#elapsed;
  }

  after(ms: Millis, callback: () => void): () => void {
    const due: Due = { at: this.#elapsed + Math.max(0, ms), order: this.#order++, callback, cancelled: false };
    this.#due.push(due);
    return () => {
      due.cancelled = true;
    };
  }

  /** The machine's time is set, forward or back, without any time passing. */
  jump(ms: Millis): void {
    this.#shown += ms;
  }

  /** Lets time pass. */
  async pass(ms: Millis): Promise<void> {
    const end = this.#elapsed + ms;
    await settle();
    for (let next = this.#due.peek(); next && next.at <= end; next = this.#due.peek()) {
      this.#due.pop();
      this.#elapsed = Math.max(this.#elapsed, next.at);
      if (next.cancelled) continue;
      next.callback();
      await settle();
    }
    this.#elapsed = end;
  }
}

/** Lets everything happen that needs no time: promises, and turns of the event loop. */
export async function settle(turns = 12): Promise<void> {
  for (let i = 0; i < turns; i++) {
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
  }
}
