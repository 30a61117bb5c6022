// Resources over HTTP: redirections are followed a few times, and credentials go only to the origin that they are meant for.
import { Agent, type Dispatcher } from "undici";
import { err, ok, type Result } from "@baton/core";
import type { ResourceRequest, WorkFault } from "@baton/engine";
import { Authenticator } from "../http/authenticate.ts";
import { networkFault } from "../http/faults.ts";
import { prepareRequest, type PreparedRequest } from "../http/request.ts";
import { plainHeaders, decompress } from "../http/response.ts";
import { connectTimeoutMs, maxResourceBytes, maxResourceRedirects } from "../limits.ts";
import { shownUri, unavailable } from "./faults.ts";

/** What a server answered. */
export interface WebAnswer {
  readonly uri: string;
  /** Undefined: what the caller has is still right (304). */
  readonly bytes: Uint8Array | undefined;
  readonly headers: { readonly [name: string]: string };
}

type Headers = { readonly [name: string]: string };

const accept = "application/json, application/yaml, text/yaml, */*;q=0.5";

/** Fetches resources; knows the servers that it has talked to. */
export class WebClient {
  readonly #agent = new Agent({ connect: { timeout: connectTimeoutMs }, allowH2: false });
  readonly #authenticator = new Authenticator();

  /** Ends what is under way. */
  close(): Promise<void> {
    return this.#agent.destroy();
  }

  /** Fetches a resource; `conditions` are the validators of what is there already. */
  async fetch(request: ResourceRequest, conditions: Headers, signal: AbortSignal): Promise<Result<WebAnswer, WorkFault>> {
    try {
      return await this.#follow(request, conditions, signal);
    } catch (error) {
      return err({ ...networkFault(error, `GET ${shownUri(request.uri)}`), title: "Resource not available" });
    }
  }

  async #follow(request: ResourceRequest, conditions: Headers, signal: AbortSignal): Promise<Result<WebAnswer, WorkFault>> {
    let { uri, authentication: credentials } = request;
    for (let redirects = 0; redirects <= maxResourceRedirects; redirects++) {
      const prepared = prepareGet(uri, conditions);
      if (!prepared.ok) return prepared;
      const send = (ready: PreparedRequest): Promise<Dispatcher.ResponseData> => dispatch(this.#agent, ready, signal);
      const response = await this.#authenticator.send(send, prepared.value, credentials);
      const location = plainHeaders(response.headers)["location"];
      if (![301, 302, 303, 307, 308].includes(response.statusCode) || location === undefined) return await readAnswer(response, uri);
      await response.body.dump();
      const target = URL.parse(location, uri);
      if (target === null) return unavailable(502, `${shownUri(uri)} redirects to something that is not an address.`);
      if (target.origin !== prepared.value.url.origin) credentials = undefined;
      uri = target.href;
    }
    return unavailable(508, `${shownUri(request.uri)} redirects more than ${maxResourceRedirects} times.`);
  }
}

function prepareGet(uri: string, conditions: Headers): Result<PreparedRequest, WorkFault> {
  const work = { kind: "http", method: "GET", uri, headers: { accept, ...conditions }, query: {}, output: "raw", redirect: false } as const;
  const prepared = prepareRequest(work, uri);
  if (!prepared.ok) return prepared;
  const { "idempotency-key": _key, traceparent: _trace, ...headers } = prepared.value.headers;
  return ok({ ...prepared.value, headers });
}

function dispatch(
  dispatcher: Dispatcher,
  { url, method, headers }: PreparedRequest,
  signal: AbortSignal,
): Promise<Dispatcher.ResponseData> {
  return dispatcher.request({ origin: url.origin, path: url.pathname + url.search, method, headers, signal });
}

async function readAnswer(response: Dispatcher.ResponseData, uri: string): Promise<Result<WebAnswer, WorkFault>> {
  const headers = plainHeaders(response.headers);
  const status = response.statusCode;
  if (status === 304 || status < 200 || status > 299) {
    await response.body.dump();
    if (status === 304) return ok({ uri, bytes: undefined, headers });
    return unavailable(status, `${shownUri(uri)} answered ${status}.`);
  }
  const bytes = await readBounded(response);
  if (bytes === undefined) return tooLarge(uri);
  const content = await decompress(bytes, headers["content-encoding"], shownUri(uri), maxResourceBytes);
  if (!content.ok) return err({ ...content.error, title: "Resource not available" });
  return ok({ uri, bytes: content.value, headers });
}

function tooLarge(uri: string): Result<never, WorkFault> {
  return unavailable(413, `${shownUri(uri)} has more than ${maxResourceBytes} bytes, the most that a resource may have.`);
}

async function readBounded(response: Dispatcher.ResponseData): Promise<Buffer | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > maxResourceBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}
