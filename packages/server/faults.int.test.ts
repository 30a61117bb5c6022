// A flow that calls a service which misbehaves: the run ends with an error that says what happened and where, everything
// before it is kept, and the server goes on.
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { RunView } from "@baton/api";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { flow, startTestServer, type TestServer } from "./testing/harness.ts";

const base = "https://open-workflow-specification.org/spec/1.0.0/errors";

const answers: { readonly [path: string]: RequestListener } = {
  "/ok": (_, response) => response.setHeader("content-type", "application/json").end('{"price":7}'),
  "/500": (_, response) => response.writeHead(500, { "content-type": "text/plain" }).end("out of coffee"),
  "/json": (_, response) => response.setHeader("content-type", "application/json").end('{"price":'),
  "/huge": (_, response) => response.setHeader("content-type", "text/plain").end("x".repeat(5 * 1024 * 1024)),
  "/silent": () => {},
};

let server: TestServer;
let service: Server;
let origin: string;

beforeAll(async () => {
  service = createServer((request, response) => answers[request.url ?? ""]?.(request, response));
  await new Promise<void>((resolve) => {
    service.listen(0, "127.0.0.1", resolve);
  });
  origin = `http://127.0.0.1:${(service.address() as AddressInfo).port}`;
  server = await startTestServer();
});
afterAll(async () => {
  await server.close();
  service.closeAllConnections();
  service.close();
});

/** Runs a flow whose second task is the one given. */
async function run(name: string, task: string): Promise<RunView> {
  await server.client.applyFlow(flow(name, `  - before: { set: { kept: true } }\n  - ask: ${task}`));
  return server.client.startRun({ name }, null, { waitMs: 240_000 });
}

function get(url: string, more = ""): string {
  return `{ call: http, with: { method: get, endpoint: '${url}' }${more} }`;
}

function fault(type: string, status: number, title: string, detail: RegExp): object {
  return {
    status: "faulted",
    error: { type: `${base}/${type}`, status, title, detail: expect.stringMatching(detail) as string, instance: "/do/1/ask" },
    steps: [
      { name: "before", status: "completed", output: { kept: true } },
      { name: "ask", status: "faulted" },
    ],
  };
}

describe("a service that", () => {
  test("answers is called", async () => {
    expect(await run("ok", get(`${origin}/ok`))).toMatchObject({ status: "completed", output: { price: 7 } });
  });

  test("refuses", async () => {
    const closed = createServer();
    await new Promise<void>((resolve) => {
      closed.listen(0, "127.0.0.1", resolve);
    });
    const { port } = closed.address() as AddressInfo;
    await new Promise((resolve) => {
      closed.close(resolve);
    });
    const ended = await run("refused", get(`http://127.0.0.1:${port}/x`));
    expect(ended).toMatchObject(fault("communication", 500, "Connection refused", /GET .*\/x was refused/));
  });

  test("answers 500", async () => {
    expect(await run("status", get(`${origin}/500`))).toMatchObject(
      fault("communication", 500, "Internal Server Error", /answered 500: out of coffee/),
    );
  });

  test("answers broken JSON", async () => {
    expect(await run("json", get(`${origin}/json`))).toMatchObject(fault("communication", 500, "Response is not JSON", /does not parse/));
  });

  test("answers more than a call takes in", async () => {
    expect(await run("huge", get(`${origin}/huge`))).toMatchObject(
      fault("communication", 500, "Response too large", /more than 4194304 bytes/),
    );
  });

  test("is silent until the task's time is over", async () => {
    const ended = await run("silent", get(`${origin}/silent`, ", timeout: { after: PT0.2S }"));
    expect(ended).toMatchObject({ status: "faulted", error: { type: `${base}/timeout`, status: 408, instance: "/do/1/ask" } });
  });
});

describe("a process that", () => {
  test("works gives its output", async () => {
    const ended = await run("shell", "{ run: { shell: { command: 'echo \"$1\"', arguments: [hello] } } }");
    expect(ended).toMatchObject({ status: "completed", output: "hello\n" });
  });

  test("fails shows why", async () => {
    const ended = await run("failing", "{ run: { script: { language: js, code: 'throw new Error(\"no stock\")' } } }");
    expect(ended).toMatchObject(fault("runtime", 500, "Process failed", /exit code 1.*no stock/s));
  });
});

test("a start with more input than a run may carry is refused, and starts nothing", async () => {
  await server.client.applyFlow(flow("filled", "  - a: { set: { b: 1 } }"));
  const input = Array.from({ length: 1_000_000 }, () => 1);
  const error = await server.client.startRun({ name: "filled" }, input).catch((caught: unknown) => caught);
  expect(error).toMatchObject({ code: "run-input-too-large", status: 413, retryable: false });
  expect((await server.client.listRuns({ flow: "filled" })).items).toEqual([]);
});
