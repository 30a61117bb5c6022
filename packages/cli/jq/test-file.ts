// Files of cases in the format of jq's own tests: a program, an input, the expected results, each on a line of its own,
// and an empty line. `%%FAIL` stands before a program that must not compile; the line after it is jq's message, which
// is read over, since the messages here are not jq's. `#` begins a comment.
import { compile, ExpressionError, type ExactValue, type Json, parseJsonText, toJsonText, valuesEqual } from "@baton/expr";

/** What came of one file. */
export interface TestReport {
  readonly passed: number;
  readonly failed: number;
}

interface TestCase {
  readonly line: number;
  readonly program: string;
  readonly mustFail: boolean;
  readonly input: string;
  readonly expected: readonly string[];
}

/** Enough for every case of jq's own. */
const limits = { steps: 200_000_000, bytes: 2_000_000_000 };

/** Runs every case, says what failed, and ends with `N passed, N failed`. */
export function runTestFile(text: string, out: (text: string) => void): TestReport {
  let passed = 0;
  let failed = 0;
  for (const test of parseTests(text)) {
    const problem = runTest(test);
    if (problem === undefined) passed++;
    else {
      failed++;
      out(`line ${test.line}: ${test.program}\n  ${problem}\n`);
    }
  }
  out(`${passed} passed, ${failed} failed\n`);
  return { passed, failed };
}

/** Reads a file of cases. */
export function parseTests(text: string): TestCase[] {
  const lines = text.split(/\r?\n/);
  const tests: TestCase[] = [];
  for (let at = 0; at < lines.length;) {
    if (isSkipped(lines[at] ?? "")) {
      at++;
      continue;
    }
    const mustFail = (lines[at] ?? "").startsWith("%%FAIL");
    const first = mustFail ? at + 1 : at;
    let end = first + 1;
    while (end < lines.length && !isSkipped(lines[end] ?? "")) end++;
    const [program = "", input = "null", ...expected] = lines.slice(first, end);
    tests.push({ line: first + 1, program, mustFail, input, expected });
    at = end;
  }
  return tests;
}

function isSkipped(line: string): boolean {
  return /^[ \t]*(?:#|$)/.test(line);
}

function runTest(test: TestCase): string | undefined {
  const compiled = compile(test.program, { exactNumbers: true });
  if (test.mustFail) return compiled.ok ? "compiles, but should not" : undefined;
  if (!compiled.ok) return `does not compile: ${compiled.diagnostics.map((problem) => problem.message).join("; ")}`;
  const input = parseJsonText(test.input);
  if (!input.ok) return `the input is no JSON: ${input.message}`;
  const actual: ExactValue[] = [];
  const failure = evaluate(() => {
    actual.push(...compiled.expression.all(input.value as Json, [], { now: Date.now(), ...limits }));
  });
  return compareResults(test.expected, actual, failure);
}

function evaluate(work: () => void): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (error instanceof ExpressionError) return error.message;
    throw error;
  }
}

// Results are compared as they would be read back from print: a NaN is null, an infinity the largest number.
function sameResult(got: ExactValue, wanted: ExactValue): boolean {
  if (valuesEqual(got, wanted)) return true;
  const printed = parseJsonText(toJsonText(got));
  return printed.ok && valuesEqual(printed.value, wanted);
}

function compareResults(expected: readonly string[], actual: readonly ExactValue[], failure: string | undefined): string | undefined {
  for (const [i, text] of expected.entries()) {
    const wanted = parseJsonText(text);
    if (!wanted.ok) return `the expected result is no JSON: ${wanted.message}`;
    const got = actual[i];
    if (got === undefined)
      return `expected ${text}, but there are ${actual.length} results${failure === undefined ? "" : `, then the error ${failure}`}`;
    if (!sameResult(got, wanted.value)) return `expected ${text}, but got ${toJsonText(got)}`;
  }
  const [extra] = actual.slice(expected.length);
  return extra === undefined ? undefined : `expected ${expected.length} results, but also got ${toJsonText(extra)}`;
}
