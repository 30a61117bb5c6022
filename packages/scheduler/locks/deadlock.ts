// Deadlocks among named locks, found when somebody begins to wait.
//
// An owner can go on when each claim that it waits with would be granted once all who can go on have given up what is theirs
// (the reduction of a resource graph: Holt 1972). Whoever is left over waits in a circle. With one permit this is the same
// as a cycle in the graph of who waits for whom; with more it is exact where a cycle alone is not, since another holder may
// make room. As a queue is first in, first out, whoever waits before counts as much as whoever holds.
//
// Nobody waits in a circle before the new claim, so whoever does afterwards does so through it: only what can be reached from
// its owner is looked at, and nothing at all where nobody waits for what its owner has. Who sleeps in a condition, or stands
// before a barrier, may be woken by anybody, and counts as one who can go on: no false alarms.
import { AssertionError } from "@baton/core";
import { nameOf } from "./messages.ts";
import { toldCycle } from "./limits.ts";
import type { Lock, LockTable } from "./table.ts";
import type { Claim, CycleStep, LockRefusal } from "./types.ts";

/** Whether the owner of a claim that has begun to wait waits in a circle; the refusal names it. */
export function deadlockOf(table: LockTable, lock: Lock, claim: Claim): LockRefusal | null {
  const { tenant } = lock.name;
  if (lock.kind === "barrier" || !isWaitedFor(table, tenant, claim)) return null;
  const stuck = new Reduction(table, tenant, claim.owner).stuck();
  if (!stuck.has(claim.owner)) return null;
  const cycle = shortestCycle(table, tenant, claim.owner, stuck);
  return { code: "lock-deadlock", message: tell(cycle), cycle };
}

/** Whether anybody waits for what the owner has besides this claim; if not, the owner is in no circle. */
function isWaitedFor(table: LockTable, tenant: string, { owner, place }: Claim): boolean {
  for (const { lock, id } of table.positionsOf(tenant, owner)) {
    const other = lock.claims.get(id);
    if (other?.status === "holding" && lock.queue.size > 0) return true;
    if (other?.status === "waiting" && other.place !== place && lock.queue.size > 1) return true;
  }
  return false;
}

/** The claims that stand between a claim that waits and its permits: those who hold, and those who wait before it. */
function* before(lock: Lock, claim: Claim): Iterable<Claim> {
  yield* lock.holders.values();
  for (const waiting of lock.queue.values()) {
    if (waiting.place >= claim.place) return;
    yield waiting;
  }
}

/** The claims that an owner waits with, each with its lock. */
function* waitsOf(table: LockTable, tenant: string, owner: string): Iterable<{ readonly lock: Lock; readonly claim: Claim }> {
  for (const { lock, id } of table.positionsOf(tenant, owner)) {
    const claim = lock.claims.get(id);
    if (claim?.status === "waiting" && lock.kind !== "barrier") yield { lock, claim };
  }
}

/** Finds who can never go on, of all who can be reached from one owner. A pass looks at each claim once. */
class Reduction {
  readonly #table: LockTable;
  readonly #tenant: string;
  readonly #from: string;
  readonly #owners: Set<string>;
  /** The locks that are waited for, each up to the last place that counts. */
  readonly #locks = new Map<Lock, number>();
  readonly #free = new Set<string>();

  constructor(table: LockTable, tenant: string, from: string) {
    this.#table = table;
    this.#tenant = tenant;
    this.#from = from;
    this.#owners = new Set([from]);
    for (const owner of this.#owners) this.#follow(owner);
  }

  /** Nobody, as soon as it is known that the owner itself can go on. */
  stuck(): ReadonlySet<string> {
    for (;;) {
      const blocked = this.#blocked();
      const freed = [...this.#owners].filter((owner) => !blocked.has(owner) && !this.#free.has(owner));
      for (const owner of freed) this.#free.add(owner);
      if (this.#free.has(this.#from)) return nobody;
      if (freed.length === 0) return blocked;
    }
  }

  /** Everybody whom an owner waits for is reached too. */
  #follow(owner: string): void {
    for (const { lock, claim } of waitsOf(this.#table, this.#tenant, owner)) {
      const known = this.#locks.get(lock);
      if (known !== undefined && known >= claim.place) continue;
      this.#locks.set(lock, claim.place);
      for (const other of before(lock, claim)) this.#owners.add(other.owner);
    }
  }

  /** Those with a claim that would not be granted if all who are free gave up what is theirs. */
  #blocked(): ReadonlySet<string> {
    const blocked = new Set<string>();
    for (const [lock, last] of this.#locks) {
      let taken = 0;
      for (const { owner, permits } of lock.holders.values()) if (!this.#free.has(owner)) taken += permits;
      for (const { owner, permits, place } of lock.queue.values()) {
        if (place > last) break;
        if (taken + permits > lock.size) blocked.add(owner);
        if (!this.#free.has(owner)) taken += permits;
      }
    }
    return blocked;
  }
}

const nobody: ReadonlySet<string> = new Set();

/** From an owner over who stands before it, and so on, back to itself: as few steps as there are. */
function shortestCycle(table: LockTable, tenant: string, owner: string, stuck: ReadonlySet<string>): readonly CycleStep[] {
  const paths = new Map<string, readonly CycleStep[]>([[owner, []]]);
  for (const [at, path] of paths) {
    for (const { lock, claim } of waitsOf(table, tenant, at)) {
      const longer = [...path, { owner: at, waitsFor: lock.name }];
      for (const other of before(lock, claim)) {
        if (other.owner === owner) return longer;
        if (stuck.has(other.owner) && !paths.has(other.owner)) paths.set(other.owner, longer);
      }
    }
  }
  throw new AssertionError(`Expected a circle through ${owner}, but there is none.`);
}

function tell(cycle: readonly CycleStep[]): string {
  const first = cycle[0]?.owner ?? "";
  const steps = cycle.slice(0, toldCycle).map(({ owner, waitsFor }, i) => {
    const next = cycle[i + 1]?.owner ?? first;
    return `${owner} would wait for ${nameOf(waitsFor)}, which is ${next === owner ? "its own" : `taken by ${next}`}`;
  });
  const more = cycle.length > toldCycle ? `; and ${cycle.length - toldCycle} more` : "";
  return `This would be a deadlock: ${steps.join("; ")}${more}.`;
}
