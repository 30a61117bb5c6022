// The parser's state and the moves that every part of the grammar uses.
import { numberFromText } from "../value/number.ts";
import type { Value } from "../value/value.ts";
import type { Ast } from "./ast.ts";
import { syntaxError } from "./diagnostics.ts";
import { Lexer } from "./lexer.ts";

/** Deepest nesting of a program's source, so that neither parser nor compiler can overflow the call stack. */
export const maxNesting = 400;

/** Most parts of one chain: stages of a pipeline, operators after one another, definitions in front of an expression. */
export const maxChain = 500;

/** Most items between commas. */
export const maxItems = 10_000;

/** The two levels of the grammar that terms and patterns hold inside brackets. */
export interface Grammar {
  /** Everything up to a closing bracket, `;` or the end. */
  readonly pipe: (parser: Parser) => Ast;
  /** An expression without `|` and `,`. */
  readonly operand: (parser: Parser) => Ast;
}

/** The parser's state: the lexer, how deep it stands, and the grammar's outer levels. */
export class Parser {
  readonly lexer: Lexer;
  readonly #grammar: Grammar;
  #nesting = 0;
  #inSource = false;

  constructor(source: string, grammar: Grammar) {
    this.lexer = new Lexer(source);
    this.#grammar = grammar;
  }

  /** True in the source of `reduce` and `foreach`, where `as` does not bind but ends the source. */
  get inSource(): boolean {
    return this.#inSource;
  }

  /** Parses a pipeline. */
  pipe(): Ast {
    return this.#inside(false, () => this.nested(() => this.#grammar.pipe(this)));
  }

  /** Parses the source of `reduce` or `foreach`. */
  source(): Ast {
    return this.#inside(true, () => this.operand());
  }

  #inside(source: boolean, parse: () => Ast): Ast {
    const before = this.#inSource;
    this.#inSource = source;
    const result = parse();
    this.#inSource = before;
    return result;
  }

  /** Parses an expression without `|` and `,`. */
  operand(): Ast {
    return this.nested(() => this.#grammar.operand(this));
  }

  /** Refuses programs that nest deeper than `maxNesting`. */
  nested<T>(parse: () => T): T {
    if (++this.#nesting > maxNesting) {
      syntaxError(
        `the expression nests deeper than ${maxNesting} levels`,
        this.lexer.at,
        this.lexer.end,
        "Split it into functions with def.",
      );
    }
    const result = parse();
    this.#nesting--;
    return result;
  }

  /** Refuses one more part of something that has `limit` of them. */
  limit(count: number, limit: number, what: string): void {
    if (count >= limit)
      syntaxError(`more than ${limit} ${what} follow each other`, this.lexer.at, this.lexer.end, "Split it into functions with def.");
  }

  /** Takes the symbol or keyword if it is next. */
  accept(text: string): boolean {
    if (!this.lexer.is(text)) return false;
    this.lexer.next();
    return true;
  }

  /** Takes the symbol or keyword, which must be next. Gives the offset of its end. */
  expect(text: string, after: string): number {
    if (!this.lexer.is(text)) this.unexpected(`expected ${text} ${after}`);
    const end = this.lexer.end;
    this.lexer.next();
    return end;
  }

  /** Reports the token under the cursor. */
  unexpected(expected: string): never {
    const { kind, at, end, source } = this.lexer;
    const found = kind === "end" ? "the end of the expression" : source.slice(at, end);
    return syntaxError(`syntax error: unexpected ${found}, ${expected}`, at, end);
  }
}

/** A literal node. */
export function literal(value: Value, at: number, end: number): Ast {
  return { kind: "literal", value, at, end };
}

/** The value of number text that the lexer has accepted. */
export function numberValue(text: string): Value {
  return numberFromText(text) ?? Number(text);
}
