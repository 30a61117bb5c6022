// Nodes that poll over plain HTTP: the protocol as it goes over the wire, and the example worker in Python.
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { maxWaitMs } from "../packages/api/index.ts";
import type { Json, JsonObject } from "../packages/core/index.ts";
import { freePort } from "../packages/job-executors/testing/free-port.ts";
import { startTestServer, type RawAnswer, type TestServer } from "../packages/server/testing/harness.ts";

const secret = "server-secret";
const folder = mkdtempSync(join(tmpdir(), "baton-polling-"));
const settings = { dataDir: join(folder, "data"), token: secret, localNode: false, port: await freePort() } as const;
let server: TestServer;
beforeAll(async () => {
  server = await startTestServer(settings);
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

const keyOf = (name: string): string => `${name}key`.padEnd(40, "0");

function post(name: string, verb: string, body: Json, credential = secret): Promise<RawAnswer> {
  const headers = { "content-type": "application/json", authorization: `Bearer ${credential}` };
  return server.send({ method: "POST", path: `/v1/nodes/${name}:${verb}`, headers, body: JSON.stringify(body) });
}

async function joinAs(name: string, more: JsonObject = {}): Promise<string> {
  const { status, json } = await post(name, "join", { capacity: { cpu: 1_000 }, pool: name, key: keyOf(name), holds: [], ...more });
  expect([status, json]).toMatchObject([200, { leaseMs: expect.any(Number) as number, heartbeatMs: expect.any(Number) as number }]);
  return (json as { session: string }).session;
}

async function submitTo(pool: string): Promise<string> {
  const { jobs } = await server.client.submitJobs({ command: ["true"], constraints: { pools: [pool] } });
  return jobs[0]?.id ?? "";
}

describe("the protocol", () => {
  test("orders come by polls, again until a poll names them; ends are settled", async () => {
    const session = await joinAs("a");
    expect((await post("a", "poll", { session })).json).toEqual({ orders: [], last: 0 });
    const polling = post("a", "poll?wait=60s", { session, after: 0 });
    const job = await submitTo("a");
    const told = { orders: [{ type: "start", task: { job, token: 1, work: { kind: "command", command: ["true"] } } }], last: 1 };
    expect((await polling).json).toMatchObject(told);
    // The answer got lost: the order is told again.
    expect((await post("a", "poll", { session, after: 0 })).json).toMatchObject(told);
    const at = Date.now();
    const ended = {
      type: "ended",
      job,
      token: 1,
      end: { status: "completed", result: 7, usage: { wallMs: 1 } },
      startedAt: at,
      endedAt: at,
    };
    expect((await post("a", "report", { session, reports: [{ type: "started", job, token: 1, at }, ended] })).status).toBe(204);
    expect((await post("a", "poll?wait=60s", { session, after: 1 })).json).toEqual({
      orders: [{ type: "settled", job, token: 1 }],
      last: 2,
    });
    expect(await server.client.getJob(job)).toMatchObject({ status: "completed", output: 7, node: "a" });
    // Said again it is late, and refused with its code.
    await post("a", "report", { session, reports: [ended] });
    const late = { orders: [{ type: "settled", job, token: 1, refused: "report-late" }], last: 3 };
    expect((await post("a", "poll?wait=60s", { session, after: 2 })).json).toEqual(late);
  });

  test("a node joins with a token and comes back by its key; neither opens anything else, and no key opens another node", async () => {
    const { token, id } = await server.client.nodes.createToken({ expiresIn: "PT1H" });
    expect((await post("b", "join", { capacity: { cpu: 1 }, key: keyOf("b") }, token)).status).toBe(200);
    await server.client.nodes.deleteToken(id);
    expect((await post("b", "join", { capacity: { cpu: 1 }, key: keyOf("b") }, token)).json).toMatchObject({ code: "node-token-invalid" });
    const mine = `bnk_b_${keyOf("b")}`;
    const again = await post("b", "join", { capacity: { cpu: 1 }, key: keyOf("b") }, mine);
    const { session } = again.json as { session: string };
    expect((await post("b", "heartbeat", { session, load: { cpuMillis: 1, memoryBytes: 2, running: 0 } }, mine)).status).toBe(204);
    expect((await server.client.nodes.get("b")).load).toEqual({ cpuMillis: 1, memoryBytes: 2, running: 0 });
    expect((await post("c", "join", { capacity: { cpu: 1 }, key: keyOf("c") }, mine)).json).toMatchObject({ code: "node-token-invalid" });
    expect((await post("b", "drain", {}, mine)).json).toMatchObject({ status: 403, code: "node-token-confined" });
    expect((await post("b", "join", { capacity: { cpu: 1 }, key: keyOf("x") })).json).toMatchObject({
      status: 409,
      code: "node-name-taken",
    });
    expect((await post("b", "leave", { session }, mine)).status).toBe(204);
    expect((await post("b", "poll", { session }, mine)).json).toMatchObject({ status: 409, code: "node-session-ended" });
  });

  test("a clock that is far off is refused", async () => {
    const far = await post("d", "join", { capacity: { cpu: 1 }, key: keyOf("d"), clock: Date.now() - 3_600_000 });
    expect(far.json).toMatchObject({ code: "node-clock-off", detail: expect.stringMatching(/3600 s behind/) as string, retryable: true });
    await joinAs("d", { clock: Date.now() - 60_000 });
    expect((await server.client.nodes.get("d")).warnings).toMatchObject([{ code: "node-clock-off" }]);
  });

  test.each<[string, string, JsonObject, string]>([
    ["no session", "poll", {}, "/session"],
    ["no number", "poll", { session: "", after: "1" }, "/after"],
    ["no reports", "report", { session: "" }, "/reports"],
    ["a report of nothing", "report", { session: "", reports: [{}] }, "/reports"],
    [
      "an end that is none",
      "report",
      { session: "", reports: [{ type: "ended", job: "j", token: 1, end: {}, startedAt: 1, endedAt: 1 }] },
      "/reports",
    ],
    ["no load", "heartbeat", { session: "", load: { running: -1 } }, "/load"],
  ])("%s is refused with its place", async (_, verb, body, pointer) => {
    const session = await joinAs("e");
    const { json } = await post("e", verb, body["session"] === undefined ? body : { ...body, session });
    expect(json).toMatchObject({ status: 422, code: "node-unreadable", errors: [{ pointer }] });
  });

  test("a session ends when the node joins again: who has the former one is told", async () => {
    const former = await joinAs("f");
    const waiting = post("f", "poll?wait=60s", { session: former });
    // What is asked later is answered when the poll has arrived.
    expect((await post("f", "heartbeat", { session: former, load: { cpuMillis: 0, memoryBytes: 0, running: 0 } })).status).toBe(204);
    const session = await joinAs("f");
    expect((await waiting).json).toEqual({ orders: [], last: 0 });
    expect((await post("f", "poll", { session: former })).json).toMatchObject({ code: "node-session-ended" });
    expect((await post("f", "poll", { session })).status).toBe(200);
  });
});

const hasPython = spawnSync("python3", ["--version"]).status === 0;
const example = fileURLToPath(new URL("../examples/python-worker/worker.py", import.meta.url));

describe.skipIf(!hasPython)("the example worker (needs python3)", () => {
  let worker: ChildProcess;
  let said = "";
  beforeAll(async () => {
    const { token } = await server.client.nodes.createToken();
    worker = spawn("python3", [example, server.url, "--token", token, "--name", "py-1"], { stdio: ["ignore", "inherit", "pipe"] });
    await new Promise<void>((resolve, reject) => {
      worker.once("exit", () => reject(new Error(said)));
      worker.stderr?.on("data", (text: Buffer) => {
        said += text.toString();
        if (said.includes("has joined")) resolve();
      });
    });
  });
  afterAll(async () => {
    if (worker.exitCode !== null) return;
    await new Promise((resolve) => {
      worker.removeAllListeners("exit");
      worker.once("exit", resolve);
      worker.kill("SIGKILL");
    });
  });

  async function call(name: string, payload: Json): Promise<{ status: string; output: Json; error: { code: string } | null; id: string }> {
    const { jobs } = await server.client.submitJobs({ function: name, payload });
    return server.client.getJob(jobs[0]?.id ?? "", { waitMs: maxWaitMs });
  }

  test("runs functions with their contracts, output and failures", async () => {
    expect(await call("square", 12)).toMatchObject({ status: "completed", output: 144 });
    const counted = await call("word-count", "a b a");
    expect(counted).toMatchObject({ status: "completed", output: { a: 2, b: 1 } });
    expect((await server.client.getJobOutput(counted.id)).pieces).toMatchObject([{ stream: "stdout", text: "counted 2 words\n" }]);
    await expect(call("square", "x")).rejects.toMatchObject({ code: "function-input-invalid" });
    expect(await server.client.nodes.get("py-1")).toMatchObject({ kind: "worker", capacity: { slots: 10 } });
  });

  test("many calls at a time each get their own answer", async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, (_, i) => call("square", i)));
    expect(answers.map(({ output }) => output)).toEqual(Array.from({ length: 50 }, (_, i) => i * i));
  });

  test("comes back by its key when the server was started anew", async () => {
    await server.close();
    server = await startTestServer(settings);
    expect(await call("square", 5)).toMatchObject({ status: "completed", output: 25 });
  });

  test("leaves when it is told to stop, and is waited for no more", async () => {
    const code = await new Promise((resolve) => {
      worker.once("exit", resolve);
      worker.kill("SIGTERM");
    });
    expect(code).toBe(0);
    await expect(server.client.nodes.get("py-1")).rejects.toMatchObject({ code: "node-unknown" });
  });
});
