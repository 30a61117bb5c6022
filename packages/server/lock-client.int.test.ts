// Locks as programs use them, on real servers: what is done under them excludes itself, goes on over a restart of the server,
// and stops when the lock is lost.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Locks, type HeldLock } from "@baton/api";
import { startTestServer, type TestServer } from "./testing/harness.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

function locks(owner: string): Locks {
  return new Locks({ url: server.url, owner });
}

function aborted(signal: AbortSignal): Promise<unknown> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(signal.reason);
    else signal.addEventListener("abort", () => resolve(signal.reason));
  });
}

test("what is done under a mutex excludes itself, and tokens grow", async () => {
  let inside = 0;
  const tokens: number[] = [];
  const work = async ({ token }: HeldLock): Promise<void> => {
    expect(++inside).toBe(1);
    tokens.push(token);
    await new Promise((resolve) => setImmediate(resolve));
    inside--;
  };
  await Promise.all(Array.from({ length: 20 }, (_, i) => locks(`worker ${i}`).withLock("counter", work)));
  expect(tokens).toEqual([...tokens].sort((a, b) => a - b));
  expect(new Set(tokens).size).toBe(20);
});

test("a semaphore lets so many in, a lock of readers and writers as it says", async () => {
  let [inside, most] = [0, 0];
  let full = (): void => undefined;
  const three = new Promise<void>((resolve) => (full = resolve));
  const work = async (): Promise<void> => {
    most = Math.max(most, ++inside);
    if (inside === 3) full();
    await three;
    await new Promise((resolve) => setTimeout(resolve, 5));
    inside--;
  };
  await Promise.all(Array.from({ length: 9 }, (_, i) => locks(`permit ${i}`).withPermit("three", 3, work)));
  expect(most).toBe(3);
  const seen: string[] = [];
  await locks("r1").withRead("book", async () => {
    await locks("r2").withRead("book", () => void seen.push("both read"));
    await expect(locks("w").withWrite("book", () => seen.push("wrote"), { timeoutMs: 0 })).rejects.toMatchObject({ code: "lock-held" });
  });
  await locks("w").withWrite("book", () => seen.push("wrote"));
  expect(seen).toEqual(["both read", "wrote"]);
});

test("an owner that would wait for itself is told so", async () => {
  const [one, other] = [locks("one"), locks("other")];
  await one.withLock("a", async () => {
    let waiting: Promise<string> | undefined;
    await other.withLock("b", async () => {
      waiting = one.withLock("b", () => "had both");
      await expect.poll(async () => (await server.client.locks.get({ name: "b" })).waiting).toBe(1);
      await expect(other.withLock("a", () => undefined)).rejects.toMatchObject({ code: "lock-deadlock" });
    });
    expect(await waiting).toBe("had both");
  });
  await expect(one.withLock("a", () => one.withLock("a", () => undefined))).rejects.toMatchObject({ code: "lock-deadlock" });
});

test("a barrier lets all go on together, a condition wakes who sleeps, an election names its leader", async () => {
  const generations = await Promise.all(["a", "b", "c"].map((owner) => locks(owner).barrier("start", 3)));
  expect(new Set(generations).size).toBe(1);

  const queue: string[] = [];
  const consumer = locks("consumer").withLock("queue", async (held) => {
    while (queue.length === 0) await held.wait("filled");
    return queue.shift();
  });
  await locks("producer").withLock("queue", async (held) => {
    queue.push("work");
    await held.notify("filled");
  });
  expect(await consumer).toBe("work");

  const stop = new AbortController();
  const leaders = locks("reader").leaders("primary", stop.signal);
  expect((await leaders.next()).value).toBeUndefined();
  await locks("n1").lead("primary", "http://n1", async () => {
    expect((await leaders.next()).value).toMatchObject({ owner: "n1", value: "http://n1" });
  });
  expect((await leaders.next()).value).toBeUndefined();
  stop.abort();
});

test("who waits no longer gives its place up", async () => {
  await locks("holder").withLock("busy", async () => {
    const stop = new AbortController();
    const waiting = locks("impatient").withLock("busy", () => "never", { signal: stop.signal });
    const refused = expect(waiting).rejects.toBeDefined();
    await expect.poll(async () => (await server.client.locks.get({ name: "busy" })).waiting).toBe(1);
    stop.abort();
    await refused;
    await expect.poll(async () => (await server.client.locks.get({ name: "busy" })).waiting).toBe(0);
  });
});

test("a lock that is taken away aborts what is done under it", async () => {
  const work = locks("owner").withLock(
    "taken",
    async (held) => {
      await server.client.locks.release({ name: "taken" }, { claim: "owner.1" });
      return aborted(held.signal);
    },
    { leaseMs: 1_000 },
  );
  await expect(work).rejects.toMatchObject({ code: "lock-lost" });
});

test("a server that is gone for longer than a lease means that the lock is lost", async () => {
  const other = await startTestServer();
  const lost = new Locks({ url: other.url, owner: "owner" }).withLock(
    "gone",
    async (held) => {
      await other.close();
      return aborted(held.signal);
    },
    { leaseMs: 1_000 },
  );
  await expect(lost).rejects.toMatchObject({ code: "lock-lost" });
});

test("a restart of the server takes nothing from who holds, nor from who waits", async () => {
  const dataDir = mkdtempSync(join(tmpdir(), "baton-locks-"));
  const first = await startTestServer({ dataDir });
  const { port } = new URL(first.url);
  let restarted: TestServer | undefined;
  let waiting: Promise<number> | undefined;
  const held = await new Locks({ url: first.url, owner: "holder" }).withLock(
    "job",
    async ({ token, signal }) => {
      waiting = new Locks({ url: first.url, owner: "next" }).withLock("job", (mine) => mine.token);
      await expect.poll(async () => (await first.client.locks.get({ name: "job" })).waiting).toBe(1);
      await first.close();
      restarted = await startTestServer({ dataDir, port: Number(port) });
      expect(signal.aborted).toBe(false);
      expect(await restarted.client.locks.get({ name: "job" })).toMatchObject({
        used: 1,
        waiting: 1,
        claims: [{ owner: "holder", token }, {}],
      });
      return token;
    },
    { leaseMs: 120_000 },
  );
  expect(await waiting).toBeGreaterThan(held);
  await restarted?.close();
  rmSync(dataDir, { recursive: true, force: true, maxRetries: 10 });
});
