// A worker that is killed with a hundred calls in its hands: each is made again by the next worker, once, and the flow that made them goes on.
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";
import { maxWaitMs } from "../packages/api/index.ts";
import { startTestServer } from "../packages/server/testing/harness.ts";

const folder = mkdtempSync(join(tmpdir(), "baton-worker-death-"));
const children: ChildProcess[] = [];
afterAll(() => {
  for (const child of children) child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

const sdk = fileURLToPath(new URL("../packages/sdk/index.ts", import.meta.url));
const program = `
  import { appendFileSync } from "node:fs";
  import { setTimeout as delay } from "node:timers/promises";
  import { defineFunction, startWorker } from ${JSON.stringify(sdk)};
  const [url, file, ms] = process.argv.slice(2);
  const held = defineFunction("held", {}, async ({ x }, { attempt, signal }) => {
    appendFileSync(file, x + " " + attempt + "\\n");
    await delay(Number(ms), undefined, { signal });
    return x * 2;
  });
  startWorker({ url, functions: [held], concurrency: 100, reconnectMs: 50 });
`;

function startWorker(url: string, made: string, ms: number): ChildProcess {
  const file = join(folder, "worker.ts");
  writeFileSync(file, program);
  const child = spawn(process.execPath, [file, url, made, String(ms)], { stdio: "inherit" });
  children.push(child);
  return child;
}

function linesOf(file: string): readonly string[] {
  try {
    return readFileSync(file, "utf8").trim().split("\n");
  } catch {
    return [];
  }
}

test("every call of a worker that is killed is made again, once", async () => {
  const server = await startTestServer({ localNode: false });
  const [first, second] = [join(folder, "first"), join(folder, "second")];
  const worker = startWorker(server.url, first, 600_000);
  await expect.poll(async () => (await server.client.nodes.list()).length).toBe(1);
  const calls = Array.from({ length: 100 }, (_, x) => ({ function: "held:1.0.0", payload: { x } }));
  const { jobs } = await server.client.submitJobs({ jobs: calls });
  await expect.poll(() => linesOf(first).length).toBe(100);
  worker.kill("SIGKILL");
  startWorker(server.url, second, 0);
  const ended = await Promise.all(jobs.map(({ id }) => server.client.getJob(id, { waitMs: maxWaitMs })));
  expect(ended.map(({ status, output, attempt }) => [status, output, attempt])).toEqual(jobs.map((_, x) => ["completed", x * 2, 2]));
  expect([...linesOf(second)].sort()).toEqual(jobs.map((_, x) => `${x} 2`).sort());
  await server.close();
});
