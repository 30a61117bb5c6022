// The backtracking machine. It never recurses: what is still to be tried lies on a stack of its own, so neither a
// long text nor a deep pattern can overflow the host's stack, and every instruction is charged to a budget.

import { anchorHolds, anchorOrder } from "./anchors.ts";
import { RegexBudgetExceeded, type RegexBudget } from "./budget.ts";
import { foldCode } from "./case-fold.ts";
import { graphemeEnd } from "./graphemes.ts";
import { MatchState } from "./match-state.ts";
import { Op, type Program } from "./program.ts";
import { after, before, countCodePoints, passAll, passOne } from "./text-cursor.ts";

/** Numbers in the frames of calls beyond this end the match as if its budget were exhausted. */
const maxFrameNumbers = 16_000_000;

/** Calls of groups inside of each other beyond this fail, as they do in Oniguruma. */
export const maxCallDepth = 20;

/** Characters that the host's own search passes over in the time of a step. */
const quickScan = 16;

/** What an instruction gives that fails, instead of the next one. */
const failed = -1;

/** How a match is chosen among the possible ones. */
export interface Preference {
  /** The longest of all, wherever it begins, instead of the first. */
  readonly longest: boolean;
  /** None that is empty. */
  readonly notEmpty: boolean;
}

/** Runs one program; not reentrant. */
export class Machine {
  readonly #program: Program;
  readonly #preference: Preference;
  readonly #state: MatchState;
  #frames: number[] = [];
  #text = "";
  #searchStart = 0;
  #start = 0;
  #position = 0;
  #steps = 0;
  #bestLength = -1;
  #best: Int32Array | undefined;

  constructor(program: Program, preference: Preference) {
    this.#program = program;
    this.#preference = preference;
    this.#state = new MatchState(program.registerCount);
  }

  /** Searches from an offset on: the registers of the groups, which the next search overwrites, or undefined. */
  search(text: string, from: number, budget: RegexBudget): Int32Array | undefined {
    this.#text = text;
    this.#searchStart = from;
    this.#steps = budget.steps;
    this.#bestLength = -1;
    try {
      return this.#firstMatch(from) ? (this.#best ?? this.#state.registers) : undefined;
    } finally {
      budget.steps = Math.max(0, this.#steps);
      this.#text = "";
      this.#best = undefined;
      this.#frames.length = 0;
      this.#state.release();
    }
  }

  #firstMatch(from: number): boolean {
    for (let at = this.#nextStart(from); at !== -1; at = this.#nextStart(after(this.#text, at))) {
      if (this.#matchesAt(at)) return true;
    }
    return this.#bestLength >= 0;
  }

  /** The first place from `at` on where a match can begin, or -1. */
  #nextStart(at: number): number {
    const text = this.#text;
    const { plan } = this.#program;
    if (at > text.length) return -1;
    switch (plan.kind) {
      case "text-start":
        return at === 0 ? 0 : -1;
      case "search-start":
        return at === this.#searchStart ? at : -1;
      case "text":
        return this.#passed(at, text.indexOf(plan.text, at), quickScan);
      case "set": {
        let next = at;
        while (next < text.length && passOne(text, next, plan.set) === -1) next = after(text, next);
        return this.#passed(at, next < text.length ? next : -1, 1);
      }
      case "everywhere":
        return at;
    }
  }

  #passed(from: number, to: number, perStep: number): number {
    this.#charge(Math.ceil(((to === -1 ? this.#text.length : to) - from) / perStep));
    return to;
  }

  #charge(steps: number): void {
    this.#steps -= steps;
    if (this.#steps < 0) throw new RegexBudgetExceeded("the step budget is exhausted");
  }

  #matchesAt(at: number): boolean {
    this.#state.reset();
    this.#state.registers[0] = at;
    this.#start = at;
    return this.#run(at);
  }

  /** Accepts the match that ends here, or wants another one. */
  #accepts(end: number): boolean {
    const { longest, notEmpty } = this.#preference;
    if (notEmpty && end === this.#start) return false;
    this.#state.registers[1] = end;
    if (!longest) return true;
    if (end - this.#start > this.#bestLength) {
      this.#bestLength = end - this.#start;
      this.#best = this.#state.registers.slice();
    }
    return false;
  }

  /** Carries out the program from its beginning at a place of the text. The frequent instructions stand here. */
  #run(from: number): boolean {
    const { code, strings, sets } = this.#program;
    const text = this.#text;
    let pc = 0;
    let at = from;
    for (;;) {
      if (--this.#steps < 0) this.#charge(0);
      const operand = code[pc + 1] as number;
      switch (code[pc]) {
        case Op.char:
          if (at < text.length && text.charCodeAt(at) === operand) {
            at++;
            pc += 2;
            continue;
          }
          break;
        case Op.text: {
          const expected = strings[operand] as string;
          if (text.startsWith(expected, at)) {
            at += expected.length;
            pc += 2;
            continue;
          }
          break;
        }
        case Op.set: {
          const end = passOne(text, at, sets[operand] as (typeof sets)[number]);
          if (end !== -1) {
            at = end;
            pc += 2;
            continue;
          }
          break;
        }
        case Op.split:
          this.#state.remember(operand, at, -1);
          pc += 2;
          continue;
        case Op.splitTo:
          this.#state.remember(pc + 2, at, -1);
          pc = operand;
          continue;
        case Op.jump:
          pc = operand;
          continue;
        case Op.match:
          if (this.#accepts(at)) return true;
          break;
        default: {
          const next = this.#control(pc, at);
          if (next !== failed) {
            pc = next;
            at = this.#position;
            continue;
          }
        }
      }
      pc = this.#backtrack();
      if (pc === failed) return false;
      at = this.#position;
    }
  }

  /** Goes back to what was remembered last: the instruction to go on with, and `#position`; or nothing is left. */
  #backtrack(): number {
    const state = this.#state;
    if (!state.rewind()) return failed;
    const pc = state.entries[state.top] as number;
    const position = state.entries[state.top + 1] as number;
    const least = state.entries[state.top + 2] as number;
    if (least >= 0) return this.#giveBack(pc, position, least);
    this.#position = position;
    return pc;
  }

  /** Shortens what a loop passed over by one code point, or by as many as it takes to reach a wanted character. */
  #giveBack(pc: number, end: number, least: number): number {
    const { code } = this.#program;
    let at = before(this.#text, end, least);
    if (code[pc] === Op.char) {
      const wanted = code[pc + 1];
      while (at > least && this.#text.charCodeAt(at) !== wanted) at--;
      this.#charge(end - at);
    }
    if (at > least) this.#state.remember(pc, at, least);
    this.#position = at;
    return pc;
  }

  #operand(at: number): number {
    return this.#program.code[at] as number;
  }

  /** Carries out the less frequent instructions: the next one, and `#position`; or `failed`. */
  #control(pc: number, at: number): number {
    const operand = this.#operand(pc + 1);
    this.#position = at;
    switch (this.#operand(pc)) {
      case Op.loop:
        return this.#loop(pc, at, true);
      case Op.loopAll:
        return this.#loop(pc, at, false);
      case Op.groupStart:
        this.#state.set(2 * operand, at);
        this.#state.set(2 * operand + 1, -1);
        return pc + 2;
      case Op.groupEnd:
        this.#state.set(2 * operand + 1, at);
        return pc + 2;
      case Op.groupEndFrom:
        this.#state.set(2 * operand, this.#state.get(this.#operand(pc + 2)));
        this.#state.set(2 * operand + 1, at);
        return pc + 3;
      case Op.anchor:
        return this.#holds(operand, at) ? pc + 2 : failed;
      case Op.backreference:
        return this.#repeatsGroup(operand, at) ? pc + 2 : failed;
      case Op.groupCheck:
        return this.#isAnySet(operand) ? pc + 3 : this.#operand(pc + 2);
      case Op.keep:
        this.#state.set(0, at);
        return pc + 1;
      case Op.grapheme:
        return this.#passGrapheme(at) ? pc + 1 : failed;
      default:
        return this.#controlLoop(pc, operand, at);
    }
  }

  /** Loops with counters and checks. */
  #controlLoop(pc: number, operand: number, at: number): number {
    switch (this.#operand(pc)) {
      case Op.setRegister:
        this.#state.set(operand, this.#operand(pc + 2));
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
    switch (this.#operand(pc)) {
      case Op.mark:
        this.#state.set(operand, 0);
        this.#state.registers[operand] = this.#state.top;
        return pc + 2;
      case Op.cut:
        this.#charge(this.#state.cut(this.#state.get(operand)));
        return pc + 2;
      case Op.cutAndFail:
        this.#state.unwind(this.#state.get(operand));
        return failed;
      case Op.savePosition:
        this.#state.set(operand, at);
        return pc + 2;
      case Op.restorePosition:
        this.#position = this.#state.get(operand);
        return pc + 2;
      case Op.stepBack:
        return this.#stepBack(operand, at) ? pc + 2 : failed;
      case Op.call:
        return this.#call(pc, operand);
      case Op.return:
        return this.#return();
      default:
        return failed;
    }
  }

  #loop(pc: number, at: number, givesBack: boolean): number {
    const set = this.#program.sets[this.#operand(pc + 1)];
    if (set === undefined) return failed;
    const min = this.#operand(pc + 2);
    const text = this.#text;
    const end = passAll(text, at, set, this.#operand(pc + 3));
    this.#charge(end - at);
    let least = at;
    if (min > 0) {
      if (end - at < min || countCodePoints(text, at, end, min) < min) return failed;
      for (let count = 0; count < min; count++) least = after(text, least);
    }
    if (givesBack && end > least) this.#state.remember(pc + 4, end, least);
    this.#position = end;
    return pc + 4;
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
    this.#state.set(check.register, at);
    for (const { group, saved } of check.groups) {
      this.#state.set(saved, this.#state.get(2 * group));
      this.#state.set(saved + 1, this.#state.get(2 * group + 1));
    }
  }

  /**
   * After a round that consumed nothing the loop ends, unless a watched group came to be set; where such a group only
   * moved from one empty place to another, the round was in vain.
   */
  #emptyEnd(index: number, at: number, next: number): number {
    const check = this.#program.emptyChecks[index];
    if (check === undefined || this.#state.get(check.register) !== at) return next;
    let moved = false;
    for (const { group, saved } of check.groups) {
      const start = this.#state.get(saved);
      const end = this.#state.get(saved + 1);
      if (this.#state.get(2 * group) === start && this.#state.get(2 * group + 1) === end) continue;
      if (end === -1 || start !== end) return next;
      moved = true;
    }
    return moved ? failed : check.exit;
  }

  #stepBack(width: number, at: number): boolean {
    let start = at;
    for (let count = 0; count < width; count++) {
      if (start === 0) return false;
      start = before(this.#text, start, 0);
    }
    this.#charge(width);
    this.#position = start;
    return true;
  }

  #holds(anchor: number, at: number): boolean {
    return anchorHolds(anchorOrder[anchor] ?? "text-end", this.#text, at, this.#searchStart);
  }

  #isAnySet(index: number): boolean {
    const groups = this.#program.references[index]?.groups ?? [];
    return groups.some((group) => this.#state.get(2 * group + 1) !== -1);
  }

  /** Passes over what the first group that is set matched; a group that is still open is not set. */
  #repeatsGroup(index: number, at: number): boolean {
    const reference = this.#program.references[index];
    for (const group of reference?.groups ?? []) {
      const end = this.#state.get(2 * group + 1);
      if (end === -1) continue;
      const start = this.#state.get(2 * group);
      const same = this.#passCopy(start, end, at, reference?.ignoreCase === true);
      if (same === -1) continue;
      this.#position = same;
      return true;
    }
    return false;
  }

  /** The end of a copy, at `at`, of the text from `start` to `end`; or -1. */
  #passCopy(start: number, end: number, at: number, ignoreCase: boolean): number {
    const text = this.#text;
    this.#charge(end - start);
    if (!ignoreCase) return text.startsWith(text.slice(start, end), at) ? at + end - start : -1;
    let from = start;
    let to = at;
    while (from < end) {
      if (to >= text.length || foldCode(text.codePointAt(from) ?? 0) !== foldCode(text.codePointAt(to) ?? 0)) return -1;
      from = after(text, from);
      to = after(text, to);
    }
    return to;
  }

  #passGrapheme(at: number): boolean {
    if (at >= this.#text.length) return false;
    this.#position = graphemeEnd(this.#text, at);
    this.#charge(this.#position - at);
    return true;
  }

  /**
   * A call leaves a frame: where to return, the caller's frame, the depth, and the caller's scratch registers. Frames
   * are never overwritten while something remembered may go back into them.
   */
  #call(pc: number, target: number): number {
    const base = this.#frameRegister();
    const parent = this.#state.get(base);
    const depth = parent === -1 ? 0 : (this.#frames[parent + 2] ?? 0);
    if (depth >= maxCallDepth) return failed;
    const frame = Math.max(this.#state.get(base + 1), 0);
    if (frame > maxFrameNumbers) throw new RegexBudgetExceeded("too many calls of groups");
    this.#frames.length = frame;
    this.#frames.push(pc + 2, parent, depth + 1, ...this.#state.registers.subarray(base + 2));
    this.#state.set(base, frame);
    this.#state.set(base + 1, this.#frames.length);
    return target;
  }

  #return(): number {
    const base = this.#frameRegister();
    const frame = this.#state.get(base);
    for (let register = base + 2; register < this.#state.registers.length; register++) {
      const value = this.#frames[frame + 1 + register - base] ?? 0;
      if (value !== this.#state.get(register)) this.#state.set(register, value);
    }
    this.#state.set(base, this.#frames[frame + 1] ?? -1);
    return this.#frames[frame] ?? failed;
  }

  /** The register of the current frame; the next one holds where the next frame goes. */
  #frameRegister(): number {
    return 2 * (this.#program.groupCount + 1);
  }
}
