// Reasons of locks in words: the same in the API, in messages and in `explain`.
import { formatInstant } from "@baton/core";
import type { Lock } from "./table.ts";
import type { Claim, LockName, LockRefusal, LockRefusalCode } from "./types.ts";

/** Holders that a message names. */
const namedHolders = 3;

/** A lock's name as people know it. */
export function nameOf({ namespace, name }: LockName): string {
  return namespace === "default" ? `"${name}"` : `"${namespace}/${name}"`;
}

/** A refusal. */
export function refusal(code: LockRefusalCode, message: string): LockRefusal {
  return { code, message };
}

/** Who has a lock, since when, and who waits. */
export function tellHolders(lock: Lock): string {
  const holders = [...lock.holders.values()];
  if (holders.length === 0) return `Nobody holds ${nameOf(lock.name)}.`;
  const named = holders.slice(0, namedHolders).map(({ owner, since }) => `${owner} since ${formatInstant(since)}`);
  const more = holders.length > namedHolders ? ` and ${holders.length - namedHolders} more` : "";
  return `${nameOf(lock.name)} is held by ${named.join(", ")}${more}.`;
}

/** How many wait before a claim. */
export function aheadOf(lock: Lock, claim: Claim): number {
  let ahead = 0;
  for (const waiting of lock.queue.values()) {
    if (waiting.place >= claim.place) break;
    ahead++;
  }
  return ahead;
}

/** Why a claim waits. */
export function tellWait(lock: Lock, claim: Claim): string {
  if (claim.status === "sleeping") return `It sleeps in the condition "${claim.condition}" of ${nameOf(lock.name)} until it is notified.`;
  if (lock.kind === "barrier") return `${lock.queue.size} of ${lock.size} have come to ${nameOf(lock.name)}.`;
  const ahead = aheadOf(lock, claim);
  return `${tellHolders(lock)} ${ahead === 0 ? "It is next." : `${ahead} ${ahead === 1 ? "waits" : "wait"} before it.`}`;
}
