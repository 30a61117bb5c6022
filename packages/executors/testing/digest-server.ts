// The server's side of RFC 7616, written from its text and apart from the client: it hands out nonces, checks that their
// counts only rise, and lets a nonce grow stale after some requests. `curl --digest` agrees with it on `auth`, and on the form
// without quality of protection; it knows neither `auth-int` nor sessions without one.
import { createHash, randomBytes } from "node:crypto";
import type { Received } from "./servers.ts";

/** How a server authenticates. */
export interface DigestRules {
  readonly algorithm: "MD5" | "SHA-256" | "MD5-sess" | "SHA-256-sess";
  readonly qop: "auth" | "auth-int" | undefined;
  readonly username: string;
  readonly password: string;
  /** Requests that a nonce is good for. */
  readonly usesPerNonce: number;
}

const realm = 'a realm, with \\"quotes\\"';

/** Undefined: let in. Otherwise the value of WWW-Authenticate. */
export function digestGuard(rules: DigestRules): (request: Received) => string | undefined {
  const nonces = new Map<string, { uses: number; count: number }>();
  const hash = (text: string): string =>
    createHash(rules.algorithm.startsWith("MD5") ? "md5" : "sha256")
      .update(text)
      .digest("hex");
  const challenge = (stale: boolean): string => {
    const nonce = randomBytes(8).toString("base64");
    nonces.set(nonce, { uses: 0, count: 0 });
    const qop = rules.qop === undefined ? "" : `, qop="${rules.qop}"`;
    return `Digest realm="${realm}", nonce="${nonce}", algorithm=${rules.algorithm}, opaque="o"${qop}${stale ? ", stale=true" : ""}`;
  };
  return ({ line, headers, body }) => {
    const given = fieldsOf(headers.authorization ?? "");
    const state = nonces.get(given["nonce"] ?? "");
    if (state === undefined) return challenge(false);
    const [method, target] = line.split(" ");
    const user = `${rules.username}:${realm.replaceAll("\\", "")}:${rules.password}`;
    const a1 = rules.algorithm.endsWith("-sess") ? `${hash(user)}:${given["nonce"]}:${given["cnonce"]}` : user;
    const a2 = `${method}:${target}${rules.qop === "auth-int" ? `:${hash(body)}` : ""}`;
    const middle = rules.qop === undefined ? "" : `${given["nc"]}:${given["cnonce"]}:${rules.qop}:`;
    const right = hash(`${hash(a1)}:${given["nonce"]}:${middle}${hash(a2)}`);
    const counted = rules.qop === undefined || Number.parseInt(given["nc"] ?? "0", 16) > state.count;
    const same = given["uri"] === target && given["opaque"] === "o" && given["username"] === rules.username;
    if (given["response"] !== right || !counted || !same) return challenge(false);
    state.count = Number.parseInt(given["nc"] ?? "0", 16);
    return ++state.uses > rules.usesPerNonce ? challenge(true) : undefined;
  };
}

function fieldsOf(header: string): { readonly [name: string]: string } {
  const pairs = [...header.matchAll(/(\w+)=(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))/g)];
  return Object.fromEntries(pairs.map(([, name, quoted, plain]) => [name, quoted?.replaceAll(/\\(.)/g, "$1") ?? plain]));
}
