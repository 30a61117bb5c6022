// A stream that is told nonsense is closed with the reason; the server and everybody else go on.
import { afterAll, beforeAll, expect, test } from "vitest";
import { WebSocket } from "ws";
import { streamPath, type ServerMessage } from "@baton/api";
import type { Order } from "@baton/executors";
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

test("a node that leaves and reports in one breath gets nothing more", async () => {
  const socket = new WebSocket(new URL(streamPath, server.url.replace("http", "ws")));
  const told: ServerMessage[] = [];
  socket.on("message", (data: Buffer) => told.push(...(JSON.parse(data.toString("utf8")) as ServerMessage[])));
  await new Promise((resolve) => socket.on("open", resolve));
  const hello = { id: "eta", capacity: { cpu: 1_000 }, holds: [], key: "e".repeat(40) };
  socket.send(JSON.stringify([{ type: "join", hello }]));
  await expect.poll(() => told.some(({ type }) => type === "welcome")).toBe(true);
  const { jobs } = await server.client.submitJobs({ command: ["true"], constraints: { nodes: ["eta"] } });
  const id = jobs[0]?.id ?? "";
  const orders = (): readonly Order[] => told.flatMap((message) => (message.type === "orders" ? message.orders : []));
  await expect.poll(() => orders().length).toBe(1);
  const end = { type: "ended", job: id, token: 1, startedAt: 1, endedAt: 2, end: { status: "stopped", usage: { wallMs: 1 } } };
  socket.send(JSON.stringify([{ type: "drain" }, { type: "reports", reports: [end] }]));
  await expect.poll(() => orders().some(({ type }) => type === "settled")).toBe(true);
  expect(await server.client.getJob(id)).toMatchObject({ status: "pending", attempt: 1 });
  socket.close();
  await server.client.commandJob(id, "cancel");
});
