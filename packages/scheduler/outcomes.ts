// How jobs ended, for jobs that come later and wait for them. Two generations bound the memory: when the younger one is
// full, the older one is forgotten.
import type { Outcome } from "./types.ts";

/** At least so many of the last outcomes are remembered. */
export const rememberedOutcomes = 50_000;

/** The outcomes of jobs that have ended, the oldest forgotten. */
export class Outcomes {
  #younger = new Generation();
  #older = new Generation();

  get(id: string): Outcome | undefined {
    return this.#younger.get(id) ?? this.#older.get(id);
  }

  set(id: string, outcome: Outcome): void {
    if (this.#younger.size >= rememberedOutcomes) {
      this.#older = this.#younger;
      this.#younger = new Generation();
    }
    this.#younger.add(id, outcome);
  }

  /** See fork.ts. */
  forked(): Outcomes {
    const copy = new Outcomes();
    copy.#younger = this.#younger.forked();
    copy.#older = this.#older.forked();
    return copy;
  }
}

/** Outcomes in a row. They are indexed when one is first asked for, which most loads never do. */
class Generation {
  #ids: string[] = [];
  #outcomes: Outcome[] = [];
  #index: Map<string, Outcome> | undefined = undefined;

  get size(): number {
    return this.#ids.length;
  }

  get(id: string): Outcome | undefined {
    this.#index ??= new Map(this.#ids.map((one, i) => [one, this.#outcomes[i] as Outcome]));
    return this.#index.get(id);
  }

  add(id: string, outcome: Outcome): void {
    this.#ids.push(id);
    this.#outcomes.push(outcome);
    this.#index?.set(id, outcome);
  }

  forked(): Generation {
    const copy = new Generation();
    copy.#ids = this.#ids.slice();
    copy.#outcomes = this.#outcomes.slice();
    return copy;
  }
}
