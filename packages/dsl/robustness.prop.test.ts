// Whatever the text, the answer is a workflow or a list of problems that lie inside the text; never an exception.
import { readdirSync, readFileSync } from "node:fs";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { compileWorkflow, formatDiagnostic } from "./index.ts";

const folder = new URL("testdata/", import.meta.url);
const documents = readdirSync(folder)
  .filter((name) => /\.(?:yaml|json)$/.test(name))
  .map((name) => readFileSync(new URL(name, folder), "utf8"));

const noise = fc.constantFrom(
  "",
  "\n",
  "  ",
  "\t",
  "- ",
  ": ",
  "{",
  "}",
  "[",
  "]",
  '"',
  "'",
  "${ .a",
  "$x",
  "&a ",
  "*a",
  "|\n",
  ">\n",
  "#",
  "!",
  "---\n",
  "\u0000",
  "\u2028",
  "😀",
  "\ud800",
  "null",
  "1e999",
  "<<: ",
  "? ",
  "then: ",
  "set: ",
);
const edit = fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true }), remove: fc.nat(12), insert: noise });

const edited = (text: string, { at, remove, insert }: { at: number; remove: number; insert: string }): string => {
  const start = Math.floor(at * text.length);
  return text.slice(0, start) + insert + text.slice(start + remove);
};

test("a broken document is answered, and every problem lies in it", () => {
  fc.assert(
    fc.property(fc.constantFrom(...documents), fc.array(edit, { minLength: 1, maxLength: 4 }), (document, edits) => {
      const text = edits.reduce(edited, document);
      const result = compileWorkflow(text);
      const found = result.ok ? result.warnings : result.diagnostics;
      expect(found.some(({ severity }) => severity === "error")).toBe(!result.ok);
      for (const diagnostic of found) {
        const { start, end } = diagnostic;
        expect(start.offset).toBeGreaterThanOrEqual(0);
        expect(end.offset).toBeGreaterThanOrEqual(start.offset);
        expect(start.offset).toBeLessThanOrEqual(text.length);
        expect(text.split("\n")[start.line - 1]?.length).toBeGreaterThanOrEqual(start.column - 1);
        expect(formatDiagnostic(text, "flow.yaml", diagnostic).split("\n").length).toBeLessThanOrEqual(5);
      }
    }),
    { numRuns: Number(process.env["PROPERTY_RUNS"] ?? 200) },
  );
});
