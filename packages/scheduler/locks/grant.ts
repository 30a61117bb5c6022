// Who gets a lock: from the head of the queue as long as its permits are free. This is the only place that gives a token out.
import { passedMs } from "./limits.ts";
import type { Lock, LockTable } from "./table.ts";
import type { Claim } from "./types.ts";

/** Gives what is free to those whose turn it is. */
export function grant(table: LockTable, lock: Lock): void {
  if (lock.kind === "barrier") return pass(table, lock);
  for (const claim of lock.queue.values()) {
    if (lock.used + claim.permits > lock.size) return;
    const until = claim.leaseMs === null ? null : table.now + claim.leaseMs;
    give(table, lock, { ...claim, status: "holding", until, token: ++table.lastToken });
  }
}

/** When all parties of a barrier have come they go on together, under one token: that of their generation. */
function pass(table: LockTable, lock: Lock): void {
  while (lock.queue.size >= lock.size) {
    const token = ++table.lastToken;
    const parties = [...lock.queue.values()].slice(0, lock.size);
    for (const claim of parties) give(table, lock, { ...claim, status: "passed", until: table.now + passedMs, token });
  }
}

function give(table: LockTable, lock: Lock, given: Claim): void {
  const claim = { ...given, since: table.now };
  table.hear(lock, claim.id, null);
  table.put(lock, claim);
  table.granted.push({ lock: lock.name, kind: lock.kind, size: lock.size, claim });
}
