// Collects what is wrong with a document while it is read, and turns it into diagnostics at the end. A
// definition that is used twice is checked twice; the same problem at the same place is kept once.
import { escapePointer } from "@baton/core";
import type { Diagnostic } from "./diagnostics.ts";
import { maxDiagnostics } from "./limits.ts";
import { rules, type Rule } from "./rules.ts";
import type { Range, SourceNode } from "./source/node.ts";
import type { SourceText } from "./source/text.ts";

interface Problem {
  readonly rule: Rule;
  readonly at: Range;
  /** The value that is meant; absent where the text has no tree. */
  readonly node: SourceNode | undefined;
  readonly message: string;
  readonly suggestion: string | undefined;
}

/** What to write instead; a function where finding it costs something, which is then not asked for problems that are not listed. */
export type Advice = string | undefined | (() => string | undefined);

/** The problems of one document. */
export class Problems {
  readonly #problems = new Map<string, Problem>();
  /** Values that could not be read; whatever else is said of them would only confuse. */
  readonly #unread = new Set<SourceNode>();
  readonly #listed = { error: 0, warning: 0 };

  /** Whether the document is refused. */
  get refused(): boolean {
    return this.#listed.error > 0;
  }

  /** Says nothing more about a value whose own problem is noted already. */
  silence(node: SourceNode): void {
    this.#unread.add(node);
  }

  /** Notes a problem at a place, about a value. Errors and warnings have a limit each, so that neither hides the other. */
  add(rule: Rule, at: Range, node: SourceNode | undefined, message: string, advice?: Advice): void {
    if (node !== undefined && this.#unread.has(node)) return;
    const key = `${rule} ${at.start} ${message}`;
    const severity = rules[rule];
    if (this.#problems.has(key)) return;
    if (this.#listed[severity] === maxDiagnostics) return this.#noteMore(severity, at);
    this.#listed[severity]++;
    const suggestion = typeof advice === "function" ? advice() : advice;
    this.#problems.set(key, { rule, at, node, message, suggestion });
  }

  #noteMore(severity: "error" | "warning", at: Range): void {
    const message = `There are more than ${maxDiagnostics} ${severity}s; the rest is not listed`;
    if (!this.#problems.has(message))
      this.#problems.set(message, { rule: "too-many-problems", at, node: undefined, message, suggestion: undefined });
  }

  /** The diagnostics in the order of the text. */
  diagnostics(text: SourceText, root: SourceNode | undefined): Diagnostic[] {
    if (this.#problems.size === 0) return [];
    const pointers = root === undefined ? new Map<SourceNode, string>() : pointersOf(root);
    const sorted = [...this.#problems.values()].sort((a, b) => a.at.start - b.at.start);
    return sorted.map(({ rule, at, node, message, suggestion }) => ({
      rule,
      severity: rules[rule],
      message,
      ...(suggestion === undefined ? {} : { suggestion }),
      start: text.position(at.start),
      end: text.position(Math.max(at.end, at.start)),
      pointer: (node && pointers.get(node)) ?? "",
    }));
  }
}

/** The JSON Pointer of every value, the first one where aliases share it. */
function pointersOf(root: SourceNode): Map<SourceNode, string> {
  const pointers = new Map<SourceNode, string>();
  const visit = (node: SourceNode, pointer: string): void => {
    if (pointers.has(node)) return;
    pointers.set(node, pointer);
    if (node.kind === "sequence") node.items.forEach((item, i) => visit(item, `${pointer}/${i}`));
    if (node.kind === "mapping") for (const { key, value } of node.entries.values()) visit(value, `${pointer}/${escapePointer(key)}`);
  };
  visit(root, "");
  return pointers;
}
