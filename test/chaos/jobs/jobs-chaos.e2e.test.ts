import { expect, test } from "vitest";
import { runJobChaos } from "./chaos.ts";

test("kills of the server, of nodes inside it and joined, of a worker and of jobs lose nothing and double nothing", async () => {
  const report = await runJobChaos({ kills: 16, seed: 5, concurrency: 4, nodes: 2 });
  expect(report.problems).toEqual([]);
  expect(Object.values(report.kills).reduce((sum, times) => sum + times, 0)).toBe(16);
  expect(report.jobs).toBeGreaterThan(16);
  expect(report.used).toBe(3);
  expect(report.replayed).toBeGreaterThan(report.jobs);
});
