// A server that is killed while flows wait for functions of workers: each call is made once, its answer arrives, and what
// nobody waits for any more is cancelled. And the example, as its reader runs it.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";
import { BatonClient, maxWaitMs } from "../packages/api/index.ts";
import { startUp, stop } from "../packages/cli/testing.ts";
import { freePort } from "../packages/job-executors/testing/free-port.ts";
import { defineFunction, startWorker } from "../packages/sdk/index.ts";
import { flow } from "../packages/server/testing/harness.ts";

const folder = mkdtempSync(join(tmpdir(), "baton-flow-functions-"));
afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));

test("a server that is killed with calls under way has each made once, and no run is lost", async () => {
  const made = new Map<string, number>();
  const counted = defineFunction<{ n: number }, number>("counted", {}, async ({ n }, { job }) => {
    made.set(job, (made.get(job) ?? 0) + 1);
    await delay(20 + (n % 7) * 20);
    return n;
  });
  const port = String(await freePort());
  let server = await startUp(["--data", folder, "--port", port]);
  const worker = startWorker({ url: server.url, functions: [counted], reconnectMs: 20, log: () => undefined });
  await worker.ready;
  const client = new BatonClient({ url: server.url, reconnectMs: 20 });
  const chain = Array.from({ length: 5 }, (_, i) => `  - s${i}: { call: 'counted:1.0.0@default', output: { as: '\${ { n: (. + 1) } }' } }`);
  await client.applyFlow(flow("chain", chain.join("\n")));
  const ids = await Promise.all(Array.from({ length: 20 }, async (_, n) => (await client.startRun({ name: "chain" }, { n })).id));
  for (let kill = 0; kill < 3; kill++) {
    await delay(150);
    await stop(server.process, "SIGKILL");
    server = await startUp(["--data", folder, "--port", port]);
  }
  for (const [n, id] of ids.entries())
    expect(await client.getRun(id, { waitMs: maxWaitMs })).toMatchObject({ status: "completed", output: { n: n + 5 } });
  expect([...made.values()].filter((times) => times !== 1)).toEqual([]);
  expect(made.size).toBe(100);
  await worker.close();
  await stop(server.process);
});

test("the example tells what it waits for, and the sum", () => {
  const main = fileURLToPath(new URL("../examples/functions/main.ts", import.meta.url));
  const { stdout, status } = spawnSync(process.execPath, [main, "3", "4"], { encoding: "utf8" });
  expect(stdout).toMatch(/is pending \(pending\.constraint\): no worker that is connected has squares:1\.0\.0\n/);
  expect(stdout).toContain("the sum of their squares is 25\n");
  expect(status).toBe(0);
});
