// What nodes say is somebody else's data: whatever they send, it is a report or it is refused.
import { expect, test } from "vitest";
import { formatInstant } from "@baton/core";
import { asClock, asReports } from "./reports.ts";

const attempt = { job: "job_1", token: 1 };
const times = { startedAt: 1_000, endedAt: 2_000 };
const ended = (end: object): object => ({ type: "ended", ...attempt, ...times, end: { usage: { wallMs: 1 }, ...end } });

test("ends are read with all that they say", () => {
  for (const end of [{ status: "completed", result: null }, { status: "stopped" }, { status: "lost", reason: "It was evicted." }])
    expect(asReports([ended(end)])).toHaveLength(1);
  expect(asReports([ended({ status: "lost", reason: 7 })])).toBeUndefined();
  expect(asReports([ended({ status: "completed" })])).toBeUndefined();
});

test("a result that is nested too deeply to be written as text is none", () => {
  const deep: unknown = JSON.parse("[".repeat(100_000) + "]".repeat(100_000));
  expect(asReports([ended({ status: "completed", result: deep })])).toBeUndefined();
});

test("a time is one that can be shown", () => {
  for (const at of [-1, 9e15, Number.MAX_SAFE_INTEGER, "now"]) expect(asReports([{ type: "started", ...attempt, at }])).toBeUndefined();
  const at = 253_402_300_799_999;
  expect(asReports([{ type: "started", ...attempt, at }])).toHaveLength(1);
  expect([asClock(at), asClock(1e300), asClock("now"), asClock(undefined)]).toEqual([at, undefined, undefined, undefined]);
  expect(formatInstant(at)).toBe("9999-12-31T23:59:59.999Z");
});
