// What every executor promises, whatever it performs (port.ts). A new executor is one more line in the table.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, describe, expect, test, vi } from "vitest";
import type { Work } from "@baton/engine";
import { createHttpExecutor } from "./http/http-executor.ts";
import type { Executor } from "./port.ts";
import { createProcessExecutor } from "./process/process-executor.ts";

vi.setConfig({ testTimeout: 300_000 });

/** An executor with work that ends well, work that fails, and work that never ends by itself. */
interface Subject {
  readonly name: string;
  readonly create: () => Executor;
  readonly good: Work;
  readonly output: string;
  readonly bad: Work;
  readonly endless: Work;
}

const server = createServer((request, response) => {
  if (request.url === "/good") response.writeHead(200, { "content-type": "text/plain" }).end("done");
  else if (request.url === "/bad") response.writeHead(503).end();
});
await new Promise<void>((resolve) => {
  server.listen(0, "127.0.0.1", resolve);
});
const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

const http = { kind: "http", method: "GET", headers: {}, query: {}, output: "content", redirect: false } as const;
const shell = { kind: "shell", arguments: [], environment: {}, return: "stdout" } as const;
const script = { ...shell, kind: "script", language: "js" } as const;

const subjects: readonly Subject[] = [
  {
    name: "http",
    create: createHttpExecutor,
    good: { ...http, uri: `${origin}/good` },
    output: "done",
    bad: { ...http, uri: `${origin}/bad` },
    endless: { ...http, uri: `${origin}/endless` },
  },
  {
    name: "shell",
    create: () => createProcessExecutor({ killGraceMs: 100 }),
    good: { ...shell, code: "printf done" },
    output: "done",
    bad: { ...shell, code: "exit 1" },
    endless: { ...shell, code: "sleep 1000" },
  },
  {
    name: "script",
    create: () => createProcessExecutor({ killGraceMs: 100 }),
    good: { ...script, code: "process.stdout.write('done')" },
    output: "done",
    bad: { ...script, code: "process.exit(1)" },
    endless: { ...script, code: "setInterval(() => {}, 1000)" },
  },
];

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

describe.each(subjects)("$name", ({ create, good, output, bad, endless }) => {
  const context = { workId: "run_1:1", signal: new AbortController().signal };

  test("names the kinds of work that it performs", async () => {
    const executor = create();
    expect(executor.kinds).toContain(good.kind);
    await executor.close();
  });

  test("work that ends well gives its output, as often as it is asked for", async () => {
    const executor = create();
    const outcomes = await Promise.all([1, 2, 3].map(async () => executor.perform(good, context)));
    expect(outcomes).toEqual([1, 2, 3].map(() => ({ ok: true, output })));
    await executor.close();
  });

  test("work that fails is an outcome with kind, status, title and detail; nothing is thrown", async () => {
    const executor = create();
    const outcome = await executor.perform(bad, context);
    expect(outcome).toMatchObject({
      ok: false,
      fault: { title: expect.stringMatching(/./) as string, detail: expect.stringMatching(/./) as string },
    });
    expect(outcome.ok || outcome.fault.status).toBeGreaterThanOrEqual(400);
    await executor.close();
  });

  test("an abort ends work that would not end, with an outcome; the executor goes on", async () => {
    const executor = create();
    const abort = new AbortController();
    const pending = executor.perform(endless, { ...context, signal: abort.signal });
    setImmediate(() => abort.abort());
    expect(await pending).toMatchObject({ ok: false });
    expect(await executor.perform(good, context)).toEqual({ ok: true, output });
    await executor.close();
  });

  test("closing ends what is under way, with an outcome", async () => {
    const executor = create();
    const pending = executor.perform(endless, context);
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    await executor.close();
    expect(await pending).toMatchObject({ ok: false });
  });

  test("closing one that has done nothing is no work, and closing twice does no harm", async () => {
    const executor = create();
    await executor.close();
    await executor.close();
  });
});
