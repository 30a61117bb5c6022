// A cursor over a pattern, by code point, with the number formats that the syntax uses.

/** Larger numbers of a pattern are "too big". */
const maxNumber = 0x7fffffff;

export class PatternReader {
  readonly text: string;
  offset = 0;

  constructor(text: string) {
    this.text = text;
  }

  get atEnd(): boolean {
    return this.offset >= this.text.length;
  }

  /** The next character, or "" at the end. */
  peek(): string {
    const code = this.text.codePointAt(this.offset);
    return code === undefined ? "" : String.fromCodePoint(code);
  }

  /** Takes the next character, or "" at the end. */
  next(): string {
    const char = this.peek();
    this.offset += char.length;
    return char;
  }

  /** Takes the text if it comes next. */
  take(expected: string): boolean {
    if (!this.text.startsWith(expected, this.offset)) return false;
    this.offset += expected.length;
    return true;
  }

  /** Takes what a sticky pattern matches here, or undefined. */
  match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.offset;
    const match = pattern.exec(this.text);
    if (match === null) return undefined;
    this.offset = pattern.lastIndex;
    return match;
  }

  /** Takes decimal digits; undefined where there are none, Infinity where the number is too big. */
  takeDecimal(): number | undefined {
    const digits = this.match(/[0-9]+/y)?.[0];
    return digits === undefined ? undefined : bounded(Number.parseInt(digits, 10));
  }

  /** Takes up to `most` digits of a base; 0 where there are none. */
  takeDigits(base: 8 | 16, most: number): number {
    let value = 0;
    for (let taken = 0; taken < most && digitValue(this.peek()) < base; taken++) value = value * base + digitValue(this.next());
    return value;
  }

  /** True where a digit of the base comes next. */
  seesDigit(base: 8 | 16): boolean {
    return digitValue(this.peek()) < base;
  }
}

function bounded(value: number): number {
  return value > maxNumber ? Number.POSITIVE_INFINITY : value;
}

function digitValue(char: string): number {
  return /^[0-9A-Fa-f]$/.test(char) ? Number.parseInt(char, 16) : Number.POSITIVE_INFINITY;
}
