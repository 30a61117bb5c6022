// The backtracking machine. It never recurses: what is still to be tried lies on a stack of its own, so neither a
// long text nor a deep pattern can overflow the host's stack, and every instruction is charged to a budget.

import { anchorHolds, anchorOrder } from "./anchors.ts";
import { charge, quickCharacters, type RegexBudget } from "./budget.ts";
import { CallFrames } from "./call-frames.ts";
import { foldCode } from "./case-fold.ts";
import type { CharSet } from "./char-set.ts";
import { graphemeEnd } from "./graphemes.ts";
import { MatchState } from "./match-state.ts";
import { Op, type Program } from "./program.ts";
import { after, before, passAll, passOne, skip } from "./text-cursor.ts";

/** What an instruction gives that fails, instead of the next one or of a place in the text. */
const failed = -1;

/** A text to be searched, and at whose expense. */
export interface Subject {
  readonly text: string;
  readonly searchStart: number;
  readonly budget: RegexBudget;
}

const nothing: Subject = { text: "", searchStart: 0, budget: { steps: 0 } };

/** Runs one program on one subject at a time. */
export class Machine {
  readonly #program: Program;
  readonly #state: MatchState;
  readonly #frames = new CallFrames();
  readonly #frameBase: number;
  #subject = nothing;
  #position = 0;

  constructor(program: Program) {
    this.#program = program;
    this.#state = new MatchState(program.registerCount);
    this.#frameBase = 2 * (program.groupCount + 1);
  }

  /** Where the groups of the last match begin and end; the next match overwrites it. */
  get registers(): Int32Array {
    return this.#state.registers;
  }

  begin(subject: Subject): void {
    this.#subject = subject;
  }

  /** Lets go of the subject and of memory that only an unusual match needed. */
  end(): void {
    this.#subject = nothing;
    this.#frames.clear();
    this.#state.release();
  }

  /** True if a match begins at a place of the text and `accepts` its end; otherwise every other way has been tried. */
  matchesAt(start: number, accepts: (end: number) => boolean): boolean {
    charge(this.#subject.budget, this.#state.registers.length >> 4);
    this.#state.reset();
    this.#state.registers[0] = start;
    return this.#run(start, accepts);
  }

  /** Carries out the program from its beginning. The frequent instructions stand here. */
  #run(start: number, accepts: (end: number) => boolean): boolean {
    const { code, strings, sets } = this.#program;
    const { text, budget } = this.#subject;
    const state = this.#state;
    let pc = 0;
    let at = start;
    for (;;) {
      if (--budget.steps < 0) charge(budget, 0);
      const operand = code[pc + 1] as number;
      let end = at;
      let next = pc + 2;
      switch (code[pc]) {
        case Op.char:
          end = at < text.length && text.charCodeAt(at) === operand ? at + 1 : failed;
          break;
        case Op.text:
          end = this.#passText(strings[operand] as string, at);
          break;
        case Op.set:
          end = passOne(text, at, sets[operand] as CharSet);
          break;
        case Op.loop:
          end = this.#loop(pc, at);
          next = pc + 5;
          break;
        case Op.split:
          state.remember(operand, at, -1);
          break;
        case Op.splitTo:
          state.remember(next, at, -1);
          next = operand;
          break;
        case Op.jump:
          next = operand;
          break;
        case Op.savePosition:
          state.set(operand, at);
          break;
        case Op.anchor:
          if (!this.#holds(operand, at)) end = failed;
          break;
        case Op.match:
          if (accepts(at)) return true;
          end = failed;
          break;
        default:
          next = this.#control(pc, at);
          end = next === failed ? failed : this.#position;
      }
      if (end === failed) {
        next = this.#goBack();
        if (next === failed) return false;
        end = this.#position;
      }
      pc = next;
      at = end;
    }
  }

  /** Goes back to what was remembered last: the instruction to go on with, and `#position`; or `failed`. */
  #goBack(): number {
    const state = this.#state;
    if (!state.rewind()) return failed;
    const { entries, top } = state;
    const pc = entries[top] as number;
    const position = entries[top + 1] as number;
    const least = entries[top + 2] as number;
    this.#position = least < 0 ? position : this.#giveBack(pc, position, least);
    return pc;
  }

  /** Shortens what a loop passed over by one code point, or by as many as it takes to reach a wanted character. */
  #giveBack(pc: number, end: number, least: number): number {
    const { text, budget } = this.#subject;
    const wanted = this.#wantedUnit(pc);
    let at = before(text, end, least);
    if (wanted !== -1) {
      while (at > least && text.charCodeAt(at) !== wanted) at--;
      charge(budget, end - at);
    }
    if (at > least) this.#state.remember(pc, at, least);
    return at;
  }

  /** The code unit without which the instruction fails, or -1. */
  #wantedUnit(pc: number): number {
    const { code, strings } = this.#program;
    const operand = code[pc + 1] as number;
    if (code[pc] === Op.char) return operand;
    return code[pc] === Op.text ? (strings[operand] as string).charCodeAt(0) : -1;
  }

  #operand(at: number): number {
    return this.#program.code[at] as number;
  }

  /** Carries out the less frequent instructions: the next one, and `#position`; or `failed`. */
  #control(pc: number, at: number): number {
    const operand = this.#operand(pc + 1);
    this.#position = at;
    switch (this.#operand(pc)) {
      case Op.lazySplit:
        return this.#lazySplit(pc, at);
      case Op.backreference:
        return this.#moveTo(this.#passGroup(operand, at), pc + 2);
      case Op.groupCheck:
        return this.#isAnySet(operand) ? pc + 3 : this.#operand(pc + 2);
      case Op.grapheme:
        return this.#moveTo(this.#passGrapheme(at), pc + 1);
      case Op.fail:
        return failed;
      default:
        return this.#controlLoop(pc, operand, at);
    }
  }

  /** Registers, and the loops that need them. */
  #controlLoop(pc: number, operand: number, at: number): number {
    switch (this.#operand(pc)) {
      case Op.setRegister:
        this.#state.set(operand, this.#operand(pc + 2));
        return pc + 3;
      case Op.copyRegister:
        this.#state.set(operand, this.#state.get(this.#operand(pc + 2)));
        return pc + 3;
      case Op.countedLoop:
        return this.#countedLoop(pc, at);
      case Op.countedNext:
        this.#state.set(operand, this.#state.get(operand) + 1);
        return this.#operand(pc + 2);
      case Op.emptyStart:
        this.#emptyStart(operand, at);
        return pc + 2;
      case Op.emptyEnd:
        return this.#emptyEnd(operand, at, pc + 2);
      default:
        return this.#controlScope(pc, operand, at);
    }
  }

  /** Atomic groups, look-around and calls. */
  #controlScope(pc: number, operand: number, at: number): number {
    const { budget } = this.#subject;
    switch (this.#operand(pc)) {
      case Op.mark:
        this.#state.set(operand, 0);
        this.#state.registers[operand] = this.#state.top;
        return pc + 2;
      case Op.cut:
        charge(budget, this.#state.cut(this.#state.get(operand)));
        return pc + 2;
      case Op.cutAndFail:
        this.#state.unwind(this.#state.get(operand));
        return failed;
      case Op.restorePosition:
        return this.#moveTo(this.#state.get(operand), pc + 2);
      case Op.stepBack:
        return this.#moveTo(this.#stepBack(operand, at), pc + 2);
      case Op.call:
        return this.#frames.enter(this.#state, this.#frameBase, pc + 2, budget) ? operand : failed;
      case Op.return:
        return this.#frames.leave(this.#state, this.#frameBase);
      default:
        return failed;
    }
  }

  #moveTo(position: number, next: number): number {
    this.#position = position;
    return position === failed ? failed : next;
  }

  #passText(expected: string, at: number): number {
    if (expected.length > quickCharacters) charge(this.#subject.budget, expected.length / quickCharacters);
    return this.#subject.text.startsWith(expected, at) ? at + expected.length : failed;
  }

  /** Passes over what a loop over one set takes, no further than the budget reaches. */
  #loop(pc: number, at: number): number {
    const { code, sets } = this.#program;
    const { text, budget } = this.#subject;
    const most = Math.min(code[pc + 3] as number, budget.steps + 1);
    const end = passAll(text, at, sets[code[pc + 1] as number] as CharSet, most);
    charge(budget, end - at);
    const least = skip(text, at, end, code[pc + 2] as number);
    if (least === -1) return failed;
    if (end > least && code[pc + 4] === 1) this.#state.remember(pc + 5, end, least);
    return end;
  }

  /** Passes over what a lazy loop must take before the next instruction can hold. */
  #lazySplit(pc: number, at: number): number {
    const { text, budget } = this.#subject;
    const set = this.#program.sets[this.#operand(pc + 1)] as CharSet;
    const wanted = this.#wantedUnit(pc + 3);
    if (wanted !== -1) {
      let end = at;
      while (end !== failed && text.charCodeAt(end) !== wanted) {
        charge(budget, 1);
        end = passOne(text, end, set);
      }
      if (end === failed) return failed;
      this.#position = end;
    }
    this.#state.remember(this.#operand(pc + 2), this.#position, -1);
    return pc + 3;
  }

  #countedLoop(pc: number, at: number): number {
    const count = this.#state.get(this.#operand(pc + 1));
    const body = pc + 6;
    const exit = this.#operand(pc + 5);
    if (count < this.#operand(pc + 2)) return body;
    if (count >= this.#operand(pc + 3)) return exit;
    const isLazy = this.#operand(pc + 4) === 1;
    this.#state.remember(isLazy ? body : exit, at, -1);
    return isLazy ? exit : body;
  }

  #emptyStart(index: number, at: number): void {
    const check = this.#program.emptyChecks[index];
    if (check === undefined) return;
    const state = this.#state;
    state.set(check.register, at);
    for (const { group, saved } of check.groups) {
      state.set(saved, state.get(2 * group));
      state.set(saved + 1, state.get(2 * group + 1));
    }
    charge(this.#subject.budget, check.groups.length);
  }

  /**
   * After a round that consumed nothing the loop ends, unless a watched group came to be set; where such a group only
   * moved from one empty place to another, the round was in vain.
   */
  #emptyEnd(index: number, at: number, next: number): number {
    const check = this.#program.emptyChecks[index];
    const state = this.#state;
    if (check === undefined || state.get(check.register) !== at) return next;
    let moved = false;
    for (const { group, saved } of check.groups) {
      const start = state.get(saved);
      const end = state.get(saved + 1);
      if (state.get(2 * group) === start && state.get(2 * group + 1) === end) continue;
      if (end === -1 || start !== end) return next;
      moved = true;
    }
    return moved ? failed : check.exit;
  }

  #stepBack(width: number, at: number): number {
    const { text, budget } = this.#subject;
    charge(budget, width);
    let start = at;
    for (let count = 0; count < width; count++) {
      if (start === 0) return failed;
      start = before(text, start, 0);
    }
    return start;
  }

  #holds(anchor: number, at: number): boolean {
    const { text, searchStart } = this.#subject;
    return anchorHolds(anchorOrder[anchor] ?? "text-end", text, at, searchStart);
  }

  #isAnySet(index: number): boolean {
    const groups = this.#program.references[index]?.groups ?? [];
    return groups.some((group) => this.#state.get(2 * group + 1) !== -1);
  }

  /** Passes over what the first group that is set matched; a group that is still open is not set. */
  #passGroup(index: number, at: number): number {
    const reference = this.#program.references[index];
    for (const group of reference?.groups ?? []) {
      const start = this.#state.get(2 * group);
      const end = this.#state.get(2 * group + 1);
      const passed = end === -1 ? failed : this.#passCopy(start, end, at, reference?.ignoreCase === true);
      if (passed !== failed) return passed;
    }
    return failed;
  }

  /** Passes over a copy of the text from `start` to `end`. */
  #passCopy(start: number, end: number, at: number, ignoreCase: boolean): number {
    const { text, budget } = this.#subject;
    charge(budget, end - start);
    if (!ignoreCase) return text.startsWith(text.slice(start, end), at) ? at + end - start : failed;
    let to = at;
    for (let from = start; from < end; from = after(text, from)) {
      if (to >= text.length || foldCode(text.codePointAt(from) ?? 0) !== foldCode(text.codePointAt(to) ?? 0)) return failed;
      to = after(text, to);
    }
    return to;
  }

  #passGrapheme(at: number): number {
    const { text, budget } = this.#subject;
    if (at >= text.length) return failed;
    const end = graphemeEnd(text, at);
    charge(budget, end - at);
    return end;
  }
}
