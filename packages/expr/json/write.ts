// Values as JSON text. Works on a stack of its own, so that deep values cannot overflow the call stack.
import { maxJsonDepth, type Run } from "../budget.ts";
import { formatNumber } from "../value/number.ts";
import { isArray, NumberLiteral, sortedKeys, type Value, type ValueObject } from "../value/value.ts";

/** How to lay JSON text out. */
export interface JsonTextOptions {
  /** The text of one level of indentation; empty for one line. */
  readonly indent?: string;
  /** Whether objects list their keys in code point order. */
  readonly sortKeys?: boolean;
  /** Whether everything beyond ASCII is escaped. */
  readonly asciiOnly?: boolean;
  /** Charged for the text while it grows, since shared parts can make it far longer than the value. */
  readonly run?: Run;
  /** Stops when the text is at least this long. */
  readonly enough?: number;
}

const tooDeep = "<skipped: too deep>";
const plainText = /^[\u0020\u0021\u0023-\u005b\u005d-\u007e]*$/;
const escapes: { readonly [character: string]: string } = {
  '"': '\\"',
  "\\": "\\\\",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
};

/** One container that is being written. */
interface Level {
  readonly items: readonly Value[] | ValueObject;
  readonly keys: readonly string[] | undefined;
  readonly size: number;
  next: number;
}

/** The value as JSON text. Values nested deeper than ten thousand levels are cut off with a note. */
export function toJsonText(value: Value, options: JsonTextOptions = {}): string {
  return new Writer(options).write(value);
}

class Writer {
  readonly #options: JsonTextOptions;
  readonly #indent: string;
  readonly #levels: Level[] = [];
  #text = "";

  constructor(options: JsonTextOptions) {
    this.#options = options;
    this.#indent = options.indent ?? "";
  }

  write(value: Value): string {
    const { run, enough = Infinity } = this.#options;
    let charged = 0;
    this.#begin(value);
    for (let level = this.#levels.at(-1); level && this.#text.length < enough; level = this.#levels.at(-1)) {
      run?.allocate((this.#text.length - charged) * 2);
      charged = this.#text.length;
      if (level.next < level.size) this.#member(level);
      else this.#close(level);
    }
    run?.allocate((this.#text.length - charged) * 2);
    return this.#text;
  }

  #begin(value: Value): void {
    if (typeof value !== "object" || value === null || value instanceof NumberLiteral) {
      this.#text += this.#scalar(value);
    } else if (this.#levels.length > maxJsonDepth) {
      this.#text += tooDeep;
    } else {
      const keys = isArray(value) ? undefined : this.#options.sortKeys === true ? sortedKeys(value) : Object.keys(value);
      const size = keys === undefined ? (value as readonly Value[]).length : keys.length;
      this.#text += keys === undefined ? "[" : "{";
      this.#levels.push({ items: value, keys, size, next: 0 });
    }
  }

  #member(level: Level): void {
    if (level.next > 0) this.#text += ",";
    this.#newLine();
    const at = level.next++;
    if (level.keys === undefined) {
      this.#begin((level.items as readonly Value[])[at] as Value);
      return;
    }
    const key = level.keys[at] as string;
    this.#text += this.#string(key) + (this.#indent === "" ? ":" : ": ");
    this.#begin((level.items as ValueObject)[key] as Value);
  }

  #close(level: Level): void {
    this.#levels.pop();
    if (level.size > 0) this.#newLine();
    this.#text += level.keys === undefined ? "]" : "}";
  }

  #newLine(): void {
    if (this.#indent !== "") this.#text += `\n${this.#indent.repeat(this.#levels.length)}`;
  }

  #scalar(value: null | boolean | number | string | NumberLiteral): string {
    if (typeof value === "string") return this.#string(value);
    return typeof value === "number" || value instanceof NumberLiteral ? formatNumber(value) : String(value);
  }

  #string(text: string): string {
    return this.#options.asciiOnly === true ? quote(text).replace(/[\u0080-\uffff]/g, escapeUnit) : quote(text);
  }
}

/** A string as a JSON string; a lone surrogate becomes U+FFFD, since it has no UTF-8 form. */
export function quote(text: string): string {
  if (plainText.test(text)) return `"${text}"`;
  return `"${text.toWellFormed().replace(/["\\\u0000-\u001f\u007f]/g, escapeCharacter)}"`;
}

function escapeCharacter(character: string): string {
  return escapes[character] ?? escapeUnit(character);
}

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
