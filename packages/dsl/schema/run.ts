// One check of one value: what was found, and how much it has cost. Schemas and values come from users, and some
// pairs of them take exponential time (two branches that both descend), so that every check has a budget.
import { escapePointer, type Json } from "@baton/core";
import type { SchemaProblem } from "../ir.ts";

/** How many schemas may be applied to parts of a value in one check. */
export const maxSchemaSteps = 1_000_000;

/** How deep schemas may be applied inside one another. */
export const maxSchemaDepth = 1_000;

/** How many problems of one value are listed. */
export const maxSchemaProblems = 50;

/** Ends a check; never leaves this folder. */
export class CheckEnd extends Error {}

/** Where in the value a check is; the root has no key. */
export interface Path {
  readonly parent: Path | undefined;
  readonly key: string | number;
}

/** The part of the object or list that some keyword has looked at (JSON Schema 2020-12, section 11). */
export interface Evaluated {
  readonly keys: Set<string>;
  readonly items: Set<number>;
}

/** Checks a value; gives whether it is valid, and tells the run what is not. */
export type Validator = (value: Json, path: Path | undefined, run: Run, evaluated: Evaluated | undefined) => boolean;

/** The state of one check. */
export class Run {
  readonly problems: SchemaProblem[] = [];
  #steps = 0;
  #depth = 0;
  #quiet = 0;

  /** Notes a problem, unless the outcome only decides between branches; always false. */
  fail(path: Path | undefined, message: string): false {
    if (this.#quiet > 0) return false;
    if (this.problems.length >= maxSchemaProblems) throw new CheckEnd(`there are more than ${maxSchemaProblems} problems`);
    this.problems.push({ pointer: pointerOf(path), message });
    return false;
  }

  /** Counts work that is not the application of a schema. */
  spend(steps: number): void {
    this.#steps += steps;
    if (this.#steps > maxSchemaSteps) throw new CheckEnd(`checking the value takes more than ${maxSchemaSteps} steps`);
  }

  /** Applies a schema. */
  apply(validator: Validator, value: Json, path: Path | undefined, evaluated: Evaluated | undefined): boolean {
    this.spend(1);
    if (++this.#depth > maxSchemaDepth) throw new CheckEnd(`schemas lie more than ${maxSchemaDepth} levels deep in one another`);
    const valid = validator(value, path, this, evaluated);
    this.#depth--;
    return valid;
  }

  /** Applies a schema whose failure is no problem in itself. */
  test(validator: Validator, value: Json, path: Path | undefined, evaluated: Evaluated | undefined): boolean {
    this.#quiet++;
    const valid = this.apply(validator, value, path, evaluated);
    this.#quiet--;
    return valid;
  }
}

function pointerOf(path: Path | undefined): string {
  let pointer = "";
  for (let at = path; at !== undefined; at = at.parent) pointer = `/${escapePointer(String(at.key))}${pointer}`;
  return pointer;
}
