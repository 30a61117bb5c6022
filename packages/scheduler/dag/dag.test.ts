import { BatonError } from "@baton/core";
import { describe, expect, test } from "vitest";
import {
  bottomLevels,
  heft,
  listSchedule,
  longestFirst,
  optimisticCosts,
  peft,
  planProject,
  topologicalOrder,
  upwardRanks,
} from "./index.ts";

/** Rows of tasks: the costs on three processors, then the predecessors with what each sends. */
type Row = readonly [costs: readonly number[], ...before: readonly (readonly [number, number])[]];
const graph = (rows: readonly Row[]) =>
  rows.map(([costs, ...before]) => ({ costs, predecessors: before.map(([task]) => task), transfers: before.map(([, data]) => data) }));

/** The example of the HEFT paper (2002), figure 2. */
const heftGraph = graph([
  [[14, 16, 9]],
  [
    [13, 19, 18],
    [0, 18],
  ],
  [
    [11, 13, 19],
    [0, 12],
  ],
  [
    [13, 8, 17],
    [0, 9],
  ],
  [
    [12, 13, 10],
    [0, 11],
  ],
  [
    [13, 16, 9],
    [0, 14],
  ],
  [
    [7, 15, 11],
    [2, 23],
  ],
  [
    [5, 11, 14],
    [1, 19],
    [3, 27],
    [5, 15],
  ],
  [
    [18, 12, 20],
    [1, 16],
    [3, 23],
    [4, 13],
  ],
  [
    [21, 7, 16],
    [6, 17],
    [7, 11],
    [8, 13],
  ],
]);

/** The example of the PEFT paper (2014), figure 1. */
const peftGraph = graph([
  [[22, 21, 36]],
  [
    [22, 18, 18],
    [0, 17],
  ],
  [
    [32, 27, 43],
    [0, 31],
  ],
  [
    [7, 10, 4],
    [0, 29],
  ],
  [
    [29, 27, 35],
    [0, 13],
  ],
  [
    [26, 17, 24],
    [0, 7],
  ],
  [
    [14, 25, 30],
    [2, 16],
  ],
  [
    [29, 23, 36],
    [1, 3],
    [3, 11],
    [5, 5],
  ],
  [
    [15, 21, 8],
    [1, 30],
    [3, 7],
    [4, 57],
  ],
  [
    [13, 16, 33],
    [6, 9],
    [7, 42],
    [8, 7],
  ],
]);
const sameLink = (amount: number): number => amount;

describe("heterogeneous processors", () => {
  test("HEFT gives the makespan of its paper, and of PEFT's", () => {
    expect(heft(heftGraph, sameLink).makespan).toBe(80);
    expect(heft(peftGraph, sameLink).makespan).toBe(133);
  });

  test("PEFT gives the makespan of its paper", () => {
    expect(peft(peftGraph, sameLink).makespan).toBe(122);
  });

  test("the upward ranks are those of the paper", () => {
    expect(upwardRanks(heftGraph, sameLink).map((rank) => Math.round(rank * 1000) / 1000)).toEqual([
      108, 77, 80, 80, 69, 63.333, 42.667, 35.667, 44.333, 14.667,
    ]);
  });

  test("the optimistic costs of the last task are nothing, and of the one before it the cheapest end", () => {
    const table = optimisticCosts(peftGraph, sameLink);
    expect(table[9]).toEqual([0, 0, 0]);
    expect(table[6]).toEqual([13, 16, 22]);
  });

  test("no processor does two things at once, and nothing starts before its data are there", () => {
    for (const plan of [heft(heftGraph, sameLink), peft(heftGraph, sameLink)]) {
      plan.placements.forEach((one, task) => {
        for (const [other, placement] of plan.placements.entries()) {
          const apart = other === task || placement.processor !== one.processor || placement.end <= one.start || one.end <= placement.start;
          expect(apart).toBe(true);
        }
        heftGraph[task]?.predecessors.forEach((before, i) => {
          const from = plan.placements[before];
          const moved = from?.processor === one.processor ? 0 : (heftGraph[task]?.transfers[i] ?? 0);
          expect(one.start).toBeGreaterThanOrEqual((from?.end ?? Infinity) + moved);
        });
      });
    }
  });
});

describe("list scheduling", () => {
  const lengths = [3, 2, 2, 2, 4, 4, 4, 4, 9];
  const afters = [[], [], [], [], [3], [3], [3], [3], [0]];
  const makespan = (processors: number, shorter = 0, after: readonly (readonly number[])[] = afters): number =>
    listSchedule(
      lengths.map((run, i) => ({ run: run - shorter, predecessors: after[i] ?? [] })),
      processors,
    ).makespan;

  test("Graham's anomaly: more processors, shorter tasks and fewer constraints make it longer", () => {
    expect(makespan(3)).toBe(12);
    expect(makespan(4)).toBe(15);
    expect(makespan(3, 1)).toBe(13);
    expect(makespan(3, 0, [[], [], [], [], [], [], [3], [3], [0]])).toBe(16);
  });

  test("longest first on three machines: 11, where 9 is possible", () => {
    const tasks = [5, 5, 4, 4, 3, 3, 3].map((run) => ({ run, predecessors: [], amounts: [1] }));
    expect(listSchedule(tasks, 3, longestFirst(tasks)).makespan).toBe(11);
    expect(planProject(tasks, [3]).makespan).toBe(9);
  });
});

describe("graphs", () => {
  test("a circle is refused, and named by a task of it", () => {
    const circle = [{ predecessors: [] }, { predecessors: [0, 2] }, { predecessors: [1] }];
    expect(() => topologicalOrder(circle)).toThrow(BatonError);
    expect(() => topologicalOrder(circle)).toThrow("task 1 waits for itself");
  });

  test("the bottom level is the longest path to the end", () => {
    const tasks = [
      { run: 3, predecessors: [] },
      { run: 4, predecessors: [0] },
      { run: 1, predecessors: [0] },
      { run: 2, predecessors: [1, 2] },
    ];
    expect(bottomLevels(tasks)).toEqual([9, 6, 3, 2]);
  });

  test("a demand above the capacity and a negative length are refused", () => {
    expect(() => planProject([{ run: 1, predecessors: [], amounts: [3] }], [2])).toThrow("task 0 holds 3 of resource 0, which has 2");
    expect(() => planProject([{ run: -1, predecessors: [], amounts: [1] }], [2])).toThrow("task 0 takes -1");
  });
});
