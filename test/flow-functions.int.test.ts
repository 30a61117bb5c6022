// Flows that call functions of workers: placed as jobs, checked against their contracts both ways, cancelled with their runs,
// and made once over a server that is stopped in the middle.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { maxWaitMs, type Job, type RunView } from "../packages/api/index.ts";
import type { Json, JsonObject } from "../packages/core/index.ts";
import { freePort } from "../packages/job-executors/testing/free-port.ts";
import { defineFunction, FunctionError, startWorker, type FunctionDefinition, type Worker } from "../packages/sdk/index.ts";
import { flow, startTestServer, type TestServer } from "../packages/server/testing/harness.ts";

const number = { type: "object", properties: { x: { type: "number" } }, required: ["x"] } as const;
const square = defineFunction<{ x: number }, number>("square", { input: number, output: { type: "number" } }, ({ x }) => x * x);
const failing = defineFunction("failing", {}, () => {
  throw new TypeError("no such luck");
});
const lying = defineFunction("lying", { output: { type: "object", required: ["y"] } }, () => ({ z: 1 }));
const aborted: string[] = [];
const slow = defineFunction<{ ms: number }, string>("slow", {}, async ({ ms }, { signal, job }) => {
  signal.addEventListener("abort", () => aborted.push(job));
  await delay(ms, undefined, { signal });
  return "done";
});
const all = [square, failing, lying, slow];

let server: TestServer;
const workers: Worker[] = [];
beforeAll(async () => {
  server = await startTestServer({ localNode: false });
});
afterEach(async () => {
  for (const worker of workers.splice(0)) await worker.close(100);
});
afterAll(async () => {
  await server.close();
});

async function work(functions: readonly FunctionDefinition[] = all, url = server.url): Promise<Worker> {
  const worker = startWorker({ url, functions, reconnectMs: 20, log: () => undefined });
  workers.push(worker);
  await worker.ready;
  return worker;
}

let flows = 0;

async function start(tasks: string, input: Json = {}): Promise<string> {
  const name = `calls-${++flows}`;
  await server.client.applyFlow(flow(name, tasks));
  return (await server.client.startRun({ name }, input)).id;
}

async function run(tasks: string, input: Json = {}): Promise<RunView> {
  return server.client.getRun(await start(tasks, input), { waitMs: maxWaitMs });
}

async function jobOf(runId: string): Promise<Job | undefined> {
  const { items } = await server.client.listJobs({});
  return items.find(({ origin }) => origin?.runId === runId);
}

describe("a call of a worker's function", () => {
  test("is answered, with its arguments or the step's input", async () => {
    await work();
    const tasks = "  - a: { call: 'square:1.0.0@default', with: { x: '${ .n }' } }\n  - b: { set: { x: '${ . + 1 }' } }";
    const ended = await run(`${tasks}\n  - c: { call: 'square:1.0.0@default' }`, { n: 3 });
    expect(ended).toMatchObject({ status: "completed", output: 100 });
  });

  test("is placed as its metadata says", async () => {
    await work();
    const hints = "metadata: { baton: { priority: 70, expected: PT2S, deadline: { minutes: 5 }, resources: { cpu: 0 } } }";
    const id = await start(`  - a: { call: 'square:1.0.0@default', with: { x: 2 }, ${hints} }`);
    await server.client.getRun(id, { waitMs: maxWaitMs });
    expect(await jobOf(id)).toMatchObject({ priority: 70, requests: { slots: 1, cpu: 0 }, origin: { runId: id, step: 1 } });
  });

  test.each<[string, string, JsonObject, string]>([
    ["throws", "failing", {}, "runtime 500 TypeError: no such luck"],
    ["answers what its contract does not allow", "lying", {}, "validation 400 .*breaks its contract"],
    ["gets what its contract does not allow", "square", { x: "two" }, "validation 400 .*/x"],
  ])("that %s faults its step, and can be caught", async (_, name, given, told) => {
    await work();
    const call = `call: '${name}:1.0.0@default', with: ${JSON.stringify(given)}`;
    const caught = "output: { as: '${ $error }' }, set: { error: '${ $error }' }";
    const { output } = await run(`  - t: { try: [ { a: { ${call} } } ], catch: { do: [ { c: { ${caught} } } ] } }`);
    const { type = "", status, detail = "" } = output as { type?: string; status?: number; detail?: string };
    expect(`${type.replace(/.*\//, "")} ${status} ${detail}`).toMatch(new RegExp(`^${told}`));
  });

  test("that names its error is caught by that name, and by no other", async () => {
    const type = "https://shop.example/errors/out-of-stock";
    const order = defineFunction<JsonObject, string>("order", {}, ({ as }) => {
      if (as === "error") throw Object.assign(new Error("odd"), { type: "https://other.example/odd", status: 418 });
      throw new FunctionError({ type, status: 409, title: "Out of stock", detail: "No more chairs" });
    });
    await work([order]);
    const errors = `errors: { with: { type: '${type}', status: 409 } }`;
    const tasks = (as: string): string =>
      `  - t: { try: [ { a: { call: 'order:1.0.0@default', with: { as: ${as} } } } ], catch: { ${errors}, do: [ { c: { set: { caught: '\${ $error }' } } } ] } }`;
    expect((await run(tasks("problem"))).output).toMatchObject({
      caught: { type, status: 409, title: "Out of stock", detail: "No more chairs", instance: expect.stringContaining("/a") as string },
    });
    expect(await run(tasks("error"))).toMatchObject({ status: "faulted", error: { type: "https://other.example/odd", status: 418 } });
    const { items } = await server.client.listJobs({ status: "failed" });
    expect(items.some(({ error }) => error?.problem?.status === 409 && error.code === "function-failed")).toBe(true);
  });

  test("is retried by the flow's own rules, each attempt by a job of its own", async () => {
    let tries = 0;
    const third = defineFunction("third", {}, () => {
      if (++tries < 3) throw new Error("not yet");
      return tries;
    });
    await work([third]);
    const retry = "retry: { delay: { milliseconds: 1 }, limit: { attempt: { count: 5 } } }";
    const ended = await run(`  - t: { try: [ { a: { call: 'third:1.0.0@default' } } ], catch: { ${retry} } }`);
    expect(ended).toMatchObject({ status: "completed", output: 3 });
    const { items } = await server.client.listJobs({});
    expect(items.filter(({ origin }) => origin?.runId === ended.id)).toHaveLength(3);
  });

  test("of a function that nobody has brought yet is accepted with a warning, waits with its reason, and is checked when it comes", async () => {
    const name = "late";
    const answer = await server.client.applyFlow(flow(name, "  - a: { call: 'cube:1.0.0@default' }"));
    expect(answer.warnings).toMatchObject([
      { rule: "awaited-function", detail: expect.stringContaining("`cube:1.0.0@default`") as string },
    ]);
    const [good, bad] = [(await server.client.startRun({ name }, { x: 2 })).id, (await server.client.startRun({ name }, { x: "2" })).id];
    await expect.poll(async () => (await jobOf(good))?.reason).toBe("pending.constraint");
    const { summary } = await server.client.explainJob((await jobOf(good))?.id ?? "");
    expect(summary).toContain("cube:1.0.0");
    await expect.poll(async () => (await jobOf(bad))?.status).toBe("pending");
    await work([defineFunction<{ x: number }, number>("cube", { input: number }, ({ x }) => x ** 3)]);
    expect((await server.client.getRun(good, { waitMs: maxWaitMs })).output).toBe(8);
    expect((await server.client.getRun(bad, { waitMs: maxWaitMs })).error).toMatchObject({
      status: 400,
      detail: expect.stringContaining("/x") as string,
    });
  });

  test("is cancelled with its run: its signal is aborted", async () => {
    await work();
    const id = await start("  - a: { call: 'slow:1.0.0@default', with: { ms: 60000 } }");
    await expect.poll(async () => (await jobOf(id))?.status).toBe("running");
    const job = await jobOf(id);
    await server.client.commandRun(id, "cancel");
    await expect.poll(async () => (await jobOf(id))?.status).toBe("cancelled");
    await expect.poll(() => aborted).toContain(job?.id);
  });

  test("is given up when the step's own time is over", async () => {
    await work();
    const ended = await run("  - a: { call: 'slow:1.0.0@default', with: { ms: 60000 }, timeout: { after: { milliseconds: 100 } } }");
    expect(ended.error).toMatchObject({ status: 408 });
    await expect.poll(async () => (await jobOf(ended.id))?.status).toBe("cancelled");
  });

  test("with a document of the same name and version calls the document", async () => {
    await work([defineFunction("both", {}, () => "code")]);
    await server.client.putFunction({ namespace: "default", name: "both", version: "1.0.0" }, "set: { from: document }");
    expect((await run("  - a: { call: 'both:1.0.0@default' }")).output).toEqual({ from: "document" });
    await work([defineFunction("both", { version: "2.0.0" }, () => "code")]);
    expect((await run("  - a: { call: 'both:2.0.0@default' }")).output).toBe("code");
  });
});

test("calls that are under way when the server is stopped are made once, and their runs go on", async () => {
  const folder = mkdtempSync(join(tmpdir(), "baton-flow-functions-"));
  const made: string[] = [];
  const counted = defineFunction<{ ms: number }, number>("counted", {}, async ({ ms }, { job }) => {
    made.push(job);
    await delay(ms);
    return ms;
  });
  const settings = { localNode: false, dataDir: folder, port: await freePort() };
  const first = await startTestServer(settings);
  const worker = startWorker({ url: first.url, functions: [counted], reconnectMs: 20, log: () => undefined });
  await worker.ready;
  await first.client.applyFlow(
    flow("counts", "  - a: { call: 'counted:1.0.0@default', with: { ms: 300 } }\n  - b: { set: { was: '${ . }' } }"),
  );
  const ids = await Promise.all(Array.from({ length: 5 }, async () => (await first.client.startRun({ name: "counts" }, {})).id));
  await expect.poll(() => made.length).toBe(5);
  await first.close();
  const second = await startTestServer(settings);
  for (const id of ids)
    expect(await second.client.getRun(id, { waitMs: maxWaitMs })).toMatchObject({ status: "completed", output: { was: 300 } });
  expect(new Set(made).size).toBe(made.length);
  expect(made).toHaveLength(5);
  await worker.close(100);
  await second.close();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});
