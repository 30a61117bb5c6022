// The same answers as the real jq with its real Oniguruma (jq compiled to WebAssembly), over random patterns made
// from pieces of the syntax. Left out is what is known to differ, each for a reason: see docs/decisions/0031.

import { createRequire } from "node:module";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { compileRegex } from "./index.ts";
import { ampleSteps } from "./testing.ts";

type Case = readonly [pattern: string, flags: string, text: string];
type Span = readonly [offset: number, length: number];
/** A message, or the match and its groups in code points; the groups of an empty match are left out, jq gets them wrong. */
type Answer = string | null | readonly [match: Span, groups: readonly Span[]];

interface Jq {
  json(input: unknown, filter: string): unknown;
}

const jq = await (createRequire(import.meta.url)("jq-web") as Promise<Jq>);

const program = `map(. as [$pattern, $flags, $text]
  | try ([$text | match($pattern; $flags)][0] // null
    | if . == null then null
      else [[.offset, .length], if .length == 0 then [] else [.captures[] | [.offset, .length]] end] end)
    catch ltrimstr("Regex failure: "))`;

function answersOfJq(cases: readonly Case[]): readonly Answer[] {
  return jq.json(cases, program) as readonly Answer[];
}

function answerOf([pattern, flags, text]: Case): Answer {
  const result = compileRegex(pattern, flags);
  if (!result.ok) return result.message;
  const match = result.regex.exec(text, 0, { steps: ampleSteps });
  if (match === null) return null;
  const codePoints = (from: number, to: number) => Array.from(text.slice(from, to)).length;
  const spanOf = ({ start, end }: { readonly start: number; readonly end: number }): Span => [codePoints(0, start), codePoints(start, end)];
  return [spanOf(match), match.start === match.end ? [] : match.groups.map((group) => (group === null ? [-1, 0] : spanOf(group)))];
}

const pieces = fc.constantFrom(
  ..."a b c ab . [ab] [^a] \\w \\b ^ \\A (?=a) (?!b) (?<=a) (?<!b) \\1 \\k<-1> \\R \\X \\N [[:alpha:]] \\p{L}".split(" "),
  ..."(?(1)a|b) (?1) \\g<1> (?i) (?s) (?m) (?-s) é \\x{e9} { {2".split(" "),
);
const operators = fc.constantFrom("", "", "", "*", "+", "?", "*?", "+?", "??", "{2}", "{1,2}", "{2,}?", "*+", "{1,2}+");
const openings = fc.constantFrom("(", "(?:", "(?>", "(?<n>", "(?=", "(?!", "(?i:");

const { pattern } = fc.letrec<{ pattern: string; term: string }>((tie) => ({
  pattern: fc
    .array(fc.array(tie("term"), { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 2 })
    .map((branches) => branches.map((terms) => terms.join("")).join("|")),
  term: fc
    .oneof(
      { depthSize: "small" },
      pieces,
      fc.tuple(openings, tie("pattern")).map(([opening, body]) => `${opening}${body})`),
    )
    .chain((body) => operators.map((operator) => body + operator)),
}));
const text = fc.array(fc.constantFrom("a", "b", "c", "A", "é", "\n", " "), { maxLength: 8 }).map((chars) => chars.join(""));
const structured = fc.tuple(pattern, fc.constantFrom("", "x", "p", "n", "s"), text);

const scraps = fc.constantFrom(
  " ",
  ..."( ) [ ] { } * + ? | \\ a - ^ $ 1 , : ! = # x i p & (? (?: \\x \\x41 [: alpha :] \\Q \\E é {1 \\d \\12".split(" "),
);
const scrappy = fc.tuple(
  fc.array(scraps, { maxLength: 7 }).map((parts) => parts.join("")),
  fc.constantFrom("", "x", "n"),
  fc.constantFrom("a", "x1", "-", "[a]", "{1}", "(a)"),
);

function isComparable(answer: Answer): boolean {
  return typeof answer !== "string" || !answer.endsWith("is not supported");
}

test.each([
  ["patterns that make sense", structured, 16],
  ["scraps of patterns", scrappy, 8],
])("%s match, or are refused, as by jq", (_, arbitrary, numRuns) => {
  fc.assert(
    fc.property(fc.array(arbitrary, { minLength: 30, maxLength: 30 }), (cases) => {
      const expected = answersOfJq(cases);
      const answers = cases.map(answerOf);
      const comparable = cases.flatMap((_, index) => (isComparable(answers[index] ?? null) ? [index] : []));
      expect(comparable.map((index) => [cases[index], answers[index]])).toEqual(comparable.map((index) => [cases[index], expected[index]]));
    }),
    { numRuns, seed: 1 },
  );
});
