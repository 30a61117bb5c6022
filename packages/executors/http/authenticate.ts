// Sends a request with credentials. Basic and bearer are a header; digest answers the server's challenge, and goes on
// under the same nonce as long as the server takes it, so that only the first request is sent twice.
import { createHash } from "node:crypto";
import type { Dispatcher } from "undici";
import type { Credentials } from "@baton/engine";
import { maxDigestSessions } from "../limits.ts";
import { answerChallenge, parseChallenges, readChallenge, type Challenge } from "./digest.ts";
import type { PreparedRequest } from "./request.ts";
import { plainHeaders } from "./response.ts";

/** Sends a request once. */
export type Send = (request: PreparedRequest) => Promise<Dispatcher.ResponseData>;

type Login = Extract<Credentials, { username: string }>;

interface Session {
  readonly challenge: Challenge;
  /** Requests so far under this nonce. */
  count: number;
}

/** A nonce may expire once between the challenge and its answer; a server that goes on refusing is believed. */
const mostAnswers = 2;

/** Sends with credentials; knows the digest challenges of the servers that it has talked to. */
export class Authenticator {
  readonly #sessions = new Map<string, Session>();

  send(send: Send, request: PreparedRequest, credentials: Credentials | undefined): Promise<Dispatcher.ResponseData> {
    switch (credentials?.scheme) {
      case undefined:
        return send(request);
      case "basic":
        return send(authorized(request, `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString("base64")}`));
      case "bearer":
        return send(authorized(request, `Bearer ${credentials.token}`));
      case "digest":
        return this.#sendDigest(send, request, { ...credentials, scheme: "digest" });
    }
  }

  async #sendDigest(send: Send, request: PreparedRequest, login: Login): Promise<Dispatcher.ResponseData> {
    const key = sessionKey(request, login);
    let session = this.#sessions.get(key);
    let response = await this.#sendOnce(send, request, login, session);
    let answers = 0;
    while (response.statusCode === 401) {
      const challenge = readChallenge(plainHeaders(response.headers)["www-authenticate"]);
      const again = challenge !== undefined && (answers === 0 || challenge.stale) && answers < mostAnswers;
      if (!again) break;
      await response.body.dump();
      session = { challenge, count: 0 };
      response = await this.#sendOnce(send, request, login, session);
      answers++;
    }
    this.#remember(key, response.statusCode === 401 ? undefined : session, response);
    return response;
  }

  #sendOnce(send: Send, request: PreparedRequest, login: Login, session: Session | undefined): Promise<Dispatcher.ResponseData> {
    if (session === undefined) return send(request);
    session.count++;
    const asked = { method: request.method, target: request.url.pathname + request.url.search, body: request.body ?? "" };
    return send(authorized(request, answerChallenge(session.challenge, login, asked, session.count)));
  }

  #remember(key: string, session: Session | undefined, response: Dispatcher.ResponseData): void {
    this.#sessions.delete(key);
    if (session === undefined) return;
    const next = nextNonce(plainHeaders(response.headers)["authentication-info"]);
    this.#sessions.set(key, next === undefined ? session : { challenge: { ...session.challenge, nonce: next }, count: 0 });
    const [oldest] = this.#sessions.keys();
    if (this.#sessions.size > maxDigestSessions && oldest !== undefined) this.#sessions.delete(oldest);
  }
}

function authorized(request: PreparedRequest, authorization: string): PreparedRequest {
  return { ...request, headers: { ...request.headers, authorization } };
}

function sessionKey({ url }: PreparedRequest, { username, password }: Login): string {
  return createHash("sha256")
    .update(JSON.stringify([url.origin, username, password]))
    .digest("base64");
}

function nextNonce(info: string | undefined): string | undefined {
  return info === undefined ? undefined : parseChallenges(`info ${info}`)[0]?.parameters.get("nextnonce");
}
