import { expect, test } from "vitest";
import { runJobChaos } from "./chaos.ts";

test("twelve kills of server, node, worker and jobs lose nothing and double nothing", { timeout: 300_000 }, async () => {
  const report = await runJobChaos({ kills: 12, seed: 5, concurrency: 4 });
  expect(report.problems).toEqual([]);
  expect(Object.values(report.kills).reduce((sum, times) => sum + times, 0)).toBe(12);
  expect(report.jobs).toBeGreaterThan(12);
  expect(report.replayed).toBeGreaterThan(report.jobs);
});
