// A worker that joins with a token for joining: it needs that once, and comes back by a key of its own.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, expect, test } from "vitest";
import { maxWaitMs } from "../packages/api/index.ts";
import { freePort } from "../packages/job-executors/testing/free-port.ts";
import { defineFunction, startWorker } from "../packages/sdk/index.ts";
import { startTestServer } from "../packages/server/testing/harness.ts";

const folder = mkdtempSync(join(tmpdir(), "baton-worker-tokens-"));
afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));

test("a worker comes back when its token is gone and the server was started anew; a wrong token is told", async () => {
  const settings = { dataDir: folder, token: "server-secret", localNode: false, port: await freePort() } as const;
  let server = await startTestServer(settings);
  const { token, id } = await server.client.nodes.createToken();
  const functions = [defineFunction<number, number>("square", {}, (x) => x * x)];
  const worker = startWorker({ url: server.url, token, functions, reconnectMs: 20, log: () => undefined });
  await worker.ready;
  await server.client.nodes.deleteToken(id);
  await server.close();
  server = await startTestServer(settings);
  const { jobs } = await server.client.submitJobs({ function: "square", payload: 7 }, { waitMs: maxWaitMs });
  expect(jobs).toMatchObject([{ status: "completed", output: 49, node: worker.id }]);
  const told = await new Promise<string>((resolve) => {
    const stranger = startWorker({
      url: server.url,
      token: "bnt_00000000_0",
      functions,
      log: (text) => {
        resolve(text);
        void stranger.close(0);
      },
    });
  });
  expect(told).toContain("node-token-invalid");
  await worker.close(1_000);
  // It has left, and is forgotten as soon as the server has heard so.
  while ((await server.client.nodes.list()).some(({ name }) => name === worker.id)) await delay(10);
  await server.close();
});
