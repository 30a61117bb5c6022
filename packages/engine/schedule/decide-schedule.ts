// Decides what a schedule does: pure, as the decisions of runs are. The driver stores the state, and starts a run in the
// same transaction.
//
// | command | what follows |
// |---|---|
// | wake | the firing that is due: a run is started, or it waits, or it is left out; then firings of a backfill |
// | runEnded | an `after` fires again when its delay is over; a firing that waited is due |
// | pause | nothing fires; what waited is dropped |
// | resume | goes on with the next firing; what was missed while it was paused is not made up for |
// | backfill | the firings of a time in the past are due, one after the other; those that have a run already are passed over |
//
// A decision starts one run at most. `wakeAt` of the new state says when the next one is to be made: at once, perhaps.
import type { Instant, Millis } from "@baton/core";
import type { Schedule } from "@baton/dsl";
import { nextFiring } from "@baton/dsl";
import { firingAfter, firingAfterRun, type Firing, type ScheduleKey, type ScheduleState } from "./state.ts";

/** What may happen to a schedule. */
export type ScheduleCommand =
  /** `runId` is the id of the run that is started, if one is. */
  | { readonly type: "wake"; readonly runId: string }
  | { readonly type: "runEnded"; readonly runId: string }
  | { readonly type: "pause" }
  | { readonly type: "resume" }
  /** Both instants belong to it. */
  | { readonly type: "backfill"; readonly from: Instant; readonly until: Instant };

/** What is to be done, once `state` is stored, or together with it. */
export interface ScheduleDecision {
  readonly state: ScheduleState;
  /** The run to start in the transaction that stores the state. */
  readonly start?: { readonly at: Instant; readonly runId: string };
  /** The state where it turns out that this firing has a run already. */
  readonly startedBefore?: ScheduleState;
  /** The run to cancel before. */
  readonly cancel?: string;
}

/** A firing that is not later than this counts as punctual under `catchup: none`. */
export const punctualMs: Millis = 10_000;

/** Decides; null: nothing changes. */
export function decideSchedule(
  rule: Schedule,
  key: ScheduleKey,
  state: ScheduleState,
  command: ScheduleCommand,
  now: Instant,
): ScheduleDecision | null {
  switch (command.type) {
    case "wake":
      return wake(rule, key, state, command.runId, now);
    case "runEnded":
      return state.running === command.runId ? { state: runEnded(rule, key, state, now) } : null;
    case "pause":
      return state.paused ? null : { state: { ...state, paused: true, waiting: null } };
    case "resume":
      return state.paused ? { state: resume(rule, key, state, now) } : null;
    case "backfill":
      return { state: { ...state, backfill: { cursor: command.from - 1, until: command.until } } };
  }
}

function runEnded(rule: Schedule, key: ScheduleKey, state: ScheduleState, now: Instant): ScheduleState {
  const ended = { ...state, running: null };
  return rule.trigger.kind === "after" ? { ...ended, next: firingAfterRun(rule, key, now) } : ended;
}

function resume(rule: Schedule, key: ScheduleKey, state: ScheduleState, now: Instant): ScheduleState {
  const resumed = { ...state, paused: false };
  if (rule.trigger.kind === "after") return resumed;
  return { ...resumed, cursor: now, next: firingAfter(rule, key, state, now) };
}

function wake(rule: Schedule, key: ScheduleKey, state: ScheduleState, runId: string, now: Instant): ScheduleDecision | null {
  if (state.waiting !== null && state.running === null) return begin(rule, { ...state, waiting: null }, state.waiting, runId);
  if (!state.paused && state.next !== null && state.next.due <= now) return fire(rule, key, state, state.next, runId, now);
  return state.backfill !== null && state.running === null ? backfillNext(rule, state, runId) : null;
}

function fire(rule: Schedule, key: ScheduleKey, state: ScheduleState, next: Firing, runId: string, now: Instant): ScheduleDecision {
  const chosen = rule.catchup === "all" ? oldestIn(rule, key, state, next, now) : newestDue(rule, key, state, next, now);
  const cursor = Math.max(state.cursor, chosen.at);
  const follows = rule.trigger.kind === "after" ? null : firingAfter(rule, key, state, cursor);
  const passed: ScheduleState = { ...state, cursor, next: follows };
  const windowMs = rule.catchup === "none" ? punctualMs : rule.windowMs;
  const late = windowMs !== undefined && now - chosen.due > windowMs;
  // An `after` that is late must go on all the same: nothing else would ever wake it.
  return late && rule.trigger.kind !== "after" ? { state: passed } : overlapping(rule, passed, chosen.at, runId);
}

/** `all`: the first one that is not too late. */
function oldestIn(rule: Schedule, key: ScheduleKey, state: ScheduleState, next: Firing, now: Instant): Firing {
  if (rule.windowMs === undefined || now - next.due <= rule.windowMs || rule.trigger.kind === "after") return next;
  const first = firingAfter(rule, key, state, Math.max(state.cursor, now - rule.windowMs - rule.jitterMs - 1));
  return first !== null && first.due <= now ? first : newestDue(rule, key, state, next, now);
}

/** How far back the newest one is looked for at first; twice as far each time. */
const firstLookMs: Millis = 1_000;

/** `last`: of all that are due, the newest, without walking through those before it. */
function newestDue(rule: Schedule, key: ScheduleKey, state: ScheduleState, next: Firing, now: Instant): Firing {
  if (rule.trigger.kind === "after") return next;
  let newest = next;
  for (let back = firstLookMs + rule.jitterMs; now - back > next.at; back *= 2) {
    const found = firingAfter(rule, key, state, now - back);
    if (found === null || found.due > now) continue;
    newest = found;
    break;
  }
  for (let then = firingAfter(rule, key, state, newest.at); then !== null && then.due <= now; then = firingAfter(rule, key, state, then.at))
    newest = then;
  return newest;
}

function overlapping(rule: Schedule, state: ScheduleState, at: Instant, runId: string): ScheduleDecision {
  if (state.running === null || rule.overlap === "allow") return begin(rule, state, at, runId);
  switch (rule.overlap) {
    case "skip":
      return { state: { ...state, skipped: state.skipped + 1 } };
    case "buffer-one":
      return { state: state.waiting === null ? { ...state, waiting: at } : { ...state, skipped: state.skipped + 1 } };
    case "cancel-other":
      return { ...begin(rule, state, at, runId), cancel: state.running };
  }
}

function begin(rule: Schedule, state: ScheduleState, at: Instant, runId: string): ScheduleDecision {
  const watched = rule.trigger.kind === "after" || rule.overlap !== "allow";
  const begun: ScheduleState = { ...state, running: watched ? runId : null, last: { at, runId }, fired: state.fired + 1 };
  return { state: begun, start: { at, runId }, startedBefore: state };
}

/** The next firing of the backfill, one at a time unless runs may overlap. */
function backfillNext(rule: Schedule, state: ScheduleState, runId: string): ScheduleDecision {
  const at = state.backfill === null ? null : nextFiring(rule, state.backfill.cursor, state.anchor);
  if (state.backfill === null || at === null || at > state.backfill.until) return { state: { ...state, backfill: null } };
  const moved: ScheduleState = { ...state, backfill: { ...state.backfill, cursor: at } };
  const watched = rule.overlap !== "allow";
  const begun: ScheduleState = { ...moved, running: watched ? runId : null, fired: state.fired + 1 };
  return { state: begun, start: { at, runId }, startedBefore: moved };
}
