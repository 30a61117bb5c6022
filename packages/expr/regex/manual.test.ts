// The patterns that jq's manual shows, on its inputs: all matches of each, with their groups.

import { expect, test } from "vitest";
import { ampleSteps, regexOf } from "./testing.ts";

/** Each match as its text, followed by its groups; an empty match moves on by one character. */
function allMatches(pattern: string, flags: string, text: string): (string | null)[][] {
  const regex = regexOf(pattern, flags);
  const matches: (string | null)[][] = [];
  for (let from = 0; from <= text.length;) {
    const match = regex.exec(text, from, { steps: ampleSteps });
    if (match === null) break;
    matches.push([match, ...match.groups].map((span) => span && text.slice(span.start, span.end)));
    from = match.end > match.start ? match.end : match.end + 1;
  }
  return matches;
}

test.each<[pattern: string, flags: string, text: string, matches: (string | null)[][]]>([
  ["foo", "", "foo bar foo", [["foo"], ["foo"]]],
  ["foo", "i", "foo bar FOO", [["foo"], ["FOO"]]],
  ["a b c # spaces are ignored", "ix", "xabcd", [["abc"]]],
  ["a b c # spaces are ignored", "ix", "ABC", [["ABC"]]],
  [
    "(abc)+",
    "",
    "abc abc",
    [
      ["abc", "abc"],
      ["abc", "abc"],
    ],
  ],
  [
    "foo (?<bar123>bar)? foo",
    "i",
    "foo bar foo foo  foo",
    [
      ["foo bar foo", "bar"],
      ["foo  foo", null],
    ],
  ],
  [".", "", "abc", [["a"], ["b"], ["c"]]],
  ["(?<a>[a-z]+)-(?<n>[0-9]+)", "", "xyzzy-14", [["xyzzy-14", "xyzzy", "14"]]],
  [
    "(a+)(b+)",
    "",
    "abaabbaaabbb",
    [
      ["ab", "a", "b"],
      ["aabb", "aa", "bb"],
      ["aaabbb", "aaa", "bbb"],
    ],
  ],
  [", *", "", "ab,cd,   ef, gh", [[","], [",   "], [", "]]],
  [",? *", "n", "ab,cd ef,  gh", [[","], [" "], [",  "]]],
  ["^_+", "", "__b", [["__"]]],
  [
    "[^a-z]*(?<x>[a-z]+)",
    "",
    "123abc456def",
    [
      ["123abc", "abc"],
      ["456def", "def"],
    ],
  ],
  [
    "(?<x>.)[^a]*",
    "",
    "Abcabc",
    [
      ["Abc", "A"],
      ["abc", "a"],
    ],
  ],
])("%j with %j in %j", (pattern, flags, text, matches) => {
  expect(allMatches(pattern, flags, text)).toEqual(matches);
});
