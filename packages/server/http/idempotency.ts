// Idempotency keys of the POSTs that are harmless to repeat: the server remembers for a while which request a key
// stood for and what was answered. Starts are remembered with their run, durably; here they only leave their mark, so
// that their key is not used for something else.
import { createHash } from "node:crypto";
import { apiError } from "@baton/api";
import type { Millis } from "@baton/core";
import type { ApiAnswer, ApiRequest } from "../exchange.ts";

interface Remembered {
  readonly fingerprint: string;
  readonly at: number;
  /** Absent: the request is answered anew. */
  readonly answer?: Promise<ApiAnswer>;
}

/** How many keys are remembered, and how long. */
const maxKeys = 10_000;
const keepMs: Millis = 24 * 60 * 60 * 1000;

/** Keys of one server, the oldest first. */
export class IdempotencyKeys {
  readonly #keys = new Map<string, Remembered>();

  /** The answer to a request: the one from before where its key was used for the same request. */
  async answer(request: ApiRequest, perform: () => Promise<ApiAnswer>): Promise<ApiAnswer> {
    const key = request.method === "POST" ? request.text("Idempotency-Key") : undefined;
    if (key === undefined) return perform();
    const fingerprint = fingerprintOf(request);
    const known = this.#find(key);
    if (known !== undefined && known.fingerprint !== fingerprint)
      throw apiError("idempotency-key-reused", { message: `The Idempotency-Key "${key}" was used before with another request.` });
    if (known?.answer !== undefined) return replayed(await known.answer);
    return this.#perform(key, fingerprint, request, perform);
  }

  async #perform(key: string, fingerprint: string, request: ApiRequest, perform: () => Promise<ApiAnswer>): Promise<ApiAnswer> {
    const answer = perform();
    const kept = answeredAnew.has(request.operation) ? {} : { answer };
    this.#remember(key, { fingerprint, at: Date.now(), ...kept });
    try {
      return await answer;
    } catch (error) {
      // What was refused took no effect: the key is free for another try.
      this.#keys.delete(key);
      throw error;
    }
  }

  #find(key: string): Remembered | undefined {
    const known = this.#keys.get(key);
    if (known === undefined || Date.now() - known.at < keepMs) return known;
    this.#keys.delete(key);
    return undefined;
  }

  #remember(key: string, entry: Remembered): void {
    this.#keys.set(key, entry);
    const [oldest] = this.#keys.keys();
    if (this.#keys.size > maxKeys && oldest !== undefined) this.#keys.delete(oldest);
  }
}

/** Method, address and body; how long the caller waits for a start is not part of what it asks for. */
function fingerprintOf({ method, url, body }: ApiRequest): string {
  const address = url.replace(/([?&])wait=[^&]*&?/, "$1").replace(/[?&]$/, "");
  return createHash("sha256")
    .update(JSON.stringify([method, address, body]))
    .digest("base64url");
}

/** What is remembered with what it starts, and what may be repeated by itself: a claim of a lock has a name. */
const answeredAnew: ReadonlySet<string> = new Set([
  "startRun",
  "submitJobs",
  "acquireLock",
  "renewLock",
  "releaseLock",
  "sleepLock",
  "notifyLock",
]);

function replayed(answer: ApiAnswer): ApiAnswer {
  return { ...answer, headers: { ...answer.headers, "idempotency-replayed": "true" } };
}
