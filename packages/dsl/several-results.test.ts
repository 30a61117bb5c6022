import { expect, test } from "vitest";
import { severalResults } from "./several-results.ts";

const found = (source: string): string | undefined => {
  const range = severalResults(source);
  return range && source.slice(range.start, range.end);
};

test.each([
  [".items[]", ".items[]"],
  [".items[] | .name", ".items[]"],
  ["$order.lines[].price", "$order.lines[].price"],
  [".a | .[]?", ".[]?"],
  ['."odd key"[]', '."odd key"[]'],
  [".a[0][]", ".a[0][]"],
  [".a, .b", ","],
  ["keys | .[] | select(. > 1)", ".[]"],
])("%s gives several results", (source, part) => {
  expect(found(source)).toBe(part);
});

test.each([
  ".a",
  "[.items[]]",
  "[.a, .b]",
  "{a: .b[]}",
  "first(.items[])",
  ".items | map(.name)",
  ".a // .b",
  ".items[] // 0",
  "limit(1; .[])",
  "reduce .[] as $x (0; . + $x)",
  '"a, \\(.b[])"',
  ".a[1, 2]",
  ".a |= .b",
  ".a[.b]",
])("%s is not plain to see", (source) => {
  expect(found(source)).toBeUndefined();
});
