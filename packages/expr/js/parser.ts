// JavaScript expressions as syntax trees: recursive descent, with precedence climbing for the operators between values.
// What would change something, or make something with a life of its own, is refused by name with what to write instead.
import { maxChain, maxItems } from "../syntax/cursor.ts";
import { syntaxError } from "../syntax/diagnostics.ts";
import type { Item, Node, Parameters, Property } from "./ast.ts";
import { Lexer, type Token } from "./lexer.ts";
import { parseParameters } from "./parameters.ts";

/** Deepest nesting of a source, so that neither the compiler nor an evaluation can overflow the host's stack. */
export const maxJsNesting = 200;

const levels: readonly (readonly string[])[] = [
  ["??"],
  ["||"],
  ["&&"],
  ["|"],
  ["^"],
  ["&"],
  ["===", "!==", "==", "!="],
  ["<", ">", "<=", ">=", "in"],
  ["<<", ">>", ">>>"],
  ["+", "-"],
  ["*", "/", "%"],
  ["**"],
];
const power = levels.length - 1;
const levelOf = new Map(levels.flatMap((operators, level) => operators.map((operator) => [operator, level] as const)));
const unaryOperators: ReadonlySet<string> = new Set(["!", "-", "+", "~", "typeof", "void"]);
const changing = /^(?:=|\+\+|--|(?:\+|-|\*|\/|%|\*\*|<<|>>|>>>|&|\||\^|&&|\|\||\?\?)=)$/;

/** Words that mean something in JavaScript and nothing here. */
const refused: ReadonlyMap<string, string> = new Map([
  ["new", "write literals; Date.now() is the time"],
  ["function", "write an arrow function: (x) => ..."],
  ["class", "write an object literal"],
  ["this", "`$` is the value that the expression is evaluated on"],
  ["delete", "nothing can be changed; take the rest: (({ a, ...rest }) => rest)($)"],
  ["await", "nothing here takes time"],
  ["async", "nothing here takes time"],
  ["yield", "write an array"],
  ["import", "an expression has what it is given"],
  ["instanceof", "ask with typeof or Array.isArray"],
  ...["var", "let", "const", "return", "if", "for", "while", "switch", "throw", "try"].map(
    (word) => [word, "an expression has no statements; choose with a ? b : c"] as const,
  ),
]);

/** Parses an expression; throws `SyntaxProblem`. */
export function parseJs(source: string): Node {
  const parser = new Parser(source);
  const node = parser.expression();
  if (parser.token.kind !== "end") parser.unexpected("an operator or the end of the expression");
  return node;
}

/** The parser's state, and the grammar. */
export class Parser {
  readonly #lexer: Lexer;
  #token: Token;
  #nesting = 0;

  constructor(source: string) {
    this.#lexer = new Lexer(source);
    this.#token = this.#lexer.next();
  }

  /** The token that comes next. */
  get token(): Token {
    return this.#token;
  }

  /** Whether the next token is this sign or word. */
  is(text: string): boolean {
    return this.#token.text === text && (this.#token.kind === "sign" || this.#token.kind === "name");
  }

  /** Takes the next token. */
  take(): Token {
    const token = this.#token;
    this.#token = this.#lexer.next();
    return token;
  }

  /** Takes the next token if it is this sign. */
  skip(sign: string): boolean {
    if (!this.is(sign)) return false;
    this.take();
    return true;
  }

  /** Takes a sign that must be there. */
  expect(sign: string): Token {
    if (!this.is(sign)) this.unexpected(`\`${sign}\``);
    return this.take();
  }

  unexpected(wanted: string): never {
    const { kind, text, at, end } = this.#token;
    const found = kind === "sign" || kind === "template" ? `\`${text}\`` : text;
    const hint =
      text === "."
        ? "`$` is the value itself: $.name"
        : changing.test(text)
          ? "an expression changes nothing; compare with ==="
          : refused.get(text);
    return syntaxError(`syntax error: unexpected ${found}, expected ${wanted}`, at, end, hint);
  }

  /** Anything but a sequence with commas. */
  expression(): Node {
    if (++this.#nesting > maxJsNesting) {
      const { at, end } = this.#token;
      syntaxError(`the expression nests more than ${maxJsNesting} levels deep`, at, end);
    }
    const node = this.#arrow() ?? this.#choice();
    this.#nesting--;
    return node;
  }

  /** An arrow function, or nothing where there is none. */
  #arrow(): Node | undefined {
    const { at, end, kind } = this.#token;
    if (kind !== "name" && !this.is("(")) return undefined;
    if (this.is("async")) return undefined;
    const parameters = this.#speculate(() => parseParameters(this));
    if (parameters === undefined) return undefined;
    this.expect("=>");
    if (this.is("{"))
      syntaxError("an arrow function's body is an expression here", at, end, "write (x) => ..., and an object as ({ ... })");
    return { kind: "arrow", at, parameters, body: this.expression() };
  }

  /** Parameters with an arrow behind them; else nothing is taken. */
  #speculate(parse: () => Parameters | undefined): Parameters | undefined {
    const [token, offset, nesting] = [this.#token, this.#lexer.at, this.#nesting];
    const parameters = parse();
    if (parameters !== undefined && this.is("=>")) return parameters;
    this.#token = token;
    this.#lexer.moveTo(offset);
    this.#nesting = nesting;
    return undefined;
  }

  #choice(): Node {
    const condition = this.#binary(0);
    const { at } = this.#token;
    if (!this.skip("?")) return condition;
    const then = this.expression();
    this.expect(":");
    return { kind: "choice", at, condition, then, otherwise: this.expression() };
  }

  #binary(lowest: number): Node {
    let left = this.#unary();
    for (let count = 0; ; count++) {
      const level = this.#operatorLevel();
      if (level === undefined || level < lowest) return left;
      if (count > maxChain) syntaxError(`the expression has more than ${maxChain} operators in a row`, this.#token.at, this.#token.end);
      const { text: operator, at } = this.take();
      if (level === power && left.kind === "unary")
        syntaxError("syntax error: it is not clear what ** belongs to", at, at + 2, "write parentheses");
      const right = this.#binary(level === power ? level : level + 1);
      if (isUnclear(operator, left) || isUnclear(operator, right))
        syntaxError(`syntax error: ?? stands beside && or ||`, at, at + 2, "write parentheses");
      left = { kind: "binary", at, operator, left, right };
    }
  }

  #operatorLevel(): number | undefined {
    const { kind, text } = this.#token;
    return kind === "sign" || text === "in" ? levelOf.get(text) : undefined;
  }

  #unary(): Node {
    const operators: Token[] = [];
    while (unaryOperators.has(this.#token.text) && (this.#token.kind === "sign" || this.#token.kind === "name"))
      operators.push(this.take());
    if (operators.length > maxJsNesting)
      syntaxError(`the expression nests more than ${maxJsNesting} levels deep`, operators[0]?.at ?? 0, this.#token.at);
    return operators.reduceRight<Node>((value, { text, at }) => ({ kind: "unary", at, operator: text, value }), this.#suffixed());
  }

  #suffixed(): Node {
    let node = this.#primary();
    let optional = false;
    for (let count = 0; ; count++) {
      if (count > maxChain) syntaxError(`the expression has more than ${maxChain} members in a row`, this.#token.at, this.#token.end);
      const next = this.#suffix(node);
      if (next === undefined) return optional ? { kind: "chain", at: node.at, value: node } : node;
      optional ||= (next.kind === "member" || next.kind === "call") && next.optional;
      node = next;
    }
  }

  #suffix(object: Node): Node | undefined {
    const optional = this.skip("?.");
    const { at } = this.#token;
    if (this.skip("("))
      return { kind: "call", at: object.kind === "member" ? object.at : at, callee: object, items: this.#items(")"), optional };
    if (this.skip("[")) {
      const key = this.expression();
      this.expect("]");
      return { kind: "member", at, object, key, optional };
    }
    if (!optional && !this.skip(".")) return this.#noSuffix();
    const name = this.#token;
    if (name.kind !== "name") this.unexpected("a name");
    this.take();
    return { kind: "member", at: name.at, object, key: { kind: "literal", at: name.at, value: name.text }, optional };
  }

  #noSuffix(): undefined {
    const { kind, text } = this.#token;
    if (kind === "template") this.unexpected("an operator or the end of the expression");
    if (changing.test(text)) this.unexpected("an operator or the end of the expression");
    return undefined;
  }

  /** Items up to a closing bracket. */
  #items(close: string): Item[] {
    const items: Item[] = [];
    while (!this.skip(close)) {
      if (items.length >= maxItems) syntaxError(`a list has more than ${maxItems} items`, this.#token.at, this.#token.end);
      const spread = this.skip("...");
      items.push({ value: this.expression(), spread });
      if (!this.is(close)) this.expect(",");
    }
    return items;
  }

  #primary(): Node {
    const { kind, text, value, at } = this.#token;
    if (kind === "number" || kind === "text") return { kind: "literal", at: this.take().at, value };
    if (kind === "template") return this.#template();
    if (kind === "name") return this.#name();
    if (text === "[") return { kind: "list", at: this.take().at, items: this.#items("]") };
    if (text === "{") return this.#record();
    if (text === "/")
      syntaxError("there are no regular expressions here", at, at + 1, "use includes, startsWith, split or replaceAll with a text");
    if (text !== "(") return this.unexpected("an expression");
    this.take();
    const inner = this.expression();
    if (this.is(",")) syntaxError("syntax error: there is no comma operator here", this.#token.at, this.#token.end);
    this.expect(")");
    // A chain ends with its parentheses, and what belongs together is clear inside them.
    return inner.kind === "unary" || inner.kind === "binary" ? { kind: "chain", at, value: inner } : inner;
  }

  #name(): Node {
    const { text, at, end } = this.#token;
    const hint = refused.get(text);
    if (hint !== undefined) syntaxError(`\`${text}\` has no place in an expression`, at, end, hint);
    this.take();
    if (text === "true" || text === "false") return { kind: "literal", at, value: text === "true" };
    return text === "null" ? { kind: "literal", at, value: null } : { kind: "name", at, name: text };
  }

  #template(): Node {
    const { at } = this.#token;
    this.#lexer.moveTo(this.#token.at + 1);
    const texts: string[] = [];
    const values: Node[] = [];
    for (;;) {
      const { text, goesOn } = this.#lexer.templateText(at);
      texts.push(text);
      this.#token = goesOn ? this.#lexer.next() : this.#token;
      if (!goesOn) break;
      values.push(this.expression());
      if (!this.is("}")) this.unexpected("`}`");
      this.#lexer.moveTo(this.#token.end);
    }
    this.#token = this.#lexer.next();
    return { kind: "template", at, texts, values };
  }

  #record(): Node {
    const { at } = this.take();
    const properties: Property[] = [];
    while (!this.skip("}")) {
      if (properties.length >= maxItems) syntaxError(`an object has more than ${maxItems} keys`, this.#token.at, this.#token.end);
      properties.push(this.#property());
      if (!this.is("}")) this.expect(",");
    }
    return { kind: "record", at, properties };
  }

  #property(): Property {
    if (this.skip("...")) return { key: undefined, value: this.expression() };
    const { kind, text, value, at } = this.#token;
    if (this.skip("[")) {
      const key = this.expression();
      this.expect("]");
      this.expect(":");
      return { key, value: this.expression() };
    }
    if (kind !== "name" && kind !== "text" && kind !== "number") this.unexpected("a key");
    const key: Node = { kind: "literal", at, value: String(value) };
    const name = this.take();
    if (this.skip(":")) return { key, value: this.expression() };
    if (kind !== "name" || refused.has(text)) this.unexpected("`:`");
    return { key, value: { kind: "name", at: name.at, name: text } };
  }
}

/** Whether `??` meets `&&` or `||` without parentheses. */
function isUnclear(operator: string, operand: Node): boolean {
  if (operand.kind !== "binary") return false;
  const logical = (text: string): boolean => text === "&&" || text === "||";
  return (operator === "??" && logical(operand.operator)) || (logical(operator) && operand.operator === "??");
}
