// What names mean at one place of a program: a chain of entries, innermost first. Entries know the activation level
// that their slots belong to, so that code one function deeper knows how far out to look.
import type { Code } from "../code/code.ts";
import type { FunctionCode } from "../code/call.ts";
import type { Definition } from "../syntax/ast.ts";

/** The slots of one activation, counted while its code is compiled. */
export class Layout {
  /** How many function definitions stand around it. */
  readonly level: number;
  #slots = 0;

  constructor(level: number) {
    this.level = level;
  }

  get slots(): number {
    return this.#slots;
  }

  /** A slot of its own for one binding. */
  allocate(): number {
    return this.#slots++;
  }
}

/** What one name stands for. */
export type Meaning =
  | { readonly kind: "variable" | "label"; readonly slot: number; readonly level: number }
  | { readonly kind: "filter"; readonly code: Code; readonly level: number }
  | { readonly kind: "parameter"; readonly index: number; readonly level: number }
  | FunctionMeaning;

/** A function: its definition, the scope it was written in, and its compiled form once it had to be called. */
export interface FunctionMeaning {
  readonly kind: "function";
  readonly definition: Definition;
  readonly scope: () => Scope;
  readonly level: number;
  readonly recursive: boolean;
  compiled: FunctionCode | undefined;
}

/** Names visible at one place. `$x` is a variable, `*x` a label, `x/2` a function. */
export class Scope {
  readonly #name: string;
  readonly #meaning: Meaning | undefined;
  readonly #outer: Scope | undefined;

  constructor(name = "", meaning?: Meaning, outer?: Scope) {
    this.#name = name;
    this.#meaning = meaning;
    this.#outer = outer;
  }

  /** This scope with one more name. */
  with(name: string, meaning: Meaning): Scope {
    return new Scope(name, meaning, this);
  }

  /** The innermost meaning of a name. */
  find(name: string): Meaning | undefined {
    return this.#name === name ? this.#meaning : this.#outer?.find(name);
  }

  /** Every visible name. */
  names(): string[] {
    const outer = this.#outer?.names() ?? [];
    return this.#name === "" ? outer : [this.#name, ...outer];
  }
}
