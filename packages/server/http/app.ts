// The API over HTTP: every route of the table with its handler, and in front of them access and readiness.
import { randomBytes } from "node:crypto";
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { apiError, maxBodyBytes, pathsOf, routes, type OperationId, type Route } from "@baton/api";
import { BatonError } from "@baton/core";
import { AskerScope, runtimeError } from "@baton/runtime";
import { serverError } from "../errors.ts";
import type { ApiAnswer, Services } from "../exchange.ts";
import { handlers } from "../handlers/index.ts";
import type { LogWriter } from "../log.ts";
import type { RequestMetrics } from "../metrics.ts";
import { askerOf, callerCheck } from "./access.ts";
import { sendAnswer } from "./answer.ts";
import { IdempotencyKeys } from "./idempotency.ts";
import { refuseConnection, sendProblem, sendUnknownRoute } from "./refusal.ts";
import { callers, checkBodyType, operationOf, pathOf, readBytes, readText, routeOf, toApiRequest } from "./request.ts";

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
    frameworkErrors: (error, request, reply) => void sendProblem(error, request, reply as FastifyReply, parts.log),
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(bodyTypes, { parseAs: "buffer" }, (request, body, done) => readText(request, body as Buffer, done));
  // Only a route that takes others gets to see them: see checkBodyType.
  app.addContentTypeParser("*", { parseAs: "buffer" }, (request, body, done) => readBytes(request, body as Buffer, done));
  app.setErrorHandler((error, request, reply) => sendProblem(error, request, reply, parts.log));
  app.setNotFoundHandler(sendUnknownRoute);
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
  const check = callerCheck(token, services.jobs);
  app.addHook("onRequest", async (request, reply) => {
    void reply.headers({ "x-request-id": request.id, "x-content-type-options": "nosniff", "cache-control": "no-store" });
    // What is no route is told so.
    const { open = false, nodes = false } = routeOf(request) ?? { nodes: true };
    const state = services.state();
    // Nodes are known by what is stored: as long as that is not read, nobody can be told that he is a stranger.
    if (state === "starting" && !open) throw serverError("server-starting");
    const caller = check(request.headers, open, askerOf(request.ip, request.headers["user-agent"]));
    if (caller instanceof BatonError) throw caller;
    if (caller !== null && !open && !nodes) throw runtimeError("node-token-confined");
    callers.set(request, caller);
    if (!open && state !== "ok") throw apiError("server-stopping");
  });
}

/** While the server closes, no connection is kept for a next request: it would hold the closing up. */
function hangUp(app: FastifyInstance, closing: AbortSignal): void {
  app.addHook("onSend", async (_, reply) => {
    if (closing.aborted) void reply.header("connection", "close");
  });
}

/** Counts and logs what was answered; nothing of a request but its address, without the query, is logged. */
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
    exposeHeadRoute: route.method === "GET" && !streams.has(operation),
    handler: async (request, reply) => {
      checkBodyType(route, request);
      const asked = toApiRequest(operation, request, reply, parts.closing);
      const answered = (): Promise<ApiAnswer> => keys.answer(asked, async () => handlers[operation](asked, parts.services));
      const answer = await (ofNodes.has(operation) ? answered() : onBehalf(request, answered));
      return sendAnswer(answer, request, reply, parts.closing);
    },
  });
}

/** What follows from what a node tells is not asked for by it. */
const ofNodes: ReadonlySet<OperationId> = new Set<OperationId>(["pollNode", "reportNode", "heartbeatNode"]);

/** Does what is asked for, so that the audit log can say where it was asked for. */
async function onBehalf<T>(request: FastifyRequest, what: () => Promise<T>): Promise<T> {
  const scope = new AskerScope(askerOf(request.ip, request.headers["user-agent"]));
  try {
    return await scope.run(what);
  } finally {
    scope.end();
  }
}

/** What is sent as it goes on has no head of its own: to find it, all would have to be sent. */
const streams: ReadonlySet<OperationId> = new Set<OperationId>(["watchRun", "watchJob", "exportJobs"]);

/** The router's notation: a parameter ends at a colon, and a colon is written twice. */
function libraryPath(path: string): string {
  return path
    .replace(/(\w):/, "$1::")
    .replace(/\{(\w+)\}:/, ":$1([^/:]+)::")
    .replaceAll(/\{(\w+)\}/g, ":$1");
}
