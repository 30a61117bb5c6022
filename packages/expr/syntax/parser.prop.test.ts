import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compile, maxNesting } from "../index.ts";

const pieces =
  ". .a .[ ] ( ) { } [ | , : ; // //= ?// |= += = == != <= and or not if then elif else end try catch reduce foreach as def label break " +
  '$x $__loc__ "a" " \\( \\" @base64 @csv 1 -1 1.5e3 .. ? - + * / % import include f f(.) map(.) # \n $ @ \\ é \u0000';
const soup = fc.array(fc.constantFrom(...pieces.split(" ")), { maxLength: 25 }).map((words) => words.join(" "));

function outcome(source: string): string {
  const compiled = compile(source, { variables: ["x"] });
  if (compiled.ok) return "compiles";
  for (const { message, offset, length } of compiled.diagnostics) {
    expect(message).not.toBe("");
    expect(offset).toBeGreaterThanOrEqual(0);
    expect(offset + length).toBeLessThanOrEqual(source.length);
  }
  return compiled.diagnostics.length > 0 ? "explained" : "refused without a word";
}

describe("any text compiles or is explained", () => {
  test("random characters", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 60 }), (source) => outcome(source) !== "refused without a word"),
      { numRuns: 150 },
    );
  });

  test("random tokens", () => {
    fc.assert(
      fc.property(soup, (source) => outcome(source) !== "refused without a word"),
      { numRuns: 1000 },
    );
  });

  test.each([
    ["parentheses", "(".repeat(100_000)],
    ["arrays", "[".repeat(100_000)],
    ["balanced arrays", "[".repeat(10_000) + "]".repeat(10_000)],
    ["minus signs", "-".repeat(100_000)],
    ["interpolations", '"\\('.repeat(50_000)],
    ["pipes", ".|".repeat(100_000)],
    ["complete pipes", `${".|".repeat(100_000)}.`],
    ["commas", "1,".repeat(100_000)],
    ["sums", "1+".repeat(100_000) + "1"],
    ["suffixes", `.${"[0]".repeat(100_000)}`],
    ["definitions", "def f: 1;".repeat(50_000)],
    ["nested definitions", "def f:".repeat(50_000)],
    ["conditions", "if . then ".repeat(50_000)],
    ["alternatives", "1//".repeat(100_000) + "1"],
    ["bindings", ". as $x|".repeat(100_000)],
    ["patterns", `. as ${"[".repeat(100_000)}`],
    ["try", "try ".repeat(100_000)],
    ["reduce", "reduce ".repeat(100_000)],
    ["elif", `if 1 then 1 ${"elif 1 then 1 ".repeat(50_000)}end`],
  ])("endless %s are refused", (_name, source) => {
    expect(outcome(source)).toBe("explained");
  });

  test("what is within the limit compiles", () => {
    const depth = maxNesting / 2;
    expect(outcome("[".repeat(depth) + "]".repeat(depth))).toBe("compiles");
    expect(outcome("1+".repeat(300) + "1")).toBe("compiles");
    expect(outcome(`.${"|.a".repeat(300)}`)).toBe("compiles");
  });

  test("functions that double at every level are not compiled into their callers without end", () => {
    const levels = Array.from({ length: 40 }, (_, i) => `def f${i + 1}: f${i}, f${i};`);
    expect(outcome(`def f0: 1; ${levels.join(" ")} f40`)).toBe("compiles");
  });
});
