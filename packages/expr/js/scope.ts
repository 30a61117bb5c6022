// What a name means: a parameter of a function around it, by how far out and in which place, or a variable of the host.
import type { Run } from "../budget.ts";
import type { Json } from "../compile.ts";
import type { JsValue } from "./value.ts";

/** The values of one call of a function; the outermost has none. */
export interface Frame {
  readonly run: Run;
  /** What `$` is. */
  readonly input: Json;
  readonly host: readonly Json[];
  readonly locals: JsValue[];
  readonly outer: Frame | undefined;
}

/** Compiled code. */
export type Code = (frame: Frame) => JsValue;

/** The names of the functions around a place, the innermost last. */
export class Scope {
  readonly #names: readonly string[];
  readonly #outer: Scope | undefined;

  constructor(names: readonly string[], outer?: Scope) {
    this.#names = names;
    this.#outer = outer;
  }

  /** Where a name's value is found; undefined: no function around binds it. */
  find(name: string): Code | undefined {
    const slot = this.#names.indexOf(name);
    if (slot >= 0) return ({ locals }) => locals[slot];
    const outer = this.#outer?.find(name);
    return outer && ((frame) => (frame.outer === undefined ? undefined : outer(frame.outer)));
  }

  /** Every name that is bound here. */
  all(): string[] {
    return [...this.#names, ...(this.#outer?.all() ?? [])];
  }
}
