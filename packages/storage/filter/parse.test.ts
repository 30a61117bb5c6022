import { expect, test } from "vitest";
import { maxComparisons, maxFilterDepth, maxFilterLength, parseRunFilter, parseRunOrder } from "./parse.ts";

/** What is wrong with a filter: the text, what is marked in it, and what is said. */
function problem(text: string): string {
  const parsed = parseRunFilter(text, 0);
  if (parsed.ok) return "fine";
  const { message, offset, length, advice } = parsed.error;
  return `${text.slice(0, offset)}«${text.slice(offset, offset + length)}»${text.slice(offset + length)} | ${message}${advice === undefined ? "" : ` | ${advice}`}`;
}

test.each([
  ["", "«» | the filter is empty | write a comparison: status = waiting"],
  ["statsu = running", "«statsu» = running | `statsu` is no field of a run | did you mean status?"],
  ["status = runing", "status = «runing» | `runing` is no status | did you mean running?"],
  ["status running", "status «running» | there is no operator behind `status` | write one of = != < <= > >= and :"],
  ["status =", "status =«» | there is no value behind `=` | write one"],
  ["status > running", "status «>» running | `>` needs an order, and this field has none | write = or !=, with * for any characters"],
  ["flow = a flow = b", "flow = a «flow» = b | `flow` does not belong here | write AND or OR between comparisons"],
  [
    "flow = a AND flow = b OR flow = c",
    "flow = a AND flow = b «OR» flow = c | AND and OR stand side by side | put parentheses around what belongs together",
  ],
  ["(flow = a", "«(»flow = a | the parenthesis that opens here is not closed | close it with )"],
  ["flow = a)", "flow = a«)» | `)` does not belong here | write AND or OR between comparisons"],
  ['flow = "a', 'flow = «"»a | the text that begins here has no closing quote | close it with "'],
  [
    "startedAt > yesterday",
    "startedAt > «yesterday» | `yesterday` is not a time | write 2026-12-24 (its start, UTC) or 2026-12-24T18:00:00Z; age < 2h counts from now",
  ],
  ["age < 2", "age < «2» | `2` is not a length of time | write 90s, 15m, 2h, 7d or PT1H30M"],
  ["age < P1M", "age < «P1M» | `P1M` is not a length of time | write 90s, 15m, 2h, 7d or PT1H30M"],
  ["age:1h", "age«:»1h | `:` asks for a part of a text, and `age` is a time | write one of = != < <= > >="],
  ["tags.a < b", "tags.a «<» b | tags are texts without an order | write = or !=, with * for any characters"],
  ["attributes.a > true", "attributes.a «>» true | true and false have no order | write = or !="],
  [
    "NOT",
    "«NOT» | `NOT` is no field of a run | fields are id, status, state, reason, namespace, flow, version, parent, forkedFrom, incident, startedAt, endedAt, duration, age, tags.NAME, attributes.NAME",
  ],
  [
    "flow = a AND",
    "flow = a AND«» | the filter ends where a comparison should stand | fields are id, status, state, reason, namespace, flow, version, parent, forkedFrom, incident, startedAt, endedAt, duration, age, tags.NAME, attributes.NAME",
  ],
])("%s", (text, expected) => {
  expect(problem(text)).toBe(expected);
});

test("the limits are told", () => {
  expect(problem("x".repeat(maxFilterLength + 1))).toContain("the filter has 2001 characters, more than 2000");
  expect(problem(Array.from({ length: maxComparisons + 1 }, () => "flow = a").join(" AND "))).toContain(
    "the filter has more than 50 comparisons",
  );
  const deep = (levels: number): string => `${"(".repeat(levels)}flow = a${")".repeat(levels)}`;
  expect(problem(deep(maxFilterDepth))).toBe("fine");
  expect(problem(deep(maxFilterDepth + 1))).toContain("nested more than 20 levels deep");
});

test("an order is a field and a direction", () => {
  expect(parseRunOrder("startedAt desc")).toEqual({ ok: true, value: { field: "startedAt", descending: true } });
  expect(parseRunOrder(" flow ")).toEqual({ ok: true, value: { field: "workflow", descending: false } });
  expect(parseRunOrder("started desc")).toMatchObject({ ok: false, error: { advice: "did you mean startedAt?" } });
  expect(parseRunOrder("flow down")).toMatchObject({ ok: false, error: { advice: "write flow desc" } });
  expect(parseRunOrder("flow, id")).toMatchObject({ ok: false });
});
