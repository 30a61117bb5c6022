// All locks and claims in memory, with what is needed to find them: by lock, by owner, by time. Every change goes through
// here, so that the indexes and the list of what is to be stored cannot fall behind.
//
// Invariants: the claims that hold take `used` permits, never more than the lock has; a lock is there exactly while it has a
// claim; a queue is in the order of its places.
import { Heap, type Instant } from "@baton/core";
import type { LockLimits } from "./limits.ts";
import type { Claim, ClaimChange, LockName, LockShape, LostClaim, PlacedClaim } from "./types.ts";

/** A lock that somebody uses. */
export interface Lock extends LockShape {
  size: number;
  readonly key: string;
  readonly name: LockName;
  readonly claims: Map<string, Claim>;
  /** Those that wait, in the order of their places. */
  readonly queue: Map<string, Claim>;
  /** Those that hold. */
  readonly holders: Map<string, Claim>;
  /** Permits that are taken. */
  used: number;
}

/** An instant at which a claim is to be looked at; there may be others for it that hold no longer. */
interface Alarm {
  readonly at: Instant;
  readonly lock: string;
  readonly claim: string;
}

/** Where a claim is found. */
export interface Position {
  readonly lock: Lock;
  readonly id: string;
}

/** Everything that is known of locks. Only `step` changes it. */
export class LockTable {
  readonly limits: LockLimits;
  readonly locks = new Map<string, Lock>();
  now: Instant = 0;
  lastToken = 0;
  lastPlace = 0;
  /** What this step has led to so far. */
  granted: PlacedClaim[] = [];
  lost: LostClaim[] = [];
  readonly #touched = new Map<string, Position>();
  readonly #owners = new Map<string, Map<string, Position>>();
  readonly #claimsOf = new Map<string, number>();
  readonly #alarms = new Heap<Alarm>((a, b) => a.at - b.at);
  readonly #heardUntil = new Map<string, Instant>();

  constructor(limits: LockLimits) {
    this.limits = limits;
  }

  find(name: LockName): Lock | undefined {
    return this.locks.get(keyOf(name));
  }

  /** The lock of that name; made where nobody uses it. */
  open(name: LockName, { kind, size }: LockShape): Lock {
    const key = keyOf(name);
    const found = this.locks.get(key);
    if (found !== undefined) return found;
    const lock: Lock = { key, name, kind, size, claims: new Map(), queue: new Map(), holders: new Map(), used: 0 };
    this.locks.set(key, lock);
    return lock;
  }

  /** Claims that a tenant has. */
  claimsOf(tenant: string): number {
    return this.#claimsOf.get(tenant) ?? 0;
  }

  /** Whatever an owner wants or has. */
  positionsOf(tenant: string, owner: string): Iterable<Position> {
    return this.#owners.get(ownerKey(tenant, owner))?.values() ?? [];
  }

  /** Gives a lock another size. */
  resize(lock: Lock, size: number): void {
    if (lock.size === size) return;
    lock.size = size;
    for (const id of lock.claims.keys()) this.#touch(lock, id);
  }

  /** Puts a claim where its status says, in place of what it was. */
  put(lock: Lock, claim: Claim): void {
    const before = lock.claims.get(claim.id);
    this.#leave(lock, before);
    lock.claims.set(claim.id, claim);
    if (claim.status === "waiting") lock.queue.set(claim.id, claim);
    if (claim.status === "holding") {
      lock.holders.set(claim.id, claim);
      lock.used += claim.permits;
    }
    if (before === undefined) this.#count(lock, claim, 1);
    if (claim.until !== null) this.#alarms.push({ at: claim.until, lock: lock.key, claim: claim.id });
    this.#touch(lock, claim.id);
  }

  /** A claim is gone. */
  remove(lock: Lock, claim: Claim): void {
    this.#leave(lock, claim);
    lock.claims.delete(claim.id);
    this.#count(lock, claim, -1);
    this.#heardUntil.delete(claimKey(lock.key, claim.id));
    this.#touch(lock, claim.id);
    if (lock.claims.size === 0) this.locks.delete(lock.key);
  }

  /** Whoever waits was heard of, and is so again by that instant; null: need not be. */
  hear(lock: Lock, claim: string, until: Instant | null): void {
    const key = claimKey(lock.key, claim);
    if (until === null) {
      this.#heardUntil.delete(key);
      return;
    }
    this.#heardUntil.set(key, until);
    this.#alarms.push({ at: until, lock: lock.key, claim });
  }

  /** True where it should have been heard of by now. */
  isUnheard(lock: Lock, claim: string): boolean {
    const until = this.#heardUntil.get(claimKey(lock.key, claim));
    return until !== undefined && until <= this.now;
  }

  /** Takes out the claims whose time has come, the earliest first; some are named more than once. */
  due(): readonly Position[] {
    const due: Position[] = [];
    for (let next = this.#alarms.peek(); next !== undefined && next.at <= this.now; next = this.#alarms.peek()) {
      this.#alarms.pop();
      const lock = this.locks.get(next.lock);
      if (lock?.claims.has(next.claim)) due.push({ lock, id: next.claim });
    }
    return due;
  }

  /** When the next claim is to be looked at. */
  wakeAt(): Instant | null {
    return this.#alarms.peek()?.at ?? null;
  }

  /** What is to be stored since it was asked last. */
  takeChanges(): readonly ClaimChange[] {
    const changes: ClaimChange[] = [];
    for (const { lock, id } of this.#touched.values()) {
      const claim = this.locks.get(lock.key)?.claims.get(id) ?? null;
      changes.push({ lock: lock.name, kind: lock.kind, size: lock.size, id, claim });
    }
    this.#touched.clear();
    return changes;
  }

  #leave(lock: Lock, claim: Claim | undefined): void {
    if (claim === undefined) return;
    lock.queue.delete(claim.id);
    if (lock.holders.delete(claim.id)) lock.used -= claim.permits;
  }

  #touch(lock: Lock, id: string): void {
    this.#touched.set(claimKey(lock.key, id), { lock, id });
  }

  #count({ name: { tenant }, key }: Lock, { owner, id }: Claim, by: 1 | -1): void {
    this.#claimsOf.set(tenant, this.claimsOf(tenant) + by);
    const ofOwner = ownerKey(tenant, owner);
    const positions = this.#owners.get(ofOwner) ?? new Map<string, Position>();
    const lock = this.locks.get(key);
    if (by === 1 && lock !== undefined) positions.set(claimKey(key, id), { lock, id });
    else positions.delete(claimKey(key, id));
    if (positions.size === 0) this.#owners.delete(ofOwner);
    else this.#owners.set(ofOwner, positions);
  }
}

/** A lock's name as one text. */
export function keyOf({ tenant, namespace, name }: LockName): string {
  return `${tenant}\n${namespace}\n${name}`;
}

function claimKey(lock: string, claim: string): string {
  return `${lock}\n${claim}`;
}

function ownerKey(tenant: string, owner: string): string {
  return `${tenant}\n${owner}`;
}
