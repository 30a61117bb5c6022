// The writing side of server-sent events over a reply. Silent times carry comments; when the reader goes or the server
// closes, whoever writes is told, once.
import type { FastifyReply } from "fastify";
import { heartbeatMs } from "@baton/api";
import type { EventStream } from "../exchange.ts";

/** Takes the reply over and sends its head. */
export function openEventStream(reply: FastifyReply, closing: AbortSignal): EventStream {
  reply.hijack();
  const out = reply.raw;
  const headers = reply.getHeaders() as { [name: string]: string };
  out.writeHead(200, { ...headers, "content-type": "text/event-stream", "x-accel-buffering": "no" });
  out.flushHeaders();
  const heartbeat = setInterval(() => out.write(":\n\n"), heartbeatMs);
  const end = (): void => {
    clearInterval(heartbeat);
    out.end();
  };
  closing.addEventListener("abort", end, { once: true });
  out.on("close", () => {
    clearInterval(heartbeat);
    closing.removeEventListener("abort", end);
  });
  // A reader that goes away in the middle is nothing to report.
  out.on("error", () => {});
  return {
    write: (text) => out.write(text),
    onDrain: (callback) => void out.on("drain", callback),
    onClose: (callback) => void out.on("close", callback),
    end,
  };
}
