// What became of locks, for the audit log: who got one, gave it up, lost it, or had it taken away, and who waited in vain.
// An entry is stored with what it tells of. Renewals are not told, and neither is what changes nothing.
import type { Claim, LockEvent, LockName, LockStep, LocksState, LostClaim, PlacedClaim } from "@baton/scheduler";
import type { AuditEntry } from "@baton/storage";
import type { Instant, JsonObject } from "@baton/core";
import { currentAsker } from "../asker.ts";

/** What can be told of a lock; the subject is its name. */
export type LockAction = "lock.acquired" | "lock.released" | "lock.broken" | "lock.expired" | "lock.wait-ended";

/** An entry with the tenant whose log it goes into. */
export interface TenantEntry {
  readonly tenant: string;
  readonly entry: AuditEntry;
}

/** How a claim was given up: by whoever has it, or by an operator over its head. */
export interface GivenUp {
  readonly lock: LockName;
  readonly claim: Claim;
  readonly how: "released" | "broken";
}

/** What a step led to. */
export function entriesOf(event: LockEvent, step: LockStep<LocksState>, givenUp: GivenUp | undefined, at: Instant): readonly TenantEntry[] {
  const { granted, lost } = step;
  if (granted.length === 0 && lost.length === 0 && givenUp === undefined) return none;
  return [
    ...(givenUp === undefined ? none : [endOf(givenUp, at)]),
    ...lost.map((one) => lossOf(one, at)),
    ...granted.map((one) => grantOf(one, event, at)),
  ];
}

const none: readonly TenantEntry[] = [];

/** A lock as people name it. */
export function subjectOf({ namespace, name }: LockName): string {
  return namespace === "default" ? name : `${namespace}/${name}`;
}

/** Whoever asks for a lock that is free has it at once; others get it by what somebody else does. */
function grantOf({ lock, kind, claim }: PlacedClaim, event: LockEvent, at: Instant): TenantEntry {
  const asked = event.type === "acquire" && event.claim === claim.id;
  const detail = { kind, ...partsOf(claim), token: claim.token };
  return entry(lock, { at, actor: actorOf(claim), action: "lock.acquired", detail, asked });
}

function endOf({ lock, claim, how }: GivenUp, at: Instant): TenantEntry {
  const held = claim.token !== null;
  const detail = { ...partsOf(claim), token: claim.token, ...(!held && { why: "it waited, and gave up its place" }) };
  const action = how === "broken" ? "lock.broken" : held ? "lock.released" : "lock.wait-ended";
  return entry(lock, { at, actor: how === "broken" ? "api" : actorOf(claim), action, detail, asked: true });
}

function lossOf({ lock, claim, why, refusal }: LostClaim, at: Instant): TenantEntry {
  const action = why === "lease" ? "lock.expired" : "lock.wait-ended";
  const detail = { ...partsOf(claim), token: claim.token, why: refusal.message };
  return entry(lock, { at, actor: "server", action, detail, asked: false });
}

/** The claim of a run has no lease: it is the run's, under its id. */
function actorOf({ id, leaseMs }: Claim): string {
  return leaseMs === null ? `run ${id}` : "api";
}

function partsOf({ id, owner, permits }: Claim): JsonObject {
  return { owner, ...(id !== owner && { claim: id }), ...(permits !== 1 && { permits }) };
}

interface Parts {
  readonly at: Instant;
  readonly actor: string;
  readonly action: LockAction;
  readonly detail: JsonObject;
  /** Whether whoever asks now has asked for this. */
  readonly asked: boolean;
}

function entry(lock: LockName, { at, actor, action, detail, asked }: Parts): TenantEntry {
  const from = asked && actor === "api" ? currentAsker() : undefined;
  return { tenant: lock.tenant, entry: { at, actor, action, subject: subjectOf(lock), detail, ...(from && { from }) } };
}
