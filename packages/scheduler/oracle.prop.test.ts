// The scheduler against the oracle, on small random worlds: the same jobs start at the same instants on the same nodes.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { plainPolicy } from "./policies.ts";
import type { BackfillPolicy, OrderPolicy, Policy } from "./policy.ts";
import { createScheduler, step } from "./step.ts";
import { Oracle, type Comparison } from "./testing/oracle.ts";
import type { JobSpec, NodeSpec } from "./types.ts";

const orders: readonly { readonly order: OrderPolicy; readonly compare: Comparison }[] = [
  { order: { name: "fcfs" }, compare: () => 0 },
  { order: { name: "sjf" }, compare: (a, b) => (a.spec.limitMs ?? 0) - (b.spec.limitMs ?? 0) },
  { order: { name: "edf" }, compare: (a, b) => (a.spec.deadline ?? 1e15) - (b.spec.deadline ?? 1e15) },
  {
    order: { name: "priority", pointsPerHour: 3600 },
    compare: (a, b, now) => points(b.spec, now - b.submitAt) - points(a.spec, now - a.submitAt),
  },
  {
    order: { name: "wfp3" },
    compare: (a, b, now) => wfp3(b.spec, now - b.submitAt) - wfp3(a.spec, now - a.submitAt),
  },
];

function points(spec: JobSpec, waitMs: number): number {
  return (spec.priority ?? 50) + waitMs / 1000;
}

function wfp3(spec: JobSpec, waitMs: number): number {
  return (waitMs / Math.max(1000, spec.limitMs ?? 0)) ** 3 * (spec.requests["processors"] ?? 1);
}

const backfills: readonly BackfillPolicy[] = [{ name: "none" }, { name: "easy", by: "queue-order" }, { name: "easy", by: "shortest" }];

const node = fc.record({ processors: fc.integer({ min: 1, max: 6 }), memory: fc.integer({ min: 1, max: 6 }) });
const job = fc.record({
  gap: fc.integer({ min: 0, max: 4 }),
  limit: fc.integer({ min: 1, max: 12 }),
  /** Odd lengths and even submissions: no job ends as it promised at the very instant of another event. */
  early: fc.integer({ min: 0, max: 11 }),
  processors: fc.integer({ min: 1, max: 6 }),
  memory: fc.integer({ min: 0, max: 6 }),
  priority: fc.integer({ min: 0, max: 100 }),
  deadline: fc.option(fc.integer({ min: 1, max: 50 }), { nil: undefined }),
});

interface Happening {
  readonly at: number;
  readonly ends?: string;
  readonly submits?: JobSpec;
  readonly seq: number;
}

test("the same starts as the oracle, whatever the order and the backfill", () => {
  const world = fc.record({
    nodes: fc.array(node, { minLength: 1, maxLength: 3 }),
    jobs: fc.array(job, { minLength: 1, maxLength: 14 }),
    order: fc.constantFrom(...orders),
    backfill: fc.constantFrom(...backfills),
  });
  fc.assert(
    fc.property(world, ({ nodes, jobs, order: { order, compare }, backfill }) => {
      const specs: NodeSpec[] = nodes.map((capacity, i) => ({ id: `n${i}`, capacity }));
      const policy: Policy = { ...plainPolicy, order, backfill };
      const state = createScheduler(policy);
      for (const spec of specs) step(state, { type: "node-up", node: spec }, 0);
      const oracle = new Oracle(specs, compare, backfill);
      const happenings = arrivals(jobs.filter((one) => specs.some(({ capacity }) => fitsEmpty(one, capacity))));
      const runMs = new Map(jobs.map((one, i) => [`j${i}`, Math.max(1, (one.limit - one.early) * 1000 - 1)]));
      let seq = happenings.length;
      for (let next = takeFirst(happenings); next !== undefined; next = takeFirst(happenings)) {
        const { at, submits, ends = "" } = next;
        const wanted = submits ? oracle.submit(submits, at) : oracle.end(ends, at);
        const event = submits
          ? ({ type: "jobs-submitted", jobs: [submits] } as const)
          : ({ type: "job-ended", jobId: ends, outcome: "completed" } as const);
        const starts = step(state, event, at).decisions.map((decision) => ({
          jobId: decision.jobId,
          nodeId: "nodeId" in decision ? decision.nodeId : "",
        }));
        expect(starts).toEqual(wanted);
        for (const { jobId } of wanted) happenings.push({ at: at + (runMs.get(jobId) ?? 0), ends: jobId, seq: seq++ });
      }
    }),
    { numRuns: 300 },
  );
});

function fitsEmpty(one: { readonly processors: number; readonly memory: number }, capacity: NodeSpec["capacity"]): boolean {
  return one.processors <= (capacity["processors"] ?? 0) && one.memory <= (capacity["memory"] ?? 0);
}

type Drawn = typeof job extends fc.Arbitrary<infer T> ? T : never;

function arrivals(jobs: readonly Drawn[]): Happening[] {
  let at = 0;
  return jobs.map((one, seq) => {
    at += one.gap * 1000;
    const { processors, memory, priority, deadline } = one;
    const spec: JobSpec = { id: `j${seq}`, requests: { processors, memory }, limitMs: one.limit * 1000, priority };
    return { at, submits: deadline === undefined ? spec : { ...spec, deadline: deadline * 1000 }, seq };
  });
}

function takeFirst(happenings: Happening[]): Happening | undefined {
  happenings.sort((a, b) => a.at - b.at || a.seq - b.seq);
  return happenings.shift();
}
