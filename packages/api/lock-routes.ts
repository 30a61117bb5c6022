// Routes about named locks. All of them may be repeated: a claim has a name of its own, so asking twice is asking once.
import { bodyErrors, namespaceFilter, pageSize, pageToken, wait, type Route } from "./route.ts";

const hold = { ...wait, summary: "While it waits, hold the answer at most so long; then ask again under the same claim: `30s`, `PT30S`." };
const claim = { summary: "The claim holds the lock, or is through the barrier.", schema: "LockClaim" };
const waiting = { summary: "The claim waits in its place; ask again within 30 s.", schema: "LockClaim" };

function verb(name: string, summary: string, schema: string, route: Pick<Route, "parameters" | "answers" | "errors">): Route {
  return {
    method: "POST",
    path: `/{name}:${name}`,
    namespaced: "locks",
    tag: "locks",
    summary,
    body: { types: ["application/json"], summary: "docs/guide/locks.md has all fields.", required: true, schema },
    ...route,
    errors: [...bodyErrors, "lock-invalid", ...route.errors],
  };
}

/** By operation. */
export const lockRoutes = {
  listLocks: {
    method: "GET",
    path: "/v1/locks",
    tag: "locks",
    summary: "Lists the locks that are in use, by namespace and name, with the first of their claims.",
    parameters: [namespaceFilter, pageSize, pageToken],
    answers: { 200: { summary: "One page.", schema: "LockPage" } },
    errors: [],
  },
  getLock: {
    method: "GET",
    path: "/{name}",
    namespaced: "locks",
    tag: "locks",
    summary: "Who holds a lock, since when, and who waits for it in which place.",
    parameters: [],
    answers: { 200: { summary: "The lock.", schema: "Lock" } },
    errors: ["lock-unknown"],
  },
  watchLock: {
    method: "GET",
    path: "/{name}/watch",
    namespaced: "locks",
    tag: "locks",
    summary:
      "A lock as it goes on, as server-sent events: `snapshot` (a Lock; without claims while nobody uses it), then `patch` (RFC 6902).",
    parameters: [],
    answers: { 200: { summary: "The stream; silent times carry comments.", mediaType: "text/event-stream" } },
    errors: [],
  },
  acquireLock: verb("acquire", "Asks for a lock, or asks again what became of a claim.", "LockRequest", {
    parameters: [hold],
    answers: { 200: claim, 202: waiting },
    errors: ["lock-mismatch", "lock-held", "lock-timeout", "lock-deadlock", "lock-not-held", "lock-queue-full", "locks-too-many"],
  }),
  renewLock: verb("renew", "Lets the lease of a holder begin anew.", "LockRenewal", {
    parameters: [],
    answers: { 200: claim },
    errors: ["lock-not-held"],
  }),
  releaseLock: verb("release", "Gives a lock up, or a place in its queue. What is not there was released before.", "LockRelease", {
    parameters: [],
    answers: { 200: { summary: "Whether it was there.", schema: "LockReleased" } },
    errors: [],
  }),
  breakLock: verb("break", "An operator takes a lock away from all who hold it, or one claim from whoever has it.", "LockBreak", {
    parameters: [],
    answers: { 200: { summary: "The claims that were taken away.", schema: "LockBroken" } },
    errors: ["lock-unknown", "lock-not-held"],
  }),
  sleepLock: verb("wait", "Gives a mutex up and sleeps in a condition of it until notified, then waits for the mutex again.", "LockSleep", {
    parameters: [hold],
    answers: { 200: claim, 202: waiting },
    errors: ["lock-not-held", "lock-mismatch", "lock-timeout", "lock-deadlock"],
  }),
  notifyLock: verb("notify", "Wakes those who sleep in a condition of a mutex that the claim holds.", "LockNotification", {
    parameters: [],
    answers: { 200: { summary: "How many were woken.", schema: "LockNotified" } },
    errors: ["lock-not-held"],
  }),
} as const satisfies { readonly [operationId: string]: Route };
