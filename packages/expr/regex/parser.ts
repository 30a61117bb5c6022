// From the text of a pattern to its syntax tree, in Oniguruma's Perl syntax with named groups as jq selects it.
//
// Where this syntax differs from what one may expect of Ruby: `^` and `$` are the ends of the text unless `(?m)` is
// on, `(?s)` lets the dot match a newline, an option in the middle of a group governs the rest of the group across
// `|`, and `\h`, `\v`, `\uHHHH`, `{,n}` and classes inside classes have no special meaning.

import { alternationOf, emptyNode, sequenceOf, type Anchor, type Call, type Node, type Pattern } from "./ast.ts";
import { fullFoldsOfSet, ignoringCase } from "./case-fold.ts";
import { anyChar, anyCharButNewline, complement, maxCodePoint, setOfRanges } from "./char-set.ts";
import { readClass, readProperty } from "./class-parser.ts";
import { readCharacterEscape } from "./escapes.ts";
import { readGroupReference, type GroupReference } from "./group-names.ts";
import { readGroup, type GroupHost, type Options } from "./group-parser.ts";
import { typeSet } from "./properties.ts";
import { isUnrepeatable, repeat, takeQuantifier } from "./quantifiers.ts";
import { PatternReader } from "./reader.ts";
import { quoted, refuse, refuseUnsupported } from "./syntax-error.ts";

/** Groups deeper than this are refused. */
export const maxNesting = 250;

/** Patterns of more UTF-16 code units are refused: compiling one is not charged to a budget. */
export const maxPatternLength = 20_000;

const textAnchors = new Map<string, Anchor>([
  ["A", "text-start"],
  ["Z", "text-end-or-newline"],
  ["z", "text-end"],
  ["G", "search-start"],
  ["b", "word-boundary"],
  ["B", "not-word-boundary"],
]);

export class PatternParser implements GroupHost {
  readonly reader: PatternReader;
  options: Options;
  readonly groupNames: (string | null)[] = [];
  readonly #groups: Node[] = [];
  readonly #calls: { readonly call: Call; readonly reference: GroupReference }[] = [];
  readonly #checks: { readonly group: number; readonly offset: number }[] = [];
  #depth = 0;

  constructor(text: string, options: Options) {
    this.reader = new PatternReader(text);
    this.options = options;
  }

  parse(): Pattern {
    if (this.reader.text.length > maxPatternLength) refuse(`the pattern is longer than ${maxPatternLength} characters`, maxPatternLength);
    const root = alternationOf(this.branches());
    if (!this.reader.atEnd) refuse("unmatched close parenthesis", this.reader.offset);
    this.#groups[0] = root;
    for (const { group, offset } of this.#checks) {
      if (group > this.groupNames.length) refuse("invalid backref number/name", offset);
    }
    for (const { call, reference } of this.#calls) call.group = this.#calledGroup(reference, call);
    return { root, groupNames: this.groupNames, groups: this.#groups, called: new Set(this.#calls.map(({ call }) => call.group)) };
  }

  /** Reads branches up to the end of the group or of the pattern; options set inside end there. */
  branches(): Node[] {
    if (++this.#depth > maxNesting) refuse("parse depth limit over", this.reader.offset);
    const outer = this.options;
    const branches = [this.#branch()];
    while (this.reader.take("|")) branches.push(this.#branch());
    this.options = outer;
    this.#depth--;
    return branches;
  }

  /** Reads the branches inside a group and its closing parenthesis. */
  groupBranches(): Node[] {
    const branches = this.branches();
    if (!this.reader.take(")")) refuse("end pattern with unmatched parenthesis", this.reader.offset);
    return branches;
  }

  /** Reads the inside of a group and its closing parenthesis. */
  body(): Node {
    return alternationOf(this.groupBranches());
  }

  #branch(): Node {
    const items: Node[] = [];
    for (;;) {
      this.#skipIgnored();
      const next = this.reader.peek();
      if (next === "" || next === "|" || next === ")") return sequenceOf(items);
      const atoms = this.#atom();
      const last = atoms.pop();
      if (last !== undefined) items.push(...atoms, this.#quantified(last));
    }
  }

  /** Comments, and in extended mode blanks and comments up to the end of a line. */
  #skipIgnored(): void {
    const { reader } = this;
    for (;;) {
      if (this.options.extended && reader.match(/[ \t\n\r\f]+|#[^\n]*/y) !== undefined) continue;
      if (!reader.take("(?#")) return;
      if (reader.match(/(?:[^)\\]|\\[^])*\)/y) === undefined) refuse("end pattern in group", reader.offset);
    }
  }

  #quantified(atom: Node): Node {
    let node = atom;
    for (;;) {
      this.#skipIgnored();
      const start = this.reader.offset;
      const quantifier = takeQuantifier(this.reader);
      if (quantifier === undefined) return node;
      if (isUnrepeatable(node)) refuse("target of repeat operator is invalid", start);
      node = repeat(node, quantifier);
    }
  }

  /** Reads what a repetition operator can stand on. Several nodes where one construct spells several characters. */
  #atom(): Node[] {
    const { reader } = this;
    const start = reader.offset;
    if (takeQuantifier(reader) !== undefined) refuse("target of repeat operator is not specified", start);
    const char = reader.next();
    switch (char) {
      case "(":
        return readGroup(this);
      case "[":
        return [this.#class()];
      case ".":
        return [{ kind: "set", set: this.options.dotAll ? anyChar : anyCharButNewline }];
      case "^":
        return [{ kind: "anchor", anchor: this.options.lineAnchors ? "line-start" : "text-start" }];
      case "$":
        return [{ kind: "anchor", anchor: this.options.lineAnchors ? "line-end" : "text-end-or-newline" }];
      case "\\":
        return this.#escape();
      default:
        return [this.#literal(char.codePointAt(0) ?? 0)];
    }
  }

  #literal(code: number): Node {
    if (code > maxCodePoint) return { kind: "fail" };
    return { kind: "literal", codes: [code], fold: this.options.ignoreCase ? "full" : "exact" };
  }

  /** With case ignored, a class stands also for the several characters that one of its members folds to. */
  #class(): Node {
    const { set, negated } = readClass(this.reader);
    if (!this.options.ignoreCase) return { kind: "set", set };
    if (negated) return { kind: "set", set: complement(ignoringCase(complement(set))) };
    const folds = fullFoldsOfSet(set).map(({ folded }): Node => ({ kind: "literal", codes: folded, fold: "simple" }));
    const one: Node = { kind: "set", set: ignoringCase(set) };
    return folds.length === 0 ? one : { kind: "alternation", branches: [one, ...folds] };
  }

  #escape(): Node[] {
    const { reader } = this;
    const start = reader.offset - 1;
    if (reader.atEnd) refuse("end pattern at escape", start);
    const letter = reader.next();
    const anchor = textAnchors.get(letter);
    if (anchor !== undefined) return [{ kind: "anchor", anchor }];
    if (letter === "Q") return this.#quotation();
    const construct = this.#construct(letter, start);
    if (construct !== undefined) return [construct];
    return readCharacterEscape(reader, letter, false).map(({ low }) => this.#literal(low));
  }

  /** The text up to `\E` stands for itself. */
  #quotation(): Node[] {
    const text = this.reader.match(/([^]*?)(?:\\E|$)/y)?.[1] ?? "";
    return text === "" ? [emptyNode] : Array.from(text, (char) => this.#literal(char.codePointAt(0) ?? 0));
  }

  /** An escape that is no character, or undefined. */
  #construct(letter: string, start: number): Node | undefined {
    const { reader } = this;
    switch (letter) {
      case "K":
        return { kind: "keep" };
      case "X":
        return { kind: "grapheme" };
      case "R":
        return newline;
      case "y":
      case "Y":
        return refuseUnsupported(`the text segment boundary \\${letter}`, start);
      case "k":
        return /[<']/.test(reader.peek()) ? this.#namedBackreference(start) : undefined;
      case "g":
        return /[<']/.test(reader.peek()) ? this.call(readGroupReference(reader, this.takeQuote(), false), start) : undefined;
      case "p":
      case "P":
        return reader.peek() === "{" ? { kind: "set", set: readProperty(reader, letter === "P") } : undefined;
      default:
        return /^[1-9]$/.test(letter) ? this.#numberedBackreference(start) : typeNode(letter);
    }
  }

  /** Takes the quote that opens a name and gives the one that closes it. */
  takeQuote(): string {
    return this.reader.next() === "<" ? ">" : "'";
  }

  /** `\12` refers to a group if there are that many already or it has one digit; otherwise it is octal. */
  #numberedBackreference(start: number): Node | undefined {
    const { reader } = this;
    reader.offset = start + 1;
    const number = reader.takeDecimal() ?? 0;
    if (number <= 9 || number <= this.groupNames.length) return this.#backreference([number], start);
    reader.offset = start + 2;
    return undefined;
  }

  #namedBackreference(start: number): Node {
    const { reader } = this;
    const end = this.takeQuote();
    if (/^[+-]?[^<>'()+-]+[+-][0-9]+[>']/.test(reader.text.slice(reader.offset))) {
      refuseUnsupported("a back reference with a recursion level", start);
    }
    return this.#backreference(this.referredGroups(readGroupReference(reader, end, true), start), start);
  }

  #backreference(groups: readonly number[], offset: number): Node {
    for (const group of groups) this.#checks.push({ group, offset });
    return { kind: "backreference", groups, ignoreCase: this.options.ignoreCase, offset };
  }

  /** The groups that a back reference or a condition means: of groups with the same name the last comes first. */
  referredGroups(reference: GroupReference, offset: number): number[] {
    if (reference.kind === "name") {
      const groups = this.#groupsNamed(reference.name).reverse();
      return groups.length > 0 ? groups : refuse(`undefined name <${quoted(reference.name)}> reference`, offset);
    }
    const group = this.#absolute(reference);
    if (group <= 0) refuse("invalid backref number/name", offset);
    this.#checks.push({ group, offset });
    return [group];
  }

  #groupsNamed(name: string): number[] {
    return this.groupNames.flatMap((other, index) => (other === name ? [index + 1] : []));
  }

  #absolute(reference: GroupReference & { readonly kind: "number" | "relative" }): number {
    if (reference.kind === "number") return reference.number;
    return reference.number > 0 ? this.groupNames.length + reference.number : this.groupNames.length + 1 + reference.number;
  }

  /** Opens a capturing group: its number is its place among the opening parentheses. */
  openGroup(name: string | null): number {
    this.groupNames.push(name);
    return this.groupNames.length;
  }

  closeGroup(group: number, body: Node): Node {
    this.#groups[group] = body;
    return { kind: "capture", group, body };
  }

  /** A call of a group, which may come later in the pattern. */
  call(reference: GroupReference, offset: number): Node {
    const known: GroupReference =
      reference.kind === "relative" ? { kind: "number", number: this.#absolute(reference), name: reference.name } : reference;
    const call: Call = { kind: "call", group: 0, offset };
    this.#calls.push({ call, reference: known });
    return call;
  }

  #calledGroup(reference: GroupReference, { offset }: Call): number {
    const name = quoted(reference.name);
    if (reference.kind !== "name") {
      return reference.number <= this.groupNames.length && reference.number >= 0
        ? reference.number
        : refuse(`undefined group <${name}> reference`, offset);
    }
    const [group, ...others] = this.#groupsNamed(reference.name);
    if (group === undefined) return refuse(`undefined name <${name}> reference`, offset);
    return others.length === 0 ? group : refuse(`multiplex definition name <${name}> call`, offset);
  }
}

/** `\R`: a carriage return with its line feed is taken whole or not at all. */
const newline: Node = {
  kind: "conditional",
  condition: { kind: "literal", codes: [0x0d, 0x0a], fold: "exact" },
  then: emptyNode,
  otherwise: {
    kind: "set",
    set: setOfRanges([
      [0x0a, 0x0d],
      [0x85, 0x85],
      [0x2028, 0x2029],
    ]),
  },
};

function typeNode(letter: string): Node | undefined {
  const set = typeSet(letter);
  return set === undefined ? undefined : { kind: "set", set };
}
