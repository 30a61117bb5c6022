// What is known of a schedule, and kept from one firing to the next. Every firing has two times: the one that the
// schedule names (`at`), and the one at which it is due, which jitter puts behind it.
import type { Instant } from "@baton/core";
import type { Schedule } from "@baton/dsl";
import { jitterOf } from "./jitter.ts";
import { nextAfterRun, nextFiring } from "@baton/dsl";
import type { Triggering } from "./triggering.ts";

/** A firing that is to come. */
export interface Firing {
  readonly at: Instant;
  readonly due: Instant;
}

/** Firings of the past that are to be made up for, on demand. */
export interface Backfill {
  /** The last one that was dealt with; those behind it follow. */
  readonly cursor: Instant;
  /** The last instant that belongs to it. */
  readonly until: Instant;
}

/** The state of one schedule. */
export interface ScheduleState {
  /** When it came to be: what `every` counts from. */
  readonly anchor: Instant;
  /** The last firing that was decided on; nothing at it or before it fires again. */
  readonly cursor: Instant;
  readonly next: Firing | null;
  readonly paused: boolean;
  /** The run of the last firing, where it has not ended and somebody waits for that: an `after`, an overlap policy. */
  readonly running: string | null;
  /** `buffer-one`: the firing that waits for `running` to end. */
  readonly waiting: Instant | null;
  readonly last: { readonly at: Instant; readonly runId: string } | null;
  readonly backfill: Backfill | null;
  /** Runs that were started. */
  readonly fired: number;
  /** Firings that were left out because of an overlap. */
  readonly skipped: number;
  /** Of an `on`: the events that are not yet enough for a run; absent: none. */
  readonly gatherings?: Triggering;
}

/** What identifies a schedule: chance is drawn from it. */
export type ScheduleKey = string;

/** The state of a schedule that has just been registered; what is known of the one before stays known. */
export function newScheduleState(rule: Schedule, key: ScheduleKey, now: Instant, before: ScheduleState | null): ScheduleState {
  const state: ScheduleState = {
    anchor: now,
    cursor: now - 1,
    next: null,
    paused: before?.paused ?? false,
    running: before?.running ?? null,
    waiting: null,
    last: before?.last ?? null,
    backfill: null,
    fired: before?.fired ?? 0,
    skipped: before?.skipped ?? 0,
  };
  const awaitsEnd = rule.trigger.kind === "after" && state.running !== null;
  return { ...state, next: awaitsEnd ? null : firingAfter(rule, key, state, state.cursor) };
}

/** The firing that follows an instant. */
export function firingAfter(rule: Schedule, key: ScheduleKey, { anchor }: Pick<ScheduleState, "anchor">, after: Instant): Firing | null {
  const at = nextFiring(rule, after, anchor);
  return at === null ? null : firingAt(rule, key, at, anchor);
}

/** The firing of an `after` that follows a run. */
export function firingAfterRun(rule: Schedule, key: ScheduleKey, endedAt: Instant): Firing | null {
  const at = nextAfterRun(rule, endedAt);
  return at === null ? null : { at, due: at + Math.floor(jitterOf(key, at) * rule.jitterMs) };
}

/** Jitter never carries a firing past the one behind it, so that they keep their order. */
function firingAt(rule: Schedule, key: ScheduleKey, at: Instant, anchor: Instant): Firing {
  if (rule.jitterMs === 0) return { at, due: at };
  const following = nextFiring(rule, at, anchor) ?? Number.POSITIVE_INFINITY;
  return { at, due: at + Math.floor(jitterOf(key, at) * Math.min(rule.jitterMs, following - at)) };
}

/** When the schedule wants to be woken; null: not before something else happens. */
export function wakeAt(state: ScheduleState): Instant | null {
  if (state.waiting !== null && state.running === null) return state.waiting;
  if (state.backfill !== null && state.running === null) return state.backfill.cursor;
  return state.paused || state.next === null ? null : state.next.due;
}
