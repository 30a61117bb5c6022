// Deadlocks among named locks, found when somebody begins to wait.
//
// An owner can go on when each claim that it waits with would be granted once all who can go on have given up what is theirs
// (the reduction of a resource graph: Holt 1972). Whoever is left over waits in a circle. With one permit this is the same
// as a cycle in the graph of who waits for whom; with more it is exact where a cycle alone is not, since another holder may
// make room. As a queue is first in, first out, whoever waits before counts as much as whoever holds.
//
// Nobody waits in a circle before the new claim, so whoever does afterwards does so through it: only what can be reached from
// its owner is looked at, and an owner with nothing else is never in one. Who sleeps in a condition or before a barrier may
// be woken by anybody, and counts as one who can go on: no false alarms.
import { AssertionError } from "@baton/core";
import { nameOf } from "./messages.ts";
import { toldCycle } from "./limits.ts";
import type { Lock, LockTable } from "./table.ts";
import type { Claim, CycleStep, LockRefusal } from "./types.ts";

/** Whether the owner of a claim that has begun to wait waits in a circle; the refusal names it. */
export function deadlockOf(table: LockTable, lock: Lock, claim: Claim): LockRefusal | null {
  const { tenant } = lock.name;
  if (lock.kind === "barrier" || table.claimsOfOwner(tenant, claim.owner) === 1) return null;
  const stuck = new Reduction(table, tenant, claim.owner).stuck();
  if (!stuck.has(claim.owner)) return null;
  const cycle = shortestCycle(table, tenant, claim.owner, stuck);
  return { code: "lock-deadlock", message: tell(cycle), cycle };
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

/** Finds who can never go on, of all who can be reached from one owner. */
class Reduction {
  readonly #table: LockTable;
  readonly #tenant: string;
  readonly #owners: ReadonlySet<string>;
  readonly #free = new Set<string>();

  constructor(table: LockTable, tenant: string, from: string) {
    this.#table = table;
    this.#tenant = tenant;
    this.#owners = this.#reached(from);
  }

  stuck(): ReadonlySet<string> {
    for (let grew = true; grew;) {
      grew = false;
      for (const owner of this.#owners) {
        if (this.#free.has(owner) || !this.#canGoOn(owner)) continue;
        this.#free.add(owner);
        grew = true;
      }
    }
    return new Set([...this.#owners].filter((owner) => !this.#free.has(owner)));
  }

  #reached(from: string): ReadonlySet<string> {
    const reached = new Set([from]);
    for (const owner of reached)
      for (const { lock, claim } of waitsOf(this.#table, this.#tenant, owner))
        for (const other of before(lock, claim)) reached.add(other.owner);
    return reached;
  }

  #canGoOn(owner: string): boolean {
    for (const { lock, claim } of waitsOf(this.#table, this.#tenant, owner)) {
      let taken = claim.permits;
      for (const other of before(lock, claim)) if (!this.#free.has(other.owner)) taken += other.permits;
      if (taken > lock.size) return false;
    }
    return true;
  }
}

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
