// Random expressions, here and in the host's own JavaScript: same value, or both fail.
import { runInNewContext } from "node:vm";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { compileJs, type Json } from "../index.ts";

const input = { a: 1, b: [1, "2", null], c: { d: "text", e: [] }, f: true };
const operators = ["+", "-", "*", "/", "%", "**", "==", "!=", "===", "!==", "<", ">=", "&&", "||", "&", "|", "<<", ">>>"];
const leaf = fc.oneof(
  fc.constantFrom("$.a", "$.b", "$.c", "$.f", "$.c.d", "$.b[1]", "$?.x?.y", "null", "undefined", "true", "''", "'7'", "[]", "({})", "NaN"),
  fc.integer({ min: -9, max: 99 }).map((n) => `(${n})`),
);
const { expression } = fc.letrec<{ expression: string }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    leaf,
    fc.tuple(tie("expression"), fc.constantFrom(...operators), tie("expression")).map(([a, op, b]) => `((${a}) ${op} (${b}))`),
    fc.tuple(fc.constantFrom("!", "-", "+", "~", "typeof "), tie("expression")).map(([op, a]) => `(${op}(${a}))`),
    fc.tuple(tie("expression"), tie("expression"), tie("expression")).map(([a, b, c]) => `(${a} ? ${b} : ${c})`),
    fc.tuple(tie("expression"), tie("expression")).map(([a, b]) => `[${a}, ${b}]`),
    fc.tuple(tie("expression"), tie("expression")).map(([a, b]) => `({ k: ${a}, ...[], m: ${b} })`.replace("...[], ", "")),
    fc.tuple(tie("expression"), tie("expression")).map(([a, b]) => `[${a}].map((x, i) => [x, i, ${b}])`),
    fc.tuple(tie("expression"), fc.constantFrom("length", "0", "d", "k")).map(([a, key]) => `(${a})?.["${key}"]`),
    tie("expression").map((a) => `\`<\${${a}}>\``),
    tie("expression").map((a) => `JSON.stringify(${a})`),
    tie("expression").map((a) => `String(${a}).slice(1, 9).split("e")`),
    fc.tuple(tie("expression"), tie("expression")).map(([a, b]) => `[${a}, ${b}].toSorted()`),
    fc.tuple(tie("expression"), tie("expression")).map(([a, b]) => `((p, q = ${a}) => [q, p])(${b})`),
  ),
}));

const failed = "failed";

function native(source: string): Json {
  try {
    const text = runInNewContext(`JSON.stringify(${source})`, { $: structuredClone(input) }) as string | undefined;
    return text === undefined ? null : (JSON.parse(text) as Json);
  } catch {
    return failed;
  }
}

function ours(source: string): Json {
  const compiled = compileJs(source);
  if (!compiled.ok) throw new Error(`${source}: ${compiled.diagnostics[0]?.message}`);
  try {
    return compiled.expression.first(input, [], { now: 0 }) ?? null;
  } catch {
    return failed;
  }
}

const numRuns = Number(process.env["BATON_PROPERTY_RUNS"] ?? 300);

test("a random expression gives what JavaScript gives", () => {
  fc.assert(
    fc.property(expression, (source) => {
      expect(ours(source)).toEqual(native(source));
    }),
    { numRuns },
  );
});

test("any text compiles or is explained", () => {
  const piece = fc.constantFrom(
    "$",
    ".a",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "`",
    "${",
    "'",
    "=>",
    "x",
    ",",
    "...",
    "?",
    ":",
    "?.",
    "+",
    "1",
    "=",
    " ",
    "new",
    "\\",
    "/*",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const source = pieces.join("");
      const compiled = compileJs(source);
      if (compiled.ok) return;
      for (const { offset, length } of compiled.diagnostics) expect(offset + length).toBeLessThanOrEqual(Math.max(source.length, offset));
    }),
    { numRuns },
  );
});
