import { expect, test } from "vitest";
import { compileWorkflow, nextFiring } from "../index.ts";

const document = (schedule: string, options = "{}"): string => `
document: { dsl: 1.0.3, namespace: test, name: schedule, version: 1.0.0, metadata: { baton: { schedule: ${options} } } }
schedule: ${schedule}
do: [ { note: { set: { a: 1 } } } ]
`;

/** What is said of a document that is about to be registered at that time. */
function said(text: string, now?: string): string[] {
  const result = compileWorkflow(text, now === undefined ? {} : { now: Date.parse(now) });
  const found = result.ok ? result.warnings : result.diagnostics;
  return found.map(({ rule, message, start }) => `${start.line}:${start.column} ${rule}: ${message}`);
}

test("a schedule that is over is refused when it is registered, and read when it was registered before", () => {
  const text = document("{ cron: 0 9 * * * }", "{ end: 2026-06-01 }");
  expect(said(text)).toEqual([]);
  expect(said(text, "2026-05-31T00:00:00Z")).toEqual([]);
  expect(said(text, "2026-06-02T00:00:00Z")).toEqual(["2:112 never-fires: The schedule is over already: it never fires"]);
  expect(said(document("{ cron: 0 9 25 12 * }", "{ end: 2026-06-01 }"), "2026-05-01T00:00:00Z")).toEqual([
    "2:112 never-fires: The schedule never fires: every day of it is free, or it ends before",
  ]);
});

test("times without an offset are those of the zone", () => {
  const compiled = compileWorkflow(
    document("{ every: P1D }", "{ timeZone: America/New_York, start: 2026-07-04T09:00, end: '2026-07-06T13:00:01Z' }"),
  );
  const rule = compiled.ok ? compiled.workflow.schedule : undefined;
  expect(rule).toMatchObject({ overlap: "allow", catchup: "last", jitterMs: 0 });
  const first = rule && nextFiring(rule, 0, 0);
  expect(new Date(first ?? 0).toISOString()).toBe("2026-07-04T13:00:00.000Z");
  expect(rule && nextFiring(rule, Date.parse("2026-07-06T13:00:00Z"), 0)).toBeNull();
});

test("a calendar without a day left is refused, and what goes with another kind as well", () => {
  const week = "[ monday, tuesday, wednesday, thursday, friday, saturday, sunday ]";
  expect(said(document("{ every: PT1H }", `{ calendar: ${week} }`))).toEqual([
    expect.stringContaining("never-fires: The schedule never fires: every day of it is free"),
  ]);
  expect(said(document("{ after: PT1H }", "{ overlap: skip }"))).toEqual([
    expect.stringContaining("invalid-value: Runs of an `after` never overlap"),
  ]);
});
