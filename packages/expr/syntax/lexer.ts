// Cuts the source into tokens, one at a time, as the parser asks for them: what a quote means depends on where the
// parser stands, since strings hold programs (`"\(1 + 2)"`).
import { unescapeString } from "../json/read.ts";
import { syntaxError } from "./diagnostics.ts";

/** What a token is. `symbol` covers punctuation and operators, `keyword` the reserved words. */
export type TokenKind = "symbol" | "keyword" | "name" | "field" | "variable" | "format" | "number" | "quote" | "end";

const keywords = new Set(
  "as import include module def if then elif else end reduce foreach try catch label break and or __loc__".split(" "),
);

const symbols = ["?//", "//=", "|=", "+=", "-=", "*=", "/=", "%=", "==", "!=", "<=", ">=", "//", ".."];
const singles = ".[]{}():;,|=<>+-*/%?";
const space = /[ \t\r\n]+/y;
const name = /[a-zA-Z_][a-zA-Z_0-9]*(?:::[a-zA-Z_][a-zA-Z_0-9]*)*/y;
const plainName = /[a-zA-Z_][a-zA-Z_0-9]*/y;
const number = /(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y;
const format = /@[a-zA-Z0-9_]+/y;

/** The token under the cursor; read its fields before asking for the next. */
export class Lexer {
  readonly source: string;
  kind: TokenKind = "end";
  /** The symbol, keyword, name or digits; of a field, variable or format the name without its sign. */
  text = "";
  at = 0;
  end = 0;

  constructor(source: string) {
    this.source = source;
    this.next();
  }

  /** Moves to the next token. */
  next(): void {
    this.#skip();
    this.at = this.end;
    if (this.at >= this.source.length) {
      this.#take("end", "", 0);
      return;
    }
    const unit = this.source.charCodeAt(this.at);
    if (unit === 0x22) this.#take("quote", '"', 1);
    else if (isLetter(unit)) this.#word();
    else if (isDigit(unit)) this.#number();
    else if (unit === 0x2e) this.#dot();
    else if (unit === 0x24) this.#variable();
    else if (unit === 0x40) this.#format();
    else this.#symbol();
  }

  is(text: string): boolean {
    return this.text === text && (this.kind === "symbol" || this.kind === "keyword");
  }

  /** After an opening quote: reads up to the next `\(` or the closing quote. The cursor stands after it. */
  stringPart(): { readonly text: string; readonly closed: boolean } {
    const start = this.end;
    const source = this.source;
    for (let i = start; i < source.length; i++) {
      const unit = source.charCodeAt(i);
      const interpolation = unit === 0x5c && source.charCodeAt(i + 1) === 0x28;
      if (unit === 0x22 || interpolation) {
        this.end = interpolation ? i + 2 : i + 1;
        return { text: this.#unescape(start, i), closed: !interpolation };
      }
      if (unit === 0x5c) i++;
    }
    return syntaxError("unterminated string literal", this.at, source.length, 'Close it with ".');
  }

  #unescape(start: number, end: number): string {
    const raw = this.source.slice(start, end);
    if (!raw.includes("\\")) return raw.toWellFormed();
    const text = unescapeString(raw);
    if (typeof text === "string") return text.toWellFormed();
    return syntaxError(
      `${text.problem} in a string`,
      start,
      end,
      'Escapes are \\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX and \\(expression).',
    );
  }

  #skip(): void {
    for (;;) {
      const unit = this.source.charCodeAt(this.end);
      if (unit === 0x20 || unit === 0x0a || unit === 0x09 || unit === 0x0d) this.end += matchLength(space, this.source, this.end);
      else if (unit === 0x23) this.end = commentEnd(this.source, this.end);
      else return;
    }
  }

  #take(kind: TokenKind, text: string, length: number): void {
    this.kind = kind;
    this.text = text;
    this.end = this.at + length;
  }

  #word(): void {
    const length = matchLength(name, this.source, this.at);
    const text = this.source.slice(this.at, this.at + length);
    this.#take(keywords.has(text) ? "keyword" : "name", text, length);
  }

  #number(): void {
    const length = matchLength(number, this.source, this.at);
    this.#take("number", this.source.slice(this.at, this.at + length), length);
  }

  #dot(): void {
    const next = this.source.charCodeAt(this.at + 1);
    if (isDigit(next)) this.#number();
    else if (isLetter(next)) {
      const length = matchLength(plainName, this.source, this.at + 1);
      this.#take("field", this.source.slice(this.at + 1, this.at + 1 + length), length + 1);
    } else this.#symbol();
  }

  #variable(): void {
    const start = this.at + 1;
    const length = matchLength(name, this.source, start);
    if (length === 0) syntaxError("unexpected $", this.at, start, "A variable is $ and a name: $context.");
    this.#take("variable", this.source.slice(start, start + length), length + 1);
  }

  #format(): void {
    const length = matchLength(format, this.source, this.at);
    if (length === 0) syntaxError("unexpected @", this.at, this.at + 1, "A format is @ and a name: @base64.");
    this.#take("format", this.source.slice(this.at, this.at + length), length);
  }

  #symbol(): void {
    const long = symbols.find((symbol) => this.source.startsWith(symbol, this.at));
    const text = long ?? this.source.charAt(this.at);
    if (long === undefined && !singles.includes(text)) {
      const character = String.fromCodePoint(this.source.codePointAt(this.at) ?? 0);
      const advice = character === "'" ? 'Texts stand in double quotes: "text".' : undefined;
      syntaxError(`unexpected character ${character}`, this.at, this.at + character.length, advice);
    }
    this.#take("symbol", text, text.length);
  }
}

// A comment goes on after the end of its line where an odd number of backslashes stands before it.
function commentEnd(source: string, start: number): number {
  for (let from = start; ;) {
    const newline = source.indexOf("\n", from);
    if (newline < 0) return source.length;
    let back = source.charAt(newline - 1) === "\r" ? newline - 2 : newline - 1;
    const last = back;
    while (back > start && source.charAt(back) === "\\") back--;
    if ((last - back) % 2 === 0) return newline;
    from = newline + 1;
  }
}

function matchLength(pattern: RegExp, source: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(source) ? pattern.lastIndex - at : 0;
}

function isLetter(unit: number): boolean {
  return (unit >= 0x61 && unit <= 0x7a) || (unit >= 0x41 && unit <= 0x5a) || unit === 0x5f;
}

function isDigit(unit: number): boolean {
  return unit >= 0x30 && unit <= 0x39;
}
