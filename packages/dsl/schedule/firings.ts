// When a schedule fires: the first instant after a given one. Pure: the zone's rules aside, nothing but arithmetic.
//
// Daylight saving, for cron. A time of day (`30 2 * * *`) is fired once on every day: where the clocks are put forward
// over it, at the moment of the change; where they show it twice, the first time. A distance in time (the hour begins
// with `*`) follows the clock on the wall as time passes: what it shows twice counts twice, what it never shows does not.
import { addDuration, type Duration, type Instant } from "@baton/core";
import { isFree, type Calendar } from "./calendar.ts";
import { dayMs } from "./civil.ts";
import { cronAdmits, cronSecond, searchDays, type Cron } from "./cron.ts";
import { changeWithin, resolve, type Zone } from "./zone.ts";

/** How far ahead of a day of the calendar the next one is looked for that is none: 28 years. */
const freeSearchDays = 10_228;

/** What decides when a schedule fires. */
export interface FiringRule {
  readonly trigger:
    | { readonly kind: "cron"; readonly cron: Cron }
    | { readonly kind: "every"; readonly interval: Duration }
    | { readonly kind: "after"; readonly delay: Duration }
    /** Events do; time never. */
    | { readonly kind: "on" };
  readonly zone: Zone;
  readonly calendar: Calendar;
  /** Nothing fires before. */
  readonly start?: Instant;
  /** Nothing fires from then on. */
  readonly end?: Instant;
}

/**
 * The first firing after an instant; null: there is none. `anchor` is when the schedule came to be: `every` counts
 * from `start`, or from one interval after the anchor. An `after` fires at `start` or at the anchor, and then when
 * `nextAfterRun` says.
 */
export function nextFiring(rule: FiringRule, after: Instant, anchor: Instant): Instant | null {
  const from = rule.start === undefined ? after : Math.max(after, rule.start - 1);
  return bounded(rule, firstOf(rule, from, anchor));
}

/** When an `after` fires again, after a run that ended; not on a day of the calendar, but when that day is over. */
export function nextAfterRun(rule: FiringRule, endedAt: Instant): Instant | null {
  if (rule.trigger.kind !== "after") return null;
  return bounded(rule, afterFreeDays(rule, addDuration(endedAt, rule.trigger.delay)));
}

function bounded({ end }: FiringRule, instant: Instant | null): Instant | null {
  return instant === null || (end !== undefined && instant >= end) ? null : instant;
}

function firstOf(rule: FiringRule, after: Instant, anchor: Instant): Instant | null {
  switch (rule.trigger.kind) {
    case "cron":
      return rule.trigger.cron.elapsed ? nextElapsed(rule, rule.trigger.cron, after) : nextOnTheWall(rule, rule.trigger.cron, after);
    case "every":
      return nextInterval(rule, rule.trigger.interval, after, anchor);
    case "after": {
      const first = afterFreeDays(rule, rule.start ?? anchor);
      return first !== null && first > after ? first : null;
    }
    case "on":
      return null;
  }
}

/** The first local time, at that one or after it, that the expression and the calendar admit. */
function nextLocal({ calendar }: FiringRule, cron: Cron, local: number): number | undefined {
  const firstDay = Math.floor(local / dayMs);
  for (let day = firstDay; day < firstDay + searchDays; day++) {
    if (!cronAdmits(cron, day) || isFree(calendar, day)) continue;
    const from = day === firstDay ? Math.ceil((local - day * dayMs) / 1000) : 0;
    const second = cronSecond(cron, from);
    if (second !== undefined) return day * dayMs + second * 1000;
  }
  return undefined;
}

/** A time of day: once each day, whatever the clocks do. */
function nextOnTheWall(rule: FiringRule, cron: Cron, after: Instant): Instant | null {
  let local = nextLocal(rule, cron, after + rule.zone.offsetAt(after) + 1);
  while (local !== undefined) {
    const resolved = resolve(rule.zone, local);
    const instant = resolved.kind === "real" ? resolved.first : resolved.end;
    if (instant > after) return instant;
    local = nextLocal(rule, cron, local + 1);
  }
  return null;
}

/** Longer than any change of the clocks is. */
const nearMs = dayMs + 2 * 3_600_000;

/** A distance in time: from one change of the clocks to the next, local time runs as time does. */
function nextElapsed(rule: FiringRule, cron: Cron, after: Instant): Instant | null {
  const { zone } = rule;
  let from = after + 1;
  for (;;) {
    const offset = zone.offsetAt(from);
    const local = nextLocal(rule, cron, from + offset);
    const change = changeWithin(zone, from, nearMs);
    if (local !== undefined && change === undefined && local - offset <= from + nearMs) return local - offset;
    if (local !== undefined && change !== undefined && local - offset < change) return local - offset;
    if (change !== undefined) from = change;
    else if (local === undefined) return null;
    else from = local - offset - dayMs - 3_600_000;
  }
}

/** From the first one on, one interval after the other; those on days of the calendar are left out. */
function nextInterval(rule: FiringRule, interval: Duration, after: Instant, anchor: Instant): Instant | null {
  const first = rule.start ?? addDuration(anchor, interval);
  const nth = (n: number): Instant => addDuration(first, { months: interval.months * n, ms: interval.ms * n });
  const rough = interval.months * 31 * dayMs + interval.ms;
  let n = Math.max(0, Math.floor((after - first) / rough));
  while (nth(n) <= after) n++;
  for (let instant = nth(n); instant <= after + freeSearchDays * dayMs; instant = nth(++n)) {
    if (!isFree(rule.calendar, localDay(rule, instant))) return instant;
    if (interval.months === 0) n = Math.max(n, Math.ceil((endOfDay(rule, instant) - first) / interval.ms) - 1);
  }
  return null;
}

function localDay({ zone }: FiringRule, instant: Instant): number {
  return Math.floor((instant + zone.offsetAt(instant)) / dayMs);
}

/** The first instant of the next local day. */
function endOfDay(rule: FiringRule, instant: Instant): Instant {
  const resolved = resolve(rule.zone, (localDay(rule, instant) + 1) * dayMs);
  return resolved.kind === "real" ? resolved.first : resolved.end;
}

/** That instant, or the end of the days of the calendar that it falls on. */
function afterFreeDays(rule: FiringRule, instant: Instant): Instant | null {
  let at = instant;
  for (let days = 0; days < freeSearchDays; days++) {
    if (!isFree(rule.calendar, localDay(rule, at))) return at;
    at = endOfDay(rule, at);
  }
  return null;
}
