// Texts of a megabyte and more: apart from the other tests, because they take their time.

import { expect, test } from "vitest";
import { maxStackEntries } from "./match-state.ts";
import { regexOf } from "./testing.ts";

const steps = Number.MAX_SAFE_INTEGER;

test("a megabyte under a repeated group needs no stack of the host", () => {
  const subject = `${"ab".repeat(500_000)}c`;
  expect(regexOf("(a|b)*c").exec(subject, 0, { steps })).toMatchObject({ start: 0, end: subject.length });
});

test("what is remembered to go back to is bounded, and forgotten after the match", () => {
  const regex = regexOf("(a|bb)*c");
  expect(() => regex.exec("a".repeat(maxStackEntries / 2), 0, { steps })).toThrow("too much to go back to");
  expect(regex.exec("abbc", 0, { steps })).toMatchObject({ start: 0, end: 4 });
});
