// The cases of jq's manual, every one of them. Those that cannot hold here are listed with their reasons in README.md.
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { compile, type ExactValue, type Json, parseJsonText, toJsonText, valuesEqual } from "./index.ts";

const folder = fileURLToPath(new URL("../../../shared/data/jq/", import.meta.url));

/** `$ENV` and `env` are empty: an expression does not see the host's environment. */
const excluded = new Set(["$ENV.PAGER", "env.PAGER"]);

interface ManualCase {
  readonly program: string;
  readonly input: ExactValue;
  readonly expected: readonly ExactValue[];
}

function parsed(text: string): ExactValue {
  const reading = parseJsonText(text);
  if (!reading.ok) throw new Error(reading.message);
  return reading.value;
}

// Cases stand between empty lines: the program, the input, then one line for every result.
function readCases(file: string): ManualCase[] {
  return readFileSync(folder + file, "utf8")
    .split(/\n\n+/)
    .map((block) => block.split("\n").filter((line) => line !== ""))
    .filter((lines) => lines.length > 1)
    .map(([program = "", input = "null", ...expected]) => ({ program, input: parsed(input), expected: expected.map(parsed) }));
}

function run({ program, input }: ManualCase): ExactValue[] {
  const compiled = compile(program, { exactNumbers: true });
  if (!compiled.ok) throw new Error(compiled.diagnostics.map((problem) => problem.message).join("; "));
  return compiled.expression.all(input as Json, [], { now: 0 });
}

describe.each([
  ["man.test", 231],
  ["manonig.test", 19],
])("%s", (file, count) => {
  test.skipIf(!existsSync(folder + file))(`all ${count} cases (needs ../shared/data/jq)`, () => {
    const cases = readCases(file);
    expect(cases.length).toBe(count);
    const failed = cases.filter((one) => !excluded.has(one.program)).filter((one) => !valuesEqual(run(one), one.expected));
    expect(failed.map((one) => `${one.program} gives ${toJsonText(run(one))}`)).toEqual([]);
  });
});
