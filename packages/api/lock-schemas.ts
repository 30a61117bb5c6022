// Schemas of named locks.
import type { JsonObject } from "@baton/core";
import { anything, instant, object, orNull, page, reference, text } from "./schema-parts.ts";

const count = { type: "integer", minimum: 0 } as const;
const kind = { type: "string", enum: ["mutex", "rwlock", "semaphore", "election", "barrier"] } as const;
const span = { ...text, description: "As `30s`, `500ms`, `2m`, `1h` or `PT30S`." } as const;
const token = { type: "integer", minimum: 1, description: "The fencing token: larger than any that was given out before." } as const;
const claimName = { ...text, description: "The claim's name within its lock; the owner's when nothing is said." } as const;
const value = { description: "Free for the owner: where a leader can be reached." } as const;

const claim = object(
  {
    namespace: text,
    name: text,
    kind,
    size: count,
    claim: text,
    owner: text,
    status: { type: "string", enum: ["waiting", "holding", "sleeping", "passed"] },
    permits: count,
    token: orNull(token),
    leaseMs: orNull(count),
    since: { ...instant, description: "When it came into this status." },
    until: { ...orNull(instant), description: "When its lease ends, or its wait; null: never by itself." },
    ahead: { ...orNull(count), description: "How many wait before it." },
    reason: { ...orNull(text), description: "Why it waits." },
    condition: { ...orNull(text), description: "The condition that it sleeps or slept in." },
    notified: { type: "boolean", description: "Whether a notification ended its sleep." },
    value: anything,
  },
  [],
  "What an owner has of a lock, or waits for.",
);

const request = object(
  {
    owner: { ...text, description: "Who asks: deadlocks are found among owners." },
    claim: claimName,
    kind,
    size: { ...count, description: "The permits of a semaphore, the parties of a barrier." },
    mode: { type: "string", enum: ["read", "write"], description: "Of a read-write lock." },
    permits: { ...count, description: "How many of a semaphore; one when nothing is said." },
    lease: span,
    timeout: { ...span, description: "How long it waits at most; `0s`: not at all. For ever when nothing is said." },
    value,
  },
  ["claim", "kind", "size", "mode", "permits", "lease", "timeout", "value"],
);

const lock = object(
  {
    namespace: text,
    name: text,
    kind: orNull(kind),
    size: count,
    used: { ...count, description: "Permits that are taken." },
    waiting: count,
    claims: { type: "array", items: reference("LockClaim"), description: "Those that hold, then those that wait in their order." },
  },
  [],
  "A named lock.",
);

/** By name. */
export const lockSchemas: { readonly [name: string]: JsonObject } = {
  Lock: lock,
  LockClaim: claim,
  LockPage: page("Lock"),
  LockRequest: request,
  LockRenewal: object({ claim: text, token, lease: span, value }, ["lease", "value"]),
  LockRelease: object({ claim: text, token }, ["token"]),
  LockReleased: object({ released: { type: "boolean" } }),
  LockBreak: object({ claim: { ...text, description: "All that hold it when nothing is said." } }, ["claim"]),
  LockBroken: object({ claims: { type: "array", items: reference("LockClaim") } }),
  LockSleep: object({ claim: text, token, condition: text, timeout: span }, ["timeout"]),
  LockNotification: object({ claim: text, token, condition: text, count: { ...count, description: "One when nothing is said." } }, [
    "count",
  ]),
  Slot: object(
    {
      lock: { ...text, description: "The semaphore that it is of, in the flow's namespace." },
      key: { ...text, description: "Empty: for all runs of the flow." },
      limit: count,
      status: { type: "string", enum: ["waiting", "holding", "released"] },
      ahead: { ...count, description: "How many come before it." },
      reason: { ...text, description: "Who holds what it waits for, since when." },
    },
    ["ahead", "reason"],
    "What lets a run go on beside so many others of its flow.",
  ),
  LockNotified: object({ notified: count }),
};
