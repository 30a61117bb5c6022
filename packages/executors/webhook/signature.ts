// Signatures of messages over HTTP as Standard Webhooks (specification 1.0.0) describes them: an HMAC-SHA256 over id,
// time and body, so that a receiver knows who sent it, that nobody changed it, and when.
//
// Several keys may hold at once, so that one can be exchanged without a gap: a message is signed with all of them, and
// one that fits is enough for the receiver.
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { Instant } from "@baton/core";

/** A key's length in bytes. */
export const signingKeyBytes = { min: 24, max: 64, made: 32 } as const;

/** How far a message's time may be from the receiver's, in milliseconds: what is older may be a replay. */
export const signatureToleranceMs = 300_000;

const prefix = "whsec_";

/** What is signed. */
export interface SignedMessage {
  /** The same for every try of the same message. */
  readonly id: string;
  /** When this try is made. */
  readonly at: Instant;
  readonly body: string | Uint8Array;
}

/** Why a message is not trusted. */
export type SignatureProblem = "missing" | "malformed" | "stale" | "forged";

/** A new secret, as it is written down: `whsec_` and the key in base64. */
export function newSigningSecret(): string {
  return prefix + randomBytes(signingKeyBytes.made).toString("base64");
}

/** The key that a written secret holds; null: it is not one. */
export function signingKeyOf(secret: string): Uint8Array | null {
  const text = secret.startsWith(prefix) ? secret.slice(prefix.length) : secret;
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return null;
  const key = Buffer.from(text, "base64");
  return key.length < signingKeyBytes.min || key.length > signingKeyBytes.max ? null : key;
}

/** The headers that go with a message. */
export function signatureHeaders(keys: readonly Uint8Array[], message: SignedMessage): { readonly [header: string]: string } {
  const seconds = String(Math.floor(message.at / 1000));
  const signatures = keys.map((key) => `v1,${signatureOf(key, message.id, seconds, message.body).toString("base64")}`);
  return { "webhook-id": message.id, "webhook-timestamp": seconds, "webhook-signature": signatures.join(" ") };
}

/** Null where the message is what one of the keys' owners sent, and when; else why not. */
export function signatureProblem(
  keys: readonly Uint8Array[],
  headers: { readonly [header: string]: string | readonly string[] | undefined },
  body: string | Uint8Array,
  now: Instant,
): SignatureProblem | null {
  const { "webhook-id": id, "webhook-timestamp": seconds, "webhook-signature": written } = headers;
  if (id === undefined || seconds === undefined || written === undefined) return "missing";
  if (typeof id !== "string" || typeof seconds !== "string" || typeof written !== "string" || !/^\d{1,12}$/.test(seconds))
    return "malformed";
  if (Math.abs(now - Number(seconds) * 1000) > signatureToleranceMs) return "stale";
  const given = written.split(" ").flatMap((entry) => (entry.startsWith("v1,") ? [Buffer.from(entry.slice(3), "base64")] : []));
  if (given.length === 0) return "malformed";
  const expected = keys.map((key) => signatureOf(key, id, seconds, body));
  return given.some((one) => expected.some((other) => isSame(one, other))) ? null : "forged";
}

function signatureOf(key: Uint8Array, id: string, seconds: string, body: string | Uint8Array): Buffer {
  return createHmac("sha256", key).update(`${id}.${seconds}.`).update(body).digest();
}

function isSame(one: Buffer, other: Buffer): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}
