// The API over HTTP: every route of the table with its handler, and in front of them access, parameters and bodies.
// Whatever goes wrong, the answer is a problem document.
import { createHash, randomBytes } from "node:crypto";
import type { Socket } from "node:net";
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { apiError, maxBodyBytes, pathsOf, problemType, routes, type OperationId, type Route } from "@baton/api";
import { assert, type BatonError } from "@baton/core";
import { serverError } from "../errors.ts";
import type { ApiAnswer, ApiRequest, Services } from "../exchange.ts";
import { handlers } from "../handlers/index.ts";
import { errorFields, type LogWriter } from "../log.ts";
import type { RequestMetrics } from "../metrics.ts";
import { accessCheck } from "./access.ts";
import { openEventStream } from "./event-stream.ts";
import { IdempotencyKeys } from "./idempotency.ts";
import { readParameters, type ParameterValues, type RawQuery } from "./parameters.ts";
import { knownError, problemFor } from "./problems.ts";
import { unknownRoute } from "./unknown-route.ts";

/** What the API is made of. */
export interface AppParts {
  readonly services: Services;
  readonly token: string | undefined;
  readonly requests: RequestMetrics;
  readonly log: LogWriter;
  /** Aborted when the server closes: ends what is held open. */
  readonly closing: AbortSignal;
}

/** How long the whole of a request may take to arrive. */
const requestTimeoutMs = 60_000;

/** The longest part of a path: ids and names are shorter. */
const maxPathPart = 300;

/** Types of bodies that are read at all; each route names those that it takes. */
const bodyTypes = [...new Set(Object.values(routes).flatMap((route: Route) => route.body?.types ?? []))];

/** The application, not yet listening. */
export function createApp(parts: AppParts): FastifyInstance {
  const instance = randomBytes(3).toString("hex");
  let counter = 0;
  const app = Fastify({
    bodyLimit: maxBodyBytes,
    requestTimeout: requestTimeoutMs,
    routerOptions: { maxParamLength: maxPathPart },
    return503OnClosing: false,
    forceCloseConnections: "idle",
    exposeHeadRoutes: false,
    genReqId: () => `${instance}-${++counter}`,
    clientErrorHandler: refuseConnection,
    frameworkErrors: (error, request, reply) => void answerError(parts, error, request, reply as FastifyReply),
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(bodyTypes, { parseAs: "string" }, (_, body, done) => done(null, body));
  app.setErrorHandler((error, request, reply) => answerError(parts, error, request, reply));
  app.setNotFoundHandler((request, reply) => answerUnknown(parts, request, reply));
  guard(app, parts);
  hangUp(app, parts.closing);
  count(app, parts);
  const keys = new IdempotencyKeys();
  for (const operation of Object.keys(routes) as OperationId[])
    for (const path of pathsOf(routes[operation])) addRoute(app, parts, keys, operation, path);
  return app;
}

/** Access and readiness, before anything of the request is looked at. */
function guard(app: FastifyInstance, { services, token }: AppParts): void {
  const check = accessCheck(token);
  app.addHook("onRequest", async (request, reply) => {
    void reply.headers({ "x-request-id": request.id, "x-content-type-options": "nosniff", "cache-control": "no-store" });
    const open = operationOf(request) !== undefined && routeOf(request)?.open === true;
    const refused = check(request.headers, open);
    if (refused !== undefined) throw refused;
    const state = services.state();
    if (open || state === "ok") return;
    throw state === "starting" ? serverError("server-starting") : apiError("server-stopping");
  });
}

/** While the server closes, no connection is kept for a next request: it would hold the closing up. */
function hangUp(app: FastifyInstance, closing: AbortSignal): void {
  app.addHook("onSend", async (_, reply) => {
    if (closing.aborted) void reply.header("connection", "close");
  });
}

function count(app: FastifyInstance, { requests, log }: AppParts): void {
  app.addHook("onResponse", async (request, reply) => {
    const operation = operationOf(request) ?? "none";
    requests.record(operation, reply.statusCode, reply.elapsedTime / 1000);
    const { method, id } = request;
    const milliseconds = Math.round(reply.elapsedTime * 10) / 10;
    log({ level: "debug", message: "request", id, operation, method, path: pathOf(request), status: reply.statusCode, milliseconds });
  });
}

function addRoute(app: FastifyInstance, parts: AppParts, keys: IdempotencyKeys, operation: OperationId, path: string): void {
  const route: Route = routes[operation];
  app.route({
    method: route.method,
    url: libraryPath(path),
    config: { operation },
    exposeHeadRoute: route.method === "GET" && operation !== "watchRun",
    handler: async (request, reply) => {
      checkBodyType(route, request);
      const exchange = toExchange(operation, route, request, reply, parts);
      const answer = await keys.answer(exchange, async () => handlers[operation](exchange, parts.services));
      return sendAnswer(answer, request, reply, parts);
    },
  });
}

/** The router's notation: a parameter ends at a colon, and a colon is written twice. */
function libraryPath(path: string): string {
  return path.replace(/\{(\w+)\}:/, ":$1([^/:]+)::").replaceAll(/\{(\w+)\}/g, ":$1");
}

function checkBodyType({ body }: Route, request: FastifyRequest): void {
  const type = request.headers["content-type"]?.split(";", 1)[0]?.trim().toLowerCase();
  if (request.body === undefined || type === undefined || body === undefined || body.types.includes(type)) return;
  throw unsupportedType(body.types, type);
}

function unsupportedType(types: readonly string[], given: string): BatonError {
  return apiError("body-type-unsupported", { message: `The body's type is ${given}; this address reads ${types.join(", ")}.` });
}

function toExchange(operation: OperationId, route: Route, request: FastifyRequest, reply: FastifyReply, parts: AppParts): ApiRequest {
  const values: ParameterValues = readParameters(route, request.query as RawQuery, request.headers);
  const gone = new AbortController();
  reply.raw.on("close", () => gone.abort());
  return {
    operation,
    method: request.method,
    url: request.url,
    path: request.params as { [name: string]: string },
    text: (name) => {
      const value = values.get(name);
      return typeof value === "string" ? value : undefined;
    },
    number: (name) => {
      const value = values.get(name);
      return typeof value === "number" ? value : undefined;
    },
    body: typeof request.body === "string" ? request.body : "",
    signal: AbortSignal.any([gone.signal, parts.closing]),
  };
}

function sendAnswer(answer: ApiAnswer, request: FastifyRequest, reply: FastifyReply, { closing }: AppParts): FastifyReply {
  if (answer.headers !== undefined) void reply.headers(answer.headers);
  if (answer.stream !== undefined) {
    answer.stream(openEventStream(request, reply, closing));
    return reply;
  }
  void reply.code(answer.status);
  if (answer.text !== undefined) return reply.type(answer.text.type).send(answer.text.content);
  if (answer.value === undefined) return reply.send();
  const content = JSON.stringify(answer.value);
  return isKnown(request, reply, content) ? reply.code(304).send() : reply.type("application/json; charset=utf-8").send(content);
}

/** Sets the ETag where the route has one; true where the caller has this very content. */
function isKnown(request: FastifyRequest, reply: FastifyReply, content: string): boolean {
  if (routeOf(request)?.parameters.some((parameter) => parameter.name === "If-None-Match") !== true) return false;
  const tag = `"${createHash("sha256").update(content).digest("base64url").slice(0, 22)}"`;
  void reply.header("etag", tag);
  const known = request.headers["if-none-match"]?.split(",").map((entry) => entry.trim().replace(/^W\//, ""));
  return known?.includes(tag) ?? false;
}

function answerError({ log }: AppParts, thrown: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { error, bug } = knownError(thrown);
  const path = pathOf(request);
  const told = error.code === "body-type-unsupported" ? withTypes(error, request) : error;
  const problem = problemFor(told, path);
  if (bug || problem.status >= 500)
    log({ level: "error", message: "request failed", id: request.id, method: request.method, path, ...errorFields(thrown) });
  return sendProblem(reply, problem.status, problem);
}

/** The library's own error does not know what the route reads. */
function withTypes(error: BatonError, request: FastifyRequest): BatonError {
  const types = routeOf(request)?.body?.types;
  return types === undefined ? error : unsupportedType(types, request.headers["content-type"] ?? "missing");
}

function answerUnknown(_: AppParts, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { error, allowed } = unknownRoute(request.method, pathOf(request));
  if (allowed.length > 0) void reply.header("allow", allowed.join(", "));
  const problem = problemFor(error, pathOf(request));
  return sendProblem(reply, problem.status, problem);
}

function sendProblem(reply: FastifyReply, status: number, problem: object): FastifyReply {
  if (status === 401) void reply.header("www-authenticate", "Bearer");
  return reply.code(status).type(problemType).send(JSON.stringify(problem));
}

/** What cannot be read as HTTP is answered by hand: there is no request to reply to. */
function refuseConnection(error: Error & { readonly code?: string }, socket: Socket): void {
  if (!socket.writable || error.code === "ECONNRESET") return void socket.destroy();
  const codes = { ERR_HTTP_REQUEST_TIMEOUT: "request-timeout", HPE_HEADER_OVERFLOW: "headers-too-large" } as const;
  const known = error.code === "ERR_HTTP_REQUEST_TIMEOUT" || error.code === "HPE_HEADER_OVERFLOW" ? codes[error.code] : "request-malformed";
  const problem = problemFor(apiError(known), "");
  const body = JSON.stringify({ ...problem, instance: undefined });
  const head = `HTTP/1.1 ${problem.status} ${problem.code}\r\ncontent-type: ${problemType}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n`;
  socket.end(`${head}connection: close\r\n\r\n${body}`);
}

function operationOf(request: FastifyRequest): OperationId | undefined {
  const { operation } = request.routeOptions.config as { operation?: OperationId };
  return operation;
}

function routeOf(request: FastifyRequest): Route | undefined {
  const operation = operationOf(request);
  if (operation === undefined) return undefined;
  assert(Object.hasOwn(routes, operation), `Expected an operation, but got ${operation}.`);
  return routes[operation];
}

function pathOf(request: FastifyRequest): string {
  return request.url.replace(/[?#].*$/s, "");
}
