// Nothing runs away: every match ends within its budget and without the host's stack.

import { expect, test } from "vitest";
import { RegexBudgetExceeded } from "./index.ts";
import { regexOf } from "./testing.ts";

const steps = 200_000;

test.each([
  ["(a+)+$", "a".repeat(40)],
  ["(a|aa)+$", "a".repeat(60)],
  ["(a|aa|aaa)*$", "a".repeat(40)],
  ["(.*)*x", "a".repeat(2000)],
  ["(.*)(.*)(.*)(.*)x", "a".repeat(500)],
  ["^(\\w+\\s?)*$", `${"word ".repeat(30)}!`],
  ["(x+x+)+y", "x".repeat(40)],
  ["(?=(a+))\\1*b(?:c|\\g<1>)*?d", "a".repeat(4000)],
  ["(a*)*\\1b", "a".repeat(200)],
  ["a(?<!a{500}b)c", "a".repeat(50_000)],
  ["[^x]*[^y]*z", "a".repeat(5000)],
])("%j is stopped by its budget", (pattern, subject) => {
  const budget = { steps };
  expect(() => regexOf(pattern).exec(`${subject}!`, 0, budget)).toThrow(RegexBudgetExceeded);
  expect(budget.steps).toBe(0);
});

test("the budget pays for what was done, and a regex serves again after it was stopped", () => {
  const regex = regexOf("(a+)+$");
  expect(() => regex.exec(`${"a".repeat(40)}!`, 0, { steps })).toThrow(RegexBudgetExceeded);
  const budget = { steps };
  expect(regex.exec("aaa", 0, budget)).toEqual({ start: 0, end: 3, groups: [{ start: 0, end: 3 }] });
  expect(budget.steps).toBeGreaterThan(steps - 100);
  expect(budget.steps).toBeLessThan(steps);
});

test("a search over a long text is charged by its length", () => {
  const length = 100_000;
  for (const pattern of ["b", "[bc]", "\\d", "a*b", "(?=b)"]) {
    const budget = { steps: 100_000_000 };
    expect(() => regexOf(pattern).exec("a".repeat(length), 0, { steps: 1000 })).toThrow(RegexBudgetExceeded);
    if (pattern !== "a*b") expect(regexOf(pattern).exec("a".repeat(length), 0, budget)).toBeNull();
  }
});

test("a long text under a repeated group needs no stack of the host", () => {
  const subject = "ab".repeat(25_000);
  for (const pattern of ["(a|b)*$", "(?:(?=a)a|(?<!b)b|b)*$", "(?:(a)|b)*?$", "(?:(?>(a)|b))*$", "(?<x>a\\g<y>|(?<y>b))*$"]) {
    expect(regexOf(pattern).exec(subject, 0, { steps: 10_000_000 })?.end).toBe(subject.length);
  }
});

test("matching from an offset sees what stands before it", () => {
  expect(regexOf("(?<=a)b").exec("ab", 1, { steps })?.start).toBe(1);
  expect(regexOf("^b").exec("ab", 1, { steps })).toBeNull();
  expect(regexOf("\\Gb").exec("ab", 1, { steps })?.start).toBe(1);
  expect(regexOf("$").exec("ab", 2, { steps })?.start).toBe(2);
  expect(regexOf("b").exec("ab", 3, { steps })).toBeNull();
});

test("surrogates: a pair is one character, a lone one is one as well, and neither matches half of a pair", () => {
  const emoji = "\u{1f600}";
  const [high = "", low = ""] = emoji.split("");
  expect(regexOf(".").exec(emoji, 0, { steps })?.end).toBe(2);
  expect(regexOf(".").exec(`${high}a`, 0, { steps })?.end).toBe(1);
  expect(regexOf(low).exec(emoji, 0, { steps })).toBeNull();
  expect(regexOf(high).exec(emoji, 0, { steps })).toBeNull();
  expect(regexOf(`x${high}`).exec(`x${emoji}`, 0, { steps })).toBeNull();
  expect(regexOf(low).exec(`a${low}`, 0, { steps })?.start).toBe(1);
  expect(regexOf("[^a]*b").exec(`${emoji}${emoji}b`, 0, { steps })?.end).toBe(5);
  expect(regexOf("^.{2}$").exec(`${emoji}${low}`, 0, { steps })?.end).toBe(3);
});
