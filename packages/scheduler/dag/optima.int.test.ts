// Against proven optima: the Standard Task Graph Set (50 tasks) and PSPLIB's j30.
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { planProject, type DemandingTask } from "./project.ts";

const data = fileURLToPath(new URL("../../../../shared/data/", import.meta.url));
const stg = `${data}stg/stg50-with-optima.tar.gz`;
const psplib = `${data}psplib/j30.sm.tar.gz`;

/** All files of an archive, by name; what `tar` writes to its output is split by the sizes that it lists. */
function readArchive(path: string): Map<string, string> {
  const listing = execFileSync("tar", ["--numeric-owner", "-tvzf", path], { encoding: "utf8" }).trim().split("\n");
  const content = execFileSync("tar", ["-xOzf", path], { maxBuffer: 1 << 28 });
  const files = new Map<string, string>();
  let offset = 0;
  for (const line of listing) {
    const [mode = "", , size = "0", , , name = ""] = line.split(/\s+/);
    if (!mode.startsWith("-")) continue;
    files.set(name, content.toString("utf8", offset, offset + Number(size)));
    offset += Number(size);
  }
  return files;
}

function numbers(line: string | undefined): number[] {
  return (line ?? "").trim().split(/\s+/).map(Number);
}

function readStg(text: string): DemandingTask[] {
  const rows = text
    .split("\n")
    .filter((line) => line.trim() !== "" && !line.startsWith("#"))
    .map(numbers);
  const [[count = 0] = [], ...tasks] = rows;
  return tasks.slice(0, count + 2).map(([, run = 0, before = 0, ...rest]) => ({ run, amounts: [1], predecessors: rest.slice(0, before) }));
}

function readProject(text: string): { tasks: DemandingTask[]; capacities: number[] } {
  const lines = text.split("\n");
  const after = (title: string, skip: number): number => lines.findIndex((line) => line.startsWith(title)) + skip;
  const count = Number(/jobs.*:\s*(\d+)/.exec(text)?.[1]);
  const [precedence, requests] = [after("PRECEDENCE", 2), after("REQUESTS", 3)];
  const predecessors: number[][] = Array.from({ length: count }, () => []);
  for (let i = 0; i < count; i++) for (const next of numbers(lines[precedence + i]).slice(3)) predecessors[next - 1]?.push(i);
  const tasks = predecessors.map((before, i) => {
    const [, , run = 0, ...amounts] = numbers(lines[requests + i]);
    return { run, amounts, predecessors: before };
  });
  return { tasks, capacities: numbers(lines[after("RESOURCEAVAIL", 2)]) };
}

test.skipIf(!existsSync(stg)).each([2, 4, 8, 16])(
  "task graphs on %i processors: within 0.3 % of the optimum (needs ../shared/data/stg)",
  (processors) => {
    const files = readArchive(stg);
    const rows = (files.get(`Optimal_values/Case50_${processors}_OPT.csv`) ?? "")
      .trim()
      .split("\n")
      .map((line) => line.split(","));
    const proven = rows.filter((row) => row.length === 3);
    const ratios = proven.map(
      ([name = "", , optimum]) => planProject(readStg(files.get(name) ?? ""), [processors]).makespan / Number(optimum),
    );
    expect(ratios.length).toBeGreaterThan(160);
    expect(Math.min(...ratios)).toBeGreaterThanOrEqual(1);
    expect(ratios.reduce((a, b) => a + b) / ratios.length).toBeLessThanOrEqual(1.003);
  },
);

test.skipIf(!existsSync(psplib))("projects of 30 activities: within 3 % of the optimum (needs ../shared/data/psplib)", () => {
  const files = readArchive(psplib);
  const [, ...rows] = (files.get("j30.sm/optimum/optimum.csv") ?? "").trim().split("\n");
  const deviations = rows.map((row) => {
    const [name = "", optimum] = row.split(",");
    const { tasks, capacities } = readProject(files.get(`j30.sm/${name}`) ?? "");
    return planProject(tasks, capacities).makespan / Number(optimum) - 1;
  });
  expect(deviations).toHaveLength(480);
  expect(Math.min(...deviations)).toBeGreaterThanOrEqual(0);
  expect(deviations.reduce((a, b) => a + b) / deviations.length).toBeLessThanOrEqual(0.03);
});
