import { expect, test } from "vitest";
import { runChaos } from "./chaos.ts";

test("ten kills under load lose nothing and double nothing", async () => {
  const report = await runChaos({ kills: 10, seed: 1, concurrency: 8 });
  expect(report.problems).toEqual([]);
  expect(report.kills).toBe(10);
  expect(report.orders).toBeGreaterThan(10);
});
