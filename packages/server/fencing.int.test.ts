// The guide's example of fencing, to the letter: an importer that lost its lease while it stalled writes too late, and the
// database refuses what it writes.
import { readFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestServer, type TestServer } from "./testing/harness.ts";

const guide = readFileSync(new URL("../../docs/guide/locks.md", import.meta.url), "utf8");
const example = /```sql\n([\s\S]*?)```/.exec(guide)?.[1] ?? "";
const statement = (start: string): string => example.split("\n").find((line) => line.startsWith(start)) ?? "";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

/** Writes a price under a token, in one transaction; false: somebody came after. */
function write(database: DatabaseSync, token: number, price: number): boolean {
  database.exec("BEGIN");
  const { changes } = database.prepare(statement("UPDATE fence")).run({ token });
  if (Number(changes) === 1) database.prepare("INSERT INTO prices VALUES (?)").run(price);
  database.exec(Number(changes) === 1 ? "COMMIT" : "ROLLBACK");
  return Number(changes) === 1;
}

test("what is written under a lock that was lost meanwhile leaves nothing behind", async () => {
  const database = new DatabaseSync(":memory:");
  database.exec(`${statement("CREATE TABLE fence")} ${statement("INSERT INTO fence")} CREATE TABLE prices (price INTEGER)`);
  const { locks } = server.client;
  const lock = { name: "import" };
  const stalled = await locks.acquire(lock, { owner: "first", lease: "1s" });
  expect(write(database, stalled.token ?? 0, 1)).toBe(true);
  // It stalls: nobody renews its lease, which ends while the second one waits.
  const second = await locks.acquire(lock, { owner: "second" }, { waitMs: 60_000 });
  expect(second.token).toBeGreaterThan(stalled.token ?? 0);
  expect(write(database, second.token ?? 0, 2)).toBe(true);
  expect(write(database, stalled.token ?? 0, 3)).toBe(false);
  expect(write(database, second.token ?? 0, 4)).toBe(true);
  expect(database.prepare("SELECT price FROM prices").all()).toEqual([{ price: 1 }, { price: 2 }, { price: 4 }]);
  database.close();
});
