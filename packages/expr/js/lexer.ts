// Text to tokens, one at a time. The parser says where a template literal goes on.
import { syntaxError } from "../syntax/diagnostics.ts";

/** One token. */
export interface Token {
  readonly kind: "number" | "text" | "name" | "sign" | "template" | "end";
  /** A name, or a sign as it is written. */
  readonly text: string;
  readonly value: number | string;
  readonly at: number;
  readonly end: number;
}

const signs =
  /(?:>>>=|\.\.\.|===|!==|\*\*=|<<=|>>=|>>>|&&=|\|\|=|\?\?=|=>|==|!=|<=|>=|&&|\|\||\?\?|\*\*|\+\+|--|<<|>>|\+=|-=|\*=|\/=|%=|&=|\|=|\^=|\?\.(?!\d)|[-+*/%&|^!~<>=?:;,.()[\]{}@#\\])/y;
const name = /[\p{ID_Start}$_][\p{ID_Continue}$\u200C\u200D]*/uy;
const number =
  /(?:0[xX][\da-fA-F]+(?:_[\da-fA-F]+)*|0[oO][0-7]+(?:_[0-7]+)*|0[bB][01]+(?:_[01]+)*|(?:\d+(?:_\d+)*)(?:\.(?:\d+(?:_\d+)*)?)?(?:[eE][+-]?\d+)?|\.\d+(?:_\d+)*(?:[eE][+-]?\d+)?)/y;
const space = /(?:\s|\/\/[^\n\r\u2028\u2029]*|\/\*(?:[^*]|\*(?!\/))*\*\/)*/y;
const escapes: { readonly [letter: string]: string } = { n: "\n", t: "\t", r: "\r", b: "\b", f: "\f", v: "\v", "0": "\0" };
const escape = /\\(?:u\{([\da-fA-F]{1,6})\}|u([\da-fA-F]{4})|x([\da-fA-F]{2})|(\r\n|[^ux]))/y;

/** Reads tokens off a source. */
export class Lexer {
  readonly source: string;
  #at = 0;

  constructor(source: string) {
    this.source = source;
  }

  /** Where the next token is looked for. */
  get at(): number {
    return this.#at;
  }

  /** Goes back, or on, to an offset. */
  moveTo(offset: number): void {
    this.#at = offset;
  }

  next(): Token {
    this.#at += this.#match(space).length;
    const at = this.#at;
    const first = this.source.charAt(at);
    if (first === "") return this.#token("end", at, "the end of the expression", at);
    if (first === '"' || first === "'") return this.#text(at, first);
    if (first === "`") return this.#token("template", at, "`", this.#skip(1));
    if (/[0-9]/.test(first) || /^\.\d/.test(this.source.slice(at, at + 2))) return this.#number(at);
    const word = this.#match(name);
    if (word !== "") return this.#token("name", at, word, this.#skip(word.length));
    if (this.source.startsWith("/*", at)) syntaxError("syntax error: the comment does not end", at, at + 2);
    const sign = this.#match(signs);
    if (sign === "") syntaxError(`syntax error: unexpected character ${JSON.stringify(first)}`, at, at + 1);
    return this.#token("sign", at, sign, this.#skip(sign.length));
  }

  /** The next stretch of a template literal, and whether an expression follows it. */
  templateText(open: number): { readonly text: string; readonly goesOn: boolean } {
    let text = "";
    for (;;) {
      const char = this.source.charAt(this.#at);
      if (char === "") syntaxError("syntax error: the template literal does not end", open, open + 1, "close it with a backquote");
      if (char === "`" || this.source.startsWith("${", this.#at)) {
        this.#skip(char === "`" ? 1 : 2);
        return { text, goesOn: char !== "`" };
      }
      text += char === "\\" ? this.#escape() : this.#one();
    }
  }

  #text(at: number, quote: string): Token {
    this.#skip(1);
    let text = "";
    for (;;) {
      const char = this.source.charAt(this.#at);
      if (char === "" || char === "\n" || char === "\r")
        syntaxError("syntax error: the text does not end", at, at + 1, `close it with ${quote}`);
      if (char === quote) break;
      text += char === "\\" ? this.#escape() : this.#one();
    }
    this.#skip(1);
    return { kind: "text", text: "a text", value: text, at, end: this.#at };
  }

  #one(): string {
    return this.source.charAt(this.#at++);
  }

  #escape(): string {
    const at = this.#at;
    escape.lastIndex = at;
    const [all, wide, unit, byte, letter] = escape.exec(this.source) ?? [];
    const code = Number.parseInt(wide ?? unit ?? byte ?? "0", 16);
    if (all === undefined || code > 0x10ffff)
      return syntaxError("syntax error: this escape has no meaning", at, Math.min(at + 2, this.source.length));
    this.#skip(all.length);
    if (letter === undefined) return String.fromCodePoint(code);
    return /^[\r\n\u2028\u2029]/.test(letter) ? "" : (escapes[letter] ?? letter);
  }

  #number(at: number): Token {
    const digits = this.#match(number);
    const end = at + digits.length;
    if (this.source[end] === "n") syntaxError("syntax error: there are no BigInts here", at, end + 1, "leave the n out");
    if (/^0\d/.test(digits) || /[\w$]/.test(this.source.charAt(end))) syntaxError("syntax error: this is no number", at, end + 1);
    this.#at = end;
    return { kind: "number", text: "a number", value: Number(digits.replaceAll("_", "")), at, end };
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    return pattern.exec(this.source)?.[0] ?? "";
  }

  #skip(count: number): number {
    return (this.#at += count);
  }

  #token(kind: Token["kind"], at: number, text: string, end: number): Token {
    return { kind, text, value: text, at, end };
  }
}
