// The calls about named locks. Whoever waits asks again and again under one claim; the SDK does so by itself.
import type { Json, Millis } from "@baton/core";
import type { PageQuery } from "./client-queries.ts";
import { errorOf, type Call } from "./client-wire.ts";
import type { HeldClaim, Lock, LockClaim, LockName, LockRequest } from "./lock-resources.ts";
import { readEvents } from "./sse.ts";
import type { Page } from "./resources.ts";
import type { OperationId } from "./routes.ts";
import { emptyBody, nextState } from "./watching.ts";

/** How the calls reach the server. */
export type Send = (operation: OperationId, call: Call) => Promise<Response>;

interface Held {
  readonly waitMs?: Millis;
  readonly signal?: AbortSignal;
}

/** Named locks over the API. */
export class LockCalls {
  readonly #send: Send;

  constructor(send: Send) {
    this.#send = send;
  }

  /** Asks for a lock, or again what became of a claim; held while it waits, at most `waitMs`. */
  acquire(lock: LockName, request: LockRequest, { waitMs, signal }: Held = {}): Promise<LockClaim> {
    return this.#json("acquireLock", { ...called(lock, request), query: { wait: millis(waitMs) }, signal });
  }

  /** The lease begins anew. */
  renew(lock: LockName, renewal: HeldClaim & { readonly lease?: string; readonly value?: Json }, signal?: AbortSignal): Promise<LockClaim> {
    return this.#json("renewLock", { ...called(lock, renewal), signal });
  }

  /** Gives it up; false: it was not there, or not under that token. */
  async release(lock: LockName, claim: { readonly claim: string; readonly token?: number }, signal?: AbortSignal): Promise<boolean> {
    const { released } = await this.#json<{ readonly released: boolean }>("releaseLock", { ...called(lock, claim), signal });
    return released;
  }

  /** Takes a lock away from all who hold it, or one claim from whoever has it; answers which. */
  async break(lock: LockName, claim?: string): Promise<readonly LockClaim[]> {
    const { claims } = await this.#json<{ readonly claims: readonly LockClaim[] }>(
      "breakLock",
      called(lock, claim === undefined ? {} : { claim }),
    );
    return claims;
  }

  /** Gives a mutex up and sleeps in a condition; held while it sleeps or waits for the mutex again. */
  sleep(
    lock: LockName,
    sleep: HeldClaim & { readonly condition: string; readonly timeout?: string },
    { waitMs, signal }: Held = {},
  ): Promise<LockClaim> {
    return this.#json("sleepLock", { ...called(lock, sleep), query: { wait: millis(waitMs) }, signal });
  }

  /** Wakes those who sleep in a condition; answers how many. */
  async notify(lock: LockName, notification: HeldClaim & { readonly condition: string; readonly count?: number }): Promise<number> {
    return (await this.#json<{ readonly notified: number }>("notifyLock", called(lock, notification))).notified;
  }

  /** A lock that is in use. */
  get({ namespace, name }: LockName): Promise<Lock> {
    return this.#json("getLock", { path: { namespace, name } });
  }

  /** The locks that are in use, a page at a time. */
  list(query: PageQuery & { readonly namespace?: string } = {}): Promise<Page<Lock>> {
    return this.#json("listLocks", { query: { ...query } });
  }

  /** A lock as it goes on, until the stream breaks. */
  async *watch({ namespace, name }: LockName, signal?: AbortSignal): AsyncGenerator<Lock> {
    const { body } = await this.#answered("watchLock", { path: { namespace, name }, signal });
    let lock: Lock | undefined;
    for await (const { event, data } of readEvents(body ?? emptyBody())) {
      lock = nextState(lock, event, data);
      if (lock !== undefined) yield lock;
    }
  }

  async #json<Answer>(operation: OperationId, call: Call): Promise<Answer> {
    return (await (await this.#answered(operation, call)).json()) as Answer;
  }

  async #answered(operation: OperationId, call: Call): Promise<Response> {
    const response = await this.#send(operation, call);
    if (!response.ok) throw await errorOf(response);
    return response;
  }
}

function called({ namespace, name }: LockName, body: object): Call {
  return { path: { namespace, name }, body: { type: "application/json", text: JSON.stringify(body) } };
}

function millis(ms: Millis | undefined): string | undefined {
  return ms === undefined ? undefined : `${Math.round(ms)}ms`;
}
