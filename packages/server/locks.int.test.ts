// Named locks over HTTP on a real server.
import { afterAll, beforeAll, expect, test } from "vitest";
import type { LockClaim } from "@baton/api";
import type { Json } from "@baton/core";
import { startTestServer, type RawAnswer, type TestServer } from "./testing/harness.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

function post(path: string, body: Json, headers: { readonly [name: string]: string } = {}): Promise<RawAnswer> {
  return server.send({ method: "POST", path, headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(body) });
}

function claimIn(answer: RawAnswer): LockClaim {
  return answer.json as unknown as LockClaim;
}

test("a mutex is held, waited for, renewed, and goes on with a larger token", async () => {
  const first = await post("/v1/locks/db:acquire", { owner: "a", lease: "10m" });
  expect([first.status, claimIn(first).status, claimIn(first).leaseMs]).toEqual([200, "holding", 600_000]);
  const second = await post("/v1/locks/db:acquire", { owner: "b" });
  expect([second.status, claimIn(second).ahead]).toEqual([202, 0]);
  expect(claimIn(second).reason).toMatch(/^"db" is held by a since .*\. It is next\.$/);
  expect((await post("/v1/locks/db:acquire", { owner: "c", timeout: "0s" })).json).toMatchObject({ status: 409, code: "lock-held" });
  const { token } = claimIn(first);
  expect(claimIn(await post("/v1/locks/db:renew", { claim: "a", token })).token).toBe(token);
  const waiting = post("/v1/locks/db:acquire?wait=60s", { owner: "b" });
  expect((await post("/v1/locks/db:release", { claim: "a", token })).json).toEqual({ released: true });
  expect((await post("/v1/locks/db:release", { claim: "a", token })).json).toEqual({ released: false });
  const granted = claimIn(await waiting);
  expect([granted.owner, granted.status]).toEqual(["b", "holding"]);
  expect(granted.token).toBeGreaterThan(token ?? 0);
  expect((await post("/v1/locks/db:renew", { claim: "a", token })).json).toMatchObject({ status: 409, code: "lock-not-held" });
});

test("an Idempotency-Key does not freeze the answer of a claim", async () => {
  const keyed = { "idempotency-key": "mine" };
  await post("/v1/locks/key:acquire", { owner: "a" });
  expect((await post("/v1/locks/key:acquire", { owner: "b" }, keyed)).status).toBe(202);
  await post("/v1/locks/key:release", { claim: "a" });
  expect((await post("/v1/locks/key:acquire", { owner: "b" }, keyed)).status).toBe(200);
});

test("locks of namespaces are apart, found by name, and listed page by page", async () => {
  await server.client.locks.acquire({ namespace: "ops", name: "db" }, { owner: "x", kind: "election", value: { url: "http://x" } });
  await server.client.locks.acquire({ namespace: "ops", name: "pool" }, { owner: "x", kind: "semaphore", size: 3, permits: 2 });
  const view = await server.client.locks.get({ namespace: "ops", name: "db" });
  expect(view).toMatchObject({ kind: "election", used: 1, waiting: 0, claims: [{ owner: "x", value: { url: "http://x" } }] });
  const page = await server.client.locks.list({ namespace: "ops", pageSize: 1 });
  expect(page.items.map(({ name }) => name)).toEqual(["db"]);
  const next = await server.client.locks.list({ namespace: "ops", pageToken: page.nextPageToken ?? "" });
  expect(next).toMatchObject({ items: [{ name: "pool", size: 3, used: 2 }], nextPageToken: null });
  await expect(server.client.locks.get({ name: "pool" })).rejects.toMatchObject({ code: "lock-unknown", status: 404 });
});

test("readers share, a writer waits for them; a barrier opens for all; a sleeper is notified", async () => {
  const rw = (owner: string, mode: "read" | "write"): Promise<LockClaim> =>
    server.client.locks.acquire({ name: "rw" }, { owner, kind: "rwlock", mode });
  expect([(await rw("r1", "read")).status, (await rw("r2", "read")).status, (await rw("w", "write")).status]).toEqual([
    "holding",
    "holding",
    "waiting",
  ]);
  const party = (owner: string): Promise<LockClaim> =>
    server.client.locks.acquire({ name: "start" }, { owner, kind: "barrier", size: 2 }, { waitMs: 60_000 });
  const [one, two] = await Promise.all([party("p1"), party("p2")]);
  expect([one.status, two.status, one.token === two.token]).toEqual(["passed", "passed", true]);

  const { locks } = server.client;
  const name = { name: "buffer" };
  const consumer = await locks.acquire(name, { owner: "consumer" });
  const asleep = locks.sleep(name, { claim: "consumer", token: consumer.token ?? 0, condition: "full" }, { waitMs: 60_000 });
  const producer = await locks.acquire(name, { owner: "producer" }, { waitMs: 60_000 });
  expect(await locks.notify(name, { claim: "producer", token: producer.token ?? 0, condition: "full" })).toBe(1);
  await locks.release(name, { claim: "producer" });
  expect(await asleep).toMatchObject({ status: "holding", notified: true });
});

/** Two owners that hold one lock each and ask for the other one: what the second is told. */
async function deadlock(x: string, y: string): Promise<RawAnswer> {
  const ask = (owner: string, name: string): Promise<RawAnswer> =>
    post(`/v1/locks/${name}:acquire`, { owner, claim: `${owner} ${name}`, lease: "10m", timeout: "10m" });
  await ask("left", x);
  await ask("right", y);
  await ask("left", y);
  return ask("right", x);
}

test("a deadlock is refused with each step of its circle", async () => {
  expect((await deadlock("x", "y")).json).toMatchObject({
    status: 409,
    code: "lock-deadlock",
    errors: [{ detail: 'right waits for "x"' }, { detail: 'left waits for "y"' }],
  });
});

test("a watch shows who holds a lock as that changes", async () => {
  const stop = new AbortController();
  const seen: (string | undefined)[] = [];
  const watching = (async () => {
    for await (const lock of server.client.locks.watch({ name: "leader" }, stop.signal)) {
      seen.push(lock.claims[0]?.owner);
      if (seen.length === 1) await server.client.locks.acquire({ name: "leader" }, { owner: "n1", kind: "election" });
      if (seen.length === 2) await server.client.locks.release({ name: "leader" }, { claim: "n1" });
      if (seen.length === 3) return;
    }
  })();
  await watching;
  stop.abort();
  expect(seen).toEqual([undefined, "n1", undefined]);
});

test.each<[string, Json, string]>([
  ["a field that is not known", { owner: "a", leese: "30s" }, "/leese"],
  ["no owner", {}, "/owner"],
  ["a lease that is too short", { owner: "a", lease: "1ms" }, "/lease"],
  ["a semaphore without a size", { owner: "a", kind: "semaphore" }, "/size"],
  ["a mutex with permits", { owner: "a", permits: 2 }, "/permits"],
  ["a kind that there is not", { owner: "a", kind: "spinlock" }, "/kind"],
  ["a value that is too long", { owner: "a", value: "x".repeat(5_000) }, "/value"],
])("%s is refused with its place", async (_, body, pointer) => {
  const { json } = await post("/v1/locks/bad:acquire", body);
  expect(json).toMatchObject({ status: 422, code: "lock-invalid", errors: [{ pointer }] });
});

test("a name that cannot be is refused, and more permits than there are", async () => {
  expect((await post("/v1/locks/%20:acquire", { owner: "a" })).json).toMatchObject({ status: 422, code: "lock-invalid" });
  const many = await post("/v1/locks/many:acquire", { owner: "a", kind: "semaphore", size: 2, permits: 3 });
  expect(many.json).toMatchObject({ status: 422, code: "lock-invalid", detail: '3 of the 2 permits of "many" cannot be had.' });
});

test("metrics count locks by kind, and never name them", async () => {
  await deadlock("leader", "follower");
  const { text } = await server.send({ path: "/metrics" });
  expect(text).toMatch(/^baton_locks\{kind="mutex"\} [1-9]/m);
  expect(text).toMatch(/^baton_lock_refusals_total\{code="lock-deadlock"\} [1-9]/m);
  expect(text).not.toContain("leader");
});
