// Calls of groups (`\g<name>`). A call leaves a frame: where to return, the caller's frame, the depth, and a copy of
// the scratch registers, so that a group that runs inside of itself finds its counters again.
//
// Two registers belong to the frames: the current one, and where the next one goes. Being registers they are restored
// on the way back, and a frame is never overwritten while something may go back into it.

import { charge, RegexBudgetExceeded, type RegexBudget } from "./budget.ts";
import type { MatchState } from "./match-state.ts";

/** Calls inside of each other beyond this fail, as they do in Oniguruma. */
export const maxCallDepth = 20;

/** Numbers in all frames; beyond this a match ends as if its budget were exhausted. */
const maxFrameNumbers = 16_000_000;

/** The registers of the frames, followed by the scratch registers. */
export const frameRegisters = 2;

export class CallFrames {
  #numbers: number[] = [];

  /** Leaves a frame that returns to `pc`; false where the calls are nested too deeply. */
  enter(state: MatchState, base: number, pc: number, budget: RegexBudget): boolean {
    const caller = state.get(base);
    const depth = caller === -1 ? 0 : (this.#numbers[caller + 2] ?? 0);
    if (depth >= maxCallDepth) return false;
    const frame = Math.max(state.get(base + 1), 0);
    if (frame > maxFrameNumbers) throw new RegexBudgetExceeded("there are too many calls of groups");
    charge(budget, state.registers.length - base);
    this.#numbers.length = frame;
    this.#numbers.push(pc, caller, depth + 1);
    for (const value of state.registers.subarray(base + frameRegisters)) this.#numbers.push(value);
    state.set(base, frame);
    state.set(base + 1, this.#numbers.length);
    return true;
  }

  /** Takes up the caller's frame and scratch registers again and gives where to go on. */
  leave(state: MatchState, base: number): number {
    const frame = state.get(base);
    const [pc = 0, caller = -1] = this.#numbers.slice(frame, frame + 2);
    const scratch = base + frameRegisters;
    for (let register = scratch; register < state.registers.length; register++) {
      const value = this.#numbers[frame + 3 + register - scratch] ?? 0;
      if (value !== state.get(register)) state.set(register, value);
    }
    state.set(base, caller);
    return pc;
  }

  /** Lets go of all frames. */
  clear(): void {
    this.#numbers = [];
  }
}
