// Guarantees hold: on one node, where nothing is lost to fragments, the first job of a queue starts at once whenever it, and a queue
// above it, would stay within its guarantee, whatever the others run. And nobody loses what is guaranteed to it and no more.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { plainPolicy } from "../policies.ts";
import type { Policy } from "../policy.ts";
import { createScheduler, step, worldOf, type SchedulerState } from "../step.ts";
import type { Job, Queue } from "../model.ts";
import type { QueueSpec, SchedulerEvent } from "../types.ts";

const cpus = 12;

const policy: fc.Arbitrary<Policy> = fc.record({
  order: fc.constantFrom<Policy["order"]>({ name: "fcfs" }, { name: "sjf" }, { name: "priority", pointsPerHour: 1 }),
  backfill: fc.constantFrom<Policy["backfill"]>({ name: "none" }, { name: "easy", by: "queue-order" }, { name: "easy", by: "shortest" }),
  placement: fc.constant(plainPolicy.placement),
  fairness: fc.constantFrom<Policy["fairness"]>({ name: "none" }, { name: "drf" }, { name: "weighted-fair" }),
  prediction: fc.constant(plainPolicy.prediction),
  preemption: fc.constant({ reclaim: true, suspendedKeep: [] }),
});

/** Four leaves, two of them below a team; all guarantees together are within the node. */
const tree: fc.Arbitrary<readonly QueueSpec[]> = fc
  .record({ a: fc.integer({ min: 0, max: 3 }), b: fc.integer({ min: 0, max: 3 }), c: fc.integer({ min: 0, max: 3 }), team: fc.nat(3) })
  .map(({ a, b, c, team }) => [
    { id: "team", guarantee: { cpu: a + b + Math.min(team, cpus - a - b - c) } },
    { id: "a", parent: "team", guarantee: { cpu: a } },
    { id: "b", parent: "team", guarantee: { cpu: b } },
    { id: "c", guarantee: { cpu: c } },
    { id: "d" },
  ]);

const happening = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      queue: fc.constantFrom("a", "b", "c", "d"),
      cpu: fc.integer({ min: 1, max: 6 }),
      limit: fc.integer({ min: 1, max: 9 }),
      waitMs: fc.constantFrom(0, 0, 1, 5),
    }),
  },
  { weight: 1, arbitrary: fc.record({ ends: fc.nat(9), waitMs: fc.constantFrom(0, 1, 5) }) },
);

/** A driver that stops at once whom it is told to stop, and wakes the scheduler when it asks for that. */
class Driver {
  readonly state: SchedulerState;
  now = 0;
  #wakeAt: number | undefined;

  constructor(one: Policy, queues: readonly QueueSpec[]) {
    this.state = createScheduler(one);
    this.send({ type: "queues-changed", queues });
    this.send({ type: "node-up", node: { id: "n", capacity: { cpu: cpus } } });
  }

  send(event: SchedulerEvent): void {
    const { decisions, wakeAt } = step(this.state, event, this.now);
    this.#wakeAt = wakeAt;
    for (const decision of decisions)
      if (decision.type === "preempt") {
        expectBorrowed(worldOf(this.state).jobs.get(decision.jobId) as Job);
        this.send({ type: "job-ended", jobId: decision.jobId, outcome: "preempted" });
      }
  }

  wait(ms: number): void {
    const until = this.now + ms;
    for (; this.#wakeAt !== undefined && this.#wakeAt <= until;) {
      this.now = this.#wakeAt;
      this.send({ type: "clock" });
    }
    this.now = until;
  }
}

/** Where a job is stopped, its queue has more than it is guaranteed. */
function expectBorrowed({ queue, id }: Job): void {
  const most = queue.guarantee?.[0] ?? 0;
  expect({ id, used: queue.used[0], borrows: most === 0 || (queue.used[0] as number) > most }).toMatchObject({ borrows: true });
}

/** The first jobs that wait although a guarantee has room for them. */
function denied(state: SchedulerState): string[] {
  return worldOf(state).leaves.flatMap((leaf) => {
    const head = leaf.pending.at(0);
    if (head === undefined) return [];
    const due = guaranteed(leaf).filter(
      ({ used, guarantee }) => (used[0] as number) + (head.held[0] as number) <= (guarantee?.[0] as number),
    );
    return due.map(({ id }) => `${head.id} in ${id}`);
  });
}

/** A queue and those above it, as far as they are guaranteed something. */
function guaranteed(leaf: Queue): Queue[] {
  const path: Queue[] = [];
  for (let queue = leaf; queue.parent !== undefined; queue = queue.parent) if ((queue.guarantee?.[0] ?? 0) > 0) path.push(queue);
  return path;
}

test("whoever is within its guarantee starts at once, and only what is borrowed is taken back", () => {
  fc.assert(
    fc.property(policy, tree, fc.array(happening, { minLength: 5, maxLength: 40, size: "max" }), (one, queues, happenings) => {
      const driver = new Driver(one, queues);
      happenings.forEach((each, i) => {
        if ("ends" in each) {
          const running = [...worldOf(driver.state).jobs.values()].filter(({ phase }) => phase === "running");
          const ended = running[each.ends % Math.max(1, running.length)];
          if (ended !== undefined) driver.send({ type: "job-ended", jobId: ended.id, outcome: "completed" });
        } else {
          const { queue, cpu, limit } = each;
          driver.send({ type: "jobs-submitted", jobs: [{ id: `j${i}`, queue, requests: { cpu }, limitMs: limit * 1000 }] });
        }
        driver.wait(each.waitMs);
        if (each.waitMs > 1) expect(denied(driver.state)).toEqual([]);
      });
    }),
    { numRuns: Number(process.env.RUNS ?? 150) },
  );
});
