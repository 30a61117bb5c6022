// A workflow's schedule (dsl-reference.md, "Schedule"): `schedule` says when, `metadata.baton.schedule` what the
// language has no words for. A schedule that can never fire is refused here.
import type { Duration, Instant, Millis } from "@baton/core";
import { child, emptyScope, type Context } from "../context.ts";
import { readDuration } from "../durations.ts";
import { readStrategy } from "../event-strategy.ts";
import { rangeIn, readTemplate, type Site } from "../expressions.ts";
import type { CatchupPolicy, EventReading, EventTrigger, OverlapPolicy, Schedule } from "../ir.ts";
import { didYouMean, invalid, optional, present, readChoice, readExclusive, readSequence, readShape, readText } from "../read.ts";
import type { MappingNode, SourceNode } from "../source/node.ts";
import { parseFreeDays, weekdayWords, type Calendar, type FreeDays } from "./calendar.ts";
import { dayMs, dayNumber, parseDate } from "./civil.ts";
import { parseCron } from "./cron.ts";
import { nextFiring, type FiringRule } from "./firings.ts";
import { resolve, utc, zoneNames, zoneOf, type Zone } from "./zone.ts";

type Trigger = FiringRule["trigger"];
type Kind = (typeof kinds)[number];

const site: Site = { point: "workflow input", scope: emptyScope };
const kinds = ["every", "cron", "after", "on"] as const;
const overlaps: readonly OverlapPolicy[] = ["allow", "skip", "buffer-one", "cancel-other"];
const catchups: readonly CatchupPolicy[] = ["last", "all", "none"];
const optionKeys = ["timeZone", "overlap", "catchup", "window", "jitter", "calendar", "start", "end", "input"];

/** Runs that follow each other more closely than this are a loop, not a schedule. */
const shortestIntervalMs: Millis = 100;
/** Entries of a calendar. */
const maxFreeDays = 1_000;

/** A schedule, with the events that it waits for where it waits for some. */
export interface ScheduleParts {
  readonly schedule?: Schedule | undefined;
  readonly trigger?: EventTrigger | undefined;
}

/** Reads the schedule of a document, if it has one. */
export function readSchedule(cx: Context, document: MappingNode): ScheduleParts {
  const node = child(document, "schedule");
  const own = optionsOf(document);
  if (node === undefined) {
    if (own !== undefined) invalid(cx, own, "There is no `schedule` that these options could belong to", "add `schedule`, or remove them");
    return {};
  }
  const map = readShape(cx, node, { what: "`schedule`", keys: [...kinds, "read"] });
  const found = map && readExclusive(cx, map, "`schedule`", kinds);
  if (map !== undefined && found === undefined && !cx.meant.has(map))
    cx.problems.add("missing-key", map.label, map, "`schedule` needs one of the keys `every`, `cron`, `after` and `on`");
  const read = map && readReading(cx, map);
  if (found?.key === "on") return readOn(cx, found.value, own, read ?? "data");
  const trigger = found && readTrigger(cx, found.key, found.value);
  const options = own && readShape(cx, own, { what: "`metadata.baton.schedule`", keys: optionKeys });
  const rest = readOptions(cx, found?.key, options);
  const schedule = trigger && { ...rest, trigger };
  if (schedule !== undefined && found !== undefined && !cx.problems.refused) refuseNever(cx, schedule, found.value, options);
  return { schedule };
}

/** Events start runs, whenever they come. */
function readOn(cx: Context, node: SourceNode, own: SourceNode | undefined, read: EventReading): ScheduleParts {
  const strategy = readStrategy(cx, node, site);
  if (own !== undefined)
    cx.problems.add("conflicting-keys", own.label, own, "`metadata.baton.schedule` is about time, and `on` knows none", "remove it");
  if (strategy === undefined) return {};
  const schedule: Schedule = { trigger: { kind: "on" }, zone: utc, calendar: [], overlap: "allow", catchup: "none", jitterMs: 0 };
  return { schedule, trigger: { strategy, read } };
}

/** `document.metadata.baton.schedule`, wherever the document is of that shape. */
function optionsOf(document: MappingNode): SourceNode | undefined {
  let node: SourceNode | undefined = document;
  for (const key of ["document", "metadata", "baton", "schedule"]) node = node?.kind === "mapping" ? child(node, key) : undefined;
  return node;
}

/** dsl-reference.md: "If set without `on`, the workflow MUST be considered invalid by the runtime." */
function readReading(cx: Context, map: MappingNode): EventReading | undefined {
  const read = map.entries.get("read");
  if (read === undefined) return undefined;
  if (!map.entries.has("on")) cx.problems.add("conflicting-keys", read.at, read.value, "`read` goes with `on` only", "remove it");
  return readChoice(cx, read.value, "`read`", ["data", "envelope", "raw"]);
}

function readTrigger(cx: Context, kind: Exclude<Kind, "on">, node: SourceNode): Trigger | undefined {
  switch (kind) {
    case "cron":
      return readCron(cx, node);
    case "every": {
      const interval = readInterval(cx, node, "`every`");
      return interval && { kind, interval };
    }
    case "after": {
      const delay = readInterval(cx, node, "`after`");
      return delay && { kind, delay };
    }
  }
}

function readCron(cx: Context, node: SourceNode): Trigger | undefined {
  const text = readText(cx, node, "`cron`");
  if (text === undefined) return undefined;
  const parsed = parseCron(text.json);
  if (parsed.ok) return { kind: "cron", cron: parsed.value };
  const { message, offset, length, advice } = parsed.error;
  cx.problems.add("invalid-cron", rangeIn(cx, text, offset, offset + length), text, `Not a cron expression: ${message}`, advice);
  return undefined;
}

function readInterval(cx: Context, node: SourceNode, what: string): Duration | undefined {
  const duration = readConstant(cx, node, what);
  if (duration === undefined || duration.months > 0 || duration.ms >= shortestIntervalMs) return duration;
  const message = `${what} must be at least ${shortestIntervalMs} milliseconds`;
  cx.problems.add("invalid-duration", node, node, message, "repeat without a pause in a `for` of one run");
  return undefined;
}

/** There is no run whose data an expression could see. */
function readConstant(cx: Context, node: SourceNode, what: string): Duration | undefined {
  const template = readDuration(cx, node, what, site);
  if (template === undefined || template.kind === "constant") return template?.duration;
  invalid(
    cx,
    node,
    `${what} must be a duration, for there is no run yet that an expression could ask`,
    'write it as `minutes: 5` or "PT5M"',
  );
  return undefined;
}

function readOptions(cx: Context, kind: Kind | undefined, options: MappingNode | undefined): Omit<Schedule, "trigger"> {
  const zone = (options && optional(options, "timeZone", (node) => readZone(cx, node))) ?? utc;
  const read = <Value>(key: string, reader: (node: SourceNode) => Value): Value | undefined => options && optional(options, key, reader);
  const overlap = read("overlap", (node) => readOverlap(cx, node, kind));
  const catchup = read("catchup", (node) => readChoice(cx, node, "`catchup`", catchups));
  const window = read("window", (node) => readSpan(cx, node, "`window`"));
  if (catchup === "none" && window !== undefined && options !== undefined) refuseWindow(cx, options);
  return present<Omit<Schedule, "trigger">>({
    zone,
    calendar: read("calendar", (node) => readCalendar(cx, node)) ?? [],
    start: read("start", (node) => readInstant(cx, node, "`start`", zone)),
    end: read("end", (node) => readInstant(cx, node, "`end`", zone)),
    overlap: overlap ?? "allow",
    catchup: catchup ?? "last",
    windowMs: window,
    jitterMs: read("jitter", (node) => readSpan(cx, node, "`jitter`")) ?? 0,
    input: read("input", (node) => readTemplate(cx, node, site)),
  });
}

function readOverlap(cx: Context, node: SourceNode, kind: Kind | undefined): OverlapPolicy | undefined {
  if (kind === "after") invalid(cx, node, "Runs of an `after` never overlap", "remove `overlap`");
  return readChoice(cx, node, "`overlap`", overlaps);
}

function refuseWindow(cx: Context, options: MappingNode): void {
  const entry = options.entries.get("window");
  if (entry)
    cx.problems.add(
      "conflicting-keys",
      entry.at,
      entry.value,
      "`catchup: none` makes up for nothing, so that it has no `window`",
      "remove one of them",
    );
}

function readZone(cx: Context, node: SourceNode): Zone | undefined {
  const text = readText(cx, node, "`timeZone`");
  if (text === undefined) return undefined;
  const zone = zoneOf(text.json);
  const advice = (): string => didYouMean(text.json, zoneNames()) ?? "write a name of the IANA database, such as `Europe/Berlin`";
  if (zone === undefined) cx.problems.add("invalid-value", text, text, `There is no time zone "${text.json}"`, advice);
  return zone;
}

/** A span without months: how long they are depends on when they begin. */
function readSpan(cx: Context, node: SourceNode, what: string): Millis | undefined {
  const duration = readConstant(cx, node, what);
  if (duration === undefined || duration.months === 0) return duration?.ms;
  invalid(cx, node, `${what} must not have months or years`, "write days");
  return undefined;
}

function readCalendar(cx: Context, node: SourceNode): Calendar | undefined {
  const list = readSequence(cx, node, "`calendar`");
  if (list === undefined) return undefined;
  if (list.items.length > maxFreeDays)
    invalid(cx, list, `\`calendar\` has ${list.items.length} entries, more than the ${maxFreeDays} that are read`);
  return list.items.slice(0, maxFreeDays).flatMap((item) => readFreeDays(cx, item) ?? []);
}

function readFreeDays(cx: Context, node: SourceNode): FreeDays | undefined {
  const advice = "write `2026-12-25`, `12-25` for every year, `2026-12-24/2027-01-02` or `sunday`";
  const text = readText(cx, node, "a day of the calendar", advice);
  if (text === undefined) return undefined;
  const days = parseFreeDays(text.json);
  if (days === undefined)
    invalid(cx, text, `"${text.json}" is not a day of a calendar`, didYouMean(text.json.toLowerCase(), weekdayWords) ?? advice);
  return days;
}

const timeForm = /^(\d{4}-\d\d-\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d))?(Z|[+-]\d\d:\d\d)?)?$/;

/** An instant; without an offset it is a time of the schedule's zone, without a time the start of the day. */
function readInstant(cx: Context, node: SourceNode, what: string, zone: Zone): Instant | undefined {
  const text = readText(cx, node, what);
  if (text === undefined) return undefined;
  const [, day = "", hour = "0", minute = "0", second = "0", offset] = timeForm.exec(text.json) ?? [];
  const date = parseDate(day);
  const known = offset === undefined ? Number.NaN : Date.parse(`${day}T${hour}:${minute}:${second}${offset}`);
  if (
    date === undefined ||
    Number(hour) > 23 ||
    Number(minute) > 59 ||
    Number(second) > 59 ||
    (offset !== undefined && Number.isNaN(known))
  ) {
    invalid(cx, text, `"${text.json}" is not a time`, "write `2026-12-24`, `2026-12-24T18:00` or `2026-12-24T18:00:00Z`");
    return undefined;
  }
  if (offset !== undefined) return known;
  const resolved = resolve(zone, dayNumber(date) * dayMs + (Number(hour) * 3600 + Number(minute) * 60 + Number(second)) * 1000);
  return resolved.kind === "real" ? resolved.first : resolved.end;
}

function refuseNever(cx: Context, schedule: Schedule, trigger: SourceNode, options: MappingNode | undefined): void {
  const { start, end } = schedule;
  const report = (at: SourceNode | undefined, message: string, advice: string): void =>
    cx.problems.add("never-fires", at ?? trigger, at ?? trigger, message, advice);
  const node = (key: string): SourceNode | undefined => options && child(options, key);
  if (start !== undefined && end !== undefined && end <= start)
    return report(node("end"), "The schedule ends before it starts", "correct `end`");
  const from = cx.now ?? 0;
  if (end !== undefined && end <= from)
    return report(node("end"), "The schedule is over already: it never fires", "correct `end`, or remove the schedule");
  if (nextFiring(schedule, from - 1, from) !== null) return;
  const unbounded = { trigger: schedule.trigger, zone: schedule.zone, calendar: [] };
  if (nextFiring(unbounded, from - 1, from) === null)
    return report(undefined, "The schedule never fires: there is no such day", "correct the day of the month or the month");
  report(
    node("calendar") ?? node("end"),
    "The schedule never fires: every day of it is free, or it ends before",
    "correct the calendar or `end`",
  );
}
