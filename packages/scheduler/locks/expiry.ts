// What ends by time: leases, waits, and the patience with those who are not heard of.
import { grant } from "./grant.ts";
import { wake } from "./holding.ts";
import { nameOf, refusal, tellWait } from "./messages.ts";
import type { Lock, LockTable } from "./table.ts";
import type { Claim, LostClaim } from "./types.ts";

/** Ends what is over by now, the earliest first. */
export function expire(table: LockTable): void {
  for (const { lock, id } of table.due()) {
    const claim = lock.claims.get(id);
    if (claim === undefined) continue;
    if (isOver(table, claim)) end(table, lock, claim);
    else if (table.isUnheard(lock, id)) lose(table, lock, claim, "unheard");
  }
}

function isOver(table: LockTable, { until }: Claim): boolean {
  return until !== null && until <= table.now;
}

function end(table: LockTable, lock: Lock, claim: Claim): void {
  if (claim.status === "waiting") return lose(table, lock, claim, "timeout");
  if (claim.status === "holding") return lose(table, lock, claim, "lease");
  if (claim.status === "passed") return table.remove(lock, claim);
  wake(table, lock, claim, false);
  grant(table, lock);
}

function lose(table: LockTable, lock: Lock, claim: Claim, why: Exclude<LostClaim["why"], "deadlock">): void {
  const told = why === "timeout" ? tellWait(lock, claim) : "";
  table.remove(lock, claim);
  table.lost.push({ lock: lock.name, claim, why, refusal: refusalOf(lock, claim, why, told) });
  grant(table, lock);
}

function refusalOf(lock: Lock, { id }: Claim, why: Exclude<LostClaim["why"], "deadlock">, told: string): LostClaim["refusal"] {
  if (why === "timeout") return refusal("lock-timeout", `Its wait is over. ${told}`);
  const name = nameOf(lock.name);
  if (why === "lease") return refusal("lock-not-held", `The lease of "${id}" on ${name} ended without being renewed.`);
  return refusal("lock-timeout", `Nobody asked for "${id}" of ${name} any more, so it lost its place.`);
}
