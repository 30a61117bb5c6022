// The search for a match in a text: tries the places where one can begin, and chooses among the matches.

import { charge, quickCharacters, type RegexBudget } from "./budget.ts";
import type { CharSet } from "./char-set.ts";
import { Machine } from "./machine.ts";
import type { Program } from "./program.ts";
import { after, findOne, passAll } from "./text-cursor.ts";

/** How a match is chosen among the possible ones. */
export interface Preference {
  /** The longest of all, wherever it begins, instead of the first. */
  readonly longest: boolean;
  /** None that is empty. */
  readonly notEmpty: boolean;
}

/** More repetitions than any text has characters. */
const unlimited = 0x7fffffff;

/** Searches with one program; not reentrant. */
export class Searcher {
  readonly #program: Program;
  readonly #preference: Preference;
  readonly #machine: Machine;
  readonly #accepts = (end: number) => this.#accept(end);
  #start = 0;
  #longest: Int32Array | undefined;
  #longestLength = -1;

  constructor(program: Program, preference: Preference) {
    this.#program = program;
    this.#preference = preference;
    this.#machine = new Machine(program);
  }

  /** Searches from an offset on: where the groups begin and end, which the next search overwrites, or undefined. */
  search(text: string, from: number, budget: RegexBudget): Int32Array | undefined {
    const machine = this.#machine;
    this.#longest = undefined;
    this.#longestLength = -1;
    machine.begin({ text, searchStart: from, budget });
    try {
      return this.#tryAll(text, from, budget) ? machine.registers : this.#longest;
    } finally {
      machine.end();
    }
  }

  #tryAll(text: string, from: number, budget: RegexBudget): boolean {
    let at = this.#nextStart(text, from, from, budget);
    while (at !== -1) {
      this.#start = at;
      if (this.#machine.matchesAt(at, this.#accepts)) return true;
      at = this.#nextStart(text, this.#afterFailure(text, at), from, budget);
    }
    return false;
  }

  /** Accepts the match that ends here, or wants another one. */
  #accept(end: number): boolean {
    const { longest, notEmpty } = this.#preference;
    if (notEmpty && end === this.#start) return false;
    const { registers } = this.#machine;
    registers[1] = end;
    if (!longest) return true;
    if (end - this.#start > this.#longestLength) {
      this.#longestLength = end - this.#start;
      this.#longest = registers.slice();
    }
    return false;
  }

  /** The first place from `at` on where a match can begin, or -1. */
  #nextStart(text: string, at: number, searchStart: number, budget: RegexBudget): number {
    const { plan } = this.#program;
    if (at > text.length) return -1;
    switch (plan.kind) {
      case "text-start":
        return at === 0 ? 0 : -1;
      case "search-start":
        return at === searchStart ? at : -1;
      case "text":
        return findText(text, at, plan.text, budget);
      case "set":
        return findSet(text, at, plan.set, budget);
      case "everywhere":
        return at;
    }
  }

  /** Where to look on after no match begins at `at`: a leading loop would only come to the same end again. */
  #afterFailure(text: string, at: number): number {
    const { run } = this.#program;
    const next = after(text, at);
    return run === undefined || this.#preference.longest ? next : Math.max(next, passAll(text, at, run, unlimited));
  }
}

function findText(text: string, from: number, wanted: string, budget: RegexBudget): number {
  const found = text.indexOf(wanted, from);
  charge(budget, Math.ceil(((found === -1 ? text.length : found) - from) / quickCharacters));
  return found;
}

/** Looks no further than the budget reaches. */
function findSet(text: string, from: number, set: CharSet, budget: RegexBudget): number {
  const found = findOne(text, from, Math.min(text.length, from + budget.steps + 1), set);
  charge(budget, found - from);
  return found < text.length ? found : -1;
}
