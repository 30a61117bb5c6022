// `npm run example:migration`: a database is migrated by a flow whose server is killed in the middle; a second run waits for the
// first and finds everything done; a third one fails in its second migration and reverts its first. With DATABASE_URL on that
// database, else on a PostgreSQL of its own.
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { BatonClient, isFinal, type RunView } from "@baton/api";
import { startPostgres } from "../../tools/postgres.ts";

const baton = fileURLToPath(new URL("../../packages/cli/bin/baton.mjs", import.meta.url));
const step = fileURLToPath(new URL("step.ts", import.meta.url));
const flow = readFileSync(fileURLToPath(new URL("migrate.yaml", import.meta.url)), "utf8");
const named = process.env["DATABASE_URL"];
const postgres = named === undefined ? await startPostgres() : { url: named, stop: () => Promise.resolve() };
const folder = mkdtempSync(join(tmpdir(), "baton-migration-"));
let server = await startServer();
try {
  await server.client.applyFlow(flow);
  const [first, second] = [await start(["001-users", "002-orders", "003-spent"]), await start(["001-users", "002-orders", "003-spent"])];
  while (query("SELECT count(*) FROM pg_tables WHERE tablename = 'schema_versions'") === "0" || applied() === "") await sleep(20);
  server.child.kill("SIGKILL");
  await once(server.child, "exit");
  console.log(`the server is killed when ${applied()} is applied, and started again`);
  server = await startServer();
  console.log(`first run: ${(await end(first)).status}; applied are ${applied()}`);
  console.log(`second run, which waited for it: ${(await end(second)).status}; applied once by the first: ${appliedBy(first) === "3"}`);
  const third = await end(await start(["003-spent", "004-discounts", "005-no-gifts"]));
  console.log(`third run: ${third.status}, compensated: ${String(third.compensated)}; applied are ${applied()}`);
} finally {
  server.child.kill("SIGKILL");
  await once(server.child, "exit");
  rmSync(folder, { recursive: true, force: true });
  await postgres.stop();
}

async function startServer(): Promise<{ readonly child: ChildProcess; readonly client: BatonClient }> {
  const args = [baton, "up", "--data", folder, "--port", "0", "--log", "error"];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "ignore"] });
  const [line] = (await once(createInterface(child.stdout), "line")) as [string];
  return { child, client: new BatonClient({ url: /http:\S+/.exec(line)?.[0] ?? "" }) };
}

async function start(migrations: readonly string[]): Promise<string> {
  const input = { migrations, database: postgres.url, node: process.execPath, step };
  return (await server.client.startRun({ name: "migrate" }, input)).id;
}

async function end(id: string): Promise<RunView> {
  for (;;) {
    const run = await server.client.getRun(id, { waitMs: 20_000 });
    if (isFinal(run.status)) return run;
  }
}

function applied(): string {
  return query("SELECT string_agg(name, ', ' ORDER BY name) FROM schema_versions");
}

function appliedBy(run: string): string {
  return query(`SELECT count(*) FROM schema_versions WHERE run = '${run}'`);
}

function query(sql: string): string {
  return spawnSync("psql", [postgres.url, "-X", "-A", "-t", "-c", sql], { encoding: "utf8" }).stdout.trim();
}
