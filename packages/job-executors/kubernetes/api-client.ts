// Requests to a Kubernetes API server: https://kubernetes.io/docs/reference/using-api/. What it refuses is an ApiRefusal with
// its own words; what keeps us from asking is thrown as it came, and `clusterError` gives both their code.
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage, type RequestOptions } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { text } from "node:stream/consumers";
import { BatonError, isObject, type Json, type Millis } from "@baton/core";
import { jobError, type JobErrorCode } from "../errors.ts";
import { clusterAnswerMs, maxClusterAnswerBytes } from "../limits.ts";
import type { ClusterAccess } from "./access.ts";

/** What the API server refused: the HTTP status, its own word for why, and its own sentence. */
export class ApiRefusal extends Error {
  override readonly name = "ApiRefusal";
  readonly status: number;
  readonly reason: string;

  constructor(status: number, reason: string, message: string) {
    super(message);
    this.status = status;
    this.reason = reason;
  }
}

/** One request. */
export interface ApiCall {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  readonly path: string;
  /** Those that are undefined are left out. */
  readonly query?: { readonly [name: string]: string | number | boolean | undefined };
  /** With PATCH: a JSON merge patch. */
  readonly body?: Json;
  readonly signal?: AbortSignal;
}

/** One API server. */
export class ApiClient {
  readonly access: ClusterAccess;
  readonly #agent: HttpAgent;
  readonly #send: typeof httpsRequest;
  readonly #closing = new AbortController();

  constructor(access: ClusterAccess) {
    this.access = access;
    const isSecure = access.server.protocol === "https:";
    this.#agent = isSecure ? new HttpsAgent({ keepAlive: true, ...access.tls }) : new HttpAgent({ keepAlive: true });
    this.#send = isSecure ? httpsRequest : httpRequest;
  }

  /** Asks, and gives the answer read as JSON; what is none comes as a text. */
  async ask(call: ApiCall): Promise<Json> {
    const limit = AbortSignal.timeout(clusterAnswerMs);
    const response = await this.open({ ...call, signal: call.signal === undefined ? limit : AbortSignal.any([limit, call.signal]) });
    return jsonOf(await bodyOf(response));
  }

  /** Asks, and gives the answer as a stream; for those that go on. It breaks when nothing came for `silenceMs`. */
  async open(call: ApiCall, silenceMs?: Millis): Promise<IncomingMessage> {
    const { token, renew } = this.access;
    const bearer = await token();
    try {
      return await this.#open(call, bearer, silenceMs);
    } catch (error) {
      if (!(error instanceof ApiRefusal && error.status === unauthorized && renew(bearer))) throw error;
      return this.#open(call, await token(), silenceMs);
    }
  }

  async #open({ signal, ...call }: ApiCall, bearer: string | undefined, silenceMs?: Millis): Promise<IncomingMessage> {
    const both = signal === undefined ? this.#closing.signal : AbortSignal.any([signal, this.#closing.signal]);
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const payload = call.body === undefined ? undefined : JSON.stringify(call.body);
      const outgoing = this.#send({ ...this.#options(call, payload, bearer), signal: both });
      if (silenceMs !== undefined) outgoing.setTimeout(silenceMs, () => outgoing.destroy(new Error("The API server fell silent.")));
      outgoing.once("response", resolve);
      outgoing.on("error", reject);
      outgoing.end(payload);
    });
    const { statusCode = 500 } = response;
    if (statusCode < 300) return response;
    throw refusalOf(statusCode, await bodyOf(response));
  }

  /** Ends whatever is under way. */
  close(): void {
    this.#closing.abort();
    this.#agent.destroy();
  }

  #options({ method, path, query = {} }: ApiCall, payload: string | undefined, bearer: string | undefined): RequestOptions {
    const { server, tls } = this.access;
    const parameters = Object.entries(query).flatMap(([name, value]): [string, string][] =>
      value === undefined ? [] : [[name, String(value)]],
    );
    const search = parameters.length === 0 ? "" : `?${new URLSearchParams(parameters)}`;
    const type = method === "PATCH" ? "application/merge-patch+json" : "application/json";
    return {
      agent: this.#agent,
      ...(server.protocol === "https:" && tls),
      hostname: server.hostname.replace(/^\[(.*)\]$/, "$1"),
      port: server.port,
      method,
      path: server.pathname.replace(/\/$/, "") + path + search,
      headers: {
        accept: "application/json",
        "user-agent": "baton",
        ...(bearer !== undefined && { authorization: `Bearer ${bearer}` }),
        ...(payload !== undefined && { "content-type": type, "content-length": Buffer.byteLength(payload) }),
      },
    };
  }
}

/** An error of a request as one of ours: who may not do what, or that the cluster cannot be reached. */
export function clusterError(error: unknown, { name, server }: ClusterAccess): BatonError {
  if (error instanceof BatonError) return error;
  const message = sentence(error instanceof Error ? error.message : String(error));
  const detail = { where: `${name} (${server.origin})`, message, cause: error };
  if (!(error instanceof ApiRefusal))
    return jobError("kubernetes-unreachable", { ...detail, message: `The API server does not answer: ${message}` });
  return jobError(isPassing(error) ? "kubernetes-unreachable" : (codes[error.status] ?? "kubernetes-refused"), detail);
}

/** Whether asking again later may help. */
export function isPassing(error: unknown): boolean {
  if (error instanceof ApiRefusal) return error.status >= 500 || error.status === 429;
  return error instanceof BatonError ? error.retryable : true;
}

const unauthorized = 401;

const codes: { readonly [status: number]: JobErrorCode } = {
  401: "kubernetes-unauthorized",
  403: "kubernetes-forbidden",
  404: "kubernetes-object-missing",
};

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

async function bodyOf(response: IncomingMessage): Promise<string> {
  let bytes = 0;
  response.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > maxClusterAnswerBytes)
      response.destroy(new Error(`The answer of the API server has more than ${maxClusterAnswerBytes} bytes.`));
  });
  return text(response);
}

function jsonOf(body: string): Json {
  try {
    return JSON.parse(body) as Json;
  } catch {
    return body;
  }
}

/** Refusals are objects of the kind Status; a proxy before the server may say something else. */
function refusalOf(status: number, body: string): ApiRefusal {
  const value = jsonOf(body);
  if (!isObject(value))
    return new ApiRefusal(status, "", body.trim().slice(0, shownCharacters) || `It answered with the status ${status}.`);
  const { reason, message } = value;
  return new ApiRefusal(status, typeof reason === "string" ? reason : "", typeof message === "string" ? message : body.trim());
}

const shownCharacters = 500;
