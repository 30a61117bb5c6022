// What is wrong with a document, as the API tells it.
import type { ProblemItem } from "@baton/api";
import type { Diagnostic } from "@baton/dsl";

/** All mistakes in one sentence: how many, and the first. */
export function mistakesIn(what: string, diagnostics: readonly Diagnostic[]): string {
  const count = diagnostics.filter((diagnostic) => diagnostic.severity === "error").length;
  return `The ${what} has ${count} ${count === 1 ? "mistake" : "mistakes"}, the first: ${firstError(diagnostics)}`;
}

function firstError(diagnostics: readonly Diagnostic[]): string {
  const first = diagnostics.find((diagnostic) => diagnostic.severity === "error");
  return first === undefined ? "" : `${first.message} (line ${first.start.line}, column ${first.start.column})`;
}

/** One of them with its place. */
export function problemItem({ message, rule, severity, pointer, start, end, suggestion }: Diagnostic): ProblemItem {
  const place = { line: start.line, column: start.column, endLine: end.line, endColumn: end.column };
  return { detail: message, pointer, rule, severity, ...place, ...(suggestion === undefined ? {} : { suggestion }) };
}
