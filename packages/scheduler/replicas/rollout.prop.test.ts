// Rollouts against a model that counts and knows nothing of phases, and in worlds of chance with versions that do not come up, nodes
// that are lost and numbers that change: what serves is never given up for what does not.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { evolveReplicas, planReplicas, withVersion, type Replica, type ReplicaRule, type ReplicaSet } from "../index.ts";

const bounds = fc
  .record({
    desired: fc.integer({ min: 0, max: 6 }),
    maxSurge: fc.integer({ min: 0, max: 3 }),
    maxUnavailable: fc.integer({ min: 0, max: 3 }),
  })
  .filter(({ maxSurge, maxUnavailable }) => maxSurge + maxUnavailable > 0);
const timing = { health: null, restartMs: { first: 10, longest: 100 }, drainMs: 50, stallAfter: 3 } as const;

/** A number of replicas of each kind, and how many there are to be. */
interface Counts {
  readonly oldReady: number;
  readonly oldOther: number;
  readonly newReady: number;
  readonly newOther: number;
}

/** What a rollout does next, one replica at a time, from its definition alone. */
function model({ oldReady, oldOther, newReady, newOther }: Counts, { desired, maxSurge, maxUnavailable }: ReplicaRule): Counts {
  const now = { oldReady, oldOther: 0, newReady, newOther };
  while (now.oldReady > 0 && now.oldReady - 1 + now.newReady >= desired - maxUnavailable) now.oldReady--;
  const most = desired + (oldReady + oldOther > 0 ? maxSurge : 0);
  const there = (): number => now.oldReady + now.newReady + now.newOther;
  while (there() > most || now.newReady + now.newOther > desired) {
    if (now.newOther > 0) now.newOther--;
    else if (there() > most && now.oldReady > 0) now.oldReady--;
    else now.newReady--;
  }
  while (now.newReady + now.newOther < desired && there() < desired + (now.oldReady > 0 ? maxSurge : 0)) now.newOther++;
  return now;
}

function countsOf({ generation, replicas }: ReplicaSet): Counts {
  const count = (isNew: boolean, isReady: boolean): number =>
    replicas.filter((one) => one.phase !== "stopping" && (one.generation === generation) === isNew && (one.phase === "ready") === isReady)
      .length;
  return { oldReady: count(false, true), oldOther: count(false, false), newReady: count(true, true), newOther: count(true, false) };
}

test("a plan takes away and adds as many as a model that only counts", () => {
  const few = fc.integer({ min: 0, max: 5 });
  fc.assert(
    fc.property(bounds, few, few, few, few, (drawn, oldReady, oldOther, newReady, newOther) => {
      const rule: ReplicaRule = { ...drawn, ...timing, exclusive: false, minReadyMs: 0 };
      const make = (count: number, generation: number, phase: Replica["phase"]): Omit<Replica, "id">[] =>
        Array.from({ length: count }, () => ({ generation, phase, since: 0, tries: 1, crashes: 0, beganAt: 0, good: 0, bad: 0, busy: 0 }));
      const replicas = [
        ...make(oldReady, 1, "ready"),
        ...make(oldOther, 1, "starting"),
        ...make(newReady, 2, "ready"),
        ...make(newOther, 2, "starting"),
      ].map((replica, i) => ({ ...replica, id: i + 1 }));
      const set: ReplicaSet = { generation: 2, stable: 1, stalled: false, nextId: replicas.length + 1, replicas };
      expect(countsOf(planReplicas(set, rule, 1_000).set)).toEqual(model({ oldReady, oldOther, newReady, newOther }, rule));
    }),
    { numRuns: 500 },
  );
});

const happening = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: fc.constant("time" as const), ms: fc.integer({ min: 1, max: 80 }) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("version" as const), works: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("back" as const) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("lost" as const), pick: fc.nat(), count: fc.integer({ min: 1, max: 4 }) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("desired" as const), desired: fc.integer({ min: 1, max: 6 }) }) },
);

/** A world in which processes of versions that work run until they are told to end, and those of others end at once. */
class Course {
  set: ReplicaSet = { generation: 1, stable: 0, stalled: false, nextId: 1, replicas: [] };
  rule: ReplicaRule;
  now = 0;
  readonly broken = new Set<number>();
  newest = 1;

  constructor(rule: ReplicaRule) {
    this.rule = rule;
    this.settle();
  }

  /** Plans until nothing happens at once any more. */
  settle(): void {
    for (;;) {
      const before = this.serving();
      const wasStalled = this.set.stalled;
      const plan = planReplicas(this.set, this.rule, this.now);
      this.set = plan.set;
      // No plan takes more of what serves than may be missing, nor has more begun than may be there.
      const { desired, maxUnavailable, maxSurge } = this.rule;
      expect(this.serving()).toBeGreaterThanOrEqual(Math.min(before, desired - (wasStalled ? 0 : maxUnavailable)));
      if (plan.actions.some(({ type }) => type === "start")) expect(this.there().length).toBeLessThanOrEqual(desired + maxSurge);
      if (plan.actions.length === 0) return;
      for (const { type, replica } of plan.actions) if (type === "stop") this.#tell(replica.id, "ended");
      for (const { type, replica } of plan.actions) if (type === "start") this.#begin(replica);
    }
  }

  there(): readonly Replica[] {
    return this.set.replicas.filter(({ phase }) => phase !== "draining" && phase !== "stopping");
  }

  /** Counted by what the world knows: versions that work. */
  serving(): number {
    return this.there().filter(({ phase, generation }) => phase === "ready" && !this.broken.has(generation)).length;
  }

  lose(from: number, count: number): void {
    const running = this.there().filter(({ phase }) => phase === "ready" || phase === "starting");
    for (let i = 0; i < Math.min(count, running.length); i++) this.#tell(running[(from + i) % running.length]?.id ?? 0, "ended");
    this.settle();
  }

  roll(works: boolean): void {
    this.newest++;
    if (!works) this.broken.add(this.newest);
    this.set = withVersion(this.set, this.newest);
    this.settle();
  }

  pass(ms: number): void {
    const end = this.now + ms;
    while (this.now < end) {
      const { wakeAt } = planReplicas(this.set, this.rule, this.now);
      this.now = Math.min(end, Math.max(this.now + 1, wakeAt ?? end));
      this.settle();
    }
  }

  #begin({ id, generation }: Replica): void {
    this.#tell(id, "began");
    if (this.broken.has(generation)) this.#tell(id, "ended");
  }

  #tell(id: number, type: "began" | "ended"): void {
    this.set = evolveReplicas(this.set, this.rule, id, { type }, this.now);
  }
}

test("what is broken takes nothing over, whatever else happens: in the end all serve, of a version that works", () => {
  fc.assert(
    fc.property(bounds, fc.boolean(), fc.array(happening, { maxLength: 30 }), (drawn, isSingle, happenings) => {
      const one = { desired: 1, maxSurge: 0, maxUnavailable: 1, exclusive: true };
      const numbers = isSingle ? one : { ...drawn, desired: Math.max(1, drawn.desired), exclusive: false };
      const course = new Course({ ...numbers, ...timing, minReadyMs: 5 });
      course.pass(50);
      for (const each of happenings) {
        if (each.type === "time") course.pass(each.ms);
        else if (each.type === "version") course.roll(each.works);
        else if (each.type === "lost") course.lose(each.pick, each.count);
        else if (each.type === "back") course.set = withVersion(course.set, course.set.stable);
        else if (!isSingle) course.rule = { ...course.rule, desired: each.desired };
        course.settle();
      }
      course.pass(2_000);
      const { desired } = course.rule;
      const isBroken = course.broken.has(course.set.generation);
      expect(course.serving()).toBe(desired);
      expect([course.set.stalled, course.set.stable === course.set.generation]).toEqual([isBroken, !isBroken]);
      const trying = course.there().length - desired;
      expect(trying).toBeLessThanOrEqual(isBroken ? course.rule.maxSurge : 0);
    }),
    { numRuns: 300 },
  );
});
