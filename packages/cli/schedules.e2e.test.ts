// Schedules on a real server that is killed again and again: each instant has exactly one run.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ChildProcess } from "node:child_process";
import { afterAll, expect, test } from "vitest";
import { BatonClient, type Firing, type Schedule } from "@baton/api";
import { runCommand, startUp, stop } from "./testing.ts";

const folder = mkdtempSync(join(tmpdir(), "baton-schedules-"));
const servers: ChildProcess[] = [];
afterAll(async () => {
  for (const server of servers) await stop(server);
  rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
});

/** A server that ends with the test, however that ends. */
async function up(data: string): ReturnType<typeof startUp> {
  const server = await startUp(["--data", join(folder, data)]);
  servers.push(server.process);
  return server;
}

const intervalMs = 200;

function flow(name: string, schedule: string, options: string): string {
  const file = join(folder, `${name}.yaml`);
  writeFileSync(
    file,
    `document:
  dsl: '1.0.3'
  namespace: default
  name: ${name}
  version: '1.0.0'
  metadata: { baton: { schedule: ${options} } }
schedule: ${schedule}
do:
  - note: { set: { fired: true } }
`,
  );
  return file;
}

/** The instants of runs that were read: the longer a machine takes, the more of them there are. */
const instantOf = new Map<string, number>();

/** The instants whose runs are there, in order. */
async function firedInstants(client: BatonClient, name: string): Promise<number[]> {
  const ids: string[] = [];
  for (let pageToken: string | null | undefined; pageToken !== null;) {
    const page = await client.listRuns({ flow: name, pageSize: 500, ...(pageToken !== undefined && { pageToken }) });
    ids.push(...page.items.map(({ id }) => id));
    pageToken = page.nextPageToken;
  }
  const read = async (id: string): Promise<number> => Date.parse(((await client.getRun(id)).input as { readonly at: string }).at);
  for (const id of ids) if (!instantOf.has(id)) instantOf.set(id, await read(id));
  return ids.map((id) => instantOf.get(id) ?? Number.NaN).sort((a, b) => a - b);
}

async function until<T>(read: () => Promise<T>, wanted: (value: T) => boolean): Promise<T> {
  for (;;) {
    const value = await read();
    if (wanted(value)) return value;
    await new Promise((resolve) => {
      setTimeout(resolve, 50);
    });
  }
}

test("killed again and again, a schedule that makes up for all has one run for each instant; one that makes up for the last has gaps", async () => {
  const input = "input: { at: '${ .scheduledAt }' }";
  const all = flow("all", `{ every: { milliseconds: ${intervalMs} } }`, `{ catchup: all, ${input} }`);
  const last = flow("last", `{ every: { milliseconds: ${intervalMs} } }`, `{ ${input} }`);
  const instants: number[] = [];
  for (let kills = 0; kills < 4; kills++) {
    const server = await up("data");
    const env = { BATON_SERVER: server.url };
    for (const file of [all, last]) expect((await runCommand(["apply", "-f", file], { env })).code).toBe(0);
    const client = new BatonClient({ url: server.url });
    const before = instants.length;
    instants.splice(
      0,
      instants.length,
      ...(await until(
        () => firedInstants(client, "all"),
        (fired) => fired.length >= before + 4,
      )),
    );
    await stop(server.process, "SIGKILL");
  }
  const server = await up("data");
  const client = new BatonClient({ url: server.url });
  const latest =
    (
      await until(
        () => firedInstants(client, "all"),
        (fired) => fired.length > instants.length,
      )
    ).at(-1) ?? 0;
  const paused = await runCommand(["schedule", "pause", "all", "last"], { env: { BATON_SERVER: server.url } });
  expect(paused.err).toMatch(/^default\/all paused, next .*\ndefault\/last paused, next /);
  const fired = await firedInstants(client, "all");
  expect(fired.length).toBeGreaterThan(16);
  expect(fired.at(-1)).toBeGreaterThanOrEqual(latest);
  expect(fired).toEqual(fired.map((_, i) => (fired[0] ?? 0) + i * intervalMs));
  const some = await firedInstants(client, "last");
  expect(new Set(some).size).toBe(some.length);
  expect(some.filter((at) => at <= (fired.at(-1) ?? 0)).length).toBeLessThan(fired.length);
  await stop(server.process);
});

test("the command line shows, holds and makes up", async () => {
  const server = await up("commands");
  const env = { BATON_SERVER: server.url };
  const baton = (...args: readonly string[]) => runCommand(args, { env });
  const file = flow("nightly", '{ cron: "30 2 * * *" }', "{ timeZone: Europe/Berlin, input: { at: '${ .scheduledAt }' } }");
  const applied = await baton("apply", "-f", file);
  expect(applied.err).toBe("default/nightly 1.0.0 registered\n");
  const list = JSON.parse((await baton("schedule", "list", "-o", "json")).out) as Schedule[];
  expect(list).toMatchObject([{ flow: { name: "nightly" }, status: "active", trigger: { cron: "30 2 * * *" }, timeZone: "Europe/Berlin" }]);
  const next = JSON.parse((await baton("schedule", "next", "nightly", "--count", "400", "-o", "json")).out) as Firing[];
  expect(next).toHaveLength(400);
  const hours = new Set(next.map(({ local }) => local.slice(11)));
  expect(hours).toEqual(new Set(["02:30:00+01:00", "02:30:00+02:00", "03:00:00+02:00"]));
  expect((await baton("schedule", "next", "nightly")).out).toMatch(/^LOCAL +UTC\n.*T02:30:00\+0[12]:00 +.*T0[01]:30:00\.000Z\n/);
  const backfill = await baton("schedule", "backfill", "nightly", "--from", "2026-01-10", "--until", "2026-01-12T01:30:00Z");
  expect(backfill.err).toContain("3 firings from 2026-01-10T00:00:00.000Z until 2026-01-12T01:30:00.000Z");
  const client = new BatonClient({ url: server.url });
  // Where it is half past two in Berlin just now, tonight's run is there too.
  const past = (at: number): boolean => at < Date.parse("2026-01-13");
  const made = await until(
    async () => (await firedInstants(client, "nightly")).filter(past),
    (fired) => fired.length >= 3,
  );
  expect(made.map((at) => new Date(at).toISOString().slice(0, 16))).toEqual(["2026-01-10T01:30", "2026-01-11T01:30", "2026-01-12T01:30"]);
  expect(await baton("schedule", "pause", "other")).toMatchObject({ code: 4 });
  expect((await baton("schedule", "backfill", "nightly", "--from", "yesterday")).code).toBe(2);
  const never = await baton("apply", "-f", flow("never", '{ cron: "0 0 31 2 *" }', "{}"));
  expect(never.code).toBe(1);
  expect(never.err).toContain("never-fires: The schedule never fires: there is no such day");
  await stop(server.process);
});
