// Nobody waits for ever. The bound is the one of docs/guide/scheduling.md: where an order ages and run times keep their limits, a
// feasible job starts at the latest A + (n + 1) L after its submission, whatever arrives. A is how long jobs submitted later may still
// go before it, n how many jobs had come by then, L the longest limit of all jobs.
//
// The adversary knows whom it wants to starve: small jobs, large jobs, neighbours that the victim cannot stand, jobs of its queue that
// use its limit up, gangs, and the highest priorities, more of them than the nodes can serve, until long after the bound.
import type { Millis } from "@baton/core";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { longestCaps } from "./order/balanced.ts";
import { plainPolicy } from "./policies.ts";
import type { Policy } from "./policy.ts";
import { TestWorld, type Arrival } from "./testing/drive.ts";
import type { Constraints, JobSpec, NodeSpec, QueueSpec } from "./types.ts";

const second = 1000;
const longestLimit = 10 * second;
const capMs = 20 * second;
const victimAt = 5 * second;

/** Orders that age, with the time after which no later job goes before an earlier one. */
const orders: readonly { readonly order: Policy["order"]; readonly ageMs: Millis }[] = [
  { order: { name: "fcfs" }, ageMs: 0 },
  { order: { name: "priority", pointsPerHour: 36_000 }, ageMs: 10 * second },
  { order: { name: "expansion", capMs }, ageMs: capMs },
  { order: { name: "balanced", crowdedMs: 30 * second, capMs: 2 * second, capDrains: 1.4 }, ageMs: longestCaps * 2 * second },
];

const anyAgeing = fc.record({
  aged: fc.constantFrom(...orders),
  backfill: fc.constantFrom<Policy["backfill"]>(
    { name: "none" },
    { name: "easy", by: "queue-order" },
    { name: "easy", by: "shortest" },
    { name: "conservative" },
  ),
  fairness: fc.constantFrom<Policy["fairness"]>({ name: "none" }, { name: "drf", capMs }, { name: "weighted-fair", capMs }),
  placement: fc.constantFrom<Policy["placement"]>({ name: "best-fit" }, { name: "worst-fit" }, { name: "round-robin" }),
});

const trees: readonly (readonly QueueSpec[])[] = [
  [{ id: "own" }, { id: "other" }],
  [
    { id: "own", limit: { cpu: 4 }, maxRunning: 3 },
    { id: "other", weight: 5 },
  ],
  [
    { id: "top", limit: { cpu: 5 } },
    { id: "own", parent: "top" },
    { id: "other", parent: "top", weight: 9 },
  ],
  [
    { id: "top", maxRunning: 2 },
    { id: "own", parent: "top", weight: 2 },
    { id: "other", parent: "top" },
  ],
];

const constraints: fc.Arbitrary<Constraints | undefined> = fc.constantFrom<Constraints | undefined>(
  undefined,
  undefined,
  { nodes: ["n0"] },
  { apart: [{ labels: { app: "x" }, domain: "node" }] },
  { apart: [{ labels: { app: "x" }, domain: "zone" }] },
  { spread: [{ labels: { app: "x" }, domain: "node", maxSkew: 1 }] },
);

const hostile = fc.record({
  gapMs: fc.integer({ min: 400, max: 2500 }),
  cpu: fc.integer({ min: 1, max: 4 }),
  limitMs: fc.integer({ min: 1, max: 10 }).map((s) => s * second),
  part: fc.constantFrom<number>(0.3, 0.999, 1),
  queue: fc.constantFrom("own", "own", "other"),
  priority: fc.constantFrom<number>(100, 100, 60, 0),
  app: fc.constantFrom("x", "x", "y"),
  isGang: fc.constantFrom(false, false, false, true),
});

const contest = fc.record({
  policy: anyAgeing,
  tree: fc.constantFrom(...trees),
  cpus: fc.array(fc.integer({ min: 4, max: 6 }), { minLength: 1, maxLength: 2 }),
  victim: fc.record({
    cpu: fc.integer({ min: 1, max: 4 }),
    members: fc.integer({ min: 1, max: 2 }),
    priority: fc.constantFrom(0, 50),
    constraints,
  }),
  hostile: fc.array(hostile, { minLength: 8, maxLength: 30, size: "max" }),
});

type Contest = typeof contest extends fc.Arbitrary<infer T> ? T : never;

function policyOf({ aged: { order }, backfill, fairness, placement }: Contest["policy"]): Policy {
  return { ...plainPolicy, order, backfill, fairness, placement };
}

function victims({ victim: { cpu, members, priority, constraints: wanted } }: Contest): Arrival[] {
  const gang = members > 1 ? { gang: { id: "victims", size: members } } : {};
  return Array.from({ length: members }, (_, i) => {
    const job: JobSpec = {
      id: `victim${i}`,
      queue: "own",
      requests: { cpu },
      limitMs: longestLimit,
      priority,
      labels: { app: "x" },
      ...gang,
    };
    return { at: victimAt, runMs: longestLimit, job: wanted ? { ...job, constraints: wanted } : job };
  });
}

/** The same jobs over and over, from the beginning until `until`. */
function* waves({ hostile: wave }: Contest, until: number): Generator<Arrival> {
  for (let at = 0, i = 0; at < until; i++) {
    const one = wave[i % wave.length] as Contest["hostile"][number];
    at += one.gapMs;
    const runMs = Math.ceil(one.limitMs * one.part);
    const job = (id: string): JobSpec => ({
      id,
      queue: one.queue,
      requests: { cpu: one.cpu },
      limitMs: one.limitMs,
      priority: one.priority,
      labels: { app: one.app },
    });
    if (!one.isGang) yield { at, runMs, job: job(`h${i}`) };
    else for (const member of ["a", "b"]) yield { at, runMs, job: { ...job(`h${i}${member}`), gang: { id: `g${i}`, size: 2 } } };
  }
}

function play(drawn: Contest): { readonly waitMs: number; readonly boundMs: number } | undefined {
  const nodes = drawn.cpus.map((cpu, i): NodeSpec => ({ id: `n${i}`, capacity: { cpu }, zone: `z${i}` }));
  const alone = new TestWorld(policyOf(drawn.policy), nodes, drawn.tree).run(victims(drawn));
  if (alone.size < drawn.victim.members) return undefined;
  const fairMs = "capMs" in drawn.policy.fairness ? capMs : 0;
  const agedAt = victimAt + Math.max(drawn.policy.aged.ageMs, fairMs);
  const ahead = [...waves(drawn, agedAt)].length;
  const boundMs = agedAt - victimAt + (ahead + 1) * longestLimit;
  const world = new TestWorld(policyOf(drawn.policy), nodes, drawn.tree);
  for (const arrival of [...victims(drawn), ...waves(drawn, victimAt + boundMs)]) world.submit(arrival);
  while (world.outlines.get("victim0") === undefined && world.now <= victimAt + boundMs && world.advance());
  return { waitMs: (world.outlines.get("victim0")?.start ?? Infinity) - victimAt, boundMs };
}

test("with ageing, a feasible job starts within the stated bound, whatever arrives", () => {
  let played = 0;
  fc.assert(
    fc.property(contest, (drawn) => {
      const found = play(drawn);
      if (found === undefined) return;
      played++;
      expect(found.waitMs).toBeLessThanOrEqual(found.boundMs);
    }),
    { numRuns: Number(process.env["RUNS"] ?? 60) },
  );
  expect(played).toBeGreaterThan(20);
});

test("without ageing the same adversary can win: the bound is no accident", () => {
  const wave = { gapMs: 500, cpu: 1, limitMs: 5000, part: 1, queue: "own" as const, priority: 100, app: "y" as const, isGang: false };
  const drawn: Contest = {
    policy: {
      aged: { order: { name: "priority", pointsPerHour: 0 }, ageMs: 0 },
      backfill: { name: "easy", by: "queue-order" },
      fairness: { name: "none" },
      placement: { name: "best-fit" },
    },
    tree: trees[0] ?? [],
    cpus: [4],
    victim: { cpu: 4, members: 1, priority: 0, constraints: undefined },
    hostile: [wave],
  };
  expect(play(drawn)?.waitMs).toBe(Infinity);
});
