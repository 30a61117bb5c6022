import { expect, test } from "vitest";
import type { Diagnostic } from "./index.ts";
import { formatDiagnostic } from "./index.ts";

const at = (text: string, part: string, more: Partial<Diagnostic> = {}): Diagnostic => {
  const offset = text.indexOf(part);
  const before = text.slice(0, offset).split("\n");
  const start = { line: before.length, column: (before.at(-1) ?? "").length + 1, offset };
  const end = { ...start, column: start.column + part.length, offset: offset + part.length };
  return { rule: "unknown-key", severity: "error", message: "wrong", start, end, pointer: "", ...more };
};

test("the place, the rule, the line with what is meant underlined, and the advice", () => {
  const text = "a: 1\nb: two\nc: 3\n";
  expect(formatDiagnostic(text, "flow.yaml", at(text, "two", { suggestion: "write 2" }))).toBe(
    ["flow.yaml:2:4: error unknown-key: wrong", "  |", "2 | b: two", "  |    ^^^", "  = write 2"].join("\n"),
  );
});

test("colours only where they are asked for", () => {
  const text = "a: 1";
  const shown = formatDiagnostic(text, "f", at(text, "1", { severity: "warning" }), { color: true });
  expect(shown.split("\n")[0]).toBe("\u001B[1mf:1:4\u001B[0m: \u001B[33mwarning\u001B[0m \u001B[1munknown-key\u001B[0m: wrong");
});

test("the mark stands below its text behind tabs and wide characters", () => {
  const text = "\t名前 😀: x";
  expect(formatDiagnostic(text, "f", at(text, "x")).split("\n").slice(2)).toEqual(["1 | \t名前 😀: x", "  | \t         ^"]);
});

test("a long line is cut around the place", () => {
  const text = `${"a".repeat(200)}!${"b".repeat(200)}`;
  const [, , line, mark] = formatDiagnostic(text, "f", at(text, "!")).split("\n");
  expect(line).toHaveLength("1 | ".length + 3 + 120 + 3);
  expect(line?.charAt(mark?.indexOf("^") ?? 0)).toBe("!");
});

test("a place over several lines is marked to the end of its first, one at the end of the text by a single mark", () => {
  const text = "a: [1,\n 2]\n";
  const [whole, end] = [at(text, "[1,"), at(text, "\n", { message: "end" })];
  const long = { ...whole, end: { line: 2, column: 4, offset: 10 } };
  expect(formatDiagnostic(text, "f", long).split("\n").at(-1)).toBe("  |    ^^^");
  expect(
    formatDiagnostic(text, "f", { ...end, end: end.start })
      .split("\n")
      .at(-1),
  ).toBe("  |       ^");
});

test("a document cannot steer the terminal", () => {
  const text = 'a: "\u001B[2J\u0007\u202E"\r\n';
  const shown = formatDiagnostic(text, "f\u001B[1m", at(text, "a", { message: "no \u001B[2J", suggestion: "\u0007" }));
  expect(shown.replaceAll("\n", "")).not.toMatch(/[\u0000-\u001F\u007F-\u009F\u202E]/);
});
