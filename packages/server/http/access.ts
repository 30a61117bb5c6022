// Who may ask. With a token: whoever has it. Without one the server listens on loopback only, and three checks keep
// web pages out that a browser on this machine shows: the Host header must name this machine (a foreign name that
// resolves to it is DNS rebinding), an Origin must be the server's own, and bodies are read only in content types
// that a page cannot send unasked (routes.ts).
//
// Nodes have credentials of their own. Whoever shows one is that node, or may join as one, and may do nothing else.
import { createHash, timingSafeEqual } from "node:crypto";
import { apiError } from "@baton/api";
import { BatonError } from "@baton/core";
import { AskerScope, type Jobs, type NodeCaller } from "@baton/runtime";
import type { Asker } from "@baton/storage";
import { serverError } from "../errors.ts";

/** The headers that matter here. */
export interface AccessHeaders {
  readonly host?: string | undefined;
  readonly origin?: string | undefined;
  readonly authorization?: string | undefined;
}

/** What is wrong with a request's access, if anything. */
export type AccessCheck = (headers: AccessHeaders, open: boolean) => BatonError | undefined;

/** Whom a request is from: a node with a credential of its own, or null for whoever may do everything. */
export type CallerCheck = (headers: AccessHeaders, open: boolean, asker: Asker) => NodeCaller | null | BatonError;

/** The check that knows nodes too; who shows a credential of theirs that lets nobody in is noted. */
export function callerCheck(token: string | undefined, jobs: Pick<Jobs, "nodeCallerOf" | "nodeEvents">): CallerCheck {
  const check = accessCheck(token);
  return (headers, open, asker) => {
    const node = jobs.nodeCallerOf(bearerOf(headers));
    if (!(node instanceof BatonError)) return node ?? check(headers, open) ?? null;
    if (open) return null;
    new AskerScope(asker).run(() => jobs.nodeEvents.refused(node, (node.where ?? "").slice(0, longestName)));
    return node;
  };
}

/** Strangers may write anything where the name of a token or node belongs. */
const longestName = 128;
/** The same where a program says what it is. */
const longestProgram = 100;

/** Who asks, by the connection and what the program says of itself. */
export function askerOf(address: string | undefined, program: string | undefined): Asker {
  const said = program?.replaceAll(/[^\x20-\x7e]/g, "").slice(0, longestProgram) ?? "";
  return { address: address ?? "unknown", ...(said !== "" && { program: said }) };
}

/** Throws where a server may not be started with that host and token. */
export function checkExposure(host: string, token: string | undefined): void {
  if (token !== undefined && !/^[\x21-\x7e]+$/.test(token)) throw serverError("token-invalid");
  if (token === undefined && !isLoopback(host))
    throw serverError("token-required", {
      message: `The address ${host} can be reached from other machines, and no token is set.`,
      where: host,
    });
}

/** The check for a server with that token, or without one. */
export function accessCheck(token: string | undefined): AccessCheck {
  return token === undefined ? checkLocal : withToken(token);
}

/** A name or address of this machine that no other machine can use. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host.endsWith(".localhost") || host === "::1" || host === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(host);
}

function withToken(token: string): AccessCheck {
  const expected = digest(token);
  return (headers, open) => {
    const given = bearerOf(headers);
    // Digests have one length, so that the comparison takes the same time for every wrong token.
    const right = timingSafeEqual(digest(given), expected);
    return right || open ? undefined : apiError("authentication-required");
  };
}

function bearerOf({ authorization }: AccessHeaders): string {
  return /^Bearer +(\S+)$/i.exec(authorization ?? "")?.[1] ?? "";
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

function checkLocal({ host, origin }: AccessHeaders): BatonError | undefined {
  const name = (host ?? "").replace(/:\d*$/, "").toLowerCase();
  if (!isLoopback(name)) return apiError("host-refused", { message: `The Host header names "${name}", which is not this machine.` });
  if (origin === undefined || URL.parse(origin)?.host === host?.toLowerCase()) return undefined;
  return apiError("origin-refused", { message: `The request comes from a page of ${origin}.` });
}
