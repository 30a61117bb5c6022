// Who may be a node. A token for joining is made by people, is good for a while, and lets any machine become a node; a node that
// has joined comes back by the key that it made for itself, so a token may end without any node ending with it. Of both only
// digests are kept.
//
// | credential            | is good for                            |
// |-----------------------|----------------------------------------|
// | `bnt_ID_SECRET`       | joining, until it expires or is deleted |
// | `bnk_NAME_KEY`        | being the node NAME, until that is removed |
import { randomBytes, timingSafeEqual } from "node:crypto";
import { formatInstant, type BatonError, type Instant, type Millis } from "@baton/core";
import type { Store } from "@baton/storage";
import type { Clock } from "../clock.ts";
import { runtimeError } from "../errors.ts";
import type { Audit } from "./audit.ts";
import { joinTokenLimits } from "./limits.ts";
import { digestOf } from "./node-record.ts";

/** A token as it is kept. */
export interface NodeToken {
  readonly id: string;
  readonly createdAt: Instant;
  readonly expiresAt: Instant;
  /** What it is for, in words of who made it. */
  readonly note: string | null;
}

/** Who shows a node's credential. */
export type NodeCaller = { readonly kind: "joining"; readonly token: string } | { readonly kind: "node"; readonly name: string };

/** What lets somebody in, in words of the audit log. */
export function nameOfCaller(caller: NodeCaller): string {
  return caller.kind === "joining" ? `token ${caller.token}` : "its key";
}

/** What tokens are kept with. */
export interface NodeTokensParts {
  readonly store: Store;
  readonly tenant: string;
  readonly clock: Clock;
  readonly note: Audit;
}

interface KeptToken extends NodeToken {
  readonly digest: string;
}

/** All tokens for joining. */
export class NodeTokens {
  readonly #parts: NodeTokensParts;
  readonly #tokens = new Map<string, KeptToken>();

  constructor(parts: NodeTokensParts) {
    this.#parts = parts;
  }

  async load(): Promise<void> {
    const { store, tenant } = this.#parts;
    for (const { name, spec } of await store.listObjects(tenant, "node-token")) this.#tokens.set(name, JSON.parse(spec) as KeptToken);
  }

  /** Makes a token; this is the only time that its text is told. */
  async create(forMs: Millis, note: string | null): Promise<{ readonly token: NodeToken; readonly text: string }> {
    const { store, tenant, clock } = this.#parts;
    const now = clock.now();
    await this.#dropExpired(now);
    if (this.#tokens.size >= joinTokenLimits.count)
      throw runtimeError("node-tokens-too-many", { message: `There are ${this.#tokens.size} tokens for joining; there may be no more.` });
    const id = randomBytes(4).toString("hex");
    const text = `bnt_${id}_${randomBytes(20).toString("hex")}`;
    const token = { id, createdAt: now, expiresAt: now + forMs, note };
    const kept = { ...token, digest: digestOf(text) };
    await store.putObject({ tenant, kind: "node-token", name: id, spec: JSON.stringify(kept), updatedAt: now });
    this.#tokens.set(id, kept);
    this.#parts.note("api", "node-token.created", id, { expiresAt: formatInstant(token.expiresAt), note });
    return { token, text };
  }

  /** The oldest first; expired ones are among them for a while. */
  list(): readonly NodeToken[] {
    const shown = ({ id, createdAt, expiresAt, note }: KeptToken): NodeToken => ({ id, createdAt, expiresAt, note });
    return [...this.#tokens.values()].map(shown).sort((a, b) => a.createdAt - b.createdAt);
  }

  /** Nodes that have joined with it stay. */
  async delete(id: string): Promise<void> {
    if (!this.#tokens.has(id)) throw runtimeError("node-token-unknown", { message: `There is no token ${id}.`, where: id });
    await this.#drop(id);
    this.#parts.note("api", "node-token.deleted", id);
  }

  async #drop(id: string): Promise<void> {
    await this.#parts.store.deleteObject(this.#parts.tenant, "node-token", id);
    this.#tokens.delete(id);
  }

  /** Who shows this credential; undefined where it is none of a node's. `keyDigestOf`: what is kept of a node's key. */
  callerOf(credential: string, keyDigestOf: (name: string) => string | null | undefined): NodeCaller | BatonError | undefined {
    const [, kind, name = ""] = /^(bn[tk])_(?:(.+)_)?[^_]*$/.exec(credential) ?? [];
    if (kind === undefined) return undefined;
    return kind === "bnt" ? this.#joining(name, credential) : asNode(name, credential, keyDigestOf(name));
  }

  #joining(id: string, credential: string): NodeCaller | BatonError {
    const token = this.#tokens.get(id);
    if (token === undefined || !isDigestOf(token.digest, credential)) return runtimeError("node-token-invalid", { where: id });
    if (token.expiresAt > this.#parts.clock.now()) return { kind: "joining", token: id };
    const message = `The token ${id} was good until ${formatInstant(token.expiresAt)}.`;
    return runtimeError("node-token-expired", { message, where: id });
  }

  /** A token that has expired says so for as long as it was good. */
  async #dropExpired(now: Instant): Promise<void> {
    for (const { id, createdAt, expiresAt } of this.#tokens.values()) if (now > expiresAt + (expiresAt - createdAt)) await this.#drop(id);
  }
}

/** The credential of a node with a key. */
export function nodeCredential(name: string, key: string): string {
  return `bnk_${name}_${key}`;
}

function asNode(name: string, credential: string, keyDigest: string | null | undefined): NodeCaller | BatonError {
  const key = credential.slice(`bnk_${name}_`.length);
  const isKnown = keyDigest !== null && keyDigest !== undefined && isDigestOf(keyDigest, key);
  return isKnown
    ? { kind: "node", name }
    : runtimeError("node-token-invalid", { message: `Nobody here knows the key of the node ${name}.`, where: name });
}

/** Takes the same time for every wrong secret. */
function isDigestOf(digest: string, secret: string): boolean {
  return timingSafeEqual(Buffer.from(digest), Buffer.from(digestOf(secret)));
}
