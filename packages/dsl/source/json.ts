// JSON (RFC 8259) to the same syntax tree as YAML: strict, with the place of every value. The first error of
// syntax ends the reading.
import { maxNesting } from "../limits.ts";
import type { Problems } from "../problems.ts";
import type { Rule } from "../rules.ts";
import { warnImprecise } from "./imprecise.ts";
import { mappingNode, sequenceNode, type Entry, type Range, type ScalarNode, type SourceNode } from "./node.ts";

/** Parses JSON text; undefined when it has no tree, and then there is a problem that says why. */
export function parseJsonText(text: string, problems: Problems): SourceNode | undefined {
  const reader = new JsonReader(text, problems);
  try {
    return reader.document();
  } catch (error) {
    if (!(error instanceof JsonProblem)) throw error;
    problems.add(error.rule, error.at, undefined, error.message, error.suggestion);
    return undefined;
  }
}

/** Carries the first problem out of the recursion; never leaves this file. */
class JsonProblem extends Error {
  readonly rule: Rule;
  readonly at: Range;
  readonly suggestion: string | undefined;

  constructor(rule: Rule, at: Range, message: string, suggestion?: string) {
    super(message);
    this.rule = rule;
    this.at = at;
    this.suggestion = suggestion;
  }
}

const numberPattern = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?/y;
const words: { readonly [word: string]: boolean | null } = { true: true, false: false, null: null };

class JsonReader {
  readonly #text: string;
  readonly #problems: Problems;
  #at = 0;
  #depth = 0;

  constructor(text: string, problems: Problems) {
    this.#text = text;
    this.#problems = problems;
    if (text.startsWith("\uFEFF")) this.#at = 1;
  }

  document(): SourceNode {
    this.#skipSpace();
    const root = this.#value(undefined);
    this.#skipSpace();
    if (this.#at < this.#text.length) this.#fail("the end of the document");
    return root;
  }

  #value(label: Range | undefined): SourceNode {
    switch (this.#text[this.#at]) {
      case "{":
        return this.#object(label);
      case "[":
        return this.#array(label);
      case '"': {
        const start = this.#at;
        const json = this.#string();
        return scalar(json, { start, end: this.#at }, label);
      }
      default:
        return this.#literal(label);
    }
  }

  #object(label: Range | undefined): SourceNode {
    const start = this.#open();
    const entries = new Map<string, Entry>();
    while (!this.#closes("}", entries.size > 0)) {
      if (this.#text[this.#at] !== '"') this.#fail("a key in double quotes");
      const at = { start: this.#at, end: this.#at };
      const key = this.#string();
      const keyAt = { start: at.start, end: this.#at };
      this.#skipSpace();
      if (this.#text[this.#at] !== ":") this.#fail("a colon");
      this.#at++;
      this.#skipSpace();
      if (entries.has(key))
        this.#problems.add("duplicate-key", keyAt, undefined, `"${key}" is written twice in this object`, "remove one of the two");
      entries.set(key, { key, at: keyAt, value: this.#value(keyAt) });
    }
    const at = { start, end: this.#at };
    return mappingNode(entries, at, label ?? at);
  }

  #array(label: Range | undefined): SourceNode {
    const start = this.#open();
    const items: SourceNode[] = [];
    while (!this.#closes("]", items.length > 0)) items.push(this.#value(undefined));
    const at = { start, end: this.#at };
    return sequenceNode(items, at, label ?? at);
  }

  #open(): number {
    if (++this.#depth > maxNesting) {
      const at = { start: this.#at, end: this.#at + 1 };
      throw new JsonProblem("nesting-too-deep", at, `Values lie more than ${maxNesting} levels deep in one another`);
    }
    return this.#at++;
  }

  /** Steps over the bracket that closes, or over the comma between members. */
  #closes(bracket: "}" | "]", comma: boolean): boolean {
    this.#skipSpace();
    if (this.#text[this.#at] === bracket) {
      this.#at++;
      this.#depth--;
      return true;
    }
    if (!comma) return false;
    if (this.#text[this.#at] !== ",") this.#fail(`a comma or "${bracket}"`);
    const commaAt = this.#at++;
    this.#skipSpace();
    if (this.#text[this.#at] === bracket)
      throw new JsonProblem(
        "json-syntax",
        { start: commaAt, end: commaAt + 1 },
        "Not JSON: a comma before the closing bracket",
        "remove it",
      );
    return false;
  }

  #literal(label: Range | undefined): SourceNode {
    const start = this.#at;
    for (const word of Object.keys(words)) {
      if (!this.#text.startsWith(word, start)) continue;
      this.#at += word.length;
      return scalar(words[word] ?? null, { start, end: this.#at }, label);
    }
    numberPattern.lastIndex = start;
    const written = numberPattern.exec(this.#text)?.[0];
    if (written === undefined) this.#fail("a value");
    this.#at += written.length;
    const at = { start, end: this.#at };
    const value = Number(written);
    if (!Number.isFinite(value)) throw new JsonProblem("invalid-value", at, `${written} is too large for a number`, "put it in quotes");
    warnImprecise(value, written, at, this.#problems);
    return scalar(value, at, label);
  }

  #string(): string {
    const start = this.#at;
    let end = start + 1;
    let plain = true;
    for (; this.#text[end] !== '"'; end++) {
      const code = this.#text.charCodeAt(end);
      if (code === 0x5c) {
        plain = false;
        end++;
      } else if (Number.isNaN(code) || code < 0x20) {
        this.#at = Math.min(end, this.#text.length);
        this.#fail("the closing quote of the text");
      }
    }
    this.#at = end + 1;
    return plain ? this.#text.slice(start + 1, end) : this.#unescape(start);
  }

  #unescape(start: number): string {
    try {
      return JSON.parse(this.#text.slice(start, this.#at)) as string;
    } catch {
      const bad = /\\(?!["\\/bfnrt]|u[\da-fA-F]{4})/.exec(this.#text.slice(start, this.#at).replaceAll("\\\\", "__"));
      const at = start + (bad?.index ?? 0);
      throw new JsonProblem(
        "json-syntax",
        { start: at, end: at + 2 },
        "Not JSON: an escape that JSON does not have",
        "write \\\\ for a backslash",
      );
    }
  }

  #skipSpace(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.#at++;
    }
  }

  #fail(expected: string): never {
    const found = this.#text[this.#at];
    const at = { start: this.#at, end: this.#at + (found === undefined ? 0 : 1) };
    const what = found === undefined ? "the document ends" : found === "\n" ? "the line ends" : `there is ${JSON.stringify(found)}`;
    throw new JsonProblem("json-syntax", at, `Not JSON: expected ${expected}, but ${what}`);
  }
}

function scalar(json: string | number | boolean | null, at: Range, label: Range | undefined): ScalarNode {
  return { kind: "scalar", style: typeof json === "string" ? "double" : "plain", json, start: at.start, end: at.end, label: label ?? at };
}
