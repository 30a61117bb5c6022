// Streams: WebSockets at one address of the server, let in by the same rules as requests.
import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer, type RawData, type WebSocket } from "ws";
import { maxFrameBytes, problemOf, problemType, streamPath, streamSilenceMs } from "@baton/api";
import { BatonError } from "@baton/core";
import { AskerScope, type Jobs, type NodeCaller } from "@baton/runtime";
import type { Asker } from "@baton/storage";
import { serverError } from "../errors.ts";
import { askerOf, callerCheck, type CallerCheck } from "../http/access.ts";
import { knownError } from "../http/problems.ts";
import { errorFields, type LogWriter } from "../log.ts";
import { Outbox } from "./outbox.ts";
import { StreamSession } from "./session.ts";

/** What streams need of the server. */
export interface StreamParts {
  readonly jobs: Jobs;
  readonly token: string | undefined;
  readonly log: LogWriter;
  readonly state: () => "starting" | "ok" | "stopping";
  /** Aborted when the server closes: ends all streams. */
  readonly closing: AbortSignal;
}

/** A reader that lets so many bytes wait is cut off: it would make the server keep what it does not take. */
const maxWaitingBytes = 256 * 1024 * 1024;

/** Close codes of RFC 6455, section 7.4.1. */
const goingAway = 1001;
const policyViolation = 1008;

/** Takes streams on a server's port. */
export function openStreams(server: Server, parts: StreamParts): void {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: maxFrameBytes, perMessageDeflate: false });
  const check = callerCheck(parts.token, parts.jobs);
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const asker = askerOf(request.socket.remoteAddress, request.headers["user-agent"]);
    const caller = callerOf(request, asker, check, parts);
    if (caller instanceof BatonError) return refuse(socket, caller);
    sockets.handleUpgrade(request, socket, head, (connection) => serve(connection, caller, new AskerScope(asker), parts));
  });
  parts.closing.addEventListener("abort", () => {
    for (const connection of sockets.clients) connection.close(goingAway);
  });
}

function callerOf(request: IncomingMessage, asker: Asker, check: CallerCheck, { state }: StreamParts): NodeCaller | null | BatonError {
  if ((request.url ?? "").replace(/\?.*$/s, "") !== streamPath) return serverError("stream-unknown");
  const { host, origin, authorization } = request.headers;
  // What nodes have joined with is not known before.
  if (state() !== "ok") return serverError("server-starting");
  return check({ host, origin, authorization }, false, asker);
}

/** There is no reply to send yet: the connection is still plain HTTP. */
function refuse(socket: Duplex, error: BatonError): void {
  const problem = problemOf(error);
  const body = JSON.stringify(problem);
  const head = [
    `HTTP/1.1 ${problem.status} ${problem.code}`,
    `content-type: ${problemType}`,
    `content-length: ${Buffer.byteLength(body)}`,
    "connection: close",
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
}

function serve(connection: WebSocket, caller: NodeCaller | null, scope: AskerScope, { jobs, log }: StreamParts): void {
  const outbox = new Outbox({
    send: (frame) => {
      if (connection.bufferedAmount > maxWaitingBytes) connection.terminate();
      else connection.send(frame);
    },
  });
  const fail = (error: BatonError): void => {
    outbox.push({ type: "failed", problem: problemOf(error) });
    outbox.flush();
    connection.close(policyViolation, error.code);
  };
  const logError = (error: unknown): void => log({ level: "error", message: "a message of a stream failed", ...errorFields(error) });
  const session = new StreamSession({ jobs, caller, scope, outbox, fail, cut: () => connection.terminate(), log: logError });
  const alive = watchSilence(connection);
  connection.on("message", (data: RawData) => {
    alive.heard();
    try {
      session.take(textOf(data));
    } catch (error) {
      // One stream's trouble is nobody else's.
      logError(error);
      fail(knownError(error).error);
    }
  });
  connection.on("pong", () => alive.heard());
  connection.on("error", () => connection.terminate());
  connection.on("close", () => {
    alive.stop();
    scope.end();
    session.close();
  });
}

function textOf(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString("utf8");
  return (data instanceof ArrayBuffer ? Buffer.from(data) : data).toString("utf8");
}

/** Says something now and then, and cuts a connection that answers nothing. */
function watchSilence(connection: WebSocket): { heard(): void; stop(): void } {
  let heardAt = Date.now();
  const timer = setInterval(() => {
    if (Date.now() - heardAt > streamSilenceMs) return connection.terminate();
    connection.ping();
    // A frame of no messages tells a client that cannot see pings that the server is there.
    connection.send("[]");
  }, streamSilenceMs / 3);
  return { heard: () => (heardAt = Date.now()), stop: () => clearInterval(timer) };
}
