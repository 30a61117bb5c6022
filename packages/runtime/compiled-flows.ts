// Compiled flows in memory: as many as fit, the oldest are let go first. What a compiled flow takes grows with its text
// (some fifteen bytes for each character), so the texts are what is counted.
import type { Workflow } from "@baton/dsl";
import { maxCompiledCharacters, maxCompiledFlows } from "./limits.ts";

interface Entry {
  readonly workflow: Workflow;
  readonly characters: number;
}

/** A cache by key. */
export class CompiledFlows {
  readonly #entries = new Map<string, Entry>();
  #characters = 0;

  get(key: string): Workflow | undefined {
    return this.#entries.get(key)?.workflow;
  }

  set(key: string, workflow: Workflow, characters: number): void {
    this.#drop(key);
    this.#entries.set(key, { workflow, characters });
    this.#characters += characters;
    for (const oldest of this.#entries.keys()) {
      const fits = this.#entries.size <= maxCompiledFlows && this.#characters <= maxCompiledCharacters;
      if (fits || this.#entries.size === 1) return;
      this.#drop(oldest);
    }
  }

  #drop(key: string): void {
    this.#characters -= this.#entries.get(key)?.characters ?? 0;
    this.#entries.delete(key);
  }
}
