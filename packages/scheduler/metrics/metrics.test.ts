import { expect, test } from "vitest";
import {
  boundedSlowdown,
  distribution,
  fairShares,
  jainIndex,
  measureSchedule,
  nodeLoad,
  percentile,
  responseTime,
  slowdown,
  tenantShares,
  throughput,
  turnaroundTime,
  utilisation,
  waitingTime,
  weightedMean,
} from "./index.ts";

test("three tasks with response 10, 20, 30 s and weights 3, 2, 1: average 20 s, weighted 16.67 s", () => {
  const responses = [10, 20, 30];
  expect(distribution(responses).mean).toBe(20);
  expect(weightedMean(responses, [3, 2, 1])).toBeCloseTo(100 / 6, 12);
});

test("loads 30, 20, 50: mean 33.33, imbalance as the coefficient of variation", () => {
  const { mean, imbalance } = nodeLoad([30, 20, 50]);
  expect(mean).toBeCloseTo(100 / 3, 12);
  expect(imbalance).toBeCloseTo(Math.sqrt(1400 / 9) / (100 / 3), 12);
  expect(nodeLoad([7, 7, 7]).imbalance).toBe(0);
  expect(nodeLoad([]).mean).toBe(0);
});

test("ten tasks in 100 s: 0.1 tasks/s", () => {
  expect(throughput(10, 100)).toBe(0.1);
  expect(throughput(10, 0)).toBe(0);
});

test("the times of one job: submitted at 5, served at 15, ended at 45 after 20 of service", () => {
  const turnaround = turnaroundTime(5, 45);
  expect(responseTime(5, 15)).toBe(10);
  expect(turnaround).toBe(40);
  expect(waitingTime(turnaround, 20)).toBe(20);
  expect(slowdown(turnaround, 20)).toBe(2);
});

test("bounded slowdown: a short job counts as ten seconds long, and nothing is below one", () => {
  expect(boundedSlowdown(101, 1, 10)).toBe(10.1);
  expect(boundedSlowdown(101_000, 1000)).toBe(10.1);
  expect(boundedSlowdown(200, 100, 10)).toBe(2);
  expect(boundedSlowdown(1, 1, 10)).toBe(1);
});

test("percentiles are nearest-rank: always a value that occurred", () => {
  const sorted = [15, 20, 35, 40, 50];
  expect([0.05, 0.3, 0.4, 0.5, 1].map((q) => percentile(sorted, q))).toEqual([15, 20, 20, 35, 50]);
  expect(percentile([], 0.5)).toBe(0);
});

test("a distribution shows the outlier that its mean hides", () => {
  const one = distribution([1, 1, 1, 1, 1, 1, 1, 1, 1, 91]);
  expect(one).toEqual({ count: 10, mean: 10, rms: Math.sqrt(829), min: 1, p50: 1, p90: 1, p99: 91, max: 91 });
  expect(distribution([]).max).toBe(0);
});

test("Jain's index: 1 for equal shares, 1/n for one who has all", () => {
  expect(jainIndex([2, 2, 2, 2])).toBe(1);
  expect(jainIndex([8, 0, 0, 0])).toBe(0.25);
  expect(jainIndex([1, 3])).toBe(0.8);
  expect(jainIndex([])).toBe(1);
});

test("fair shares: nobody above its demand, the rest divided by weight", () => {
  expect(fairShares(10, [2, 20, 20], [1, 1, 1])).toEqual([2, 4, 4]);
  expect(fairShares(12, [20, 20], [1, 2])).toEqual([4, 8]);
  expect(fairShares(12, [1, 2], [1, 1])).toEqual([1, 2]);
});

test("shares due: alone one gets all, together half each; who served one tenant first owes the other", () => {
  // Capacity 2. Tenant 0 holds both units over [0, 10); tenant 1 asks from 0 too and gets them over [10, 20).
  const work = { submit: [0, 0], end: [10, 20], duration: [10, 10], amount: [2, 2], tenant: [0, 1] };
  expect(tenantShares(work, 2, [1, 1])).toEqual([
    { received: 20, due: 10 },
    { received: 20, due: 30 },
  ]);
});

test("utilisation of a resource over its window", () => {
  expect(utilisation(50, 10, 10)).toBe(0.5);
  expect(utilisation(50, 0, 10)).toBe(0);
});

test("a whole schedule: two tenants, two nodes, one deadline missed", () => {
  const metrics = measureSchedule(
    {
      submit: [0, 0, 10],
      start: [0, 10, 20],
      end: [10, 30, 40],
      duration: [10, 20, 20],
      weight: [1, 1, 2],
      deadline: [10, 25, Number.POSITIVE_INFINITY],
      tenant: [0, 1, 0],
      node: [0, 0, 1],
      nodeCapacity: [4, 4],
      resources: [{ name: "cpu", capacity: 8, amount: [4, 2, 4] }],
      tenants: [
        { name: "red", weight: 1 },
        { name: "blue", weight: 1 },
      ],
    },
    10,
  );
  expect(metrics.makespan).toBe(40);
  expect(metrics.throughput).toBe(3 / 40);
  expect(metrics.response.mean).toBeCloseTo(20 / 3, 12);
  expect(metrics.weightedResponse).toBe((0 + 10 + 20) / 4);
  expect(metrics.waiting.max).toBe(10);
  expect(metrics.slowdown.max).toBe(1.5);
  expect(metrics.utilisation).toEqual({ cpu: (40 + 40 + 80) / 320 });
  expect(metrics.nodeLoad.mean).toBe(0.5);
  expect(metrics.deadlineMisses).toBe(1);
  expect(metrics.tenants.map(({ name, jobs, share }) => [name, jobs, share.received])).toEqual([
    ["red", 2, 120],
    ["blue", 1, 40],
  ]);
  expect(metrics.fairness).toBeGreaterThan(0.9);
});
