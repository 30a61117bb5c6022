// Asking for a lock: a claim goes to the end of the queue, and gets the lock at once where it is its turn.
import { deadlockOf } from "./deadlock.ts";
import { grant } from "./grant.ts";
import { nameOf, refusal, tellHolders, tellWait } from "./messages.ts";
import type { Lock, LockTable } from "./table.ts";
import type { AcquireEvent, Claim, LockAnswer, LockRefusal, LockShape } from "./types.ts";

/** Takes a claim in, or says what became of it where it is there already. */
export function acquire(table: LockTable, event: AcquireEvent): LockAnswer {
  const lock = table.find(event.lock);
  const known = lock?.claims.get(event.claim);
  if (lock !== undefined && known !== undefined) return again(table, lock, known, event);
  const refused = refuse(table, lock, event);
  return refused === null ? begin(table, table.open(event.lock, event), event) : { kind: "refused", refusal: refused };
}

function again(table: LockTable, lock: Lock, claim: Claim, { owner, graceMs }: AcquireEvent): LockAnswer {
  if (claim.owner !== owner) {
    const message = `The claim "${claim.id}" of ${nameOf(lock.name)} belongs to ${claim.owner}.`;
    return { kind: "refused", refusal: refusal("lock-mismatch", message) };
  }
  if (claim.status === "waiting" || claim.status === "sleeping") table.hear(lock, claim.id, graceMs === null ? null : table.now + graceMs);
  return { kind: "claim", claim };
}

function refuse(table: LockTable, lock: Lock | undefined, event: AcquireEvent): LockRefusal | null {
  const { kind, size, permits } = event;
  const name = nameOf(event.lock);
  if (permits < 1 || permits > size) return refusal("lock-invalid", `${permits} of the ${size} permits of ${name} cannot be had.`);
  if (lock !== undefined && (lock.kind !== kind || (lock.size !== size && event.resizes === undefined)))
    return refusal("lock-mismatch", `${name} is in use as ${shapeText(lock)}, not as ${shapeText({ kind, size })}.`);
  // Runs claim without a lease; they are bounded as runs.
  if (event.leaseMs === null) return null;
  const { waiters, claims } = table.limits;
  if (lock !== undefined && lock.queue.size >= waiters) return refusal("lock-queue-full", `${waiters} wait for ${name} already.`);
  if (table.claimsOf(event.lock.tenant) >= claims) return refusal("locks-too-many", `There are ${claims} claims of locks already.`);
  return null;
}

function begin(table: LockTable, lock: Lock, event: AcquireEvent): LockAnswer {
  const { claim: id, owner, permits, leaseMs, waitMs, graceMs, value } = event;
  const claim: Claim = {
    id,
    owner,
    permits,
    status: "waiting",
    place: ++table.lastPlace,
    since: table.now,
    token: null,
    leaseMs,
    until: waitMs === null ? null : table.now + waitMs,
    condition: null,
    sleptUnder: null,
    notified: false,
    value,
  };
  table.put(lock, claim);
  table.resize(lock, event.size);
  grant(table, lock);
  const now = lock.claims.get(id) ?? claim;
  if (now.status !== "waiting") return { kind: "claim", claim: now };
  const refused = waitMs === 0 ? held(lock, claim) : deadlockOf(table, lock, claim);
  if (refused !== null) {
    table.remove(lock, claim);
    return { kind: "refused", refusal: refused };
  }
  if (graceMs !== null) table.hear(lock, id, table.now + graceMs);
  return { kind: "claim", claim: now };
}

/** Only whoever would have got it at once gets it: what is free may be meant for those who wait. */
function held(lock: Lock, claim: Claim): LockRefusal {
  return refusal("lock-held", lock.kind === "barrier" ? tellWait(lock, claim) : tellHolders(lock));
}

/** What a lock is, with its size where whoever asks has said one. */
function shapeText({ kind, size }: LockShape): string {
  if (kind === "semaphore") return `a semaphore of size ${size}`;
  if (kind === "barrier") return `a barrier of ${size} parties`;
  return kind === "election" ? "an election" : `a ${kind}`;
}
