// Events against a server that is killed again and again: what was accepted is neither lost nor counted twice.
import type { ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BatonClient } from "@baton/api";
import { afterAll, expect, test } from "vitest";
import { runCommand, startUp, stop } from "./testing.ts";

const folder = mkdtempSync(join(tmpdir(), "baton-events-"));
const servers: ChildProcess[] = [];
afterAll(async () => {
  for (const server of servers) await stop(server);
  rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
});

/** A server that ends with the test, however that ends. */
async function up(): ReturnType<typeof startUp> {
  const server = await startUp(["--data", join(folder, "data")]);
  servers.push(server.process);
  return server;
}

function write(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

const counter = `
document: { dsl: '1.0.3', namespace: default, name: counter, version: '1.0.0' }
do:
  - count:
      listen:
        to:
          any: [{ with: { type: tick }, correlate: { run: { from: .data.run, expect: '\${ .run }' } } }]
          until: { one: { with: { type: stop }, correlate: { run: { from: .data.run, expect: '\${ .run }' } } } }
`;
const started = `
document: { dsl: '1.0.3', namespace: default, name: started, version: '1.0.0' }
schedule: { on: { one: { with: { type: tick } } } }
do:
  - keep: { set: '\${ .[0].n }' }
`;
const listeners = 5;
const kills = 4;
const perKill = 40;

test("killed again and again while events come in, every event that was accepted counts once", async () => {
  const files = ["-f", write("counter.yaml", counter), "-f", write("started.yaml", started)];
  let server = await up();
  const applied = await runCommand(["apply", ...files], { env: { BATON_SERVER: server.url } });
  expect(applied.err).toMatch(/counter 1.0.0 registered\n.*started 1.0.0 registered\n/);
  let client = new BatonClient({ url: server.url });
  const runs = await Promise.all(
    Array.from({ length: listeners }, async (_, run) => (await client.startRun({ name: "counter" }, { run })).id),
  );
  const accepted = new Set<number>();
  for (let round = 0; round < kills; round++) {
    const sending = Array.from({ length: perKill }, async (_, i) => {
      const n = round * perKill + i;
      try {
        await client.sendEvents([{ specversion: "1.0", id: `t${n}`, source: "/test", type: "tick", data: { n, run: n % listeners } }]);
        accepted.add(n);
      } catch {
        // Refused, or the server was killed before it answered: the sender sends it again below.
      }
    });
    if (round % 2 === 0) await Promise.race(sending);
    else await Promise.all(sending);
    await stop(server.process, "SIGKILL");
    await Promise.all(sending);
    server = await up();
    client = new BatonClient({ url: server.url });
  }
  const all = Array.from({ length: kills * perKill }, (_, n) => n);
  const again = all.map((n) => ({ specversion: "1.0", id: `t${n}`, source: "/test", type: "tick", data: { n, run: n % listeners } }));
  const { events } = await client.sendEvents(again);
  for (const n of accepted) expect(events[n]?.duplicate).toBe(true);
  await client.sendEvents(runs.map((_, run) => ({ specversion: "1.0", id: `s${run}`, source: "/test", type: "stop", data: { run } })));
  const outputs = await Promise.all(runs.map(async (id) => (await client.getRun(id, { waitMs: 240_000 })).output));
  const counted = outputs.flatMap((output) => (output as { n: number }[]).map(({ n }) => n));
  expect(counted.sort((a, b) => a - b)).toEqual(all);
  let starts: number[];
  do starts = await outputsOf(client);
  while (starts.length < all.length);
  expect(starts.sort((a, b) => a - b)).toEqual(all);
  await stop(server.process);
});

/** What the runs that events started have kept. */
async function outputsOf(client: BatonClient): Promise<number[]> {
  const starts: number[] = [];
  for (let pageToken: string | undefined; ;) {
    const page = await client.listRuns({ flow: "started", pageSize: 100, ...(pageToken !== undefined && { pageToken }) });
    for (const { id } of page.items) starts.push((await client.getRun(id, { waitMs: 240_000 })).output as number);
    if (page.nextPageToken === null) return starts;
    pageToken = page.nextPageToken;
  }
}
