// Locks as they are driven: who is told what, and when; what a restart finds; what a store that fails leads to.
import type { Millis } from "@baton/core";
import type { LockName } from "@baton/scheduler";
import { openMemoryStore } from "@baton/storage";
import { expect, test } from "vitest";
import { ManualClock, settle } from "../testing/manual-clock.ts";
import { TroubledStore } from "../testing/troubled-store.ts";
import { waiterGraceMs } from "./limits.ts";
import type { LockClaim, LockRequest } from "./lock-desk.ts";
import { Locks } from "./locks.ts";

const lock: LockName = { tenant: "t", namespace: "default", name: "job" };

class World {
  readonly clock = new ManualClock();
  readonly inner = openMemoryStore();
  readonly trouble = new TroubledStore(this.inner);
  locks = this.#open();

  acquire(
    owner: string,
    holdMs: Millis = 0,
    options: Partial<LockRequest> = {},
    signal = new AbortController().signal,
  ): Promise<LockClaim> {
    const request = { lock, kind: "mutex", size: 1, claim: owner, owner, permits: 1, leaseMs: 10_000, waitMs: null, value: null } as const;
    return this.locks.acquire({ ...request, ...options }, { ms: holdMs, signal });
  }

  release(owner: string): Promise<boolean> {
    return this.locks.release({ lock, claim: owner });
  }

  /** Killed: nothing it still does reaches the store. */
  async restart(): Promise<void> {
    this.locks = this.#open();
    await this.locks.recover();
  }

  queue(): readonly string[] {
    return (this.locks.get(lock)?.claims ?? []).map(({ id, status }) => `${id} ${status}`);
  }

  /** What is told of locks, the oldest first. */
  async told(): Promise<readonly string[]> {
    const pages = await this.trouble.store.readAudit("t", null, 100);
    const entries = pages.flatMap(({ entries: some }) => some.toReversed()).toReversed();
    return entries.map(({ actor, action, subject, detail }) => `${actor}: ${action} ${subject} ${detail["owner"] as string}`);
  }

  #open(): Locks {
    return new Locks({ store: this.trouble.store, clock: this.clock, log: () => undefined });
  }
}

test("whoever waits is answered when it holds, in the order of asking", async () => {
  const world = new World();
  expect(await world.acquire("a")).toMatchObject({ status: "holding", token: 1, kind: "mutex" });
  const order: string[] = [];
  const waits = ["b", "c"].map(async (owner) => {
    const { token } = await world.acquire(owner, 60_000);
    order.push(`${owner} ${token}`);
    await world.release(owner);
  });
  await settle();
  expect(world.queue()).toEqual(["a holding", "b waiting", "c waiting"]);
  await world.release("a");
  await Promise.all(waits);
  expect(order).toEqual(["b 2", "c 3"]);
});

test("nobody is given a token that is not stored", async () => {
  const world = new World();
  world.trouble.set("hold");
  let told = false;
  const asked = world.acquire("a").then((claim) => {
    told = true;
    return claim;
  });
  await settle();
  expect(told).toBe(false);
  world.trouble.set("none");
  expect((await asked).token).toBe(1);
});

test("a hold that ends just as the lock is granted gives the token out only when it is stored", async () => {
  const world = new World();
  await world.acquire("a");
  const waiting = world.acquire("b", 1_000);
  await settle();
  world.trouble.set("hold");
  const released = world.release("a");
  let told: number | null | undefined;
  const seen = waiting.then(({ token }) => (told = token));
  await world.clock.pass(1_000);
  expect(told).toBeUndefined();
  world.trouble.set("none");
  await Promise.all([released, seen]);
  expect(told).toBe(2);
});

test("a hold that is over says in which place one waits, and why", async () => {
  const world = new World();
  await world.acquire("a");
  await world.acquire("b");
  const asked = world.acquire("c", 5_000);
  await world.clock.pass(5_000);
  const claim = await asked;
  expect(claim).toMatchObject({ status: "waiting", ahead: 1, token: null });
  expect(claim.reason).toMatch(/^"job" is held by a since .*\. 1 waits before it\.$/);
});

test("whoever goes away keeps its place for the grace, and then loses it", async () => {
  const world = new World();
  await world.acquire("a", 0, { leaseMs: 10 * waiterGraceMs });
  const gone = new AbortController();
  const left = world.acquire("b", 1_000_000, {}, gone.signal);
  await settle();
  gone.abort();
  expect((await left).status).toBe("waiting");
  await world.clock.pass(waiterGraceMs - 1);
  expect(world.queue()).toEqual(["a holding", "b waiting"]);
  await world.clock.pass(1);
  expect(world.queue()).toEqual(["a holding"]);
});

test("a lease that ends gives the lock to the next one, and a wait that ends is told why", async () => {
  const world = new World();
  await world.acquire("a");
  const next = world.acquire("b", 60_000);
  const over = world.acquire("c", 60_000, { waitMs: 10_500 });
  const refused = expect(over).rejects.toMatchObject({ code: "lock-timeout" });
  await world.clock.pass(10_000);
  expect(await next).toMatchObject({ status: "holding", token: 2 });
  await world.clock.pass(500);
  await refused;
  await expect(world.locks.renew({ lock, claim: "a", token: 1 }, {})).rejects.toMatchObject({ code: "lock-not-held" });
  expect(world.locks.stats()).toMatchObject({ granted: { mutex: 2 }, lost: { lease: 1, timeout: 1 }, refused: { "lock-not-held": 1 } });
});

test("after a kill the holder has what is left of its lease, and whoever waits its place", async () => {
  const world = new World();
  await world.acquire("a");
  void world.acquire("b", 60_000).catch(() => undefined);
  void world.acquire("c", 60_000).catch(() => undefined);
  await world.clock.pass(4_000);
  await world.locks.renew({ lock, claim: "a", token: 1 }, {});
  await world.clock.pass(3_000);
  await world.restart();
  const [c, b] = [world.acquire("c", 60_000), world.acquire("b", 60_000)];
  await settle();
  expect(world.queue()).toEqual(["a holding", "b waiting", "c waiting"]);
  expect((await world.locks.renew({ lock, claim: "a", token: 1 }, { leaseMs: 7_000 })).token).toBe(1);
  await world.clock.pass(7_000);
  expect((await b).token).toBe(2);
  await world.release("b");
  expect((await c).token).toBe(3);
});

test("tokens go on after a restart, also where no lock was left", async () => {
  const world = new World();
  await world.acquire("a");
  await world.release("a");
  await world.restart();
  expect((await world.acquire("a")).token).toBe(2);
});

test("a store that takes nothing is an error for whoever asks, and the same claim is answered when it does again", async () => {
  const world = new World();
  world.trouble.set("fail");
  await expect(world.acquire("a")).rejects.toMatchObject({ code: "disk-full" });
  world.trouble.set("none");
  await world.clock.pass(5_000);
  const again = await world.acquire("a");
  expect(again).toMatchObject({ status: "holding", token: 1 });
});

test("a server whose store takes no locks can be stopped; the next one goes by what is stored", async () => {
  const world = new World();
  await world.acquire("a");
  world.trouble.set("fail");
  await expect(world.release("a")).rejects.toMatchObject({ code: "disk-full" });
  await world.locks.stop();
  world.trouble.set("none");
  await world.clock.pass(60_000);
  expect((await world.inner.loadLocks()).claims).toMatchObject([{ claim: "a", status: "holding" }]);
});

test("who watches a lock sees each change", async () => {
  const world = new World();
  const seen: string[] = [];
  const stop = world.locks.watch(lock, ({ version, lock: view }) => {
    seen.push(
      `${version} ${view === null ? "free" : view.claims.map(({ owner, value }) => `${owner} at ${JSON.stringify(value)}`).join()}`,
    );
  });
  await world.acquire("a", 0, { kind: "election", value: "10.0.0.1" });
  await world.release("a");
  stop();
  await world.acquire("b");
  expect(seen).toEqual(["1 free", '2 a at "10.0.0.1"', "3 free"]);
});

test("sleepers are told when they have the mutex again", async () => {
  const world = new World();
  const { token } = await world.acquire("a");
  const held = { lock, claim: "a", token: token ?? 0 };
  const asleep = world.locks.sleep(held, { condition: "full", waitMs: null }, { ms: 60_000, signal: new AbortController().signal });
  const producer = await world.acquire("b");
  expect(await world.locks.notify({ lock, claim: "b", token: producer.token ?? 0 }, { condition: "full", count: 1 })).toBe(1);
  await world.release("b");
  expect(await asleep).toMatchObject({ status: "holding", notified: true, token: 3 });
});

test("whoever is withdrawn while it waits is told so", async () => {
  const world = new World();
  await world.acquire("a");
  const refused = expect(world.acquire("b", 60_000)).rejects.toMatchObject({ code: "lock-not-held" });
  await settle();
  await world.release("b");
  await refused;
});

test("the log tells who got a lock, gave it up, lost it and waited in vain", async () => {
  const world = new World();
  await world.acquire("a");
  await world.acquire("b");
  await world.release("a");
  await world.acquire("c", 0, { waitMs: 1_000 });
  await world.acquire("d");
  await world.clock.pass(1_000);
  await world.clock.pass(9_000);
  expect(await world.told()).toEqual([
    "api: lock.acquired job a",
    "api: lock.released job a",
    "api: lock.acquired job b",
    "server: lock.wait-ended job c",
    "server: lock.expired job b",
    "api: lock.acquired job d",
  ]);
});

test("an operator takes a lock away: the next one has it, and the holder is told when it renews", async () => {
  const world = new World();
  const { token } = await world.acquire("a");
  const next = world.acquire("b", 60_000);
  await settle();
  expect(await world.locks.break(lock)).toMatchObject([{ owner: "a", token, lock }]);
  expect(await next).toMatchObject({ owner: "b", status: "holding" });
  await expect(world.locks.renew({ lock, claim: "a", token: token ?? 0 }, {})).rejects.toMatchObject({ code: "lock-not-held" });
  await expect(world.locks.break(lock, "nobody")).rejects.toMatchObject({ code: "lock-not-held" });
  await expect(world.locks.break({ ...lock, name: "other" })).rejects.toMatchObject({ code: "lock-unknown" });
  expect(world.locks.stats().released).toEqual({ broken: 1 });
  expect((await world.told()).slice(1)).toEqual(["api: lock.broken job a", "api: lock.acquired job b"]);
});

test("a claim that waits is told when it is taken away", async () => {
  const world = new World();
  await world.acquire("a");
  const waiting = world.acquire("b", 60_000).catch((error: unknown) => error);
  await settle();
  await world.locks.break(lock, "b");
  expect(await waiting).toMatchObject({ code: "lock-not-held", message: "An operator has taken the claim away." });
  expect(world.queue()).toEqual(["a holding"]);
});

test("what is told of locks is stored with it, also where the store takes nothing at first", async () => {
  const world = new World();
  world.trouble.set("fail");
  await expect(world.acquire("a")).rejects.toThrow();
  expect(await new TroubledStore(world.inner).store.readAudit("t", null, 9)).toEqual([]);
  world.trouble.set("none");
  await world.clock.pass(1_000);
  expect(await world.told()).toEqual(["api: lock.acquired job a"]);
});
