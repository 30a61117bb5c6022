import { expect, test } from "vitest";
import { findCycle } from "./graph.ts";
import { readPsplib } from "./psplib.ts";
import { readStg } from "./stg.ts";
import { isWfFormat, readWfFormat } from "./wfformat.ts";

test("a cycle is found and given in the order in which its tasks wait", () => {
  expect(findCycle([[], [0], [1]])).toBeUndefined();
  expect(findCycle([[2], [0], [1], [2], []])).toEqual([0, 1, 2, 0]);
  expect(findCycle([[0]])).toEqual([0, 0]);
});

const stg = "  2\n 0 0 0\n 1 5 1 0\n 2 7 1 1\n 3 0 1 2\n# a comment\n";

test("STG: tasks with their predecessors, comments left out", () => {
  const result = readStg(stg, "small.stg");
  expect(result.ok && result.value.tasks.map(({ id, run, predecessors }) => [id, run, predecessors])).toEqual([
    ["0", 0, []],
    ["1", 5, [0]],
    ["2", 7, [1]],
    ["3", 0, [2]],
  ]);
});

test.each([
  ["", "small.stg", "The file is empty."],
  [stg.replace("2 7 1 1", "2 x 1 1"), "small.stg: line 4", '"x" is not a whole number.'],
  [stg.replace("2 7 1 1", "2 7 2 1"), "small.stg: line 4", "2 predecessors are announced, but 1 follow."],
  [stg.replace("2 7 1 1", "2 7 1 9"), "small.stg: line 4", "Predecessor 9 does not exist: the last task is 3."],
  [stg.replace("1 5 1 0", "1 5 1 2"), "small.stg", "The tasks wait for each other: 1 -> 2 -> 1."],
  [stg.replace("  2\n", "  7\n"), "small.stg: line 1", "The file announces 7 tasks but has 4 (with entry and exit: 9)."],
])("STG: a mistake is named with its line (%#)", (text, where, message) => {
  const result = readStg(text, "small.stg");
  expect(!result.ok && result.error.map((problem) => [problem.where, problem.message])).toEqual([[where, message]]);
});

const sm = `***
PRECEDENCE RELATIONS:
jobnr.    #modes  #successors   successors
   1        1          2           2   3
   2        1          1           4
   3        1          1           4
   4        1          0
***
REQUESTS/DURATIONS:
jobnr. mode duration  R 1  R 2
---------------------
  1      1     0       0    0
  2      1     8       4    0
  3      1     4       0    3
  4      1     0       0    0
***
RESOURCEAVAILABILITIES:
  R 1  R 2
   12   4
***
`;

test("PSPLIB: durations, requests, capacities; successors become predecessors", () => {
  const result = readPsplib(sm, "small.sm");
  expect(result.ok && result.value.resources).toEqual([
    { name: "R1", capacity: 12 },
    { name: "R2", capacity: 4 },
  ]);
  expect(result.ok && result.value.tasks.map(({ run, amounts, predecessors }) => [run, amounts, predecessors])).toEqual([
    [0, [0, 0], []],
    [8, [4, 0], [0]],
    [4, [0, 3], [0]],
    [0, [0, 0], [1, 2]],
  ]);
});

test.each([
  [sm.replace("8       4", "8      14"), "line 13", "Job 2 asks for 14 of R1, of which there are 12: it can never run."],
  [
    sm.replace("2        1          1           4", "2        3          1           4"),
    "line 5",
    "Job 2 has 3 modes; only projects of a single mode can be simulated.",
  ],
  [sm.replace("1           4\n   3", "1           9\n   3"), "line 5", "Successor 9 does not exist: the last job is 4."],
  [sm.replace("RESOURCEAVAILABILITIES", "RESOURCES"), "line 1", 'The section "RESOURCEAVAILABILITIES" is missing.'],
])("PSPLIB: a mistake is named with its line (%#)", (text, where, message) => {
  const result = readPsplib(text, "small.sm");
  expect(!result.ok && result.error.map((problem) => [problem.where, problem.message])).toContainEqual([`small.sm: ${where}`, message]);
});

const split = {
  name: "w",
  workflow: {
    specification: {
      tasks: [
        { name: "a", id: "a1", parents: [], inputFiles: [], outputFiles: ["x", "y"] },
        { name: "b", id: "b1", parents: ["a1"], inputFiles: ["x"], outputFiles: [] },
      ],
      files: [
        { id: "x", sizeInBytes: 100 },
        { id: "y", sizeInBytes: 7 },
      ],
    },
    execution: {
      tasks: [
        { id: "a1", runtimeInSeconds: 1.5, coreCount: 2, memoryInBytes: 64 },
        { id: "b1", runtimeInSeconds: 2 },
      ],
    },
  },
};
const joined = {
  name: "w",
  workflow: {
    tasks: [
      {
        name: "a1",
        runtimeInSeconds: 1.5,
        cores: 2,
        memoryInBytes: 64,
        parents: [],
        files: [{ link: "output", name: "x", sizeInBytes: 100 }],
      },
      { name: "b1", runtimeInSeconds: 2, parents: ["a1"], files: [{ link: "input", name: "x", sizeInBytes: 100 }] },
    ],
  },
};

test("WfFormat: both versions give the same graph, with the bytes that pass along its edges", () => {
  const expected = [
    { id: "a1", run: 1500, amounts: [2000, 64], predecessors: [], transfers: [] },
    { id: "b1", run: 2000, amounts: [1000, 0], predecessors: [0], transfers: [100] },
  ];
  for (const document of [split, joined]) {
    expect(isWfFormat(document)).toBe(true);
    const result = readWfFormat(document, "w.json");
    expect(result.ok && result.value.tasks).toEqual(expected);
  }
});

test("WfFormat: every mistake has its JSON pointer", () => {
  const broken = structuredClone(split) as unknown as { workflow: { specification: { tasks: object[] }; execution: { tasks: object[] } } };
  broken.workflow.specification.tasks[1] = { name: "b", id: "b1", parents: ["nobody"], inputFiles: [3] };
  broken.workflow.execution.tasks[0] = { id: "a1", runtimeInSeconds: "long" };
  const result = readWfFormat(broken as never, "w.json");
  expect(!result.ok && result.error.map((problem) => `${problem.where}: ${problem.message}`)).toEqual([
    'w.json: /workflow/execution/tasks/0/runtimeInSeconds: Expected a number here, but there is "long".',
    "w.json: /workflow/specification/tasks/1/inputFiles/0: Expected a text here, but there is 3.",
    'w.json: /workflow/specification/tasks/1/parents/0: There is no task "nobody".',
  ]);
});
