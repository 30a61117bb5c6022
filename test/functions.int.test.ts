// Functions on workers: called as jobs, by HTTP and by the stream, over links that break and a server that is killed.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { maxWaitMs } from "../packages/api/index.ts";
import type { Json } from "../packages/core/index.ts";
import { freePort } from "../packages/job-executors/testing/free-port.ts";
import { connectJobs, defineFunction, startWorker, type JobStream, type Worker, type WorkerOptions } from "../packages/sdk/index.ts";
import { startTestServer, type TestServer } from "../packages/server/testing/harness.ts";

const square = defineFunction<number, number>("square", { input: { type: "number" }, output: { type: "number" } }, (x) => x * x);
const failing = defineFunction("failing", {}, () => {
  throw new TypeError("no such luck");
});
const lying = defineFunction("lying", { output: { type: "string" } }, () => 7);
const slow = defineFunction<number, string>("slow", {}, async (ms, { signal, log }) => {
  log("began");
  await delay(ms, undefined, { signal });
  return "done";
});
const all = [square, failing, lying, slow];

let server: TestServer;
let stream: JobStream;
const workers: Worker[] = [];
beforeAll(async () => {
  server = await startTestServer({ localNode: false });
  stream = connectJobs({ url: server.url });
  await stream.ready;
});
afterEach(async () => {
  for (const worker of workers.splice(0)) await worker.close(100);
});
afterAll(async () => {
  stream.close();
  await server.close();
});

async function work(options: Partial<WorkerOptions> = {}): Promise<Worker> {
  const worker = startWorker({ url: server.url, functions: all, reconnectMs: 20, log: () => undefined, ...options });
  workers.push(worker);
  await worker.ready;
  return worker;
}

async function call(name: string, payload: Json, more: object = {}): Promise<{ status: string; output: Json; code: string | undefined }> {
  const [job] = await stream.submit({ function: name, payload, ...more });
  const { status, output, error } = (await job?.ended) ?? { status: "", output: null, error: null };
  return { status, output, code: error?.code };
}

describe("a call", () => {
  test("is answered, over the stream and over HTTP, under the newest version that there is", async () => {
    const newer = defineFunction<number, number>("square", { version: "2.0.0" }, (x) => -(x * x));
    await work({ functions: [...all, newer] });
    expect(await call("square:1.0.0", 7)).toEqual({ status: "completed", output: 49, code: undefined });
    const { jobs } = await server.client.submitJobs({ function: "square", payload: 3 }, { waitMs: maxWaitMs });
    expect(jobs[0]).toMatchObject({
      status: "completed",
      output: -9,
      work: { function: "square", version: "2.0.0" },
      requests: { slots: 1 },
    });
  });

  test("many at a time each get their own answer", async () => {
    await work({ concurrency: 20 });
    const answers = await Promise.all(Array.from({ length: 500 }, (_, i) => call("square:1.0.0", i)));
    expect(answers.map(({ output }) => output)).toEqual(answers.map((_, i) => i * i));
  });

  test.each<[string, string, Json, object, string]>([
    ["throws", "failing", null, {}, "function-failed"],
    ["breaks its contract", "lying", null, {}, "function-output-invalid"],
    ["takes too long", "slow", 60_000, { timeout: "100ms" }, "job-timed-out"],
  ])("that %s fails with its code", async (_, name, payload, more, code) => {
    await work();
    expect(await call(name, payload, more)).toEqual({ status: "failed", output: null, code });
  });

  test("whose answer cannot be told fails alone; the worker goes on", async () => {
    const answers: { readonly [what: string]: unknown } = {
      huge: "x".repeat(20_000_000),
      number: { n: 1n },
      thrown: new Error("x".repeat(200_000)),
    };
    const odd = defineFunction<string, Json>("odd", {}, (what, { log }) => {
      log("y".repeat(20_000_000));
      if (answers[what] instanceof Error) throw answers[what];
      return answers[what] as Json;
    });
    await work({ functions: [odd, square] });
    const codes = await Promise.all(Object.keys(answers).map(async (what) => (await call("odd", what)).code));
    expect(codes).toEqual(["job-result-too-large", "function-failed", "function-failed"]);
    expect((await call("square:1.0.0", 3)).output).toBe(9);
  });

  test("of what is not there, or with what it does not take, is refused at once", async () => {
    await work();
    await expect(call("sqare", 1)).rejects.toMatchObject({
      code: "function-not-registered",
      message: expect.stringContaining("did you mean square?") as string,
    });
    await expect(call("square:9", 1)).rejects.toMatchObject({ code: "function-not-registered" });
    await expect(call("square:1.0.0", "x")).rejects.toMatchObject({
      code: "function-input-invalid",
      message: expect.stringMatching(/payload/) as string,
    });
  });

  test("waits for the next worker where there is none, and says so", async () => {
    const [job] = await stream.submit({ function: "square:1.0.0", payload: 5 });
    await expect.poll(async () => (await server.client.getJob(job?.id ?? "")).reason).toMatch(/^pending\./);
    await work();
    expect((await job?.ended)?.output).toBe(25);
  });

  test("can be cancelled, and what it wrote is kept", async () => {
    await work();
    const [job] = await stream.submit({ function: "slow", payload: 60_000 });
    await expect.poll(async () => (await server.client.getJobOutput(job?.id ?? "")).pieces[0]?.text).toBe("began\n");
    await expect.poll(async () => (await server.client.getJob(job?.id ?? "")).status).toBe("running");
    await server.client.commandJob(job?.id ?? "", "cancel");
    expect((await job?.ended)?.status).toBe("cancelled");
  });
});

test("a worker has no more calls at a time than it takes, and as many as that", async () => {
  let [now, most] = [0, 0];
  const full = Promise.withResolvers<void>();
  const counted = defineFunction<number, number>("counted-in", {}, async (x) => {
    most = Math.max(most, ++now);
    if (now === 3) full.resolve();
    await full.promise;
    await delay(20);
    now--;
    return x;
  });
  await work({ functions: [counted], concurrency: 3 });
  const answers = await Promise.all(Array.from({ length: 12 }, (_, x) => call("counted-in:1.0.0", x)));
  expect([answers.map(({ output }) => output), most]).toEqual([Array.from({ length: 12 }, (_, x) => x), 3]);
});

test("a worker that leaves finishes its calls first", async () => {
  const [begun, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const held = defineFunction("held", {}, async () => {
    begun.resolve();
    await gate.promise;
    return "done";
  });
  const worker = await work({ functions: [held] });
  const ended = call("held", null);
  await begun.promise;
  const left = worker.close(maxWaitMs);
  gate.resolve();
  await left;
  expect(await ended).toEqual({ status: "completed", output: "done", code: undefined });
});

test("a worker whose functions cannot be registered is told why", async () => {
  const said: string[] = [];
  const wrong = defineFunction("wrong", { input: { type: "nmber" } }, () => null);
  workers.push(startWorker({ url: server.url, functions: [wrong], reconnectMs: 20_000, log: (text) => void said.push(text) }));
  await expect.poll(() => said.join("\n")).toMatch(/The input schema of wrong:1.0.0 is wrong.*\(function-contract-invalid\)/);
});

test("a stream without the server's token, and one at another address, are refused", async () => {
  const locked = await startTestServer({ localNode: false, token: "secret-token" });
  const refused = connectJobs({ url: locked.url, token: "wrong" });
  const open = connectJobs({ url: locked.url, token: "secret-token" });
  await open.ready;
  expect(await Promise.race([refused.ready.then(() => "let in"), delay(300, "kept out")])).toBe("kept out");
  const answer = await fetch(`${server.url}/v1/elsewhere`, { headers: { connection: "upgrade", upgrade: "websocket" } }).catch(
    () => undefined,
  );
  expect(answer?.status ?? 404).toBe(404);
  refused.close();
  open.close();
  await locked.close();
});

test("calls that are under way when the server is stopped and started again are made once, and their ends are told", async () => {
  const folder = mkdtempSync(join(tmpdir(), "baton-functions-"));
  const made: string[] = [];
  const counted = defineFunction<number, number>("counted", {}, async (ms, { job }) => {
    made.push(job);
    await delay(ms);
    return ms;
  });
  const settings = { localNode: false, dataDir: folder, port: await freePort() };
  const first = await startTestServer(settings);
  const own = connectJobs({ url: first.url, reconnectMs: 20 });
  const worker = startWorker({ url: first.url, functions: [counted], reconnectMs: 20, log: () => undefined });
  await Promise.all([own.ready, worker.ready]);
  const jobs = (await Promise.all(Array.from({ length: 5 }, () => own.submit({ function: "counted", payload: 400 })))).flat();
  await expect.poll(() => made.length).toBe(5);
  await first.close();
  const second = await startTestServer(settings);
  const ends = await Promise.all(jobs.map(({ ended }) => ended));
  expect(ends.map(({ status, output }) => [status, output])).toEqual(jobs.map(() => ["completed", 400]));
  expect(new Set(made).size).toBe(made.length);
  own.close();
  await worker.close(100);
  await second.close();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

test("what a call writes while the server is away is told when it is back, before its end", async () => {
  const folder = mkdtempSync(join(tmpdir(), "baton-functions-"));
  const [away, written, back] = [Promise.withResolvers<void>(), Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const talkative = defineFunction("talkative", {}, async (_, { log }) => {
    log("before");
    await away.promise;
    log("meanwhile");
    written.resolve();
    await back.promise;
    return null;
  });
  const settings = { localNode: false, dataDir: folder, port: await freePort() };
  const first = await startTestServer(settings);
  const worker = startWorker({ url: first.url, functions: [talkative], reconnectMs: 20, log: () => undefined });
  await worker.ready;
  const { jobs } = await first.client.submitJobs({ function: "talkative" });
  const id = jobs[0]?.id ?? "";
  await expect.poll(async () => (await first.client.getJobOutput(id)).pieces.length).toBe(1);
  await first.close();
  away.resolve();
  await written.promise;
  const second = await startTestServer(settings);
  const { client } = second;
  await expect.poll(async () => (await client.getJobOutput(id)).pieces.map(({ text }) => text).join("")).toBe("before\nmeanwhile\n");
  back.resolve();
  expect(await client.getJob(id, { waitMs: maxWaitMs })).toMatchObject({ status: "completed", attempt: 1 });
  await worker.close(100);
  await second.close();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});
