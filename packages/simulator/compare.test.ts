import { expect, test } from "vitest";
import { advice, halves, judge, objectives, type Objective } from "./compare.ts";
import type { PolicyResult } from "./report/result.ts";
import { WorkloadBuilder } from "./workload/workload.ts";

test("the halves have the jobs of before and after; those of one instant stay together", () => {
  const builder = new WorkloadBuilder("w", 1, ["processors"]);
  [0, 1, 5, 5, 9].forEach((submit, id) => builder.add({ id, submit, run: 1, request: 1, amounts: [id], tenant: "t" }));
  const [first, second] = halves(builder.finish());
  expect([first.ids, second.ids]).toEqual([["0", "1", "2", "3"], ["4"]]);
  expect([...(second.resources[0]?.amount ?? [])]).toEqual([4]);
});

function result(policy: string, slowdown: number, longest: number, rms: number, stranded = 0): PolicyResult {
  const metrics = { boundedSlowdown: { mean: slowdown, rms }, waiting: { max: longest } };
  return { policy, metrics, refused: 0, stranded } as unknown as PolicyResult;
}

const objective = objectives[0] as Objective;
const pair = (policy: string, first: readonly [number, number, number], second: readonly [number, number, number]) =>
  [result(policy, ...first), result(policy, ...second)] as const;

test("the winner is chosen on the first half among those that let nobody starve, and judged on the second", () => {
  const tournament = judge(
    [
      pair("easy", [50, 100, 200], [60, 100, 200]),
      pair("starver", [10, 151, 100], [10, 300, 90]),
      pair("sjf", [20, 140, 190], [30, 120, 150]),
    ],
    "easy",
    objective,
  );
  expect(tournament.entries.map(({ policy, eligible }) => [policy, eligible])).toEqual([
    ["starver", false],
    ["sjf", true],
    ["easy", true],
  ]);
  expect(advice(tournament)).toBe(
    "Use sjf. On the second half sjf has a mean bounded slowdown of 30, easy 60: 50.0 % less; the longest wait is 2.00 min instead of 100 s.",
  );
});

test("a win that does not hold on the second half is no reason to change, nor is no win at all", () => {
  const faded = judge([pair("easy", [50, 100, 200], [60, 100, 200]), pair("sjf", [20, 100, 200], [70, 100, 200])], "easy", objective);
  expect(advice(faded)).toContain("Keep easy: sjf won on the first half, but that did not hold.");
  const equal = judge([pair("easy", [50, 100, 200], [1, 0, 1]), pair("sjf", [20, 100, 200], [1, 0, 1])], "easy", objective);
  expect(advice(equal)).toBe("Keep easy: sjf won on the first half, but on the second half both have the same mean bounded slowdown: 1.");
  const cruel = judge([pair("easy", [50, 100, 200], [60, 100, 200]), pair("sjf", [20, 100, 200], [10, 400, 20])], "easy", objective);
  expect(advice(cruel)).toContain(
    "Keep easy: sjf won on the first half, but not by the rules on the second: longest wait 4 times that of easy.",
  );
  const none = judge([pair("easy", [50, 100, 200], [60, 100, 200]), pair("sjf", [20, 100, 201], [10, 1, 1])], "easy", objective);
  expect(advice(none)).toContain("Keep easy: no other policy");
  expect(none.entries[0]?.reason).toBe("root-mean-square slowdown 1.005 times that of easy");
});
