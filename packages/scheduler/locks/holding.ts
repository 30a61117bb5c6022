// What a holder does with a lock: renew its lease, release it, sleep in a condition of it, notify those who sleep. Each names
// the token that it holds under, so that whoever has lost the lock, and does not know it, changes nothing.
import { deadlockOf } from "./deadlock.ts";
import { grant } from "./grant.ts";
import { nameOf, refusal } from "./messages.ts";
import type { Lock, LockTable } from "./table.ts";
import type { Claim, LockAnswer, LockEvent, LockName } from "./types.ts";

type Event<T extends LockEvent["type"]> = Extract<LockEvent, { readonly type: T }>;

interface Held {
  readonly lock: Lock;
  readonly claim: Claim;
}

/** The lease begins anew. */
export function renew(table: LockTable, event: Event<"renew">): LockAnswer {
  const held = holding(table, event);
  if (held === null) return notHeld(event.lock, event);
  const leaseMs = event.leaseMs ?? held.claim.leaseMs;
  const claim: Claim = {
    ...held.claim,
    leaseMs,
    until: leaseMs === null ? null : table.now + leaseMs,
    ...(event.value !== undefined && { value: event.value }),
  };
  table.put(held.lock, claim);
  return { kind: "claim", claim };
}

/** A claim is given up. What is not there, or not there any more, was released before. */
export function release(table: LockTable, event: Event<"release">): LockAnswer {
  const lock = table.find(event.lock);
  const claim = lock?.claims.get(event.claim);
  if (lock === undefined || claim === undefined || (event.token !== undefined && claim.token !== event.token))
    return { kind: "released", released: false };
  table.remove(lock, claim);
  grant(table, lock);
  return { kind: "released", released: true };
}

/** Gives the mutex up and falls asleep at once: a notification that comes after cannot be missed. */
export function sleep(table: LockTable, event: Event<"sleep">): LockAnswer {
  const held = holding(table, event);
  if (held === null) return asleep(table, event) ?? notHeld(event.lock, event);
  const { lock } = held;
  if (lock.kind !== "mutex")
    return { kind: "refused", refusal: refusal("lock-mismatch", `Only a mutex has conditions; ${nameOf(lock.name)} is a ${lock.kind}.`) };
  const until = event.waitMs === null ? null : table.now + event.waitMs;
  const { condition } = event;
  const claim: Claim = {
    ...held.claim,
    status: "sleeping",
    place: ++table.lastPlace,
    since: table.now,
    token: null,
    until,
    condition,
    sleptUnder: event.token,
    notified: false,
  };
  table.put(lock, claim);
  if (event.graceMs !== null) table.hear(lock, claim.id, table.now + event.graceMs);
  grant(table, lock);
  return { kind: "claim", claim };
}

/** What became of a claim that fell asleep under this token; null: none did. */
function asleep(table: LockTable, { lock: name, claim: id, token, condition, graceMs }: Event<"sleep">): LockAnswer | null {
  const lock = table.find(name);
  const claim = lock?.claims.get(id);
  if (lock === undefined || claim === undefined || claim.sleptUnder !== token || claim.condition !== condition) return null;
  if (claim.status !== "holding" && graceMs !== null) table.hear(lock, id, table.now + graceMs);
  return { kind: "claim", claim };
}

/** Wakes those who sleep in a condition; they wait for the mutex behind all who wait already. */
export function notify(table: LockTable, event: Event<"notify">): LockAnswer {
  const held = holding(table, event);
  if (held === null) return notHeld(event.lock, event);
  const sleeping = [...held.lock.claims.values()].filter(({ status, condition }) => status === "sleeping" && condition === event.condition);
  const woken = sleeping.sort((a, b) => a.place - b.place).slice(0, event.count);
  for (const claim of woken) wake(table, held.lock, claim, true);
  return { kind: "notified", count: woken.length };
}

/** A sleeper waits for its mutex again; where that would be a deadlock it is told so instead. */
export function wake(table: LockTable, lock: Lock, asleep: Claim, notified: boolean): void {
  const claim: Claim = { ...asleep, status: "waiting", place: ++table.lastPlace, since: table.now, until: null, notified };
  table.put(lock, claim);
  const refused = deadlockOf(table, lock, claim);
  if (refused === null) return;
  table.remove(lock, claim);
  table.lost.push({ lock: lock.name, claim, why: "deadlock", refusal: refused });
}

/** The claim, where it holds under that token. */
function holding(table: LockTable, { lock: name, claim: id, token }: { lock: LockName; claim: string; token: number }): Held | null {
  const lock = table.find(name);
  const claim = lock?.holders.get(id);
  return lock !== undefined && claim?.token === token ? { lock, claim } : null;
}

function notHeld(lock: LockName, { claim, token }: { readonly claim: string; readonly token: number }): LockAnswer {
  const message = `The claim "${claim}" does not hold ${nameOf(lock)} under the token ${token}.`;
  return { kind: "refused", refusal: refusal("lock-not-held", message) };
}
