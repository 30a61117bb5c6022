import { expect, test } from "vitest";
import type { JobSpec } from "./port.ts";
import { isAllocation, specProblem } from "./spec.ts";

const order: JobSpec = {
  allocation: "alloc_1",
  token: 1,
  program: { kind: "process", command: "true", args: ["a"] },
  env: { PATH: "/bin", "odd name": "1" },
  limits: { memoryBytes: 1, pids: 1, cpuMillis: 1, diskBytes: 1 },
  timeoutMs: 1,
  graceMs: 0,
};

test("a sound order has no problem", () => {
  expect(specProblem(order)).toBeUndefined();
});

test.each<[Partial<JobSpec>, string]>([
  [{ allocation: ".." }, '".." is not an allocation.'],
  [{ program: { kind: "process", command: "", args: [] } }, "The command is empty or has a null character."],
  [{ program: { kind: "process", command: "x", args: ["\0"] } }, "An argument has a null character, which no program can be given."],
  [{ cwd: "here" }, 'The working folder "here" is not an absolute path.'],
  [{ env: { "": "x" } }, '"" is not a name that an environment variable can have.'],
  [{ limits: { pids: 1.5 } }, "pids is 1.5, and must be a whole number above 0."],
  [{ limits: { cpuMillis: Number.NaN } }, "cpuMillis is NaN, and must be a whole number above 0."],
  [{ timeoutMs: -5 }, "timeoutMs is -5, and must be a whole number above 0."],
  [{ graceMs: -1 }, "graceMs is -1, and must be a whole number, 0 or more."],
])("%j", (more, problem) => {
  expect(specProblem({ ...order, ...more })).toBe(problem);
});

test("an allocation can name a folder", () => {
  expect(["alloc_01hz", "a-b.c", "x".repeat(120)].every(isAllocation)).toBe(true);
  expect(["", ".", "..", ".a", "a/b", "a b", "x".repeat(121), "é"].some(isAllocation)).toBe(false);
});
