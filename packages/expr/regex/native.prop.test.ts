// The same matches as the host's own engine, over random patterns whose meaning is the same to both: no references,
// no repeated group that can match nothing, groups only outside of repetitions, no word characters beyond ASCII.

import * as fc from "fast-check";
import { expect, test } from "vitest";
import { ampleSteps, regexOf } from "./testing.ts";

interface Piece {
  readonly source: string;
  readonly nullable: boolean;
}

const atom = fc
  .constantFrom("a", "b", "c", "ab", ".", "[ab]", "[^a]", "\\w", "\\W", "\\d", "\\p{L}", "[\\d\\sb-d]", "\u{1f600}", "[é\u{1f600}]")
  .map((source) => ({ source, nullable: false }));
const place = fc
  .constantFrom("\\b", "\\B", "^", "$", "(?=a)", "(?!b)", "(?=.b)", "(?<=a)", "(?<![bc])", "(?<=a.)", "")
  .map((source) => ({ source, nullable: true }));
const quantifier = fc.constantFrom("*", "+", "?", "*?", "+?", "??", "{2}", "{1,2}", "{0,2}?", "{2,}", "{1,}?");

const { piece, group } = fc.letrec<{ sequence: Piece; group: Piece; repeat: Piece; piece: Piece }>((tie) => ({
  sequence: fc.array(fc.oneof({ depthSize: "small" }, atom, place, tie("repeat")), { minLength: 1, maxLength: 4 }).map((pieces) => ({
    source: pieces.map(({ source }) => source).join(""),
    nullable: pieces.every(({ nullable }) => nullable),
  })),
  group: fc.array(tie("sequence"), { minLength: 1, maxLength: 3 }).map((branches) => ({
    source: `(?:${branches.map(({ source }) => source).join("|")})`,
    nullable: branches.some(({ nullable }) => nullable),
  })),
  repeat: fc
    .tuple(fc.oneof(atom, tie("group")), quantifier)
    .map(([body, operator]) => (body.nullable ? body : { source: `(?:${body.source})${operator}`, nullable: /[*?]|\{0/.test(operator) })),
  piece: fc.oneof(atom, place, tie("repeat"), tie("group")),
}));

const pattern = fc
  .array(fc.tuple(fc.oneof(piece, group), fc.boolean()), { minLength: 1, maxLength: 4 })
  .map((pieces) => pieces.map(([{ source }, captured]) => (captured ? `(${source})` : source)).join(""));

const text = fc.array(fc.constantFrom("a", "b", "c", "a", "b", " ", "1", "\u{1f600}"), { maxLength: 8 }).map((chars) => chars.join(""));

type Spans = readonly (readonly number[] | null | undefined)[] | null;

/** The host tries offsets inside of surrogate pairs when it searches, so each place is tried on its own. */
function nativeMatch(source: string, flags: string, subject: string): Spans {
  const regex = new RegExp(source, `dyu${flags}`);
  let at = 0;
  for (const char of [...Array.from(subject), ""]) {
    regex.lastIndex = at;
    const match = regex.exec(subject);
    if (match !== null) return Array.from(match.indices ?? [], (span) => (span === undefined ? null : [...span]));
    at += char.length;
  }
  return null;
}

function ownMatch(source: string, flags: string, subject: string): Spans {
  const match = regexOf(source, flags).exec(subject, 0, { steps: ampleSteps });
  return match && [match, ...match.groups].map((span) => span && [span.start, span.end]);
}

test("matches and groups are those of the host's engine", () => {
  fc.assert(
    fc.property(pattern, text, fc.constantFrom("", "i"), (source, subject, flags) => {
      expect(ownMatch(source, flags, subject)).toEqual(nativeMatch(source, flags, subject));
    }),
    { numRuns: 300 },
  );
});
