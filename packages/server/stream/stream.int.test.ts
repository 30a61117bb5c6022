// A stream that is told nonsense is closed with the reason; the server and everybody else go on.
import { afterAll, beforeAll, expect, test } from "vitest";
import { WebSocket } from "ws";
import { streamPath } from "@baton/api";
import { startTestServer, type TestServer } from "../testing/harness.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

/** Sends a frame and gives the code that the stream is closed with. */
function closedWith(frame: string): Promise<string> {
  const socket = new WebSocket(new URL(streamPath, server.url.replace("http", "ws")));
  return new Promise((resolve, reject) => {
    socket.on("error", reject);
    socket.on("open", () => socket.send(frame));
    socket.on("close", (_, reason) => resolve(reason.toString("utf8")));
  });
}

const attempt = { job: "job_1", token: 1, startedAt: 1, endedAt: 2 };
const deep = `${"[".repeat(50_000)}${"]".repeat(50_000)}`;

test.each<[string, string]>([
  ["no JSON", "{"],
  ["no list", "{}"],
  ["a message without a type", "[{}]"],
  ["a watch without ids", '[{"type":"watch"}]'],
  ["a watch of no ids", '[{"type":"watch","ids":[{}]}]'],
  ["a submission whose key is no text", '[{"type":"submit","ref":1,"submission":{"command":["true"]},"key":{"a":1}}]'],
  ["a submission that nobody can be answered", '[{"type":"submit","submission":{"command":["true"]}}]'],
  [
    "an end whose reason is no text",
    JSON.stringify([
      { type: "reports", reports: [{ type: "ended", ...attempt, end: { status: "lost", reason: 1, usage: { wallMs: 1 } } }] },
    ]),
  ],
  [
    "an answer that is too deep",
    `[{"type":"reports","reports":[{"type":"ended","job":"job_1","token":1,"startedAt":1,"endedAt":2,"end":{"status":"completed","usage":{"wallMs":1},"result":${deep}}}]}]`,
  ],
])("%s", async (_, frame) => {
  expect(await closedWith(frame)).toBe("body-malformed");
  expect((await server.send({ path: "/readyz" })).status).toBe(200);
});
