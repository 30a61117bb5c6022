// Strings by code point. JavaScript counts UTF-16 units; where a string has no surrogates the two counts agree, and
// everything takes the fast way.

const surrogate = /[\ud800-\udfff]/;

/** The number of code points. */
export function codePointLength(text: string): number {
  if (!surrogate.test(text)) return text.length;
  let count = 0;
  for (let i = 0; i < text.length; i++) {
    if (isPair(text, i)) i++;
    count++;
  }
  return count;
}

function isPair(text: string, at: number): boolean {
  const high = text.charCodeAt(at);
  if (high < 0xd800 || high > 0xdbff) return false;
  const low = text.charCodeAt(at + 1);
  return low >= 0xdc00 && low <= 0xdfff;
}

/** The substring between two code point offsets. */
export function sliceCodePoints(text: string, from: number, to: number): string {
  return surrogate.test(text) ? text.slice(unitOffset(text, from), unitOffset(text, to)) : text.slice(from, to);
}

/** The UTF-16 offset of a code point offset. */
function unitOffset(text: string, offset: number): number {
  let at = 0;
  for (let left = offset; left > 0 && at < text.length; left--) at += isPair(text, at) ? 2 : 1;
  return at;
}

/** Turns UTF-16 offsets, asked for in rising order, into code point offsets without counting twice. */
export class CodePointCounter {
  readonly #text: string;
  readonly #plain: boolean;
  #unit = 0;
  #points = 0;

  constructor(text: string) {
    this.#text = text;
    this.#plain = !surrogate.test(text);
  }

  /** The code point offset of `unit`; a smaller one than before makes it count from the start again. */
  at(unit: number): number {
    if (this.#plain) return unit;
    if (unit < this.#unit) this.#unit = this.#points = 0;
    while (this.#unit < unit) {
      this.#unit += isPair(this.#text, this.#unit) ? 2 : 1;
      this.#points++;
    }
    return this.#points;
  }
}
