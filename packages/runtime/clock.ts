// Time as the runtime sees it, and the machine's clock.
import type { Instant, Millis } from "@baton/core";

/** Time as the runtime sees it; a simulation brings its own. */
export interface Clock {
  now(): Instant;
  /** Calls back once after that many milliseconds; the answer takes the call back. */
  after(ms: Millis, callback: () => void): () => void;
}

/** Wall-clock time and Node's timers. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after: (ms, callback) => {
    const timeout = setTimeout(callback, ms);
    return () => clearTimeout(timeout);
  },
};
