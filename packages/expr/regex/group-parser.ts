// What may follow an opening parenthesis: captures, options, look-around, conditions, calls.

import { alternationOf, emptyNode, type GroupCheck, type Node } from "./ast.ts";
import { readGroupName, readGroupReference, type GroupReference } from "./group-names.ts";
import { isUnrepeatable } from "./quantifiers.ts";
import type { PatternReader } from "./reader.ts";
import { refuse, refuseUnsupported } from "./syntax-error.ts";

/** The options that govern a stretch of a pattern. */
export interface Options {
  ignoreCase: boolean;
  extended: boolean;
  /** The dot matches a newline. */
  dotAll: boolean;
  /** `^` and `$` match at lines, not only at the ends of the text. */
  lineAnchors: boolean;
}

/** What the reading of groups needs of the parser. */
export interface GroupHost {
  readonly reader: PatternReader;
  options: Options;
  /** Reads the inside of a group and its closing parenthesis. */
  body(): Node;
  /** The same, branch by branch. */
  groupBranches(): Node[];
  openGroup(name: string | null): number;
  closeGroup(group: number, body: Node): Node;
  call(reference: GroupReference, offset: number): Node;
  referredGroups(reference: GroupReference, offset: number): number[];
  takeQuote(): string;
}

/** Reads a group after its opening parenthesis. No node where it only sets options. */
export function readGroup(parser: GroupHost): Node[] {
  const { reader } = parser;
  const start = reader.offset - 1;
  if (reader.take("*")) refuseUnsupported("a callout (*...)", start);
  if (!reader.take("?")) return [capture(parser, null)];
  if (reader.atEnd) refuse("end pattern in group", start);
  const options = readOptions(parser);
  if (options !== undefined) return options;
  if (/[-+0-9&]/.test(reader.peek())) return [readPerlCall(parser, start)];
  return [readSpecialGroup(parser, start)];
}

function capture(parser: GroupHost, name: string | null): Node {
  const group = parser.openGroup(name);
  return parser.closeGroup(group, parser.body());
}

function readSpecialGroup(parser: GroupHost, start: number): Node {
  const { reader } = parser;
  switch (reader.next()) {
    case ":":
      return parser.body();
    case "=":
      return look(parser, false, false, start);
    case "!":
      return look(parser, false, true, start);
    case ">":
      return { kind: "atomic", body: parser.body() };
    case "<":
      return readAngle(parser, start);
    case "'":
      return capture(parser, readGroupName(reader, "'"));
    case "(":
      return readConditional(parser, start);
    case "~":
      return refuseUnsupported("the absent operator (?~...)", start);
    case "{":
      return refuseUnsupported("a callout (?{...})", start);
    case "R":
      return refuseUnsupported("the recursion (?R)", start);
    default:
      return refuse("undefined group option", start);
  }
}

function look(parser: GroupHost, behind: boolean, negated: boolean, offset: number): Node {
  return { kind: "look", behind, negated, body: parser.body(), offset };
}

/** `(?<=`, `(?<!` and `(?<name>`. */
function readAngle(parser: GroupHost, start: number): Node {
  const { reader } = parser;
  if (reader.atEnd) refuse("end pattern with unmatched parenthesis", start);
  if (reader.take("=")) return look(parser, true, false, start);
  if (reader.take("!")) return look(parser, true, true, start);
  return capture(parser, readGroupName(reader, ">"));
}

/** `(?1)`, `(?-1)` and `(?&name)`, other spellings of `\g<...>`. */
function readPerlCall(parser: GroupHost, start: number): Node {
  const { reader } = parser;
  const named = reader.take("&");
  if (!named && !/^[-+]?[0-9]/.test(reader.text.slice(reader.offset))) refuse("undefined group option", start);
  const reference = readGroupReference(reader, ")", !named);
  if (named !== (reference.kind === "name")) refuse(`invalid group name <${reference.name}>`, start);
  return parser.call(reference, start);
}

/**
 * `(?i)` sets options for the rest of the enclosing group, `(?i:...)` for its own body; undefined for neither. Unlike
 * `(?:^)`, `(?i:^)` can be repeated, as anything else in a group that does more than group.
 */
function readOptions(parser: GroupHost): Node[] | undefined {
  const { reader } = parser;
  const letters = reader.match(/(?![-+]?[0-9])[-imsx]+/y);
  if (letters === undefined) return undefined;
  if (reader.atEnd) refuse("end pattern in group", reader.offset);
  const outer = parser.options;
  parser.options = withOptions(outer, letters[0]);
  if (reader.take(")")) return [];
  if (!reader.take(":")) refuse("undefined group option", reader.offset);
  const body = parser.body();
  parser.options = outer;
  return [isUnrepeatable(body) ? { kind: "sequence", items: [body] } : body];
}

const optionNames: { readonly [letter: string]: keyof Options } = {
  i: "ignoreCase",
  m: "lineAnchors",
  s: "dotAll",
  x: "extended",
};

/** The letters before a hyphen switch on, those after it switch off. */
function withOptions(options: Options, letters: string): Options {
  const changed = { ...options };
  let on = true;
  for (const letter of letters) {
    const name = optionNames[letter];
    if (name === undefined) on = false;
    else changed[name] = on;
  }
  return changed;
}

/** `(?(1)then|else)`, `(?(<name>)then|else)` and `(?(pattern)then|else)`. */
function readConditional(parser: GroupHost, start: number): Node {
  const { reader } = parser;
  if (Array.from(reader.text.slice(reader.offset, reader.offset + 3)).length < 2) refuse("end pattern in group", start);
  if (/[?*]/.test(reader.peek())) refuse("target of repeat operator is not specified", reader.offset);
  const condition = readGroupCheck(parser, start) ?? parser.body();
  if (reader.atEnd) refuse("end pattern in group", start);
  if (reader.peek() === ")") {
    if (condition.kind !== "group-check") refuse("invalid if-else syntax", start);
    reader.next();
    return { kind: "conditional", condition, then: emptyNode, otherwise: { kind: "fail" } };
  }
  const thenIsEmpty = reader.take("|");
  const branches = parser.groupBranches();
  const then = thenIsEmpty ? emptyNode : (branches.shift() ?? emptyNode);
  return { kind: "conditional", condition, then, otherwise: alternationOf(branches) };
}

/** The check of a group in a condition, with its closing parenthesis, or undefined where a pattern follows. */
function readGroupCheck(parser: GroupHost, start: number): GroupCheck | undefined {
  const { reader } = parser;
  const shape = /^(?:[-+]?[0-9]+([-+][0-9]+)?\)|[<'])/.exec(reader.text.slice(reader.offset));
  if (shape === null) return undefined;
  if (shape[1] !== undefined) refuseUnsupported("a condition with a recursion level", start);
  const quote = /[<']/.test(reader.peek()) ? parser.takeQuote() : ")";
  const groups = parser.referredGroups(readGroupReference(reader, quote, true), start);
  if (quote !== ")" && !reader.take(")")) refuse("end pattern in group", start);
  return { kind: "group-check", groups, offset: start };
}
