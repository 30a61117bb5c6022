// Replicas by hand: begun, restarted, exchanged and taken away; then worlds of chance, which must come to rest as they should.
import { expect, test } from "vitest";
import {
  evolveReplicas,
  pauseMs,
  planReplicas,
  resumed,
  takenUp,
  withVersion,
  type Replica,
  type ReplicaAction,
  type ReplicaEvent,
  type ReplicaRule,
  type ReplicaSet,
} from "../index.ts";

const plain: ReplicaRule = {
  desired: 3,
  maxSurge: 1,
  maxUnavailable: 0,
  minReadyMs: 0,
  stallAfter: 3,
  exclusive: false,
  health: null,
  restartMs: { first: 1_000, longest: 60_000 },
  drainMs: 10_000,
};
const checked: ReplicaRule = { ...plain, desired: 1, health: { failures: 3, successes: 2, startupMs: 5_000 } };

/** A world in which nothing happens but what it is told. */
class Hall {
  set: ReplicaSet = { generation: 1, stable: 0, stalled: false, nextId: 1, replicas: [] };
  rule: ReplicaRule;
  now = 0;
  wakeAt: number | null = null;

  constructor(rule: ReplicaRule) {
    this.rule = rule;
  }

  plan(): string[] {
    const { set, actions, wakeAt } = planReplicas(this.set, this.rule, this.now);
    this.set = set;
    this.wakeAt = wakeAt;
    return actions.map(({ type, replica }: ReplicaAction) => `${type} ${replica.id}`);
  }

  event(id: number, event: ReplicaEvent): string[] {
    this.set = evolveReplicas(this.set, this.rule, id, event, this.now);
    return this.plan();
  }

  begin(...ids: number[]): string[] {
    return ids.flatMap((id) => this.event(id, { type: "began" }));
  }

  at(now: number): string[] {
    this.now = now;
    return this.plan();
  }

  /** Told in short: `1 ready`. */
  get phases(): string[] {
    return this.set.replicas.map(({ id, phase }) => `${id} ${phase}`);
  }
}

test("as many begin as are wanted; without checks each is ready when its job runs", () => {
  const hall = new Hall(plain);
  expect(hall.plan()).toEqual(["start 1", "start 2", "start 3"]);
  expect(hall.plan()).toEqual([]);
  hall.begin(1, 2);
  expect(hall.phases).toEqual(["1 ready", "2 ready", "3 starting"]);
});

test("one that ends begins again after a pause that doubles, and anew once it ran for long", () => {
  const hall = new Hall({ ...plain, desired: 1 });
  hall.plan();
  expect(hall.event(1, { type: "ended" })).toEqual([]);
  expect([hall.phases, hall.wakeAt]).toEqual([["1 waiting"], 1_000]);
  expect(hall.at(999)).toEqual([]);
  expect(hall.at(1_000)).toEqual(["start 1"]);
  hall.event(1, { type: "ended" });
  expect(hall.wakeAt).toBe(3_000);
  hall.at(3_000);
  hall.begin(1);
  hall.now = 63_000;
  hall.event(1, { type: "ended" });
  expect(hall.wakeAt).toBe(64_000);
  expect([1, 2, 3, 7, 60].map((crashes) => pauseMs({ crashes }, plain.restartMs))).toEqual([1_000, 2_000, 4_000, 60_000, 60_000]);
});

test("checks make it ready and have it restarted, by their thresholds", () => {
  const hall = new Hall(checked);
  hall.plan();
  hall.begin(1);
  const check = (healthy: boolean): string[] => hall.event(1, { type: "checked", healthy });
  expect([check(false), check(true), check(false), check(true), hall.phases]).toEqual([[], [], [], [], ["1 starting"]]);
  check(true);
  expect(hall.phases).toEqual(["1 ready"]);
  expect([check(false), check(false), check(true), check(false), check(false), hall.phases]).toEqual([[], [], [], [], [], ["1 ready"]]);
  expect(check(false)).toEqual(["stop 1"]);
  expect(hall.event(1, { type: "ended" })).toEqual([]);
  expect([hall.phases, hall.wakeAt]).toEqual([["1 waiting"], 1_000]);
});

test("one that does not come up within its time is restarted", () => {
  const hall = new Hall(checked);
  hall.plan();
  hall.begin(1);
  hall.now = 4_999;
  expect(hall.event(1, { type: "checked", healthy: false })).toEqual([]);
  hall.now = 5_000;
  expect(hall.event(1, { type: "checked", healthy: false })).toEqual(["stop 1"]);
});

test("fewer: what does not answer goes first, then what has least to do; what is busy finishes, as long as it may", () => {
  const hall = new Hall(plain);
  hall.plan();
  hall.begin(1, 2, 3);
  hall.event(1, { type: "ended" });
  hall.event(2, { type: "busy", count: 5 });
  hall.event(3, { type: "busy", count: 4 });
  hall.rule = { ...plain, desired: 1 };
  expect(hall.plan()).toEqual(["drain 3"]);
  expect([hall.phases, hall.wakeAt]).toEqual([["2 ready", "3 draining"], 10_000]);
  expect(hall.event(3, { type: "busy", count: 0 })).toEqual(["stop 3"]);
  hall.event(3, { type: "ended" });
  expect(hall.phases).toEqual(["2 ready"]);
  hall.rule = { ...plain, desired: 0 };
  expect(hall.plan()).toEqual(["drain 2"]);
  expect(hall.at(9_999)).toEqual([]);
  expect(hall.at(10_000)).toEqual(["stop 2"]);
});

test("a new version comes in by one more at a time, each old one goes when a new one is ready", () => {
  const hall = new Hall(plain);
  hall.plan();
  hall.begin(1, 2, 3);
  hall.set = withVersion(hall.set, 2);
  expect(hall.plan()).toEqual(["start 4"]);
  expect(hall.plan()).toEqual([]);
  expect(hall.begin(4)).toEqual(["stop 3", "start 5"]);
  expect(hall.begin(5)).toEqual(["stop 2", "start 6"]);
  expect(hall.begin(6)).toEqual(["stop 1"]);
});

test("a new version that does not come up leaves the old one where it is", () => {
  const hall = new Hall(plain);
  hall.plan();
  hall.begin(1, 2, 3);
  hall.set = withVersion(hall.set, 2);
  hall.plan();
  for (let i = 0; i < 5; i++) {
    expect(hall.event(4, { type: "ended" })).toEqual([]);
    expect(hall.at(hall.wakeAt ?? 0)).toEqual(["start 4"]);
  }
  expect(hall.phases).toEqual(["1 ready", "2 ready", "3 ready", "4 starting"]);
  hall.set = withVersion(hall.set, 3);
  expect(hall.plan()).toEqual(["stop 4", "start 5"]);
});

test("ten replicas, three more and two fewer allowed: never more than 13, never fewer than 8 ready", () => {
  const hall = new Hall({ ...plain, desired: 10, maxSurge: 3, maxUnavailable: 2 });
  hall.plan();
  hall.begin(...hall.set.replicas.map(({ id }) => id));
  hall.set = withVersion(hall.set, 2);
  const there = (): readonly Replica[] => hall.set.replicas.filter(({ phase }) => phase !== "draining" && phase !== "stopping");
  hall.plan();
  expect([there().length, hall.phases.filter((phase) => phase.endsWith("ready")).length]).toEqual([13, 8]);
  for (let steps = 0; there().some(({ generation, phase }) => generation < 2 || phase !== "ready"); steps++) {
    const next = there().find(({ phase }) => phase === "starting");
    hall.begin(next?.id ?? 0);
    expect(there().length).toBeLessThanOrEqual(13);
    expect(there().filter(({ phase }) => phase === "ready").length).toBeGreaterThanOrEqual(8);
    expect(steps).toBeLessThan(20);
  }
  expect(there()).toHaveLength(10);
});

test("what must not be there twice begins only when its forerunner is gone", () => {
  const hall = new Hall({ ...plain, desired: 1, maxSurge: 0, maxUnavailable: 1, exclusive: true });
  hall.plan();
  hall.begin(1);
  hall.set = withVersion(hall.set, 2);
  expect(hall.plan()).toEqual(["stop 1"]);
  expect(hall.event(1, { type: "ended" })).toEqual(["start 2"]);
});

/** Three of version 1 that serve, and version 2 wanted. */
function rollingOut(rule: ReplicaRule): Hall {
  const hall = new Hall(rule);
  hall.plan();
  hall.begin(1, 2, 3);
  hall.set = withVersion(hall.set, 2);
  hall.plan();
  return hall;
}

/** Replica ID ends again and again, until the rollout stalls. */
function crash(hall: Hall, id: number): void {
  for (let i = 0; i < plain.stallAfter; i++) {
    hall.at(hall.wakeAt ?? hall.now);
    hall.begin(id);
    hall.event(id, { type: "ended" });
  }
}

test("one that is ready for a moment takes no place: it has to stay so", () => {
  const hall = rollingOut({ ...plain, minReadyMs: 5_000 });
  expect(hall.begin(4)).toEqual([]);
  expect([hall.wakeAt, hall.at(4_999)]).toEqual([5_000, []]);
  expect(hall.at(5_000)).toEqual(["stop 3", "start 5"]);
});

test("what was ready before the server was away has to prove itself anew", () => {
  const hall = rollingOut({ ...plain, minReadyMs: 5_000 });
  hall.begin(4);
  hall.now = 60_000;
  hall.set = takenUp(hall.set, hall.now);
  expect([hall.plan(), hall.wakeAt]).toEqual([[], 65_000]);
});

test("a stalled rollout exchanges nothing more, and what is missing is of the version before", () => {
  const hall = rollingOut({ ...plain, minReadyMs: 5_000 });
  crash(hall, 4);
  expect([hall.set.stalled, hall.set.stable]).toEqual([true, 1]);
  // An old one is lost with its node: it comes back as it was.
  hall.event(1, { type: "ended" });
  hall.at(hall.now + 60_000);
  hall.begin(1);
  hall.rule = { ...hall.rule, desired: 4 };
  hall.plan();
  expect(hall.set.replicas.map(({ id, generation }) => [id, generation])).toEqual([
    [1, 1],
    [2, 1],
    [3, 1],
    [4, 2],
    [5, 1],
  ]);
});

test("without room for more, what does not come up makes way, and the version before is whole again", () => {
  const hall = rollingOut({ ...plain, maxSurge: 0, maxUnavailable: 1, minReadyMs: 5_000 });
  hall.event(3, { type: "ended" });
  crash(hall, 4);
  expect(hall.phases).toEqual(["1 ready", "2 ready", "5 starting"]);
  hall.begin(5);
  expect(hall.set.replicas.map(({ generation, phase }) => [generation, phase])).toEqual([
    [1, "ready"],
    [1, "ready"],
    [1, "ready"],
  ]);
});

test("a stalled rollout goes on when the new version has run for long, or when people say so", () => {
  const rule = { ...plain, minReadyMs: 5_000 };
  const hall = rollingOut(rule);
  crash(hall, 4);
  hall.at(hall.wakeAt ?? 0);
  hall.begin(4);
  expect(hall.at(hall.now + 5_000)).toEqual([]);
  expect(hall.at(hall.now + 55_000)).toEqual(["stop 3", "start 5"]);
  expect(hall.set.stalled).toBe(false);
  const other = rollingOut(rule);
  crash(other, 4);
  other.set = resumed(other.set);
  expect([other.plan(), other.set.stalled]).toEqual([["start 4"], false]);
});
