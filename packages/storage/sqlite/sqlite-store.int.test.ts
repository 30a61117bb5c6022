import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, describe, expect, test } from "vitest";
import { storeContract } from "../contract/contract.ts";
import { end, start, step, tenant } from "../contract/samples.ts";
import { readMigrations } from "./migrations.ts";
import { openSqliteStore } from "./sqlite-store.ts";

const root = mkdtempSync(join(tmpdir(), "baton-sqlite-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let folders = 0;
const newFolder = (): string => join(root, `data-${++folders}`);

describe("the store contract on SQLite", () => {
  storeContract({ test, open: () => openSqliteStore({ folder: newFolder() }) });
});

test("what was committed is there after the store was opened again", async () => {
  const folder = newFolder();
  const first = await openSqliteStore({ folder });
  await first.commit([start("run_a", { setTimers: [{ timer: "t", at: 5 }] }), step("run_a", 1, { snapshot: "s" })]);
  await first.close();
  const second = await openSqliteStore({ folder });
  expect(await second.readRun(tenant, "run_a")).toMatchObject({ version: 2, snapshot: { version: 2, state: "s" }, tail: [] });
  expect(await second.nextTimerAt()).toBe(5);
  expect(await second.commit([step("run_a", 1), step("run_a", 2)])).toEqual(["conflict", "committed"]);
  await second.close();
});

test("a commit waits for the disk: write-ahead log, synchronous FULL", async () => {
  const folder = newFolder();
  const store = await openSqliteStore({ folder });
  expect(await store.describe()).toMatchObject({
    engine: "sqlite",
    file: join(folder, "baton.db"),
    synchronous: 2,
    journal: "wal",
    schema: readMigrations().length,
  });
  await store.close();
});

test("what is stored is readable by its own user alone", async () => {
  const folder = join(root, "private");
  const store = await openSqliteStore({ folder });
  await store.putObject({ tenant: "t", kind: "k", name: "n", spec: "{}", updatedAt: 1 });
  const modes = [folder, ...["baton.db", "baton.db-wal"].map((name) => join(folder, name))].map((path) => statSync(path).mode & 0o077);
  await store.close();
  expect(modes).toEqual([0, 0, 0]);
});

test("people can query the database while the store is open", async () => {
  const folder = newFolder();
  const store = await openSqliteStore({ folder });
  await store.commit([start("run_a", { setTimers: [{ timer: "t", at: 5 }] }), end("run_a", 1)]);
  const reader = new DatabaseSync(join(folder, "baton.db"), { readOnly: true });
  expect(reader.prepare("SELECT id, status, started_at, ended_at, seconds FROM run_list").all()).toEqual([
    { id: "run_a", status: "completed", started_at: "1970-01-01T00:00:01.000Z", ended_at: "1970-01-01T00:00:02.000Z", seconds: 1 },
  ]);
  expect(reader.prepare("SELECT position, envelope FROM run_history WHERE id = 'run_a'").all()).toEqual([
    { position: 1, envelope: "run_a-1" },
    { position: 2, envelope: "run_a-2" },
  ]);
  expect(reader.prepare("SELECT id, timer, due_at FROM timer_list").all()).toEqual([
    { id: "run_a", timer: "t", due_at: "1970-01-01T00:00:00.005Z" },
  ]);
  reader.close();
  await store.close();
});

test("a second store on the same folder is refused with the owner's process id", async () => {
  const folder = newFolder();
  const first = await openSqliteStore({ folder });
  await expect(openSqliteStore({ folder })).rejects.toMatchObject({
    code: "data-folder-in-use",
    where: folder,
    message: expect.stringContaining(`process id ${process.pid} (since 2`) as string,
  });
  expect(await first.commit([start("run_a")])).toEqual(["committed"]);
  await first.close();
  await (await openSqliteStore({ folder })).close();
});

test("a folder of a newer version is refused and left as it is", async () => {
  const folder = newFolder();
  await (await openSqliteStore({ folder })).close();
  const database = new DatabaseSync(join(folder, "baton.db"));
  database.exec("PRAGMA user_version = 999");
  await expect(openSqliteStore({ folder })).rejects.toMatchObject({
    code: "data-folder-newer",
    message: expect.stringContaining("schema 999") as string,
  });
  expect(database.prepare("PRAGMA user_version").get()).toEqual({ user_version: 999 });
  database.close();
});

test("a file that is no database, another program's database and a damaged one are each refused", async () => {
  const [text, foreign, damaged] = [newFolder(), newFolder(), newFolder()];
  for (const folder of [text, foreign, damaged]) mkdirSync(folder);
  writeFileSync(join(text, "baton.db"), "This is no database. ".repeat(100));
  const other = new DatabaseSync(join(foreign, "baton.db"));
  other.exec("CREATE TABLE runs (id TEXT)");
  other.close();
  await (await openSqliteStore({ folder: damaged })).close();
  execFileSync("dd", ["if=/dev/zero", `of=${join(damaged, "baton.db")}`, "bs=1024", "seek=1", "count=40", "conv=notrunc"], {
    stdio: "ignore",
  });
  for (const folder of [text, foreign]) await expect(openSqliteStore({ folder })).rejects.toMatchObject({ code: "data-corrupted" });
  await expect(openSqliteStore({ folder: damaged }).then((store) => store.listRuns({ tenant, limit: 1 }))).rejects.toMatchObject({
    code: "data-corrupted",
    retryable: false,
  });
});

test("a folder that cannot be made is refused with its path", async () => {
  const file = join(root, "a-file");
  writeFileSync(file, "");
  const folder = join(file, "data");
  await expect(openSqliteStore({ folder })).rejects.toMatchObject({ code: "data-folder-unusable", where: folder });
});
