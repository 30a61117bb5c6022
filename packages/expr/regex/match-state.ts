// What a match in progress has done and may still try: registers, and the stack of the ways back.
//
// The stack holds entries of three numbers:
//   (pc, position, -1)      go on at pc from position
//   (pc, position, least)   a loop passed up to position: go on at pc from one code point less, not below least
//   (~register, value, 0)   put the value back into the register
// Entries of the last kind undo captures, counters and saved positions on the way back.

import { RegexBudgetExceeded } from "./budget.ts";

/** Entries of the stack beyond this end the match as if its budget were exhausted. */
export const maxStackEntries = 4_000_000;

/** Numbers of an entry. */
const entrySize = 3;

const initialSize = 64 * entrySize;
/** A larger stack is let go after the match. */
const keptSize = 4096 * entrySize;

export class MatchState {
  readonly registers: Int32Array;
  entries = new Int32Array(initialSize);
  /** Where the next entry goes. */
  top = 0;

  constructor(registerCount: number) {
    this.registers = new Int32Array(registerCount);
  }

  /** Forgets everything: no register is set, nothing is left to try. */
  reset(): void {
    this.registers.fill(-1);
    this.top = 0;
  }

  /** Lets go of memory that only an unusual match needed. */
  release(): void {
    if (this.entries.length > keptSize) this.entries = new Int32Array(initialSize);
  }

  get(register: number): number {
    return this.registers[register] as number;
  }

  /** Changes a register so that going back restores it. */
  set(register: number, value: number): void {
    if (this.top > 0) this.remember(~register, this.get(register), 0);
    this.registers[register] = value;
  }

  /** Adds an entry; see the head of this file. */
  remember(pc: number, position: number, least: number): void {
    if (this.top + entrySize > this.entries.length) this.#grow();
    const { entries, top } = this;
    entries[top] = pc;
    entries[top + 1] = position;
    entries[top + 2] = least;
    this.top = top + entrySize;
  }

  #grow(): void {
    const limit = maxStackEntries * entrySize;
    if (this.entries.length >= limit) throw new RegexBudgetExceeded("there is too much to go back to");
    const larger = new Int32Array(Math.min(this.entries.length * 2, limit));
    larger.set(this.entries);
    this.entries = larger;
  }

  /** Restores registers down to the last way back, which `top` then points at; false where none is left. */
  rewind(): boolean {
    while (this.top > 0) {
      this.top -= entrySize;
      if (!this.#restored()) return true;
    }
    return false;
  }

  /** Forgets the ways back above a height and restores the registers. */
  unwind(height: number): void {
    while (this.top > height) {
      this.top -= entrySize;
      this.#restored();
    }
  }

  /** Undoes the entry at the top if it belongs to a register. */
  #restored(): boolean {
    const pc = this.entries[this.top] as number;
    if (pc >= 0) return false;
    this.registers[~pc] = this.entries[this.top + 1] as number;
    return true;
  }

  /** Forgets the ways back above a height, but not how to restore the registers; gives how many entries that touched. */
  cut(height: number): number {
    const { entries, top } = this;
    let kept = height;
    for (let entry = height; entry < top; entry += entrySize) {
      if ((entries[entry] as number) >= 0) continue;
      entries.copyWithin(kept, entry, entry + entrySize);
      kept += entrySize;
    }
    this.top = kept;
    return (top - height) / entrySize;
  }
}
