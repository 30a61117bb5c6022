// Copies of containers that are about to be changed. An editor that keeps its copies changes each one in place from then
// on, as long as nobody else may have seen it; so that building something up step by step costs what is built.
import { bytesPerElement, bytesPerProperty, type Run } from "../budget.ts";
import type { OpenObject, Value, ValueObject } from "./value.ts";

/** Makes copies that may be changed, and charges for them. */
export class Editor {
  readonly run: Run;
  readonly #own: Set<object> | undefined;

  constructor(run: Run, keep: boolean) {
    this.run = run;
    this.#own = keep ? new Set() : undefined;
  }

  /** A value may now be seen from outside, with all that it holds: from here on everything is copied anew. */
  handOut(value: Value | undefined): void {
    if (typeof value === "object" && value !== null) this.#own?.clear();
  }

  /** An array with the same items that may be changed. */
  array(items: readonly Value[]): Value[] {
    if (this.#own?.has(items) === true) return items as Value[];
    this.run.allocate((items.length + 1) * bytesPerElement);
    const copy = items.slice();
    this.#own?.add(copy);
    return copy;
  }

  /** An object with the same entries that may be changed. */
  object(object: ValueObject): OpenObject {
    if (this.#own?.has(object) === true) return object;
    const copy = { ...object };
    this.run.allocate((Object.keys(copy).length + 1) * bytesPerProperty);
    this.#own?.add(copy);
    return copy;
  }
}
