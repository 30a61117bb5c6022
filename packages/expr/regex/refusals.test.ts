// What is refused, in whose words, and where.

import { expect, test } from "vitest";
import { maxNesting, maxPatternLength } from "./parser.ts";
import { compileRegex } from "./index.ts";
import { regexOf } from "./testing.ts";

function messageOf(pattern: string, flags = ""): string | undefined {
  const result = compileRegex(pattern, flags);
  return result.ok ? undefined : result.message;
}

test.each([
  ["(", "end pattern with unmatched parenthesis"],
  ["(?", "end pattern in group"],
  ["(?#x", "end pattern in group"],
  ["a)", "unmatched close parenthesis"],
  ["[a", "premature end of char-class"],
  ["[]", "empty char-class"],
  ["[z-a]", "empty range in char class"],
  ["[a-\\d]", "char-class value at end of range"],
  ["[\\d-a]", "unmatched range specifier in char-class"],
  ["[[:foo:]]", "invalid POSIX bracket type"],
  ["*a", "target of repeat operator is not specified"],
  ["a|+", "target of repeat operator is not specified"],
  ["(?i)*", "target of repeat operator is not specified"],
  ["^*", "target of repeat operator is invalid"],
  ["(?=a){2}", "target of repeat operator is invalid"],
  ["a{3,2}", "upper is smaller than lower in repeat range"],
  ["a{100001}", "too big number for repeat range"],
  ["(?z)", "undefined group option"],
  ["(?P<n>a)", "undefined group option"],
  ["(?<>a)", "group name is empty"],
  ["(?<1>a)", "invalid group name <1>"],
  ["(?<$>a)", "invalid char in group name <$>"],
  ["(?<a", "invalid group name <a>"],
  ["\\1", "invalid backref number/name"],
  ["\\k<x>", "undefined name <x> reference"],
  ["\\g<x>", "undefined name <x> reference"],
  ["\\g<1>", "undefined group <1> reference"],
  ["(?<n>a)(?<n>b)\\g<n>", "multiplex definition name <n> call"],
  ["(?<a>b\\g<a>)", "never ending recursion"],
  ["(?<a>a|\\g<a>b)", "never ending recursion"],
  ["\\k<99999999999>", "too big number"],
  ["\\", "end pattern at escape"],
  ["\\c", "end pattern at control"],
  ["\\xe9", "too short multibyte code string"],
  ["\\x{123456789}", "too long wide-char value"],
  ["\\x{41-43}", "invalid code point value"],
  ["\\p{Foo}", "invalid character property name {Foo}"],
  ["\\p{Lu", "end pattern with unmatched parenthesis"],
  ["(?<=(a|bb))c", "invalid pattern in look-behind"],
  ["(?<=a|bb)c", "invalid pattern in look-behind"],
  ["(?<=a$)b", "invalid pattern in look-behind"],
  ["(?<!(a))b", "invalid pattern in look-behind"],
  ["(?(a))", "invalid if-else syntax"],
])("%j is refused in Oniguruma's words: %s", (pattern, message) => {
  expect(messageOf(pattern)).toBe(message);
});

test.each(["(?~ab)", "(?{x})", "(*FAIL)", "(a)\\k<1+0>", "(a)(?(1+0)b)", "\\y", "\\Y", "\\p{In_Basic_Latin}", "(?R)"])(
  "%j, which Oniguruma takes, is refused as not supported",
  (pattern) => {
    expect(messageOf(pattern)).toMatch(/ is not supported$/);
  },
);

test("the offset points into the pattern", () => {
  expect(compileRegex("ab[z-a]", "")).toEqual({ ok: false, message: "empty range in char class", offset: 6 });
  expect(compileRegex("ab**\\k<x>", "")).toEqual({ ok: false, message: "undefined name <x> reference", offset: 4 });
});

test("an unknown modifier is refused in jq's words, the known ones are taken together", () => {
  expect(messageOf("a", "qx")).toBe("qx is not a valid modifier string");
  expect(messageOf("a", "gixnslp")).toBeUndefined();
});

test("a pattern nested too deeply is refused, at the bound it is not", () => {
  const nested = (depth: number) => `${"(".repeat(depth)}a${")".repeat(depth)}`;
  expect(messageOf(nested(maxNesting))).toBe("parse depth limit over");
  expect(messageOf(nested(maxNesting - 1))).toBeUndefined();
  expect(messageOf(nested(5000))).toBe("parse depth limit over");
});

test("a pattern that is too long is refused, at the bound it is not", () => {
  expect(messageOf("a".repeat(maxPatternLength + 1))).toBe("the pattern is longer than 20000 characters");
  expect(messageOf("a".repeat(maxPatternLength))).toBeUndefined();
});

test("groups are named in the order of their parentheses", () => {
  expect(regexOf("(a)(?<x>b(?<y>c))(?:d)").groupNames).toEqual([null, "x", "y"]);
});
