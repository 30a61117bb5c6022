// Diagnostics for people: where, which rule, what is wrong, the line with a caret below, and advice.
import type { Diagnostic } from "./diagnostics.ts";
import { SourceText } from "./source/text.ts";

/** How a diagnostic is to be shown. */
export interface FormatOptions {
  /** Whether to write ANSI colours. */
  readonly color?: boolean;
}

const widestLine = 120;
const before = 60;

/** Formats a diagnostic of the text of a file, in several lines without a line break at the end. */
export function formatDiagnostic(text: string, file: string, diagnostic: Diagnostic, { color = false }: FormatOptions = {}): string {
  const paint = color ? painted : plain;
  const { rule, severity, message, suggestion, start } = diagnostic;
  const tone = severity === "error" ? "red" : "yellow";
  const place = `${visible(file)}:${start.line}:${start.column}`;
  const gutter = " ".repeat(String(start.line).length);
  const { shown, caret } = excerpt(new SourceText(text).line(start.line), diagnostic);
  const lines = [
    `${paint("bold", place)}: ${paint(tone, severity)} ${paint("bold", rule)}: ${visible(message)}`,
    `${gutter} |`,
    `${start.line} | ${shown}`,
    `${gutter} | ${paint(tone, caret)}`,
  ];
  if (suggestion !== undefined) lines.push(`${gutter} = ${paint("cyan", visible(suggestion))}`);
  return lines.join("\n");
}

/** The part of the line around the place, and the marks below it. */
function excerpt(line: string, { start, end }: Diagnostic): { shown: string; caret: string } {
  const first = start.column - 1;
  const last = end.line === start.line ? Math.max(end.column - 1, first + 1) : Math.max(line.length, first + 1);
  const from = line.length <= widestLine ? 0 : Math.max(0, first - before);
  const to = Math.min(line.length, from + widestLine);
  const head = from > 0 ? "..." : "";
  const tail = to < line.length ? "..." : "";
  const padding = blank(line.slice(from, first));
  const marks = "^".repeat(Math.max(1, width(line.slice(first, Math.min(last, to)))));
  return { shown: head + visible(line.slice(from, to)) + tail, caret: " ".repeat(head.length) + padding + marks };
}

/** Text that cannot steer a terminal: controls, those of writing direction too, become the sign for an unknown character. */
function visible(text: string): string {
  return text.replace(/[\u0000-\u0008\u000A-\u001F\u007F-\u009F\u2028-\u202E\u2066-\u2069]/g, "\uFFFD");
}

/** As much white space as the text takes up; a tab stays a tab. */
function blank(text: string): string {
  return Array.from(text, (char) => (char === "\t" ? "\t" : " ".repeat(width(char)))).join("");
}

/** Characters that fill two columns of a terminal: East Asian wide ones and pictographs. */
const wide =
  /[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6\u{1F300}-\u{1FAFF}\u{20000}-\u{3FFFD}]/u;

function width(text: string): number {
  let columns = 0;
  for (const char of text) columns += wide.test(char) ? 2 : 1;
  return columns;
}

type Style = "bold" | "red" | "yellow" | "cyan";
const codes: { readonly [S in Style]: number } = { bold: 1, red: 31, yellow: 33, cyan: 36 };

function painted(style: Style, text: string): string {
  return `\u001B[${codes[style]}m${text}\u001B[0m`;
}

function plain(_style: Style, text: string): string {
  return text;
}
