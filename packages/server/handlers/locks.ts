// Named locks: asked for, renewed, released, slept in and watched.
import type { Lock, LockClaim as ShownClaim, LockKind } from "@baton/api";
import { formatInstant, type Instant, type Millis } from "@baton/core";
import { leaseLimitsMs, lockUnknown, maxLockSize, type LockClaim, type LockName, type LockRequest, type LockView } from "@baton/runtime";
import { tenant, type ApiAnswer, type ApiRequest, type Handler } from "../exchange.ts";
import { readJsonBody } from "../http/json-body.ts";
import { checkLockName, LockBody } from "./lock-body.ts";
import { namespaceOf } from "./names.ts";
import { pageOf, pageSizeOf, startAfter } from "./paging.ts";

const kinds: readonly LockKind[] = ["mutex", "rwlock", "semaphore", "election", "barrier"];
const requestFields = ["owner", "claim", "kind", "size", "mode", "permits", "lease", "timeout", "value"];
/** The longest time that anybody may wait: a year. */
const longestTimeoutMs: Millis = 366 * 86_400_000;
const timeoutLimits = { least: 0, most: longestTimeoutMs };
/** What `count` may be at most: all who can wait. */
const mostNotified = 1_000_000;

/** GET /v1/locks */
export const listLocks: Handler = (request, { runtime }) => {
  const size = pageSizeOf(request);
  const namespace = request.text("namespace");
  const [afterNamespace, afterName] = (startAfter(request) ?? "").split("\n");
  const after = afterName === undefined ? {} : { after: { tenant, namespace: afterNamespace ?? "", name: afterName } };
  const found = runtime.locks.list(tenant, { limit: size + 1, ...after, ...(namespace !== undefined && { namespace }) });
  return { status: 200, value: pageOf(found.map(shownLock), size, (lock) => `${lock.namespace}\n${lock.name}`) };
};

/** GET /v1/locks/{name} */
export const getLock: Handler = (request, { runtime }) => {
  const lock = lockOf(request);
  const view = runtime.locks.get(lock);
  if (view === null) throw lockUnknown(lock);
  return { status: 200, value: shownLock(view) };
};

/** POST /v1/locks/{name}:acquire */
export const acquireLock: Handler = async (request, { runtime }) => {
  return answered(await runtime.locks.acquire(readRequest(request), holdOf(request)));
};

/** POST /v1/locks/{name}:renew */
export const renewLock: Handler = async (request, { runtime }) => {
  const body = bodyOf(request, ["claim", "token", "lease", "value"]);
  const held = heldOf(request, body);
  const leaseMs = body.span("lease", leaseLimitsMs);
  const value = body.has("value") ? { value: body.value("value") } : {};
  body.check();
  return answered(await runtime.locks.renew(held, { ...(leaseMs !== null && { leaseMs }), ...value }));
};

/** POST /v1/locks/{name}:release */
export const releaseLock: Handler = async (request, { runtime }) => {
  const body = bodyOf(request, ["claim", "token"]);
  const claim = { lock: lockOf(request), claim: body.text("claim") };
  const token = body.has("token") ? { token: body.integer("token", Number.MAX_SAFE_INTEGER) } : {};
  body.check();
  return { status: 200, value: { released: await runtime.locks.release({ ...claim, ...token }) } };
};

/** POST /v1/locks/{name}:break */
export const breakLock: Handler = async (request, { runtime }) => {
  const body = bodyOf(request, ["claim"]);
  const claim = body.has("claim") ? body.text("claim") : undefined;
  body.check();
  return { status: 200, value: { claims: (await runtime.locks.break(lockOf(request), claim)).map(shownClaim) } };
};

/** POST /v1/locks/{name}:wait */
export const sleepLock: Handler = async (request, { runtime }) => {
  const body = bodyOf(request, ["claim", "token", "condition", "timeout"]);
  const held = heldOf(request, body);
  const sleep = { condition: body.text("condition"), waitMs: body.span("timeout", timeoutLimits) };
  body.check();
  return answered(await runtime.locks.sleep(held, sleep, holdOf(request)));
};

/** POST /v1/locks/{name}:notify */
export const notifyLock: Handler = async (request, { runtime }) => {
  const body = bodyOf(request, ["claim", "token", "condition", "count"]);
  const held = heldOf(request, body);
  const notification = { condition: body.text("condition"), count: body.integer("count", mostNotified, 1) };
  body.check();
  return { status: 200, value: { notified: await runtime.locks.notify(held, notification) } };
};

/** The lock that an address names. */
export function lockOf(request: ApiRequest): LockName {
  const namespace = request.path["namespace"] === undefined ? "default" : namespaceOf(request);
  return { tenant, namespace, name: request.path["name"] ?? "" };
}

function readRequest(request: ApiRequest): LockRequest {
  const lock = lockOf(request);
  checkLockName(lock.name);
  const body = bodyOf(request, requestFields);
  const owner = body.text("owner");
  const claim = body.has("claim") ? body.text("claim") : owner;
  const kind = body.choice("kind", kinds, "mutex");
  const leaseMs = body.span("lease", leaseLimitsMs) ?? leaseLimitsMs.usual;
  const waitMs = body.span("timeout", timeoutLimits);
  const value = body.value("value");
  const permits = readPermits(body, kind);
  body.check();
  return { lock, owner, claim, kind, leaseMs, waitMs, value, ...permits };
}

/** The lock's permits, and how many of them are asked for. */
function readPermits(body: LockBody, kind: LockKind): { readonly size: number; readonly permits: number } {
  const own = { mutex: [], election: [], rwlock: ["mode"], semaphore: ["size", "permits"], barrier: ["size"] }[kind] as readonly string[];
  for (const field of ["size", "permits", "mode"])
    if (body.has(field) && !own.includes(field)) body.wrong(field, `a ${kind} has no ${field}`);
  if (kind === "rwlock")
    return { size: maxLockSize, permits: body.choice("mode", ["read", "write"], "write") === "read" ? 1 : maxLockSize };
  if (kind === "semaphore") return { size: body.integer("size", maxLockSize), permits: body.integer("permits", maxLockSize, 1) };
  return { size: kind === "barrier" ? body.integer("size", maxLockSize) : 1, permits: 1 };
}

function bodyOf(request: ApiRequest, fields: readonly string[]): LockBody {
  return new LockBody(readJsonBody(request.body), fields);
}

function heldOf(request: ApiRequest, body: LockBody): { readonly lock: LockName; readonly claim: string; readonly token: number } {
  return { lock: lockOf(request), claim: body.text("claim"), token: body.integer("token", Number.MAX_SAFE_INTEGER) };
}

function holdOf(request: ApiRequest): { readonly ms: Millis; readonly signal: AbortSignal } {
  return { ms: request.number("wait") ?? 0, signal: request.signal() };
}

function answered(claim: LockClaim): ApiAnswer {
  return { status: claim.token === null ? 202 : 200, value: shownClaim(claim) };
}

/** A lock on the wire. */
export function shownLock({ lock, kind, size, used, waiting, claims }: LockView): Lock {
  const { namespace, name } = lock;
  return { namespace, name, kind, size, used, waiting, claims: claims.map((claim) => shownClaim({ ...claim, lock, kind, size })) };
}

/** A lock that nobody uses. */
export function unusedLock({ namespace, name }: LockName): Lock {
  return { namespace, name, kind: null, size: 0, used: 0, waiting: 0, claims: [] };
}

function shownClaim(view: LockClaim): ShownClaim {
  const { lock, kind, size, id: claim, owner, status, permits, token, leaseMs, ahead, reason, condition, notified, value } = view;
  const { namespace, name } = lock;
  const times = { leaseMs, since: formatInstant(view.since), until: orNull(view.until) };
  return { namespace, name, kind, size, claim, owner, status, permits, token, ...times, ahead, reason, condition, notified, value };
}

function orNull(at: Instant | null): string | null {
  return at === null ? null : formatInstant(at);
}
