// The words of a filter's text, each with its place.

/** What a text cannot be read for: told with the place, in UTF-16 code units. */
export interface FilterProblem {
  readonly message: string;
  readonly offset: number;
  readonly length: number;
  readonly advice?: string;
}

/** Thrown by the reader, and caught where reading began. */
export class Unreadable extends Error {
  readonly problem: FilterProblem;

  constructor(problem: FilterProblem) {
    super(problem.message);
    this.problem = problem;
  }
}

/** A piece of the text. */
export interface Token {
  readonly text: string;
  readonly offset: number;
  /** Written in quotes: never a number, a pattern, a word of the language. */
  readonly quoted: boolean;
  /** As it stands in the text, quotes included. */
  readonly length: number;
}

/** Refuses the text at a token. */
export function refuse({ offset, length }: Pick<Token, "offset" | "length">, message: string, advice?: string): never {
  throw new Unreadable({ message, offset, length: Math.max(1, length), ...(advice !== undefined && { advice }) });
}

/** Reads a text from its start to its end. */
export class Scanner {
  readonly text: string;
  #at = 0;

  constructor(text: string) {
    this.text = text;
  }

  /** The place where nothing follows. */
  get end(): Token {
    return { text: "", offset: this.text.length, length: 1, quoted: false };
  }

  /** What matches here, white space before it left out; undefined: something else stands here. */
  take(form: RegExp): Token | undefined {
    this.#skipSpace();
    const sticky = new RegExp(form.source, "y");
    sticky.lastIndex = this.#at;
    const match = sticky.exec(this.text);
    if (!match) return undefined;
    const offset = this.#at;
    this.#at = sticky.lastIndex;
    return { text: match[0], offset, length: match[0].length, quoted: false };
  }

  /** A value: in quotes, or everything up to white space or a parenthesis. */
  takeValue(): Token | undefined {
    this.#skipSpace();
    const quote = this.text[this.#at];
    return quote === '"' || quote === "'" ? this.#takeQuoted(quote) : this.take(/[^\s()]+/);
  }

  /** What stands here, for a message; its end is white space or the text's. */
  peek(): Token {
    this.#skipSpace();
    const word = /\S*/y;
    word.lastIndex = this.#at;
    const text = word.exec(this.text)?.[0] ?? "";
    return { text, offset: this.#at, length: text.length, quoted: false };
  }

  get atEnd(): boolean {
    return this.peek().text === "";
  }

  #skipSpace(): void {
    while (/\s/.test(this.text[this.#at] ?? "")) this.#at++;
  }

  #takeQuoted(quote: string): Token {
    const offset = this.#at;
    let text = "";
    for (let i = offset + 1; i < this.text.length; i++) {
      const character = this.text[i] as string;
      if (character === quote) {
        this.#at = i + 1;
        return { text, offset, length: this.#at - offset, quoted: true };
      }
      if (character === "\\" && i + 1 < this.text.length) text += this.text[++i] as string;
      else text += character;
    }
    return refuse({ offset, length: 1 }, "the text that begins here has no closing quote", `close it with ${quote}`);
  }
}
