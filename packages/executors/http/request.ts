// From the work to a request as it goes on the wire: address, headers and body are checked here, once.
import { createHash } from "node:crypto";
import { err, isArray, isObject, ok, type Json, type Result } from "@baton/core";
import type { HttpWork, WorkFault } from "@baton/engine";
import { encodeMultipart, fieldText } from "./multipart.ts";

/** A request whose body may be bytes that are encoded already: `body` is absent then. */
export interface HttpRequest extends HttpWork {
  readonly payload?: { readonly type: string; readonly content: string | Uint8Array };
}

/** A request that is ready to be sent. */
export interface PreparedRequest {
  readonly method: string;
  readonly url: URL;
  /** By lower-case name. */
  readonly headers: { readonly [name: string]: string };
  readonly body: string | Uint8Array | undefined;
  /** Method and address for people, without the query, which may hold secrets. */
  readonly shown: string;
}

const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const headerValue = /^[\t\x20-\x7e\x80-\xff]*$/;
const refusedMethods = new Set(["CONNECT", "TRACE"]);

/** Headers that belong to the connection; the executor sets them itself. */
const connectionHeaders = new Set([
  "connection",
  "content-length",
  "expect",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** The request for a piece of work, or what is wrong with the work. */
export function prepareRequest(work: HttpRequest, workId: string): Result<PreparedRequest, WorkFault> {
  const method = work.method.toUpperCase();
  if (!token.test(method) || refusedMethods.has(method)) return invalid(`"${work.method}" is not an HTTP method that a flow can use.`);
  const url = readAddress(work.uri);
  if (!url.ok) return url;
  const own = checkHeaders(work.headers);
  if (!own.ok) return own;
  if (work.authentication !== undefined && own.value["authorization"] !== undefined)
    return invalid("The call has both an `authentication` and the header Authorization; keep one of them.");
  const body = work.payload ? ready(work.payload) : encodeBody(work.body, own.value["content-type"]);
  if (!body.ok) return body;
  const shown = `${method} ${url.value.origin}${url.value.pathname}`;
  addQuery(url.value, work.query);
  const headers = { ...defaultHeaders(workId), ...own.value, ...body.value.headers };
  return ok({ method, url: url.value, headers, body: body.value.text, shown });
}

function invalid(detail: string): Result<never, WorkFault> {
  return err({ kind: "configuration", status: 400, title: "Invalid request", detail });
}

function readAddress(uri: string): Result<URL, WorkFault> {
  const url = URL.parse(uri);
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:"))
    return invalid(`The endpoint "${withoutSecrets(uri)}" is not an absolute http or https address.`);
  if (url.username !== "" || url.password !== "")
    return invalid(`The endpoint ${url.origin} carries a user name or password; send them in an Authorization header.`);
  url.hash = "";
  return ok(url);
}

function withoutSecrets(uri: string): string {
  return uri.replace(/\/\/[^/@]*@/, "//").replace(/[?#].*$/s, "");
}

function addQuery(url: URL, query: HttpWork["query"]): void {
  for (const [name, values] of Object.entries(query))
    for (const value of typeof values === "string" ? [values] : values) url.searchParams.append(name, value);
}

function checkHeaders(given: HttpWork["headers"]): Result<{ readonly [name: string]: string }, WorkFault> {
  const headers: { [name: string]: string } = {};
  for (const [name, value] of Object.entries(given)) {
    if (!token.test(name)) return invalid(`"${name}" is not a name that a header can have.`);
    const lower = name.toLowerCase();
    if (connectionHeaders.has(lower)) return invalid(`The header ${name} belongs to the connection and cannot be set by a flow.`);
    if (!headerValue.test(value)) return invalid(`The value of the header ${name} has a character that headers cannot carry.`);
    headers[lower] = value;
  }
  return ok(headers);
}

/** What every call carries unless its author says otherwise. */
function defaultHeaders(workId: string): { readonly [name: string]: string } {
  return {
    accept: "application/json, */*;q=0.5",
    "user-agent": "baton",
    "idempotency-key": workId,
    traceparent: traceparent(workId),
  };
}

/**
 * W3C Trace Context: all calls of a run share one trace, each attempt is a span of its own, and a repeated try
 * of the same attempt has the same ids.
 */
export function traceparent(workId: string): string {
  const run = /^run_[0-9a-z]+/.exec(workId)?.[0] ?? workId;
  return `00-${hexDigest(`trace ${run}`, 32)}-${hexDigest(`span ${workId}`, 16)}-01`;
}

function hexDigest(text: string, length: number): string {
  return createHash("sha256").update(text).digest("hex").slice(0, length);
}

interface EncodedBody {
  readonly text: string | Uint8Array | undefined;
  readonly headers: { readonly [name: string]: string };
}

function ready({ type, content }: { readonly type: string; readonly content: string | Uint8Array }): Result<EncodedBody, WorkFault> {
  return ok({ text: content, headers: { "content-type": type } });
}

/** Whether a content type is JSON (RFC 8259) or built on it (RFC 6839). */
export function isJsonType(mediaType: string): boolean {
  return mediaType === "application/json" || mediaType === "text/json" || mediaType.endsWith("+json");
}

/** The media type of a Content-Type header, in lower case, without its parameters. */
export function mediaTypeOf(contentType: string): string {
  return (contentType.split(";", 1)[0] as string).trim().toLowerCase();
}

function encodeBody(body: Json | undefined, contentType: string | undefined): Result<EncodedBody, WorkFault> {
  if (body === undefined) return ok({ text: undefined, headers: {} });
  if (contentType === undefined) return ok({ text: JSON.stringify(body), headers: { "content-type": "application/json" } });
  const mediaType = mediaTypeOf(contentType);
  if (isJsonType(mediaType)) return ok({ text: JSON.stringify(body), headers: {} });
  if (typeof body === "string") return ok({ text: body, headers: {} });
  if (mediaType.startsWith("multipart/") && isObject(body)) {
    const { type, content } = encodeMultipart(mediaType, body);
    return ok({ text: content, headers: { "content-type": type } });
  }
  if (mediaType === "application/x-www-form-urlencoded" && isObject(body)) return ok({ text: encodeForm(body), headers: {} });
  if (mediaType.startsWith("text/") && !isArray(body) && !isObject(body)) return ok({ text: String(body), headers: {} });
  return invalid(`A body of type ${mediaType} must be a text, but this one is ${isArray(body) ? "an array" : nameOfType(body)}.`);
}

function nameOfType(body: Json): string {
  return isObject(body) ? "an object" : `a ${body === null ? "null" : typeof body}`;
}

function encodeForm(body: { readonly [key: string]: Json }): string {
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(body)) for (const item of isArray(value) ? value : [value]) form.append(name, fieldText(item));
  return form.toString();
}
