// Digest access authentication (RFC 7616, with RFC 2617's and RFC 2069's older forms): reading a challenge, answering it.
import { createHash, randomBytes } from "node:crypto";

/** A server's challenge, as far as it is understood here. */
export interface Challenge {
  readonly realm: string;
  readonly nonce: string;
  readonly opaque: string | undefined;
  readonly algorithm: Algorithm;
  /** Whether the challenge named its algorithm: only then it is named in the answer. */
  readonly named: boolean;
  /** Undefined: the old form without quality of protection. */
  readonly qop: "auth" | "auth-int" | undefined;
  readonly stale: boolean;
  readonly userhash: boolean;
}

/** What is authenticated. */
export interface DigestRequest {
  readonly method: string;
  /** Path and query as they stand in the request line. */
  readonly target: string;
  readonly body: string | Uint8Array;
}

interface Algorithm {
  readonly name: string;
  readonly hash: "md5" | "sha256" | "sha512-256";
  readonly session: boolean;
}

/** The algorithms by the name that challenges give them, the strongest first. */
const algorithms: readonly Algorithm[] = [
  { name: "SHA-512-256", hash: "sha512-256", session: false },
  { name: "SHA-512-256-sess", hash: "sha512-256", session: true },
  { name: "SHA-256", hash: "sha256", session: false },
  { name: "SHA-256-sess", hash: "sha256", session: true },
  { name: "MD5", hash: "md5", session: false },
  { name: "MD5-sess", hash: "md5", session: true },
];

/** The strongest challenge of the header that can be answered; undefined: there is none. */
export function readChallenge(header: string | undefined): Challenge | undefined {
  const found = parseChallenges(header ?? "").flatMap(({ scheme, parameters }) =>
    scheme.toLowerCase() === "digest" ? (understand(parameters) ?? []) : [],
  );
  return found.sort((a, b) => algorithms.indexOf(a.algorithm) - algorithms.indexOf(b.algorithm))[0];
}

type Parameters = ReadonlyMap<string, string>;

function understand(parameters: Parameters): Challenge | undefined {
  const [realm, nonce] = [parameters.get("realm"), parameters.get("nonce")];
  const name = parameters.get("algorithm");
  const algorithm = algorithms.find((known) => known.name.toLowerCase() === (name ?? "MD5").toLowerCase());
  const offered = parameters
    .get("qop")
    ?.toLowerCase()
    .split(",")
    .map((word) => word.trim());
  const qop = (["auth", "auth-int"] as const).find((known) => offered?.includes(known));
  if (realm === undefined || nonce === undefined || algorithm === undefined || (offered !== undefined && qop === undefined))
    return undefined;
  const says = (key: string): boolean => parameters.get(key)?.toLowerCase() === "true";
  const opaque = parameters.get("opaque");
  return { realm, nonce, opaque, algorithm, named: name !== undefined, qop, stale: says("stale"), userhash: says("userhash") };
}

/** A scheme with its parameters; a parameter with a quoted or a plain value; whatever else stands between commas. */
const piece = /\s*(?:([\w!#$%&'*+.^`|~-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*))|([\w!#$%&'*+.^`|~-]+)(?=\s|,|$))\s*,?/gy;

/** The challenges of a WWW-Authenticate header (RFC 9110, section 11.6.1). */
export function parseChallenges(header: string): { scheme: string; parameters: Map<string, string> }[] {
  const challenges: { scheme: string; parameters: Map<string, string> }[] = [];
  for (const [, name, quoted, plain, scheme] of header.matchAll(piece)) {
    if (scheme !== undefined) challenges.push({ scheme, parameters: new Map() });
    else if (name !== undefined) challenges.at(-1)?.parameters.set(name.toLowerCase(), quoted?.replaceAll(/\\(.)/g, "$1") ?? plain ?? "");
  }
  return challenges;
}

/** The value of the Authorization header that answers a challenge. `count` counts the requests under its nonce, from 1. */
export function answerChallenge(
  challenge: Challenge,
  { username, password }: { readonly username: string; readonly password: string },
  request: DigestRequest,
  count: number,
  cnonce: string = randomBytes(16).toString("hex"),
): string {
  const { realm, nonce, opaque, algorithm, named, qop, userhash } = challenge;
  const hash = (...parts: readonly string[]): string => digest(algorithm.hash, parts.join(":"));
  const secret = hash(username, realm, password);
  const a1 = algorithm.session ? hash(secret, nonce, cnonce) : secret;
  const entity = qop === "auth-int" ? [digest(algorithm.hash, request.body)] : [];
  const a2 = hash(request.method, request.target, ...entity);
  const nc = count.toString(16).padStart(8, "0");
  const response = qop === undefined ? hash(a1, nonce, a2) : hash(a1, nonce, nc, cnonce, qop, a2);
  const fields = [
    userhash ? `username=${quote(hash(username, realm))}` : userField(username),
    `realm=${quote(realm)}`,
    `nonce=${quote(nonce)}`,
    `uri=${quote(request.target)}`,
    `response="${response}"`,
    ...(named ? [`algorithm=${algorithm.name}`] : []),
    ...(opaque === undefined ? [] : [`opaque=${quote(opaque)}`]),
    ...(qop === undefined ? [] : [`qop=${qop}`, `nc=${nc}`]),
    ...(qop !== undefined || algorithm.session ? [`cnonce="${cnonce}"`] : []),
    ...(userhash ? ["userhash=true"] : []),
  ];
  return `Digest ${fields.join(", ")}`;
}

function digest(hash: Algorithm["hash"], content: string | Uint8Array): string {
  return createHash(hash).update(content).digest("hex");
}

function quote(text: string): string {
  return `"${text.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}

/** A name that a quoted text cannot carry is written as RFC 8187 has it. */
function userField(username: string): string {
  return /^[\x20-\x7e]*$/.test(username) ? `username=${quote(username)}` : `username*=UTF-8''${encodeURIComponent(username)}`;
}
