// Sends messages to receivers that are only asked to take them: what they say beyond a status is not read.
import { Agent } from "undici";
import type { Millis } from "@baton/core";
import { connectTimeoutMs } from "../limits.ts";
import { networkFault } from "../http/faults.ts";
import { plainHeaders } from "../http/response.ts";

/** A message as it goes on the wire. */
export interface Message {
  readonly url: string;
  readonly headers: { readonly [name: string]: string };
  readonly body: string | Uint8Array;
}

/** What became of one try. */
export type SendOutcome =
  /** `retryAfterMs`: how long the receiver asks to be left alone; null where it does not say. */
  | { readonly kind: "answered"; readonly status: number; readonly retryAfterMs: Millis | null }
  /** `problem`: what happened on the way, for people. */
  | { readonly kind: "unanswered"; readonly problem: string };

/** Sends messages; nothing is repeated here. */
export interface MessageSender {
  send(message: Message, signal?: AbortSignal): Promise<SendOutcome>;
  /** Ends what is under way. */
  close(): Promise<void>;
}

/** A receiver must have answered within this time. */
export const answerTimeoutMs: Millis = 15_000;

const connectionsPerReceiver = 16;

/** A sender without any connection yet; redirections are not followed, so that a message goes only where it was meant to. */
export function createMessageSender(options: { readonly answerTimeoutMs?: Millis } = {}): MessageSender {
  const timeout = options.answerTimeoutMs ?? answerTimeoutMs;
  const agent = new Agent({ connections: connectionsPerReceiver, connect: { timeout: connectTimeoutMs } });
  return {
    send: async (message, signal) =>
      send(agent, message, AbortSignal.any([AbortSignal.timeout(timeout), ...(signal ? [signal] : [])]), timeout),
    close: () => agent.destroy(),
  };
}

async function send(agent: Agent, { url, headers, body }: Message, signal: AbortSignal, timeout: Millis): Promise<SendOutcome> {
  const { origin, pathname, search } = new URL(url);
  const shown = `POST ${origin}${pathname}`;
  try {
    const response = await agent.request({ origin, path: pathname + search, method: "POST", headers, body, signal });
    await response.body.dump({ limit: 0 }).catch(() => undefined);
    const { "retry-after": wait } = plainHeaders(response.headers);
    return { kind: "answered", status: response.statusCode, retryAfterMs: retryAfter(wait) };
  } catch (error) {
    if (signal.aborted) return { kind: "unanswered", problem: `${shown} was not answered within ${timeout} ms.` };
    return { kind: "unanswered", problem: networkFault(error, shown).detail ?? `${shown} failed.` };
  }
}

/** Seconds, or an HTTP date; anything else says nothing. */
function retryAfter(written: string | undefined): Millis | null {
  if (written === undefined) return null;
  if (/^\d{1,9}$/.test(written)) return Number(written) * 1000;
  const until = Date.parse(written);
  return Number.isNaN(until) ? null : Math.max(0, until - Date.now());
}
