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
  /** target: remember the target, go on. */
  split: 3,
  /** target: remember the next instruction, go to the target. */
  splitTo: 4,
  /** target */
  jump: 5,
  /** set, min, max, 1 or 0: as many as possible, then fewer or not. */
  loop: 6,
  /** group */
  groupStart: 8,
  /** group */
  groupEnd: 9,
  match: 10,
  /** set, target: remember the target, go on; or first pass over characters of the set that the next instruction refuses. */
  lazySplit: 31,
  /** Instructions from here on are carried out by `Machine.control`. */
  anchor: 11,
  backreference: 12,
  setRegister: 13,
  countedLoop: 14,
  countedNext: 15,
  emptyStart: 16,
  emptyEnd: 17,
  mark: 18,
  cut: 19,
  cutAndFail: 20,
  savePosition: 21,
  restorePosition: 22,
  stepBack: 23,
  call: 24,
  return: 25,
  groupCheck: 26,
  keep: 27,
  grapheme: 28,
  fail: 29,
  /** group, register: the group began where the register says. */
  groupEndFrom: 30,
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
