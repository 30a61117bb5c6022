// The one entrance to locks: an event goes in, what it leads to comes out. `step` is the only writer of the state, which it
// changes in place; equal sequences of events and instants give equal answers. Time never goes back: an earlier instant
// counts as the last one. What is over by then ends before the event is looked at.
import type { Instant, Millis } from "@baton/core";
import { acquire } from "./acquire.ts";
import { expire } from "./expiry.ts";
import { notify, release, renew, sleep } from "./holding.ts";
import { lockLimits, type LockLimits } from "./limits.ts";
import { LockTable } from "./table.ts";
import type { LockAnswer, LockEvent, LockStep, PlacedClaim } from "./types.ts";

declare const opaque: unique symbol;

/** Everything that is known of locks. Only `stepLocks` changes it. */
export interface LocksState {
  readonly [opaque]: "locks";
}

/** No locks. */
export function createLocks(limits: Partial<LockLimits> = {}): LocksState {
  return new LockTable({ ...lockLimits, ...limits }) as unknown as LocksState;
}

/** The inside of a state, for the files of this folder. */
export function tableOf(state: LocksState): LockTable {
  return state as unknown as LockTable;
}

/** Takes one event in, at an instant, and says what it leads to. */
export function stepLocks(state: LocksState, event: LockEvent, now: Instant): LockStep<LocksState> {
  const table = tableOf(state);
  if (now > table.now) table.now = now;
  expire(table);
  const answer = apply(table, event);
  const { granted, lost, lastToken } = table;
  table.granted = [];
  table.lost = [];
  return { state, answer, granted, lost, changes: table.takeChanges(), lastToken, wakeAt: table.wakeAt() };
}

function apply(table: LockTable, event: LockEvent): LockAnswer {
  switch (event.type) {
    case "acquire":
      return acquire(table, event);
    case "renew":
      return renew(table, event);
    case "release":
      return release(table, event);
    case "sleep":
      return sleep(table, event);
    case "notify":
      return notify(table, event);
    case "heard":
      return heard(table, event);
    case "clock":
      return { kind: "nothing" };
  }
}

function heard(table: LockTable, event: Extract<LockEvent, { readonly type: "heard" }>): LockAnswer {
  const lock = table.find(event.lock);
  const claim = lock?.claims.get(event.claim);
  if (lock !== undefined && (claim?.status === "waiting" || claim?.status === "sleeping"))
    table.hear(lock, event.claim, table.now + event.graceMs);
  return { kind: "nothing" };
}

/**
 * Locks as they were stored. Leases keep the time that is left of them. Whoever waits, and `mustBeHeard`, has the grace to
 * be heard of again.
 */
export function restoreLocks(
  stored: readonly PlacedClaim[],
  lastToken: number,
  now: Instant,
  {
    graceMs,
    mustBeHeard,
    limits,
  }: { readonly graceMs: Millis; readonly mustBeHeard: (claim: PlacedClaim) => boolean; readonly limits?: LockLimits },
): LocksState {
  const table = new LockTable(limits ?? lockLimits);
  table.now = now;
  table.lastToken = lastToken;
  for (const placed of [...stored].sort((a, b) => a.claim.place - b.claim.place)) {
    const { claim } = placed;
    const lock = table.open(placed.lock, placed);
    table.put(lock, claim);
    table.lastPlace = Math.max(table.lastPlace, claim.place);
    const waits = claim.status === "waiting" || claim.status === "sleeping";
    if (waits && mustBeHeard(placed)) table.hear(lock, claim.id, now + graceMs);
  }
  table.takeChanges();
  return table as unknown as LocksState;
}
