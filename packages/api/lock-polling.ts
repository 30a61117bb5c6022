// Asking for a lock until it is there: the server holds each request for a while, and whoever is cut off asks again under the
// same claim, and finds its place.
import { BatonError, type Millis } from "@baton/core";
import type { LockCalls } from "./lock-calls.ts";
import type { LockClaim, LockName, LockRequest } from "./lock-resources.ts";
import { delay } from "./watching.ts";

/** How long the server holds one request. */
const holdMs: Millis = 30_000;
/** The wait before a request that did not come through is sent again. */
const retryMs: Millis = 250;
/** A server that cannot be reached for longer is given up. */
const patienceMs: Millis = 120_000;

const passing: ReadonlySet<string> = new Set(["server-unreachable", "server-starting", "server-stopping", "store-failed", "disk-full"]);

/** Whether an error says nothing about the lock: the request may be sent again. */
export function isPassing(error: unknown): boolean {
  return error instanceof BatonError && passing.has(error.code);
}

/** A call that is made again while the server cannot be reached. */
export async function patiently<Answer>(call: () => Promise<Answer>, signal: AbortSignal | undefined): Promise<Answer> {
  const until = performance.now() + patienceMs;
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (!isPassing(error) || performance.now() > until) throw error;
      await delay(retryMs, signal);
      signal?.throwIfAborted();
    }
  }
}

/** A claim that holds; `sentAt` is a moment, on this process's clock, before its lease began. */
export interface GrantedClaim {
  readonly claim: LockClaim;
  readonly sentAt: number;
}

/** Asks until the claim holds, or is refused. Whoever does not want to wait any longer aborts; the claim is then given up. */
export async function pollLock(
  calls: LockCalls,
  lock: LockName,
  request: LockRequest & { readonly claim: string },
  { timeoutMs, signal }: { readonly timeoutMs?: Millis; readonly signal?: AbortSignal },
): Promise<GrantedClaim> {
  const until = performance.now() + (timeoutMs ?? Number.POSITIVE_INFINITY);
  try {
    for (;;) {
      const left = Math.max(0, Math.round(until - performance.now()));
      const timed = timeoutMs === undefined ? request : { ...request, timeout: `${left}ms` };
      const claim = await patiently(() => calls.acquire(lock, timed, { waitMs: holdMs, ...(signal !== undefined && { signal }) }), signal);
      if (claim.token !== null) return await started(calls, lock, claim);
    }
  } catch (error) {
    if (signal?.aborted === true) await calls.release(lock, { claim: request.claim }).catch(() => undefined);
    throw error;
  }
}

/** The lease may have begun while nobody listened: renewing it says from when on it counts here. */
async function started(calls: LockCalls, lock: LockName, claim: LockClaim): Promise<GrantedClaim> {
  const sentAt = performance.now();
  if (claim.status === "passed") return { claim, sentAt };
  const renewed = await patiently(() => calls.renew(lock, { claim: claim.claim, token: claim.token ?? 0 }), undefined);
  return { claim: { ...renewed, notified: claim.notified }, sentAt };
}
