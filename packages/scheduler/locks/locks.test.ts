// What the words of locks mean, by example.
import { expect, test } from "vitest";
import { createLocks, restoreLocks, stepLocks, type LocksState } from "./step.ts";
import type { AcquireEvent, LockAnswer, LockEvent, LockName, LockStep } from "./types.ts";
import { allClaims, listLocks, viewClaim, viewLock } from "./view.ts";

const name = (text: string, namespace = "default"): LockName => ({ tenant: "t", namespace, name: text });
const job = name("job");

class World {
  state: LocksState;
  last: LockStep<LocksState> | undefined;
  now = 1_000;

  constructor(state: LocksState = createLocks()) {
    this.state = state;
  }

  do(event: LockEvent): LockAnswer {
    this.last = stepLocks(this.state, event, this.now);
    return this.last.answer;
  }

  ask(claim: string, options: Partial<AcquireEvent> = {}): string {
    const defaults = { lock: job, kind: "mutex", size: 1, permits: 1, leaseMs: 100, waitMs: null, graceMs: null, value: null } as const;
    const answer = this.do({ type: "acquire", claim, owner: claim, ...defaults, ...options });
    if (answer.kind === "claim") return answer.claim.status;
    return answer.kind === "refused" ? answer.refusal.code : answer.kind;
  }

  pass(ms: number): readonly string[] {
    this.now += ms;
    this.do({ type: "clock" });
    return (this.last?.lost ?? []).map(({ claim, why }) => `${claim.id} ${why}`);
  }

  granted(): readonly (string | number | null)[][] {
    return (this.last?.granted ?? []).map(({ claim: { id, token } }) => [id, token]);
  }

  release(claim: string, token?: number): LockAnswer {
    return this.do({ type: "release", lock: job, claim, ...(token !== undefined && { token }) });
  }
}

test("a mutex goes from one to the next in the order of asking, each with a larger token", () => {
  const world = new World();
  expect([world.ask("a"), world.ask("b"), world.ask("c"), world.ask("b")]).toEqual(["holding", "waiting", "waiting", "waiting"]);
  world.release("a");
  expect(world.granted()).toEqual([["b", 2]]);
  world.release("b");
  expect(world.granted()).toEqual([["c", 3]]);
  world.release("c");
  expect(viewLock(world.state, job, 10)).toBeNull();
  world.ask("a");
  expect(world.granted()).toEqual([["a", 4]]);
});

test("a lease that is not renewed ends, and who held it can change nothing any more", () => {
  const world = new World();
  world.ask("a");
  world.ask("b");
  expect(world.last?.wakeAt).toBe(1_100);
  world.now = 1_090;
  expect(world.do({ type: "renew", lock: job, claim: "a", token: 1 }).kind).toBe("claim");
  expect(world.pass(99)).toEqual([]);
  expect(world.pass(1)).toEqual(["a lease"]);
  expect(world.granted()).toEqual([["b", 2]]);
  const late = world.do({ type: "renew", lock: job, claim: "a", token: 1 });
  expect(late.kind === "refused" && late.refusal.code).toBe("lock-not-held");
  expect(world.release("a", 1)).toEqual({ kind: "released", released: false });
  expect(world.release("b", 1)).toEqual({ kind: "released", released: false });
  expect(viewClaim(world.state, job, "b")?.status).toBe("holding");
});

test("a writer that waits holds back the readers that come after it, and is not starved", () => {
  const world = new World();
  const reader = { kind: "rwlock", size: 10, permits: 1 } as const;
  expect([world.ask("r1", reader), world.ask("r2", reader)]).toEqual(["holding", "holding"]);
  expect([world.ask("w", { ...reader, permits: 10 }), world.ask("r3", reader), world.ask("r4", reader)]).toEqual([
    "waiting",
    "waiting",
    "waiting",
  ]);
  world.release("r1");
  expect(world.granted()).toEqual([]);
  world.release("r2");
  expect(world.granted().map(([id]) => id)).toEqual(["w"]);
  world.release("w");
  expect(world.granted().map(([id]) => id)).toEqual(["r3", "r4"]);
});

test("trying never passes those who wait", () => {
  const world = new World();
  const two = { kind: "semaphore", size: 3 } as const;
  expect([world.ask("a", { ...two, permits: 2 }), world.ask("b", { ...two, permits: 2 })]).toEqual(["holding", "waiting"]);
  expect(world.ask("c", { ...two, waitMs: 0 })).toBe("lock-held");
  world.release("b");
  expect(world.ask("c", { ...two, waitMs: 0 })).toBe("holding");
});

test("a barrier opens when all are there, under one token, and is remembered for those who ask again", () => {
  const world = new World();
  const party = { kind: "barrier", size: 3 } as const;
  expect([world.ask("a", party), world.ask("b", party)]).toEqual(["waiting", "waiting"]);
  expect(viewClaim(world.state, job, "a")?.reason).toBe('2 of 3 have come to "job".');
  expect(world.ask("c", party)).toBe("passed");
  expect(world.granted()).toEqual([
    ["a", 1],
    ["b", 1],
    ["c", 1],
  ]);
  expect([world.ask("a", party), world.ask("d", party)]).toEqual(["passed", "waiting"]);
  expect(world.pass(60_000)).toEqual([]);
  expect(world.ask("a", party)).toBe("waiting");
});

test("whoever sleeps is woken in order, waits for the mutex again, and misses no notification", () => {
  const world = new World();
  const sleep = (claim: string, token: number, waitMs: number | null = null): LockAnswer =>
    world.do({ type: "sleep", lock: job, claim, token, condition: "full", waitMs, graceMs: null });
  world.ask("a");
  world.ask("b");
  sleep("a", 1);
  expect(world.granted()).toEqual([["b", 2]]);
  sleep("b", 2, 50);
  world.ask("c");
  expect(world.do({ type: "notify", lock: job, claim: "c", token: 3, condition: "full", count: 1 })).toEqual({
    kind: "notified",
    count: 1,
  });
  expect(viewClaim(world.state, job, "a")).toMatchObject({ status: "waiting", notified: true, ahead: 0 });
  world.pass(50);
  expect(viewClaim(world.state, job, "b")).toMatchObject({ status: "waiting", notified: false, ahead: 1 });
  world.release("c");
  expect(world.granted()).toEqual([["a", 4]]);
});

test("asking to sleep twice is asking once, whatever has become of the sleep", () => {
  const world = new World();
  const sleep = (): string => {
    const answer = world.do({ type: "sleep", lock: job, claim: "a", token: 1, condition: "full", waitMs: null, graceMs: null });
    return answer.kind === "claim" ? answer.claim.status : answer.kind;
  };
  world.ask("a");
  expect([sleep(), sleep()]).toEqual(["sleeping", "sleeping"]);
  world.ask("b");
  world.do({ type: "notify", lock: job, claim: "b", token: 2, condition: "full", count: 1 });
  expect(sleep()).toBe("waiting");
  world.release("b");
  expect(sleep()).toBe("holding");
  world.release("a");
  expect(sleep()).toBe("refused");
});

test("a deadlock is refused, with the circle in words", () => {
  const world = new World();
  const [x, y, z] = [name("x"), name("y"), name("z", "other")];
  const ask = (owner: string, lock: LockName): string => world.ask(`${owner} ${lock.name}`, { owner, lock });
  expect([ask("p", x), ask("q", y), ask("r", z), ask("p", y), ask("q", z)]).toEqual([
    "holding",
    "holding",
    "holding",
    "waiting",
    "waiting",
  ]);
  expect(ask("r", x)).toBe("lock-deadlock");
  const answer = world.last?.answer;
  expect(answer?.kind === "refused" && answer.refusal.message).toBe(
    'This would be a deadlock: r would wait for "x", which is taken by p; p would wait for "y", which is taken by q; ' +
      'q would wait for "other/z", which is taken by r.',
  );
  expect(ask("r", name("w"))).toBe("holding");
  expect(world.ask("again", { owner: "p", lock: x })).toBe("lock-deadlock");
});

test("a deadlock that a notification would lead to is told to the one who was woken", () => {
  const world = new World();
  world.ask("a1", { owner: "a", lock: name("other"), leaseMs: null });
  world.ask("a2", { owner: "a", leaseMs: null });
  world.do({ type: "sleep", lock: job, claim: "a2", token: 2, condition: "c", waitMs: null, graceMs: null });
  world.ask("b1", { owner: "b", leaseMs: null });
  world.ask("b2", { owner: "b", lock: name("other") });
  world.do({ type: "notify", lock: job, claim: "b1", token: 3, condition: "c", count: 1 });
  expect(world.last?.lost.map(({ claim, why }) => [claim.id, why])).toEqual([["a2", "deadlock"]]);
});

test("who waits and is not heard of loses its place, and the next one comes up", () => {
  const world = new World();
  world.ask("a");
  world.ask("b", { graceMs: 20 });
  world.ask("c", { graceMs: 90 });
  world.now += 15;
  world.do({ type: "heard", lock: job, claim: "b", graceMs: 20 });
  expect(world.pass(15)).toEqual([]);
  expect(world.pass(5)).toEqual(["b unheard"]);
  world.release("a");
  expect(world.granted()).toEqual([["c", 2]]);
  expect(world.pass(90)).toEqual([]);
});

test("after a restart leases keep what is left of them, tokens go on, and who waits has its grace", () => {
  const before = new World();
  before.ask("a");
  before.ask("b", { graceMs: 5 });
  before.ask("c");
  const state = restoreLocks(allClaims(before.state), 1, 1_060, { graceMs: 30, mustBeHeard: ({ claim }) => claim.id === "b" });
  const world = new World(state);
  world.now = 1_060;
  expect(world.pass(30)).toEqual(["b unheard"]);
  expect(world.pass(10)).toEqual(["a lease"]);
  expect(world.granted()).toEqual([["c", 2]]);
});

test("what cannot be is refused by name", () => {
  const world = new World(createLocks({ waiters: 1, claims: 3 }));
  expect(world.ask("a")).toBe("holding");
  expect(world.ask("a", { owner: "somebody else" })).toBe("lock-mismatch");
  expect(world.ask("b", { kind: "semaphore", size: 5 })).toBe("lock-mismatch");
  expect(world.ask("b", { lock: name("s"), kind: "semaphore", size: 5, permits: 6 })).toBe("lock-invalid");
  expect([world.ask("b"), world.ask("c")]).toEqual(["waiting", "lock-queue-full"]);
  expect([world.ask("x", { lock: name("x") }), world.ask("y", { lock: name("y") })]).toEqual(["holding", "locks-too-many"]);
  expect(world.ask("b", { waitMs: 0 })).toBe("waiting");
  expect(world.ask("a run", { leaseMs: null })).toBe("waiting");
});

test("a semaphore may be given another size by whoever comes, and lets in more, or fewer from then on", () => {
  const world = new World();
  const run = (claim: string, size: number): string => world.ask(claim, { kind: "semaphore", size, resizes: true });
  expect([run("a", 1), run("b", 1), run("c", 3)]).toEqual(["holding", "waiting", "holding"]);
  expect(world.granted().map(([id]) => id)).toEqual(["b", "c"]);
  expect(run("d", 2)).toBe("waiting");
  world.release("a");
  expect(world.granted()).toEqual([]);
  world.release("b");
  expect(world.granted().map(([id]) => id)).toEqual(["d"]);
  expect(allClaims(world.state).map(({ size }) => size)).toEqual([2, 2]);
});

test("a wait that is over says who holds the lock", () => {
  const world = new World();
  world.ask("a", { leaseMs: null });
  world.ask("b", { waitMs: 10 });
  expect(world.pass(10)).toEqual(["b timeout"]);
  expect(world.last?.lost[0]?.refusal).toEqual({
    code: "lock-timeout",
    message: 'Its wait is over. "job" is held by a since 1970-01-01T00:00:01.000Z. It is next.',
  });
});

test("locks are listed by namespace and name, page by page", () => {
  const world = new World();
  for (const [n, namespace] of [
    ["b", "default"],
    ["a", "default"],
    ["a", "ops"],
  ] as const)
    world.ask("x", { lock: name(n, namespace) });
  const names = (found: ReturnType<typeof listLocks>): string[] => found.map(({ lock }) => `${lock.namespace}/${lock.name}`);
  expect(names(listLocks(world.state, "t", { limit: 2, claims: 1 }))).toEqual(["default/a", "default/b"]);
  expect(names(listLocks(world.state, "t", { limit: 2, claims: 1, after: name("b") }))).toEqual(["ops/a"]);
  expect(names(listLocks(world.state, "t", { limit: 2, claims: 1, namespace: "ops" }))).toEqual(["ops/a"]);
  expect(listLocks(world.state, "other", { limit: 2, claims: 1 })).toEqual([]);
});
