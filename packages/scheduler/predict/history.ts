// The last run times of each prediction key, newest first. Keys that were not seen for long are forgotten first.
import type { Millis } from "@baton/core";

/** How many runs of a key are remembered. */
export const rememberedRuns = 15;
/** How many keys are remembered at most; at least the last half of them is. */
export const rememberedKeys = 50_000;

/** Run times by key. */
export class Histories {
  /** Keys of the last runs, and of those before them; when the younger ones are half of what is remembered, the older ones are forgotten. */
  #younger = new Map<string, Millis[]>();
  #older = new Map<string, Millis[]>();

  /** The last runs of a key, newest first; empty where none has completed. */
  of(key: string): readonly Millis[] {
    return this.#younger.get(key) ?? this.#older.get(key) ?? none;
  }

  add(key: string, run: Millis): void {
    const runs = this.#younger.get(key) ?? this.#renewed(key);
    runs.unshift(run);
    if (runs.length > rememberedRuns) runs.pop();
  }

  /** See fork.ts. */
  forked(): Histories {
    const copy = new Histories();
    for (const [key, runs] of this.#younger) copy.#younger.set(key, [...runs]);
    for (const [key, runs] of this.#older) copy.#older.set(key, [...runs]);
    return copy;
  }

  #renewed(key: string): Millis[] {
    const runs = this.#older.get(key) ?? [];
    this.#older.delete(key);
    this.#younger.set(key, runs);
    if (this.#younger.size * 2 >= rememberedKeys) {
      this.#older = this.#younger;
      this.#younger = new Map();
    }
    return runs;
  }
}

const none: readonly Millis[] = [];
