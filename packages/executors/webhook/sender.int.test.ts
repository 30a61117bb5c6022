import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { createMessageSender } from "./sender.ts";

const cleanups: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0)) await clean();
});

function receiver(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer(answer);
  cleanups.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}/in?key=1`));
  });
}

function sender(options: Parameters<typeof createMessageSender>[0] = {}) {
  const opened = createMessageSender(options);
  cleanups.push(() => opened.close());
  return opened;
}

test("headers and body arrive as they are; the status comes back", async () => {
  const seen: unknown[] = [];
  const url = await receiver((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      seen.push([request.method, request.url, request.headers["webhook-id"], Buffer.concat(chunks).toString()]);
      response.writeHead(202).end("x".repeat(1_000_000));
    });
  });
  expect(await sender().send({ url, headers: { "webhook-id": "m1" }, body: '{"ä":1}' })).toEqual({
    kind: "answered",
    status: 202,
    retryAfterMs: null,
  });
  expect(seen).toEqual([["POST", "/in?key=1", "m1", '{"ä":1}']]);
});

test("a redirection is an answer like any other, and Retry-After is read", async () => {
  const moved = await receiver((_, response) => response.writeHead(307, { location: "http://127.0.0.1:1/" }).end());
  expect(await sender().send({ url: moved, headers: {}, body: "" })).toMatchObject({ kind: "answered", status: 307 });
  const busy = await receiver((_, response) => response.writeHead(503, { "retry-after": "7" }).end());
  expect(await sender().send({ url: busy, headers: {}, body: "" })).toEqual({ kind: "answered", status: 503, retryAfterMs: 7000 });
});

test("nobody there, or silence: what happened is told without the query", async () => {
  expect(await sender().send({ url: "http://127.0.0.1:1/in?key=1", headers: {}, body: "" })).toEqual({
    kind: "unanswered",
    problem: "POST http://127.0.0.1:1/in was refused: nothing listens at that address.",
  });
  const silent = await receiver(() => undefined);
  expect(await sender({ answerTimeoutMs: 50 }).send({ url: silent, headers: {}, body: "" })).toMatchObject({
    kind: "unanswered",
    problem: expect.stringMatching(/\/in was not answered within 50 ms\.$/) as string,
  });
});
