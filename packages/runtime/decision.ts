// From a decision to what is stored of it.
import { encodeEvents, encodeState, isFinal, type Decided, type Effect, type RunState } from "@baton/engine";
import type { Attributes, Commit, RunSummary } from "@baton/storage";
import { eventChanges } from "./events/changes.ts";
import { summaryFor, type LoadedRun } from "./loaded-run.ts";

type Timer = { readonly timer: string; readonly at: number };
type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** Moves the loaded run to the decision's state, and gives what is to be stored; null: nothing changes. */
export function advanceRun(run: LoadedRun, decided: Decided, snapshotInterval: number): Commit | null {
  const { events, effects, state } = decided;
  const timers = timersOf(effects);
  const changes = eventChanges(run.id, effects);
  if (events.length === 0 && timers === null && changes === undefined && run.summary.incident === null) return null;
  const commit: Writable<Commit> = { tenant: run.tenant, runId: run.id, expectedVersion: run.version, envelopes: [] };
  if (events.length > 0) {
    commit.envelopes = [encodeEvents(events)];
    run.version++;
  }
  if (run.state.endedAt !== null && state.endedAt === null) commit.expiresAt = null;
  run.state = state;
  const summary = summaryFor(run.summary, state);
  if (summary !== run.summary) commit.summary = run.summary = summary;
  if (timers) Object.assign(commit, timers);
  if (changes) commit.events = [changes];
  const attributes = attributesOf(effects);
  if (attributes) commit.attributes = attributes;
  // A snapshot is read by the definition that the run has now.
  const isDue = run.version - run.snapshotVersion >= snapshotInterval || events.some(({ type }) => type === "RunMigrated");
  if (isDue && !isFinal(state)) {
    commit.snapshot = encodeState(state);
    run.snapshotVersion = run.version;
  }
  return commit;
}

/** What a run takes over from another one. */
export interface History {
  /** The other one's state, of which nothing is under way. */
  readonly state: RunState;
  /** As they were decided. */
  readonly envelopes: readonly string[];
  readonly attributes: Attributes;
}

/** The first commit of a run. */
export function firstCommit(
  { events, effects, state }: Decided,
  summary: RunSummary,
  {
    idempotency,
    schedule,
    events: given = [],
    before,
  }: Pick<Commit, "idempotency" | "schedule" | "events"> & { readonly before?: History },
): Commit {
  const { tenant, id: runId } = state;
  const envelopes = [...(before?.envelopes ?? []), encodeEvents(events)];
  const attributes = before ? { ...before.attributes, ...attributesOf(effects) } : attributesOf(effects);
  const changes = eventChanges(runId, effects);
  const all = changes ? [...given, changes] : given;
  return {
    tenant,
    runId,
    expectedVersion: 0,
    envelopes,
    summary,
    ...timersOf(effects),
    ...(idempotency && { idempotency }),
    ...(schedule && { schedule }),
    ...(attributes && { attributes }),
    ...(all.length > 0 && { events: all }),
  };
}

/** What is to wake the run, stored once more. */
export function wakingCommit(run: LoadedRun, outstanding: readonly Effect[]): Commit {
  run.summary = summaryFor({ ...run.summary, status: "" }, run.state);
  const changes = eventChanges(run.id, outstanding);
  return {
    tenant: run.tenant,
    runId: run.id,
    expectedVersion: run.version,
    envelopes: [],
    summary: run.summary,
    ...timersOf(outstanding),
    ...(changes && { events: [changes] }),
  };
}

/** The attributes that a decision names, the last value of each; undefined: none. */
function attributesOf(effects: readonly Effect[]): Attributes | undefined {
  let attributes: Attributes | undefined;
  for (const effect of effects) if (effect.type === "setAttributes") attributes = { ...attributes, ...effect.attributes };
  return attributes;
}

/** The timers that a decision sets and clears; null where it does neither. */
function timersOf(effects: readonly Effect[]): { setTimers?: readonly Timer[]; clearTimers?: readonly string[] } | null {
  let setTimers: Timer[] | undefined;
  let clearTimers: string[] | undefined;
  for (const effect of effects) {
    if (effect.type === "setTimer") (setTimers ??= []).push({ timer: effect.timer, at: effect.at });
    else if (effect.type === "clearTimer") (clearTimers ??= []).push(effect.timer);
  }
  if (!setTimers && !clearTimers) return null;
  return { ...(setTimers && { setTimers }), ...(clearTimers && { clearTimers }) };
}
