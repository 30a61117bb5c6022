// Starting, stopping and starting again, with the data on disk.
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { flow, startTestServer, type TestServer } from "./testing/harness.ts";

/** How long a run that ends by itself is waited for. */
const waitMs = 240_000;
let dataDir: string;
const started: TestServer[] = [];

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "baton-server-"));
});
afterEach(async () => {
  for (const server of started.splice(0)) await server.close();
  rmSync(dataDir, { recursive: true, force: true, maxRetries: 10 });
});

async function start(options: Parameters<typeof startTestServer>[0] = {}): Promise<TestServer> {
  const server = await startTestServer({ dataDir, ...options });
  started.push(server);
  return server;
}

const resting = flow("resting", "  - rest: { wait: PT0.3S }\n  - done: { set: { rested: true } }");
const listening = flow("listening", "  - hear: { listen: { to: { one: { with: { type: go } } } } }\n  - done: { set: { heard: true } }");
const endless = flow("endless", "  - rest: { wait: PT1H }");

describe("a restart", () => {
  test("keeps flows and runs; what was under way goes on", async () => {
    const first = await start();
    await first.client.applyFlow(resting);
    const { id } = await first.client.startRun({ name: "resting" }, { n: 1 });
    await first.close();
    const second = await start();
    expect(await second.client.getFlow({ name: "resting" })).toMatchObject({ source: resting });
    expect(await second.client.getRun(id, { waitMs })).toMatchObject({
      status: "completed",
      input: { n: 1 },
      output: { rested: true },
    });
  });

  test("keeps the keys of starts: the same request is still the same run", async () => {
    const first = await start();
    await first.client.applyFlow(endless);
    const { id } = await first.client.startRun({ name: "endless" }, { n: 1 }, { idempotencyKey: "k" });
    await first.close();
    const { client } = await start();
    expect((await client.startRun({ name: "endless" }, { n: 1 }, { idempotencyKey: "k" })).id).toBe(id);
    await expect(client.startRun({ name: "endless" }, { n: 2 }, { idempotencyKey: "k" })).rejects.toMatchObject({
      code: "idempotency-key-reused",
    });
    expect((await client.listRuns()).items).toHaveLength(1);
  });

  test("a watcher is taken along: its stream breaks, and goes on from the new server", async () => {
    const first = await start();
    await first.client.applyFlow(listening);
    const { id } = await first.client.startRun({ name: "listening" }, null);
    const watch = first.client.watchRun(id);
    expect((await watch.next()).value).toMatchObject({ status: "waiting" });
    await first.close();
    const second = await start({ port: Number(new URL(first.url).port) });
    await second.client.sendEvents([{ specversion: "1.0", id: "1", source: "/test", type: "go" }]);
    const states = await Array.fromAsync(watch);
    expect(states.at(-1)).toMatchObject({ status: "completed", output: { heard: true } });
  });
});

describe("closing", () => {
  test("answers whoever waits with the run as it is, and takes nothing more", async () => {
    const server = await start();
    await server.client.applyFlow(endless);
    const waiting = server.client.startRun({ name: "endless" }, null, { waitMs });
    await expect.poll(async () => (await server.client.listRuns()).items.length).toBe(1);
    const closed = server.close();
    expect(await waiting).toMatchObject({ status: "waiting" });
    await closed;
    await expect(server.client.listRuns()).rejects.toMatchObject({ code: "server-unreachable" });
  });

  test("twice is once", async () => {
    const server = await start();
    await Promise.all([server.close(), server.close()]);
    expect(server.logged.filter((record) => record.message === "server stopped")).toHaveLength(1);
  });
});

test("a full disk refuses starts with 507, loses nothing that it accepted, and goes on where there is room", async () => {
  const full = await start({ maxDataBytes: 2 * 1024 * 1024 });
  await full.client.applyFlow(flow("kept", "  - keep: { set: '${ .id }' }"));
  const accepted: string[] = [];
  const refused: unknown[] = [];
  for (let i = 0; refused.length === 0 && i < 100; i++) {
    const input = { id: i, ballast: "x".repeat(50_000) };
    await full.client.startRun({ name: "kept" }, input, { waitMs }).then(
      (run) => accepted.push(run.id),
      (error: unknown) => refused.push(error),
    );
  }
  expect(refused[0]).toMatchObject({ code: "disk-full", status: 507, retryable: true });
  expect(accepted.length).toBeGreaterThan(5);
  await full.close();
  const roomy = await start();
  const outputs = await Promise.all(accepted.map(async (id) => (await roomy.client.getRun(id, { waitMs })).output));
  expect(outputs).toEqual(accepted.map((_, i) => i));
  expect(await roomy.client.startRun({ name: "kept" }, { id: "more" }, { waitMs })).toMatchObject({ output: "more" });
});

describe("what keeps a server from starting", () => {
  test("a data folder that another server uses", async () => {
    const first = await start();
    await first.client.applyFlow(resting);
    await expect(startTestServer({ dataDir })).rejects.toMatchObject({
      code: "data-folder-in-use",
      where: expect.stringContaining(dataDir) as string,
    });
    expect((await first.client.listFlows()).items).toHaveLength(1);
  });

  test("a port that is taken; the data folder is free again afterwards", async () => {
    const other = createServer();
    await new Promise<void>((resolve) => {
      other.listen(0, "127.0.0.1", resolve);
    });
    const { port } = other.address() as AddressInfo;
    await expect(startTestServer({ dataDir, port })).rejects.toMatchObject({
      code: "port-in-use",
      message: `Another program listens on 127.0.0.1:${port}.`,
    });
    other.close();
    await start();
  });

  test("an address that is not this machine's", async () => {
    await expect(startTestServer({ dataDir, host: "203.0.113.7", token: "t" })).rejects.toMatchObject({ code: "address-unusable" });
  });
});
