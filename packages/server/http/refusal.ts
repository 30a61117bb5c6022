// Sends what went wrong: always a problem document, also where the request could not even be read.
import type { Socket } from "node:net";
import type { FastifyReply, FastifyRequest } from "fastify";
import { apiError, problemType, type ApiErrorCode, type Problem } from "@baton/api";
import type { BatonError } from "@baton/core";
import { errorFields, type LogWriter } from "../log.ts";
import { knownError, problemFor } from "./problems.ts";
import { pathOf, routeOf, unsupportedType } from "./request.ts";
import { unknownRoute } from "./unknown-route.ts";

/** Answers whatever was thrown; what is the server's own trouble is logged too. */
export function sendProblem(thrown: unknown, request: FastifyRequest, reply: FastifyReply, log: LogWriter): FastifyReply {
  const { error, bug } = knownError(thrown);
  const path = pathOf(request);
  const problem = problemFor(error !== thrown && error.code === "body-type-unsupported" ? withTypes(error, request) : error, path);
  if (bug || problem.status >= 500)
    log({ level: "error", message: "request failed", id: request.id, method: request.method, path, ...errorFields(thrown) });
  return send(problem, reply);
}

/** The library's own error does not know what the route reads. */
function withTypes(error: BatonError, request: FastifyRequest): BatonError {
  const types = routeOf(request)?.body?.types;
  return types === undefined ? error : unsupportedType(types, request.headers["content-type"] ?? "missing");
}

/** Answers a request that no route takes. */
export function sendUnknownRoute(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const path = pathOf(request);
  const { error, allowed } = unknownRoute(request.method, path);
  if (allowed.length > 0) void reply.header("allow", allowed.join(", "));
  return send(problemFor(error, path), reply);
}

function send(problem: Problem, reply: FastifyReply): FastifyReply {
  if (problem.status === 401) void reply.header("www-authenticate", "Bearer");
  return reply.code(problem.status).type(problemType).send(JSON.stringify(problem));
}

/** What Node says of a connection, as ours; anything else is a request that is none. */
const connectionCodes: ReadonlyMap<string | undefined, ApiErrorCode> = new Map([
  ["ERR_HTTP_REQUEST_TIMEOUT", "request-timeout"],
  ["HPE_HEADER_OVERFLOW", "headers-too-large"],
]);

/** Answers by hand what cannot be read as HTTP: there is no request to reply to. */
export function refuseConnection(error: Error & { readonly code?: string }, socket: Socket): void {
  if (!socket.writable || error.code === "ECONNRESET") return void socket.destroy();
  const { instance: _, ...problem } = problemFor(apiError(connectionCodes.get(error.code) ?? "request-malformed"), "");
  const body = JSON.stringify(problem);
  const head = [
    `HTTP/1.1 ${problem.status} ${problem.code}`,
    `content-type: ${problemType}`,
    `content-length: ${Buffer.byteLength(body)}`,
    "connection: close",
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
}
