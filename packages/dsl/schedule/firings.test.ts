// Firings against an oracle that knows nothing of the search: it walks minute by minute over the days of a change of
// the clocks, asks Intl what the clocks show, and applies the rule as it is written in the guide.
import { expect, test } from "vitest";
import { defined, type Instant } from "@baton/core";
import { parseFreeDays } from "./calendar.ts";
import { parseCron } from "./cron.ts";
import { nextAfterRun, nextFiring, type FiringRule } from "./firings.ts";
import { formatLocal, zoneOf, type Zone } from "./zone.ts";

const minuteMs = 60_000;
const dayMs = 86_400_000;
const zone = (name: string): Zone => defined(zoneOf(name), `the zone ${name}`);

function cronRule(source: string, zoneName = "UTC", changes: Partial<FiringRule> = {}): FiringRule {
  const cron = parseCron(source);
  if (!cron.ok) throw new Error(cron.error.message);
  return { trigger: { kind: "cron", cron: cron.value }, zone: zone(zoneName), calendar: [], ...changes };
}

function firings(rule: FiringRule, from: Instant, until: Instant, anchor = from): Instant[] {
  const found: Instant[] = [];
  for (let at = nextFiring(rule, from - 1, anchor); at !== null && at < until; at = nextFiring(rule, at, anchor)) found.push(at);
  return found;
}

const iso = (instants: readonly Instant[]): string[] => instants.map((at) => new Date(at).toISOString().replace(":00.000Z", "Z"));
const at = (text: string): Instant => Date.parse(text);

/** What the clocks show at each minute, read from text, not from the code under test. */
function wallClock(zoneName: string, from: Instant, until: Instant): { at: Instant; local: number }[] {
  const format = new Intl.DateTimeFormat("sv-SE", { timeZone: zoneName, dateStyle: "short", timeStyle: "medium" });
  const minutes = [];
  for (let instant = from; instant < until; instant += minuteMs)
    minutes.push({ at: instant, local: Date.parse(`${format.format(instant).replace(" ", "T")}Z`) / minuteMs });
  return minutes;
}

/** A field as a set, by a reader of its own for the few forms that the tests use. */
function admits(field: string, value: number): boolean {
  if (field === "*") return true;
  if (field.startsWith("*/")) return value % Number(field.slice(2)) === 0;
  return field.split(",").some((part) => {
    const [first, last] = part.split("-").map(Number);
    return value >= Number(first) && value <= (last ?? Number(first));
  });
}

function matches(source: string, local: number): boolean {
  const [minute = "", hour = "", day = "", month = "", weekday = ""] = source.split(" ");
  const date = new Date(local * minuteMs);
  return (
    admits(minute, date.getUTCMinutes()) &&
    admits(hour, date.getUTCHours()) &&
    admits(day, date.getUTCDate()) &&
    admits(month, date.getUTCMonth() + 1) &&
    admits(weekday, date.getUTCDay())
  );
}

function oracle(source: string, minutes: ReturnType<typeof wallClock>, from: Instant): Instant[] {
  const elapsed = source.split(" ")[1]?.startsWith("*");
  const fired: Instant[] = [];
  let latest = Number.NEGATIVE_INFINITY;
  for (const { at: instant, local } of minutes) {
    const skipped =
      Number.isFinite(latest) && local > latest + 1 ? Array.from({ length: local - latest - 1 }, (_, i) => latest + 1 + i) : [];
    const now = elapsed
      ? matches(source, local)
      : local > latest && (matches(source, local) || skipped.some((missed) => matches(source, missed)));
    if (now && instant >= from) fired.push(instant);
    latest = Math.max(latest, local);
  }
  return fired;
}

const expressions = [
  "*/5 * * * *",
  "*/15 * * * *",
  "0 */2 * * *",
  "30 2 * * *",
  "0,30 1-3 * * *",
  "*/20 2 * * *",
  "15 0 * * *",
  "59 23 * * *",
  "30 2 * * 0",
  "45 1 1-7 * *",
];
const changes = [
  ["Europe/Berlin", "2026-03-29", "2026-10-25"],
  ["America/New_York", "2026-03-08", "2026-11-01"],
  ["America/St_Johns", "2006-04-02", "2006-10-29"],
  ["Australia/Sydney", "2026-10-04", "2026-04-05"],
  ["Australia/Lord_Howe", "2026-10-04", "2026-04-05"],
  ["America/Santiago", "2026-09-06", "2026-04-05"],
  ["America/Havana", "2026-03-08", "2026-11-01"],
  ["Africa/Casablanca", "2026-03-22", "2026-02-15"],
  ["Pacific/Apia", "2011-12-30", "2011-04-02"],
  ["Asia/Kathmandu", "2026-03-29", "2026-10-25"],
] as const;

test.each(changes)("%s: what fires around a change of the clocks is what a walk over its minutes finds", (name, forward, back) => {
  for (const day of [forward, back]) {
    const [from, until] = [at(`${day}T00:00:00Z`) - dayMs, at(`${day}T00:00:00Z`) + 1.5 * dayMs];
    // From some hours before the window on, so that it is known what the clocks have shown already.
    const minutes = wallClock(name, from - dayMs / 4, until);
    for (const source of expressions)
      expect([source, iso(firings(cronRule(source, name), from, until))]).toEqual([source, iso(oracle(source, minutes, from))]);
  }
});

test("a time of day that does not exist fires at the change, one that is shown twice fires once", () => {
  const daily = cronRule("30 2 * * *", "Europe/Berlin");
  const local = (day: string): string[] =>
    firings(daily, at(`${day}T00:00:00Z`) - dayMs, at(`${day}T00:00:00Z`) + dayMs).map((instant) => formatLocal(daily.zone, instant));
  expect(local("2026-03-29")).toEqual(["2026-03-28T02:30:00+01:00", "2026-03-29T03:00:00+02:00"]);
  expect(local("2026-10-25")).toEqual(["2026-10-24T02:30:00+02:00", "2026-10-25T02:30:00+02:00"]);
});

test("seconds come first, where there are six fields", () => {
  expect(iso(firings(cronRule("*/20 30 9 * * *"), at("2026-05-01T00:00:00Z"), at("2026-05-02T00:00:00Z")))).toEqual([
    "2026-05-01T09:30Z",
    "2026-05-01T09:30:20.000Z",
    "2026-05-01T09:30:40.000Z",
  ]);
});

test("of two restricted fields for days either one is enough, and the leap day comes when it comes", () => {
  expect(iso(firings(cronRule("0 12 13 * FRI"), at("2026-02-10T00:00:00Z"), at("2026-03-01T00:00:00Z")))).toEqual([
    "2026-02-13T12:00Z",
    "2026-02-20T12:00Z",
    "2026-02-27T12:00Z",
  ]);
  expect(iso(firings(cronRule("0 0 29 2 *"), at("2097-01-01T00:00:00Z"), at("2106-01-01T00:00:00Z")))).toEqual(["2104-02-29T00:00Z"]);
});

test("nothing fires on the days of a calendar, nor outside start and end", () => {
  const calendar = ["saturday", "12-25", "2026-12-28/2026-12-30"].map((text) => defined(parseFreeDays(text), text));
  const rule = cronRule("0 9 * * *", "UTC", { calendar, start: at("2026-12-24T09:00:00Z"), end: at("2027-01-01T09:00:00Z") });
  expect(iso(firings(rule, at("2026-01-01T00:00:00Z"), at("2028-01-01T00:00:00Z")))).toEqual([
    "2026-12-24T09:00Z",
    "2026-12-27T09:00Z",
    "2026-12-31T09:00Z",
  ]);
});

test("every counts from the start, or from one interval after the schedule came to be", () => {
  const anchor = at("2026-01-31T10:00:00Z");
  const every = (interval: { months: number; ms: number }, more: Partial<FiringRule> = {}): FiringRule => ({
    trigger: { kind: "every", interval },
    zone: zone("UTC"),
    calendar: [],
    ...more,
  });
  expect(iso(firings(every({ months: 0, ms: 90 * minuteMs }), anchor, anchor + dayMs / 4))).toEqual([
    "2026-01-31T11:30Z",
    "2026-01-31T13:00Z",
    "2026-01-31T14:30Z",
  ]);
  expect(iso(firings(every({ months: 1, ms: 0 }), anchor, at("2026-06-01T00:00:00Z")))).toEqual([
    "2026-02-28T10:00Z",
    "2026-03-28T10:00Z",
    "2026-04-28T10:00Z",
    "2026-05-28T10:00Z",
  ]);
  const start = at("2026-01-31T12:00:00Z");
  expect(iso(firings(every({ months: 1, ms: 0 }, { start }), anchor, at("2026-06-01T00:00:00Z")))).toEqual([
    "2026-01-31T12:00Z",
    "2026-02-28T12:00Z",
    "2026-03-31T12:00Z",
    "2026-04-30T12:00Z",
    "2026-05-31T12:00Z",
  ]);
  const sunday = [defined(parseFreeDays("sunday"), "sunday")];
  expect(iso(firings(every({ months: 0, ms: 8 * 60 * minuteMs }, { calendar: sunday }), anchor, at("2026-02-02T12:00:00Z")))).toEqual([
    "2026-01-31T18:00Z",
    "2026-02-02T02:00Z",
    "2026-02-02T10:00Z",
  ]);
});

test("after fires at once, and then when its delay has passed since the run ended, not on a free day", () => {
  const calendar = [defined(parseFreeDays("sunday"), "sunday")];
  const rule: FiringRule = { trigger: { kind: "after", delay: { months: 0, ms: 60 * minuteMs } }, zone: zone("Europe/Berlin"), calendar };
  const anchor = at("2026-05-02T10:00:00Z");
  expect(nextFiring(rule, anchor - 1, anchor)).toBe(anchor);
  expect(nextFiring(rule, anchor, anchor)).toBeNull();
  expect(iso([nextAfterRun(rule, anchor) ?? 0, nextAfterRun(rule, at("2026-05-02T22:30:00Z")) ?? 0])).toEqual([
    "2026-05-02T11:00Z",
    "2026-05-03T22:00Z",
  ]);
});

test("a day that never comes never fires", () => {
  expect(nextFiring(cronRule("0 0 31 2 *"), at("2026-01-01T00:00:00Z"), 0)).toBeNull();
});
