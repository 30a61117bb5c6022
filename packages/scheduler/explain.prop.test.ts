// Random worlds with queues, limits, constraints and backfill: whoever waits is told why, the smallest change does start the
// job, nothing is given away twice, and everything comes back.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { fork } from "./fork.ts";
import { defaultPolicy, easyPolicy, plainPolicy } from "./policies.ts";
import type { Policy } from "./policy.ts";
import { explain } from "./reasons/explain.ts";
import { step, worldOf, type SchedulerState } from "./step.ts";
import { TestWorld } from "./testing/drive.ts";
import type { Constraints, JobSpec, NodeSpec, QueueSpec } from "./types.ts";

const amounts = fc.record({ cpu: fc.integer({ min: 1, max: 6 }), memory: fc.integer({ min: 1, max: 6 }) });
const node = fc.record({
  capacity: amounts,
  zone: fc.constantFrom("east", "west"),
  disk: fc.constantFrom("ssd", "hdd"),
  isTainted: fc.boolean(),
});
const constraints: fc.Arbitrary<Constraints | undefined> = fc.oneof(
  { weight: 4, arbitrary: fc.constant(undefined) },
  {
    weight: 1,
    arbitrary: fc.constantFrom<Constraints>(
      { zones: ["east"] },
      { labels: [{ key: "disk", operator: "in", values: ["ssd"] }] },
      { tolerations: [{ key: "spot" }] },
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom<Constraints>(
      { apart: [{ labels: { app: "a" }, domain: "node" }] },
      { spread: [{ labels: { app: "b" }, domain: "zone", maxSkew: 1 }] },
    ),
  },
);
const job = fc.record({
  gap: fc.integer({ min: 0, max: 3000 }),
  limit: fc.integer({ min: 1000, max: 9000 }),
  part: fc.double({ min: 0.1, max: 1, noNaN: true }),
  requests: amounts,
  queue: fc.constantFrom("a", "b1", "b2"),
  app: fc.constantFrom("a", "b"),
  constraints,
  delay: fc.option(fc.integer({ min: 0, max: 8000 }), { nil: undefined }),
});
const queues: fc.Arbitrary<readonly QueueSpec[]> = fc
  .record({
    limit: fc.option(amounts, { nil: undefined }),
    weight: fc.integer({ min: 1, max: 3 }),
    maxRunning: fc.constantFrom(Infinity, 2),
  })
  .map(({ limit, weight, maxRunning }) => [
    { id: "a", weight, ...(maxRunning < Infinity ? { maxRunning } : {}) },
    { id: "b", ...(limit ? { limit } : {}) },
    { id: "b1", parent: "b" },
    { id: "b2", parent: "b", weight: 2 },
  ]);
const policies: readonly Policy[] = [
  { ...easyPolicy, fairness: { name: "drf" } },
  easyPolicy,
  { ...plainPolicy, fairness: { name: "drf" } },
  { ...defaultPolicy, preemption: plainPolicy.preemption },
  { ...plainPolicy, backfill: { name: "conservative" } },
  { ...easyPolicy, order: { name: "sjf" }, fairness: { name: "weighted-fair" } },
];
const world = fc.record({
  policy: fc.constantFrom(...policies),
  queues,
  nodes: fc.array(node, { minLength: 1, maxLength: 4 }),
  jobs: fc.array(job, { minLength: 1, maxLength: 16 }),
  lookAt: fc.integer({ min: 1, max: 30 }),
});

type Drawn<A> = A extends fc.Arbitrary<infer T> ? T : never;

function build({ policy, queues: tree, nodes, jobs }: Drawn<typeof world>): TestWorld {
  const specs: NodeSpec[] = nodes.map(({ capacity, zone, disk, isTainted }, i) => ({
    id: `n${i}`,
    capacity,
    zone,
    labels: { disk },
    ...(isTainted ? { taints: [{ key: "spot", effect: "no-schedule" as const }] } : {}),
  }));
  const test = new TestWorld(policy, specs, tree);
  let at = 0;
  jobs.forEach((one, i) => {
    at += one.gap;
    const spec: JobSpec = { id: `j${i}`, queue: one.queue, requests: one.requests, limitMs: one.limit, labels: { app: one.app } };
    const dated = one.delay === undefined ? spec : { ...spec, notBefore: at + one.delay };
    test.submit({ at, runMs: Math.ceil(one.limit * one.part), job: one.constraints ? { ...dated, constraints: one.constraints } : dated });
  });
  return test;
}

function waiting(state: SchedulerState): string[] {
  return [...worldOf(state).jobs.values()].filter(({ phase }) => phase === "pending" || phase === "held").map(({ id }) => id);
}

test("whoever waits is told why, and the smallest change starts it", () => {
  let offered = 0;
  fc.assert(
    fc.property(world, (drawn) => {
      const played = build(drawn);
      for (let i = 0; i < drawn.lookAt; i++) played.advance();
      played.send({ type: "clock" });
      for (const id of waiting(played.state)) {
        const explanation = explain(played.state, id);
        expect(explanation?.reasons.length).toBeGreaterThan(0);
        for (const reason of explanation?.reasons ?? []) expect(reason.remedy.summary).not.toBe("");
        const change = explanation?.smallestChange;
        if (change === undefined) continue;
        offered++;
        const copy = fork(played.state);
        const started = change.events.flatMap((event) => step(copy, event, played.now).decisions);
        expect({ change, started: started.flatMap((one) => (one.type === "start" ? [one.jobId] : [])) }).toMatchObject({
          started: expect.arrayContaining([id]) as string[],
        });
      }
    }),
    { numRuns: 200 },
  );
  expect(offered).toBeGreaterThan(10);
});

test("nothing is given away twice, limits hold, all jobs that can run do, and everything comes back", () => {
  fc.assert(
    fc.property(world, (drawn) => {
      const played = build(drawn);
      const w = worldOf(played.state);
      while (played.advance()) {
        for (const queue of w.queues.values()) {
          expect(queue.running).toBeLessThanOrEqual(queue.maxRunning);
          for (const [d, free] of (queue.limit?.free ?? []).entries())
            expect({ queue: queue.id, d, fits: free >= 0 }).toEqual({ queue: queue.id, d, fits: true });
        }
      }
      for (const one of w.nodes.values()) expect([...one.ledger.free]).toEqual([...one.ledger.capacity]);
      for (const queue of w.queues.values()) expect([queue.running, ...queue.used]).toEqual([0, ...queue.used.map(() => 0)]);
      // What is left never fits: its limit is too small for it, or its nodes do not exist.
      for (const id of waiting(played.state)) {
        expect(explain(played.state, id)?.reasons.map(({ code }) => code)).toEqual(
          expect.arrayContaining([expect.stringMatching(/limit|quota|constraint/)]),
        );
      }
    }),
    { numRuns: 200 },
  );
});
