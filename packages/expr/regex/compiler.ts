// From the syntax tree to the program of the machine.
//
// A group that is called anywhere becomes a subroutine, and its place in the pattern a call of it. Counters and
// saved positions get registers of their own, so that backtracking restores them like the groups.

import { anchorOrder } from "./anchors.ts";
import { refuseEndlessCalls, capturesIn, referencesIn, widthOf } from "./analysis.ts";
import type { Backreference, Conditional, Literal, Look, Node, Pattern, Repeat } from "./ast.ts";
import { caseVariants, fullFoldOf, fullFoldsAt } from "./case-fold.ts";
import { areDisjoint, setOf, type CharSet } from "./char-set.ts";
import { prepareLookBehind } from "./look-behind.ts";
import { Op, type EmptyCheck, type Program } from "./program.ts";
import { firstOf, planSearch } from "./search-plan.ts";

/** Compiles a pattern. */
export function compilePattern(pattern: Pattern): Program {
  refuseEndlessCalls(pattern);
  return new Compiler(pattern).program();
}

/** A repetition without an upper bound. */
const unbounded = 0x7fffffff;

/** The registers that calls need, directly above the groups'. */
const frameRegisters = 2;

class Compiler {
  readonly #pattern: Pattern;
  readonly #code: number[] = [];
  readonly #strings: string[] = [];
  readonly #sets: CharSet[] = [];
  readonly #references: { groups: readonly number[]; ignoreCase: boolean }[] = [];
  readonly #emptyChecks: EmptyCheck[] = [];
  readonly #callSites: { readonly at: number; readonly group: number }[] = [];
  #registers: number;

  constructor(pattern: Pattern) {
    this.#pattern = pattern;
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
      sets: this.#sets,
      references: this.#references,
      emptyChecks: this.#emptyChecks,
      groupCount: groupNames.length,
      registerCount: this.#registers,
      plan: planSearch(this.#pattern),
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

  /** Where calls may bring a group back into itself, it remembers in a register of each call's own where it began. */
  #group(group: number, body: Node): void {
    const start = this.#pattern.called.size > 0 ? this.#register() : undefined;
    this.#emit(Op.groupStart, group);
    if (start !== undefined) this.#emit(Op.savePosition, start);
    this.#node(body);
    if (start === undefined) this.#emit(Op.groupEnd, group);
    else this.#emit(Op.groupEndFrom, group, start);
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
    const known = this.#sets.indexOf(set);
    return known === -1 ? this.#sets.push(set) - 1 : known;
  }

  #node(node: Node): void {
    switch (node.kind) {
      case "empty":
        return;
      case "literal":
        return this.#literal(node);
      case "set":
        this.#emit(Op.set, this.#setIndex(node.set));
        return;
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
    const ends: number[] = [];
    for (const [index, branch] of branches.entries()) {
      const isLast = index === branches.length - 1;
      const split = isLast ? -1 : this.#emit(Op.split, 0);
      this.#node(branch);
      if (isLast) break;
      ends.push(this.#emit(Op.jump, 0));
      this.#land(split);
    }
    for (const end of ends) this.#land(end);
  }

  #literal({ codes, fold }: Literal): void {
    if (fold === "exact") this.#exact(codes);
    else if (fold === "simple") for (const code of codes) this.#variants(caseVariants(code));
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
        this.#emit(Op.set, this.#setIndex(setOf([code])));
      }
    }
    flush();
  }

  #variants(codes: readonly number[]): void {
    if (codes.length === 1) this.#exact(codes);
    else this.#emit(Op.set, this.#setIndex(setOf(codes)));
  }

  /** Each character matches its variants, what it folds to, and what folds to it and its neighbours. */
  #folded(codes: readonly number[]): void {
    const arrivals = new Map<number, number[]>();
    for (const [index, code] of codes.entries()) {
      for (const jump of arrivals.get(index) ?? []) this.#land(jump);
      const ways = foldWays(codes, index);
      const ends: number[] = [];
      for (const { emit, length } of ways) {
        const split = this.#emit(Op.split, 0);
        this.#variantsOf(emit);
        const jump = this.#emit(Op.jump, 0);
        if (length === 1) ends.push(jump);
        else arrivals.set(index + length, [...(arrivals.get(index + length) ?? []), jump]);
        this.#land(split);
      }
      this.#variants(caseVariants(code));
      for (const end of ends) this.#land(end);
    }
    for (const jump of arrivals.get(codes.length) ?? []) this.#land(jump);
  }

  #variantsOf(sequence: readonly (readonly number[])[]): void {
    for (const variants of sequence) this.#variants(variants);
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

  /** What the next node cannot begin with need never be given back to it. */
  #setLoop({ min, max, mode }: Repeat, set: CharSet, next: Node | undefined): void {
    const first = next === undefined ? undefined : firstOf(next);
    const keeps = mode === "possessive" || min === max || (first !== undefined && !first.nullable && areDisjoint(set, first.set));
    this.#emit(keeps ? Op.loopAll : Op.loop, this.#setIndex(set), min, Math.min(max, unbounded));
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
    this.#emit(mode === "lazy" ? Op.split : Op.splitTo, again);
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
    const { root, groups } = this.#pattern;
    if (widthOf(body, groups).min > 0) return undefined;
    const inside = new Set(referencesIn(body));
    const outside = referencesIn(root).filter((reference) => !inside.has(reference));
    const watched = capturesIn(body).filter((group) => outside.some((reference) => reference.groups.includes(group)));
    const check: EmptyCheck = {
      register: this.#register(),
      exit: 0,
      groups: watched.map((group) => ({ group, saved: this.#register(2) })),
    };
    return this.#emptyChecks.push(check) - 1;
  }

  #atomic(body: Node): void {
    const height = this.#register();
    this.#emit(Op.mark, height);
    this.#node(body);
    this.#emit(Op.cut, height);
  }

  #look(look: Look): void {
    const prepared = look.behind ? prepareLookBehind(look, this.#pattern.groups) : undefined;
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
    this.#emit(Op.backreference, this.#references.push({ groups, ignoreCase }) - 1);
  }

  /** The condition, once it holds, is not tried in another way. */
  #conditional({ condition, then, otherwise }: Conditional): void {
    let toOtherwise: number;
    if (condition.kind === "group-check") {
      const groups = this.#references.push({ groups: condition.groups, ignoreCase: false }) - 1;
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

/** The set of a node that always matches one code point of a set. */
function singleSet(node: Node): CharSet | undefined {
  if (node.kind === "set") return node.set;
  if (node.kind !== "literal" || node.codes.length !== 1) return undefined;
  const [code = 0] = node.codes;
  if (node.fold === "exact") return setOf([code]);
  return node.fold === "simple" || fullFoldOf(code) === undefined ? setOf(caseVariants(code)) : undefined;
}

/** Other ways than one to one to match the literal at an index: as sets of alternatives, for so many of its codes. */
function foldWays(codes: readonly number[], index: number): { emit: readonly (readonly number[])[]; length: number }[] {
  const expanded = fullFoldOf(codes[index] ?? 0);
  const contracted = fullFoldsAt(codes, index).map(({ folded, sources }) => ({ emit: [sources], length: folded.length }));
  if (expanded === undefined) return contracted;
  return [{ emit: expanded.folded.map(caseVariants), length: 1 }, { emit: [expanded.sources], length: 1 }, ...contracted];
}
