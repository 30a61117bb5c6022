// Sends what a handler answered.
import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { ApiAnswer } from "../exchange.ts";
import { openEventStream } from "./event-stream.ts";
import { routeOf } from "./request.ts";

/** Sends an answer that is not an error. */
export function sendAnswer(answer: ApiAnswer, request: FastifyRequest, reply: FastifyReply, closing: AbortSignal): FastifyReply {
  if (answer.headers !== undefined) void reply.headers(answer.headers);
  if (answer.stream !== undefined) {
    answer.stream(openEventStream(reply, closing));
    return reply;
  }
  void reply.code(answer.status);
  if (answer.text !== undefined) return sendText(answer.text, request, reply);
  if (answer.pieces !== undefined) return reply.type(answer.pieces.type).send(Readable.from(answer.pieces.content));
  if (answer.value === undefined) return reply.send();
  const content = JSON.stringify(answer.value);
  return isKnown(request, reply, content) ? reply.code(304).send() : reply.type("application/json; charset=utf-8").send(content);
}

function sendText({ type, content }: NonNullable<ApiAnswer["text"]>, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  return isKnown(request, reply, content) ? reply.code(304).send() : reply.type(type).send(content);
}

const tagLength = 22;

/** Sets the ETag where the route has one; true where the caller has this very content. */
function isKnown(request: FastifyRequest, reply: FastifyReply, content: string): boolean {
  if (routeOf(request)?.parameters.some((parameter) => parameter.name === "If-None-Match") !== true) return false;
  const tag = `"${createHash("sha256").update(content).digest("base64url").slice(0, tagLength)}"`;
  void reply.header("etag", tag);
  const known = request.headers["if-none-match"]?.split(",").map((entry) => entry.trim().replace(/^W\//, ""));
  return known?.includes(tag) ?? false;
}
