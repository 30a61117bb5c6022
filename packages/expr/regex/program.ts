// The program that a pattern is compiled to: instructions of a backtracking machine in one array of numbers.
//
// Registers: 2g and 2g+1 are where group g begins and ends (group 0 is the match), -1 where it is not set. Those
// above hold the counters and positions of loops, look-around and atomic groups.

import type { CharSet } from "./char-set.ts";
import type { SearchPlan } from "./search-plan.ts";

/** Instructions, with their operands. "Remember x" puts x where the machine goes when it fails. */
export const Op = {
  /** unit: one code unit that is a whole character. */
  char: 0,
  /** string: a text from `strings`. */
  text: 1,
  /** set: one code point of a set from `sets`. */
  set: 2,
  /** set, min, max, 1 or 0: as many as possible, then fewer or not. */
  loop: 3,
  /** target: remember the target, go on. */
  split: 4,
  /** target: remember the next instruction, go to the target. */
  splitTo: 5,
  /** target */
  jump: 6,
  /** register: keeps where the text stands. */
  savePosition: 7,
  /** anchor: its number in `anchorOrder`. */
  anchor: 8,
  match: 9,

  // Instructions from here on are carried out by `Machine.#control`.

  /** set, target: remember the target, go on; but first pass over characters of the set that the next instruction refuses. */
  lazySplit: 10,
  /** reference: a copy of what a group of `references` matched. */
  backreference: 11,
  /** reference, target: go to the target unless one of the groups is set. */
  groupCheck: 12,
  /** One grapheme cluster. */
  grapheme: 13,
  fail: 14,
  /** register, value */
  setRegister: 15,
  /** register, from */
  copyRegister: 16,
  /** counter, min, max, 1 if lazy, exit: whether to go round again. */
  countedLoop: 17,
  /** counter, target: a round more; go to the target. */
  countedNext: 18,
  /** check: a round of a loop from `emptyChecks` begins. */
  emptyStart: 19,
  /** check: the round ends. */
  emptyEnd: 20,
  /** register: keeps the height of the stack. */
  mark: 21,
  /** register: forget the ways back above the mark. */
  cut: 22,
  /** register: forget them and fail. */
  cutAndFail: 23,
  /** register: go back to where the text stood. */
  restorePosition: 24,
  /** width: so many code points back. */
  stepBack: 25,
  /** target */
  call: 26,
  return: 27,
} as const;

/** Guards a loop whose body may consume nothing: an idle round ends the loop. */
export interface EmptyCheck {
  readonly register: number;
  /** Where the loop goes on after an idle round. */
  exit: number;
  /** Groups whose change makes a round count although nothing was consumed, with two registers to remember each. */
  readonly groups: readonly { readonly group: number; readonly saved: number }[];
}

/** A compiled pattern. */
export interface Program {
  readonly code: Int32Array;
  readonly strings: readonly string[];
  readonly sets: readonly CharSet[];
  readonly references: readonly { readonly groups: readonly number[]; readonly ignoreCase: boolean }[];
  readonly emptyChecks: readonly EmptyCheck[];
  readonly groupCount: number;
  readonly registerCount: number;
  readonly plan: SearchPlan;
  /** The set of the loop that every match begins with, where a match from within a run of the set ends like one from its beginning. */
  readonly run: CharSet | undefined;
}
