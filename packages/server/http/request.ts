// A request of the HTTP library as the handlers see it.
import { isUtf8 } from "node:buffer";
import type { FastifyReply, FastifyRequest } from "fastify";
import { apiError, routes, type OperationId, type Route } from "@baton/api";
import type { BatonError } from "@baton/core";
import type { NodeCaller } from "@baton/runtime";
import type { ApiRequest } from "../exchange.ts";
import { readParameters, type RawQuery } from "./parameters.ts";

/** Whom each request is from: a node with a credential of its own, or null. */
export const callers = new WeakMap<FastifyRequest, NodeCaller | null>();

/** The operation that a request is for; undefined where no route takes it. */
export function operationOf(request: FastifyRequest): OperationId | undefined {
  return (request.routeOptions.config as { readonly operation?: OperationId }).operation;
}

/** The route that takes a request. */
export function routeOf(request: FastifyRequest): Route | undefined {
  const operation = operationOf(request);
  return operation === undefined ? undefined : routes[operation];
}

/** The address without its query, which may hold what is nobody else's business. */
export function pathOf(request: FastifyRequest): string {
  return request.url.replace(/[?#].*$/s, "");
}

/** Throws where the body's type is not one that the route reads. */
export function checkBodyType({ body }: Route, request: FastifyRequest): void {
  const type = request.headers["content-type"]?.split(";", 1)[0]?.trim().toLowerCase();
  if (request.body === undefined || body === undefined || body.others || body.types.includes(type ?? "")) return;
  throw unsupportedType(body.types, type ?? "not said");
}

/** A body as text. Bytes that are no UTF-8 are refused: read as if they were, they would silently become other characters. */
export function readText({ headers }: FastifyRequest, body: Buffer, done: (error: Error | null, text?: string) => void): void {
  const coding = codingOf(headers);
  if (coding !== "identity") done(unsupportedCoding(coding));
  else if (isUtf8(body)) done(null, body.toString("utf8"));
  else done(apiError("body-malformed", { message: "The body is not a text in UTF-8.", next: "Send it in UTF-8." }));
}

/** A body as it came. */
export function readBytes({ headers }: FastifyRequest, body: Buffer, done: (error: Error | null, bytes?: Buffer) => void): void {
  const coding = codingOf(headers);
  if (coding === "identity") done(null, body);
  else done(unsupportedCoding(coding));
}

function codingOf(headers: FastifyRequest["headers"]): string {
  return headers["content-encoding"]?.trim().toLowerCase() ?? "identity";
}

function unsupportedCoding(coding: string): BatonError {
  return apiError("body-type-unsupported", {
    message: `The body's Content-Encoding is ${coding}; bodies are read as they are.`,
    next: "Send the body without a Content-Encoding.",
  });
}

/** The error for a body that a route does not read. */
export function unsupportedType(types: readonly string[], given: string): BatonError {
  return apiError("body-type-unsupported", { message: `The body's type is ${given}; this address reads ${types.join(", ")}.` });
}

/** The request with its parameters read; throws an InvalidRequest where they are wrong. */
export function toApiRequest(operation: OperationId, request: FastifyRequest, reply: FastifyReply, closing: AbortSignal): ApiRequest {
  const values = readParameters(routes[operation], request.query as RawQuery, request.headers);
  return {
    operation,
    method: request.method,
    caller: callers.get(request) ?? null,
    url: request.url,
    path: request.params as { [name: string]: string },
    text: (name) => only("string", values.get(name)),
    number: (name) => only("number", values.get(name)),
    body: typeof request.body === "string" ? request.body : "",
    contentType: request.headers["content-type"],
    bytes: Buffer.isBuffer(request.body) ? request.body : undefined,
    header: (name) => textOf(request.headers[name]),
    headerNames: () => Object.keys(request.headers),
    signal: () => signalOf(reply, closing),
  };
}

function textOf(header: string | readonly string[] | undefined): string | undefined {
  return typeof header === "object" ? header.join(", ") : header;
}

function only(type: "string", value: string | number | undefined): string | undefined;
function only(type: "number", value: string | number | undefined): number | undefined;
function only(type: "string" | "number", value: string | number | undefined): string | number | undefined {
  return typeof value === type ? value : undefined;
}

/** Made only for a request that is held: most are answered before anybody could leave. */
function signalOf(reply: FastifyReply, closing: AbortSignal): AbortSignal {
  const gone = new AbortController();
  reply.raw.once("close", () => gone.abort());
  return AbortSignal.any([gone.signal, closing]);
}
