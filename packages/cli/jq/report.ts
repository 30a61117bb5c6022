// Messages with the line of the program and a caret under the place.
import type { Diagnostic } from "@baton/expr";

/** A message, the line it is about, and carets under the part that is meant. */
export function withCaret(message: string, source: string, offset: number, length: number, hint?: string): string {
  const before = source.slice(0, offset);
  const line = before.split("\n").length;
  const start = before.lastIndexOf("\n") + 1;
  const end = source.indexOf("\n", offset);
  const text = source.slice(start, end < 0 ? undefined : end);
  const gutter = `  ${line} | `;
  const carets = "^".repeat(Math.max(1, Math.min(length, text.length - (offset - start))));
  const pad = " ".repeat(gutter.length + offset - start);
  return `${message}\n${gutter}${text}\n${pad}${carets}${hint === undefined ? "" : `\n${" ".repeat(gutter.length)}${hint}`}`;
}

/** Everything that is wrong with a program, as text. */
export function describeDiagnostics(diagnostics: readonly Diagnostic[], source: string): string {
  return diagnostics.map(({ message, offset, length, hint }) => `baton jq: ${withCaret(message, source, offset, length, hint)}\n`).join("");
}
