// How jobs ended, for jobs that come later and wait for them. Two generations bound the memory: when the younger one is
// full, the older one is forgotten.
import type { Outcome } from "./types.ts";

/** At least so many of the last outcomes are remembered. */
export const rememberedOutcomes = 50_000;

/** The outcomes of jobs that have ended, the oldest forgotten. */
export class Outcomes {
  #younger = new Map<string, Outcome>();
  #older = new Map<string, Outcome>();

  get(id: string): Outcome | undefined {
    return this.#younger.get(id) ?? this.#older.get(id);
  }

  set(id: string, outcome: Outcome): void {
    if (this.#younger.size >= rememberedOutcomes) {
      this.#older = this.#younger;
      this.#younger = new Map();
    }
    this.#younger.set(id, outcome);
  }

  /** See fork.ts. */
  forked(): Outcomes {
    const copy = new Outcomes();
    copy.#younger = new Map(this.#younger);
    copy.#older = new Map(this.#older);
    return copy;
  }
}
