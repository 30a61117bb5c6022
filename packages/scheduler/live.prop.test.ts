// What holds whatever happens, on random stories of a live system: see testing/live.ts for what can happen, and testing/books.ts
// for the promises that are checked at every decision.
import type { Instant, Millis } from "@baton/core";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { fork } from "./fork.ts";
import { plainPolicy } from "./policies.ts";
import type { Policy } from "./policy.ts";
import { explain } from "./reasons/explain.ts";
import { createScheduler, step, worldOf } from "./step.ts";
import { keeps, Live, trees, type Command, type JobDraft, type Story } from "./testing/live.ts";
import { fitsInto } from "./testing/books.ts";
import { mistakesOf } from "./testing/whys.ts";
import type { JobPatch, Outcome } from "./types.ts";

const seconds = (most: number): fc.Arbitrary<Millis> => fc.integer({ min: 1, max: most }).map((s) => s * 1000);
const dates = (most: number): fc.Arbitrary<Instant> => fc.integer({ min: 1, max: most }).map((s) => s * 1000);
const cpuAndMemory = { cpu: fc.integer({ min: 1, max: 4 }), memory: fc.integer({ min: 0, max: 4 }) };

const draft: fc.Arbitrary<JobDraft> = fc.record(
  {
    requests: fc.record(cpuAndMemory),
    queue: fc.constantFrom("default", "a", "b"),
    limitMs: seconds(20),
    priority: fc.integer({ min: 0, max: 100 }),
    deadline: dates(100),
    notBefore: dates(60),
    preemptible: fc.boolean(),
    labels: fc.constantFrom({ app: "x" }, { app: "y" }),
    array: fc.constantFrom({ id: "r", index: 0, maxRunning: 2 }, { id: "s", index: 0, maxRunning: 1 }),
    constraints: fc.constantFrom(
      { apart: [{ labels: { app: "x" }, domain: "node" }] },
      { near: [{ labels: { app: "y" }, domain: "zone" }] },
      { spread: [{ labels: { app: "x" }, domain: "node", maxSkew: 1 }] },
      { nodes: ["n0", "n1"] },
    ),
    predictionKey: fc.constantFrom("f", "g"),
  },
  { requiredKeys: ["requests", "queue"] },
);

/** Policies of every order and backfill, with and without preemption. */
const anyPolicy: fc.Arbitrary<Policy> = fc.record({
  order: fc.constantFrom<Policy["order"]>(
    { name: "fcfs" },
    { name: "sjf" },
    { name: "srtf" },
    { name: "rr", sliceMs: 3000 },
    { name: "priority", pointsPerHour: 3600 },
    { name: "edf" },
    { name: "mct" },
    { name: "heft" },
    { name: "peft" },
    { name: "wfp3" },
    { name: "unicef" },
    { name: "f1" },
    { name: "expansion", capMs: 30_000 },
  ),
  backfill: fc.constantFrom<Policy["backfill"]>(
    { name: "none" },
    { name: "easy", by: "queue-order" },
    { name: "easy", by: "shortest" },
    { name: "conservative" },
  ),
  placement: fc.constantFrom<Policy["placement"]>(
    { name: "best-fit" },
    { name: "worst-fit" },
    { name: "power-of-two" },
    { name: "static" },
  ),
  fairness: fc.constantFrom<Policy["fairness"]>(
    { name: "none" },
    { name: "drf" },
    { name: "drf", halfLifeMs: 10_000 },
    { name: "weighted-fair" },
  ),
  prediction: fc.constantFrom<Policy["prediction"]>(plainPolicy.prediction, {
    learner: "mean-of-two",
    correction: "steps",
    reserve: "estimate",
  }),
  preemption: fc.constantFrom<Policy["preemption"]>(
    { reclaim: false, suspendedKeep: keeps },
    { reclaim: true, suspendedKeep: keeps },
    { reclaim: true, priorityGap: 30, suspendedKeep: keeps },
  ),
});

const which = fc.nat(20);

const patch: fc.Arbitrary<JobPatch> = fc.record(
  {
    requests: fc.record(cpuAndMemory),
    queue: fc.constantFrom("default", "a", "b"),
    priority: fc.integer({ min: 0, max: 100 }),
    limitMs: seconds(20),
    notBefore: dates(60),
    constraints: fc.constantFrom({}, { nodes: ["n0"] }),
  },
  { requiredKeys: [] },
);

const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant("submit"), job: draft, after: fc.option(which, { nil: undefined }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("submit-gang"), job: draft, size: fc.integer({ min: 2, max: 3 }) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("end"),
      which,
      outcome: fc.constantFrom<Outcome>("completed", "completed", "completed", "failed", "cancelled", "preempted", "lost"),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("end-some"),
      which,
      outcomes: fc.array(fc.constantFrom<Outcome>("completed", "completed", "failed", "preempted", "lost"), { maxLength: 4 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("cancel"), which }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("due"), which }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("overrun"), which }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("change"), which, patch }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("reserve"),
      which,
      fromMs: seconds(10),
      forMs: seconds(20),
      cpu: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("unreserve"), which }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant("wait"), ms: seconds(10) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("node"),
      which: fc.nat(2),
      fate: fc.constantFrom<"up" | "drained" | "down">("up", "drained", "down"),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("queues"), which: fc.nat(trees.length - 1) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("policy"), policy: anyPolicy }) },
);

/** Some nodes, a policy to begin with, and what happens then. */
const anyStory: fc.Arbitrary<Story> = fc.record({
  policy: anyPolicy,
  nodes: fc.array(fc.record(cpuAndMemory), { minLength: 1, maxLength: 3 }),
  tree: fc.nat(trees.length - 1),
  commands: fc.array(command, { minLength: 5, maxLength: 60, size: "max" }),
});

const runs = { numRuns: Number(process.env.RUNS ?? 150) };

function played(story: Story): Live {
  const live = new Live(story);
  live.play(story.commands);
  return live;
}

test("no node, queue or array is ever given more than it may have, whatever happens", () => {
  fc.assert(
    fc.property(anyStory, (story) => {
      played(story);
    }),
    runs,
  );
});

test("when all has ended, everything is released", () => {
  fc.assert(
    fc.property(anyStory, (story) => {
      const live = played(story);
      live.settle();
      for (const jobId of live.books.jobs.keys()) live.send({ type: "job-ended", jobId, outcome: "cancelled" });
      const w = worldOf(live.state);
      expect([w.jobs.size, w.pendingJobs, w.stopping, w.gangs.size, w.arrays.size, w.dated.size]).toEqual([0, 0, 0, 0, 0, 0]);
      for (const { ledger, suspended, coming } of w.nodes.values()) {
        expect([ledger.free, ledger.jobs, suspended, coming]).toEqual([ledger.capacity, [], [], []]);
      }
      for (const queue of w.queues.values()) {
        expect([queue.running, queue.pending.size, queue.open, queue.turns.size]).toEqual([0, 0, 0, 0]);
        expect([...queue.used].every((amount) => amount === 0)).toBe(true);
        if (queue.limit) expect(queue.limit.free).toEqual(queue.limit.capacity);
      }
      for (const shape of w.shapes.values()) expect([shape.users, shape.lanes]).toEqual([0, []]);
      for (const watch of w.watches.values()) expect(watch.byValue.size).toBe(0);
    }),
    runs,
  );
});

test("an idle cluster keeps no job waiting that fits it: nothing is forgotten, nothing is stuck", () => {
  fc.assert(
    fc.property(anyStory, (story) => {
      const live = played(story);
      live.settle();
      const nodes = [...live.books.nodes.values()].map(({ spec }) => spec);
      const stuck = [...live.books.jobs.values()].filter(({ spec: { requests, constraints, gang, array, after = [] } }) => {
        const isHeld = after.some((id) => live.books.jobs.has(id));
        // Jobs of an array take its places in the order of their arrival, also one that waits for company.
        const isPlain = (constraints === undefined || constraints.nodes !== undefined) && gang === undefined && array === undefined;
        const allowed = nodes.filter((node) => constraints?.nodes?.includes(node.id) !== false);
        return isPlain && !isHeld && allowed.some(({ capacity }) => fitsInto(requests, capacity));
      });
      expect(stuck.map(({ spec }) => spec.id)).toEqual([]);
    }),
    runs,
  );
});

test("a recorded sequence gives the same decisions again, to the byte, also from a fork in its middle", () => {
  fc.assert(
    fc.property(anyStory, fc.nat(60), (story, cut) => {
      const { records } = played(story);
      let again = createScheduler(story.policy, { keepImpossible: true });
      records.forEach(({ event, now, decisions }, i) => {
        if (i === cut) again = fork(again);
        const recorded = JSON.parse(JSON.stringify(event)) as typeof event;
        expect(JSON.stringify(step(again, recorded, now).decisions)).toBe(JSON.stringify(decisions));
      });
    }),
    runs,
  );
});

test("whoever waits is told all that binds, as the books have it, and the smallest change starts it", () => {
  const offered = new Map<string, number>();
  fc.assert(
    fc.property(anyStory, (story) => {
      const live = played(story);
      live.send({ type: "clock" });
      for (const id of live.books.in("waiting", "suspended")) {
        const explanation = explain(live.state, id);
        expect({ id, mistakes: mistakesOf(live.books, id, explanation, live.now) }).toEqual({ id, mistakes: [] });
        const change = explanation?.smallestChange;
        if (change === undefined) continue;
        const kind = change.summary.replace(/[a-z]*[\d.]+[a-z]*/giu, "#");
        offered.set(kind, (offered.get(kind) ?? 0) + 1);
        const copy = fork(live.state);
        const started = change.events.flatMap((event) => step(copy, event, live.now).decisions).filter(({ type }) => type === "start");
        expect({ change, started: started.map(({ jobId }) => jobId) }).toMatchObject({ started: expect.arrayContaining([id]) as string[] });
      }
    }),
    runs,
  );
  expect([...offered.values()].reduce((a, b) => a + b, 0)).toBeGreaterThan(10);
});
