// Calls over undici's pool (the global fetch costs several times as much per call). One request per attempt: nothing is
// repeated here and redirections are not followed; retries are the flow's business.
import { Agent, type Dispatcher } from "undici";
import { err, ok, type Json, type Result } from "@baton/core";
import type { HttpWork, WorkFault, WorkOutcome } from "@baton/engine";
import { connectionsPerOrigin, connectTimeoutMs, maxResponseBytes, silenceTimeoutMs } from "../limits.ts";
import type { WorkContext } from "../port.ts";
import { Authenticator } from "./authenticate.ts";
import { abortedFault, networkFault, statusFault } from "./faults.ts";
import { mediaTypeOf, prepareRequest, type HttpRequest, type PreparedRequest } from "./request.ts";
import { decompress, plainHeaders, readBody, readContent, textOf, tooLarge } from "./response.ts";

/** What a test may want to be otherwise. */
export interface HttpExecutorOptions {
  readonly connectionsPerOrigin?: number;
  readonly silenceTimeoutMs?: number;
}

/** Connections to all origins. */
export interface HttpClient {
  call(work: HttpRequest, context: WorkContext): Promise<WorkOutcome>;
  /** Ends what is under way. */
  close(): Promise<void>;
}

/** A client without any connection yet. */
export function openClient(options: HttpExecutorOptions): HttpClient {
  const silence = options.silenceTimeoutMs ?? silenceTimeoutMs;
  const agent = new Agent({
    connections: options.connectionsPerOrigin ?? connectionsPerOrigin,
    pipelining: 1,
    allowH2: false,
    connect: { timeout: connectTimeoutMs },
    headersTimeout: silence,
    bodyTimeout: silence,
  });
  const authenticator = new Authenticator();
  return { call: (work, context) => call(agent, authenticator, work, context), close: () => agent.destroy() };
}

async function call(agent: Agent, authenticator: Authenticator, work: HttpRequest, { workId, signal }: WorkContext): Promise<WorkOutcome> {
  const request = prepareRequest(work, workId);
  if (!request.ok) return { ok: false, fault: request.error };
  try {
    const response = await authenticator.send((ready) => send(agent, ready, signal), request.value, work.authentication);
    const result = isAccepted(response.statusCode, work.redirect)
      ? await readOutput(work, request.value, response)
      : err(await readRefusal(request.value, response));
    return result.ok ? { ok: true, output: result.value } : { ok: false, fault: result.error };
  } catch (error) {
    const { shown } = request.value;
    return { ok: false, fault: signal.aborted ? abortedFault(shown) : networkFault(error, shown) };
  }
}

function send(agent: Agent, request: PreparedRequest, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
  return agent.request({
    origin: request.url.origin,
    path: request.url.pathname + request.url.search,
    method: request.method,
    headers: request.headers,
    body: request.body ?? null,
    signal,
  });
}

/** The specification's rule: 200 to 299, with `redirect` up to 399. */
function isAccepted(status: number, redirect: boolean): boolean {
  return status >= 200 && status <= (redirect ? 399 : 299);
}

/** The whole body, decompressed; whatever is left of one that is too large is thrown away. */
async function readBytes(request: PreparedRequest, response: Dispatcher.ResponseData): Promise<Result<Buffer, WorkFault>> {
  const headers = plainHeaders(response.headers);
  if (request.method !== "HEAD" && Number(headers["content-length"] ?? 0) > maxResponseBytes) {
    response.body.destroy();
    return err(tooLarge(request.shown));
  }
  const body = await readBody(response.body, request.shown);
  return body.ok ? decompress(body.value, headers["content-encoding"], request.shown) : body;
}

async function readOutput(work: HttpWork, request: PreparedRequest, response: Dispatcher.ResponseData): Promise<Result<Json, WorkFault>> {
  const bytes = await readBytes(request, response);
  if (!bytes.ok) return bytes;
  if (work.output === "raw") return ok(bytes.value.length === 0 ? null : bytes.value.toString("base64"));
  const headers = plainHeaders(response.headers);
  const content = readContent(bytes.value, headers["content-type"], request.shown);
  if (!content.ok || work.output === "content") return content;
  return ok({ request: describeRequest(work, request), statusCode: response.statusCode, headers, content: content.value });
}

const secretHeader = /^(proxy-)?authorization$|^cookie$|token|secret|password|api-?key/i;

/** The request as its author wrote it; what authenticates the caller is not repeated in the output. */
function describeRequest(work: HttpWork, request: PreparedRequest): Json {
  const headers = Object.entries(work.headers).map(([name, value]) => [name, secretHeader.test(name) ? "[redacted]" : value]);
  return { method: work.method, uri: request.url.href, headers: Object.fromEntries(headers) as { [name: string]: string } };
}

/** The fault for a status that is an error, with the beginning of what the peer had to say, where that is text. */
async function readRefusal(request: PreparedRequest, response: Dispatcher.ResponseData): Promise<WorkFault> {
  const headers = plainHeaders(response.headers);
  const bytes = await readBytes(request, response).catch(() => undefined);
  const contentType = headers["content-type"];
  const excerpt = bytes?.ok === true ? textOf(bytes.value, contentType) : "";
  const mediaType = mediaTypeOf(contentType ?? "");
  return statusFault({ status: response.statusCode, shown: request.shown, location: headers["location"], mediaType, excerpt });
}
