// Random courses of replicas: bounds hold at every moment, and once nothing goes wrong any more there is what was wanted.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { evolveReplicas, planReplicas, withVersion, type ReplicaEvent, type ReplicaRule, type ReplicaSet } from "../index.ts";

const rules = fc
  .record({
    desired: fc.integer({ min: 0, max: 6 }),
    maxSurge: fc.integer({ min: 0, max: 3 }),
    maxUnavailable: fc.integer({ min: 0, max: 3 }),
    minReadyMs: fc.constantFrom(0, 30),
    stallAfter: fc.constantFrom(1, 3),
    exclusive: fc.boolean(),
    hasHealth: fc.boolean(),
  })
  .filter(({ maxSurge, maxUnavailable }) => maxSurge + maxUnavailable > 0)
  .map(({ hasHealth, exclusive, ...rest }): ReplicaRule => {
    const health = hasHealth ? { failures: 2, successes: 1, startupMs: 300 } : null;
    const update = exclusive ? { maxSurge: 0, maxUnavailable: Math.max(1, rest.maxUnavailable) } : {};
    return { ...rest, ...update, exclusive, health, restartMs: { first: 10, longest: 100 }, drainMs: 50 };
  });
const happening = fc.oneof(
  fc.record({
    type: fc.constant("event" as const),
    pick: fc.nat(),
    event: fc.constantFrom<ReplicaEvent>(
      { type: "began" },
      { type: "ended" },
      { type: "checked", healthy: true },
      { type: "checked", healthy: false },
      { type: "busy", count: 1 },
      { type: "busy", count: 0 },
    ),
  }),
  fc.record({ type: fc.constant("time" as const), ms: fc.integer({ min: 1, max: 60 }) }),
  fc.record({ type: fc.constant("version" as const) }),
  fc.record({ type: fc.constant("desired" as const), desired: fc.integer({ min: 0, max: 6 }) }),
);

/** Replicas with a job: only these hear of anything. */
function withJob({ replicas }: ReplicaSet): readonly number[] {
  return replicas.filter(({ phase }) => phase !== "waiting").map(({ id }) => id);
}

/** Nothing begins beyond what may be there; a replica that begins again has been there before. */
function expectBounds({ replicas }: ReplicaSet, { exclusive, desired, maxSurge }: ReplicaRule, jobs: number): void {
  const there = replicas.filter(({ phase }) => phase !== "draining" && phase !== "stopping").length;
  expect(there).toBeLessThanOrEqual(desired + maxSurge);
  if (exclusive && replicas.every(({ tries }) => tries <= 1)) expect(jobs).toBeLessThanOrEqual(desired);
}

test("replicas keep within their bounds and come to rest as they are wanted", () => {
  fc.assert(
    fc.property(rules, fc.array(happening, { maxLength: 60 }), (drawn, course) => {
      let rule = drawn;
      let set: ReplicaSet = { generation: 1, stable: 0, stalled: false, nextId: 1, replicas: [] };
      let now = 0;
      const jobs = new Set<number>();
      const settle = (): void => {
        const plan = planReplicas(set, rule, now);
        set = plan.set;
        for (const { type, replica } of plan.actions) if (type === "start") jobs.add(replica.id);
        expect(planReplicas(set, rule, now).actions).toEqual([]);
        if (plan.actions.some(({ type }) => type === "start")) expectBounds(set, rule, jobs.size);
        for (const id of withJob(set)) expect(jobs.has(id)).toBe(true);
      };
      const tell = (id: number, event: ReplicaEvent): void => {
        if (event.type === "ended") jobs.delete(id);
        set = evolveReplicas(set, rule, id, event, now);
        settle();
      };
      settle();
      for (const one of course) {
        const ids = withJob(set);
        if (one.type === "time") now += one.ms;
        else if (one.type === "version") set = withVersion(set, set.generation + 1);
        else if (one.type === "desired") rule = { ...rule, desired: one.desired };
        else if (ids.length > 0) tell(ids[one.pick % ids.length] ?? 0, one.event);
        settle();
      }
      // From now on everything works: what is told to go goes, what begins answers.
      for (let round = 0; round < 100; round++) {
        now += 200;
        settle();
        for (const { id, phase } of set.replicas) {
          if (phase === "stopping" || phase === "restarting") tell(id, { type: "ended" });
          else if (phase === "starting") {
            tell(id, { type: "began" });
            tell(id, { type: "checked", healthy: true });
          }
        }
      }
      expect(set.replicas.map(({ generation, phase }) => [generation, phase])).toEqual(
        Array.from({ length: rule.desired }, () => [set.generation, "ready"]),
      );
    }),
    { numRuns: 60 },
  );
});
