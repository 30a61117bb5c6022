// The last run times of each prediction key, newest first. Keys that were not seen for long are forgotten first.
import type { Millis } from "@baton/core";

/** How many runs of a key are remembered. */
export const rememberedRuns = 15;
/** How many keys are remembered. */
export const rememberedKeys = 50_000;

/** Run times by key. */
export class Histories {
  readonly #byKey = new Map<string, Millis[]>();

  /** The last runs of a key, newest first; empty where none has completed. */
  of(key: string): readonly Millis[] {
    return this.#byKey.get(key) ?? none;
  }

  add(key: string, run: Millis): void {
    const runs = this.#byKey.get(key) ?? [];
    runs.unshift(run);
    if (runs.length > rememberedRuns) runs.pop();
    // Entered anew, so that the order of the map is that of the last runs.
    this.#byKey.delete(key);
    this.#byKey.set(key, runs);
    if (this.#byKey.size > rememberedKeys) this.#forgetOldest();
  }

  /** See fork.ts. */
  forked(): Histories {
    const copy = new Histories();
    for (const [key, runs] of this.#byKey) copy.#byKey.set(key, [...runs]);
    return copy;
  }

  #forgetOldest(): void {
    for (const key of this.#byKey.keys()) {
      this.#byKey.delete(key);
      return;
    }
  }
}

const none: readonly Millis[] = [];
