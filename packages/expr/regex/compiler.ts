// From the syntax tree to the program of the machine.
//
// A group that is called anywhere becomes a subroutine, and its place in the pattern a call of it. Counters and
// saved positions get registers of their own, so that backtracking restores them like the groups.

import { anchorOrder } from "./anchors.ts";
import { capturesIn, countReferences, refuseEndlessCalls, Widths } from "./analysis.ts";
import { emptyNode, type Backreference, type Conditional, type Literal, type Look, type Node, type Pattern, type Repeat } from "./ast.ts";
import { frameRegisters } from "./call-frames.ts";
import { fullFoldOf, fullFoldsAt, variantSet } from "./case-fold.ts";
import { setOf, union, type CharSet } from "./char-set.ts";
import { prepareLookBehind } from "./look-behind.ts";
import { keepsAll, leadingRun, singleSet } from "./set-loops.ts";
import { Op, type EmptyCheck, type Program } from "./program.ts";
import { planSearch } from "./search-plan.ts";

/** Compiles a pattern. */
export function compilePattern(pattern: Pattern): Program {
  const widths = new Widths(pattern.groups);
  refuseEndlessCalls(pattern, widths);
  return new Compiler(pattern, widths).program();
}

/** A repetition without an upper bound. */
const unbounded = 0x7fffffff;

class Compiler {
  readonly #pattern: Pattern;
  readonly #widths: Widths;
  /** How often something refers to a group. */
  readonly #references: ReadonlyMap<number, number>;
  readonly #code: number[] = [];
  readonly #strings: string[] = [];
  readonly #sets = new Map<CharSet, number>();
  readonly #referred: { groups: readonly number[]; ignoreCase: boolean }[] = [];
  readonly #emptyChecks: EmptyCheck[] = [];
  readonly #callSites: { readonly at: number; readonly group: number }[] = [];
  #registers: number;

  constructor(pattern: Pattern, widths: Widths) {
    this.#pattern = pattern;
    this.#widths = widths;
    this.#references = countReferences(pattern.root);
    this.#registers = 2 * (pattern.groupNames.length + 1) + (pattern.called.size > 0 ? frameRegisters : 0);
  }

  program(): Program {
    const { root, called, groupNames } = this.#pattern;
    if (called.has(0)) this.#emitCall(0);
    else this.#node(root);
    this.#emit(Op.match);
    this.#subroutines();
    return {
      code: Int32Array.from(this.#code),
      strings: this.#strings,
      sets: [...this.#sets.keys()],
      references: this.#referred,
      emptyChecks: this.#emptyChecks,
      groupCount: groupNames.length,
      registerCount: this.#registers,
      plan: planSearch(this.#pattern),
      run: leadingRun(this.#pattern),
    };
  }

  #subroutines(): void {
    const addresses = new Map<number, number>();
    for (const group of this.#pattern.called) {
      addresses.set(group, this.#here());
      const body = this.#pattern.groups[group];
      if (group === 0) this.#node(this.#pattern.root);
      else if (body !== undefined) this.#group(group, body);
      this.#emit(Op.return);
    }
    for (const { at, group } of this.#callSites) this.#code[at] = addresses.get(group) ?? 0;
  }

  /**
   * A group that something refers to counts as not set while it is open. Where calls may bring a group back into
   * itself, it remembers where it began in a register that each call has for itself.
   */
  #group(group: number, body: Node): void {
    const start = this.#pattern.called.size > 0 ? this.#register() : 2 * group;
    this.#emit(Op.savePosition, start);
    if (this.#references.has(group)) this.#emit(Op.setRegister, 2 * group + 1, -1);
    this.#node(body);
    if (start !== 2 * group) this.#emit(Op.copyRegister, 2 * group, start);
    this.#emit(Op.savePosition, 2 * group + 1);
  }

  #here(): number {
    return this.#code.length;
  }

  #emit(...words: number[]): number {
    this.#code.push(...words);
    return this.#code.length - 1;
  }

  /** Emits an instruction whose last operand is a target not yet known; `#land` sets it to what comes next. */
  #land(at: number): void {
    this.#code[at] = this.#here();
  }

  /** Takes registers of the given number, which follow each other, and gives the first. */
  #register(count = 1): number {
    this.#registers += count;
    return this.#registers - count;
  }

  #emitCall(group: number): void {
    this.#callSites.push({ at: this.#emit(Op.call, 0), group });
  }

  #setIndex(set: CharSet): number {
    const index = this.#sets.get(set) ?? this.#sets.size;
    this.#sets.set(set, index);
    return index;
  }

  #node(node: Node): void {
    switch (node.kind) {
      case "empty":
        return;
      case "literal":
        return this.#literal(node);
      case "set":
        return this.#set(node.set);
      case "sequence":
        return this.#sequence(node.items);
      case "alternation":
        return this.#alternation(node.branches);
      case "repeat":
        return this.#repeat(node);
      case "capture":
        if (this.#pattern.called.has(node.group)) return this.#emitCall(node.group);
        return this.#group(node.group, node.body);
      case "atomic":
        return this.#atomic(node.body);
      case "look":
        return this.#look(node);
      case "backreference":
        return this.#backreference(node);
      case "conditional":
        return this.#conditional(node);
      case "call":
        return this.#emitCall(node.group);
      case "anchor":
        this.#emit(Op.anchor, anchorOrder.indexOf(node.anchor));
        return;
      case "keep":
        this.#emit(Op.savePosition, 0);
        return;
      case "grapheme":
      case "fail":
        this.#emit(Op[node.kind]);
    }
  }

  #sequence(items: readonly Node[]): void {
    for (const [index, item] of items.entries()) {
      const next = items[index + 1];
      if (item.kind === "repeat" && next !== undefined) this.#repeat(item, next);
      else this.#node(item);
    }
  }

  #alternation(branches: readonly Node[]): void {
    const ends = branches.slice(0, -1).map((branch) => this.#alternative(() => this.#node(branch)));
    this.#node(branches.at(-1) ?? emptyNode);
    for (const end of ends) this.#land(end);
  }

  #literal({ codes, fold }: Literal): void {
    if (fold === "exact") this.#exact(codes);
    else if (fold === "simple") for (const code of codes) this.#variants(code);
    else this.#folded(codes);
  }

  /** Whole characters are compared by code unit; a lone surrogate must not match half of a character. */
  #exact(codes: readonly number[]): void {
    let text = "";
    const flush = () => {
      if (text.length === 1) this.#emit(Op.char, text.charCodeAt(0));
      else if (text !== "") this.#emit(Op.text, this.#strings.push(text) - 1);
      text = "";
    };
    for (const code of codes) {
      if (code < 0xd800 || code > 0xdfff) text += String.fromCodePoint(code);
      else {
        flush();
        this.#set(setOf([code]));
      }
    }
    flush();
  }

  #set(set: CharSet): void {
    this.#emit(Op.set, this.#setIndex(set));
  }

  #variants(code: number): void {
    const set = variantSet(code);
    if (set === undefined) this.#exact([code]);
    else this.#set(set);
  }

  /** Each character matches its variants, what it folds to, and what folds to it and its neighbours. */
  #folded(codes: readonly number[]): void {
    const arrivals = new Map<number, number[]>();
    const arriveAt = (index: number, jump: number) => arrivals.set(index, [...(arrivals.get(index) ?? []), jump]);
    for (const [index, code] of codes.entries()) {
      for (const jump of arrivals.get(index) ?? []) this.#land(jump);
      for (const { folded, sources } of fullFoldsAt(codes, index)) {
        arriveAt(
          index + folded.length,
          this.#alternative(() => this.#set(sources)),
        );
      }
      const expanded = fullFoldOf(code);
      if (expanded === undefined) this.#variants(code);
      else {
        arriveAt(
          index + 1,
          this.#alternative(() => expanded.folded.forEach((one) => this.#variants(one))),
        );
        this.#set(union([expanded.sources, variantSet(code) ?? setOf([code])]));
      }
    }
    for (const jump of arrivals.get(codes.length) ?? []) this.#land(jump);
  }

  /** Emits an alternative to what comes next, and gives the jump at its end. */
  #alternative(emit: () => void): number {
    const split = this.#emit(Op.split, 0);
    emit();
    const jump = this.#emit(Op.jump, 0);
    this.#land(split);
    return jump;
  }

  #repeat(node: Repeat, next?: Node): void {
    if (node.max === 0) return;
    const set = singleSet(node.body);
    if (set !== undefined && (node.mode !== "lazy" || node.min === node.max)) this.#setLoop(node, set, next);
    else if (node.mode === "possessive") this.#atomic({ ...node, mode: "greedy" });
    else if (node.min === 0 && node.max === 1) this.#optional(node);
    else if (node.min <= 1 && node.max === Number.POSITIVE_INFINITY) this.#star(node);
    else this.#counted(node);
  }

  #setLoop(loop: Repeat, set: CharSet, next: Node | undefined): void {
    const givesBack = loop.min < loop.max && !keepsAll(loop, set, next);
    this.#emit(Op.loop, this.#setIndex(set), loop.min, Math.min(loop.max, unbounded), givesBack ? 1 : 0);
  }

  #optional({ body, mode }: Repeat): void {
    const split = this.#emit(mode === "lazy" ? Op.splitTo : Op.split, 0);
    this.#node(body);
    this.#land(split);
  }

  /** `x*` and `x+`, without a counter. */
  #star({ body, min, mode }: Repeat): void {
    const start = min === 1 ? -1 : this.#emit(Op.jump, 0);
    const check = this.#emptyCheck(body);
    const again = this.#here();
    if (check !== undefined) this.#emit(Op.emptyStart, check);
    this.#node(body);
    if (check !== undefined) this.#emit(Op.emptyEnd, check);
    if (start !== -1) this.#land(start);
    const set = mode === "lazy" ? singleSet(body) : undefined;
    if (set === undefined) this.#emit(mode === "lazy" ? Op.split : Op.splitTo, again);
    else this.#emit(Op.lazySplit, this.#setIndex(set), again);
    this.#exitOf(check);
  }

  /** A loop with a counter, which is checked before each round. */
  #counted({ body, min, max, mode }: Repeat): void {
    const counter = this.#register();
    const check = this.#emptyCheck(body);
    this.#emit(Op.setRegister, counter, 0);
    const again = this.#here();
    const exit = this.#emit(Op.countedLoop, counter, min, Math.min(max, unbounded), mode === "lazy" ? 1 : 0, 0);
    if (check !== undefined) this.#emit(Op.emptyStart, check);
    this.#node(body);
    if (check !== undefined) this.#emit(Op.emptyEnd, check);
    this.#emit(Op.countedNext, counter, again);
    this.#land(exit);
    this.#exitOf(check);
  }

  #exitOf(check: number | undefined): void {
    const emptyCheck = check === undefined ? undefined : this.#emptyChecks[check];
    if (emptyCheck !== undefined) emptyCheck.exit = this.#here();
  }

  /** The check that a loop over this body needs, if the body can consume nothing. */
  #emptyCheck(body: Node): number | undefined {
    if (this.#widths.of(body).min > 0) return undefined;
    const watched = this.#watchedGroups(body);
    const check: EmptyCheck = {
      register: this.#register(),
      exit: 0,
      groups: watched.map((group) => ({ group, saved: this.#register(2) })),
    };
    return this.#emptyChecks.push(check) - 1;
  }

  /** The groups inside a loop that something outside of it refers to. */
  #watchedGroups(body: Node): number[] {
    if (this.#references.size === 0) return [];
    const inside = countReferences(body);
    return capturesIn(body).filter((group) => (this.#references.get(group) ?? 0) > (inside.get(group) ?? 0));
  }

  #atomic(body: Node): void {
    const height = this.#register();
    this.#emit(Op.mark, height);
    this.#node(body);
    this.#emit(Op.cut, height);
  }

  #look(look: Look): void {
    const prepared = look.behind ? prepareLookBehind(look, this.#widths) : undefined;
    if (prepared?.kind === "always") {
      if (look.negated) this.#emit(Op.fail);
      return;
    }
    const body = prepared?.body ?? look.body;
    const width = prepared?.width ?? 0;
    if (look.negated) this.#negativeLook(body, width);
    else this.#positiveLook(body, width);
  }

  #positiveLook(body: Node, width: number): void {
    const height = this.#register();
    const position = this.#register();
    this.#emit(Op.mark, height, Op.savePosition, position);
    if (width > 0) this.#emit(Op.stepBack, width);
    this.#node(body);
    this.#emit(Op.cut, height, Op.restorePosition, position);
  }

  #negativeLook(body: Node, width: number): void {
    const height = this.#register();
    this.#emit(Op.mark, height);
    const split = this.#emit(Op.split, 0);
    if (width > 0) this.#emit(Op.stepBack, width);
    this.#node(body);
    this.#emit(Op.cutAndFail, height);
    this.#land(split);
  }

  #backreference({ groups, ignoreCase }: Backreference): void {
    this.#emit(Op.backreference, this.#referred.push({ groups, ignoreCase }) - 1);
  }

  /** The condition, once it holds, is not tried in another way. */
  #conditional({ condition, then, otherwise }: Conditional): void {
    let toOtherwise: number;
    if (condition.kind === "group-check") {
      const groups = this.#referred.push({ groups: condition.groups, ignoreCase: false }) - 1;
      toOtherwise = this.#emit(Op.groupCheck, groups, 0);
    } else {
      const height = this.#register();
      this.#emit(Op.mark, height);
      toOtherwise = this.#emit(Op.split, 0);
      this.#node(condition);
      this.#emit(Op.cut, height);
    }
    this.#node(then);
    const end = this.#emit(Op.jump, 0);
    this.#land(toOtherwise);
    this.#node(otherwise);
    this.#land(end);
  }
}
