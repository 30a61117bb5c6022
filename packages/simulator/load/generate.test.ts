import { seededRandom } from "@baton/core";
import { expect, test } from "vitest";
import type { Workload } from "../workload/workload.ts";
import { exponential, lognormal, pareto } from "./distributions.ts";
import { generateLoad, type LoadSpec } from "./generate.ts";

const spec: LoadSpec = { shape: "poisson", seed: 1, jobs: 6_000, offered: 0.8, processors: 64, meanRun: 28_800_000 };

function generate(changes: Partial<LoadSpec>): Workload {
  const result = generateLoad({ ...spec, ...changes });
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

function offeredLoad(workload: Workload, processors: number): number {
  let work = 0;
  for (let i = 0; i < workload.count; i++) work += (workload.run[i] as number) * (workload.resources[0]?.amount[i] as number);
  return work / ((workload.submit.at(-1) as number) * processors);
}

test("the distributions have the mean that they are given", () => {
  const random = seededRandom(3);
  const mean = (draw: () => number): number => Array.from({ length: 60_000 }, draw).reduce((sum, x) => sum + x, 0) / 60_000;
  expect(mean(() => exponential(random, 5)) / 5).toBeCloseTo(1, 1.5);
  expect(mean(() => pareto(random, 5, 3)) / 5).toBeCloseTo(1, 1.5);
  expect(mean(() => lognormal(random, 5, 1)) / 5).toBeCloseTo(1, 1.5);
});

test("the same seed gives the same jobs, another seed others; other sizes leave the arrivals' shape alone", () => {
  expect(generate({})).toEqual(generate({}));
  expect(generate({ seed: 2 }).submit).not.toEqual(generate({}).submit);
  expect(generate({ overestimate: 5 }).submit).toEqual(generate({}).submit);
});

test.each(["poisson", "diurnal"] as const)("a %s load offers the share of the machine that was asked for", (shape) => {
  expect(offeredLoad(generate({ shape }), 64)).toBeCloseTo(0.8, 1);
  expect(offeredLoad(generate({ shape, sizes: "powers" }), 64)).toBeCloseTo(0.8, 1);
});

test("a diurnal load is busier by day than by night", () => {
  const day = 86_400_000;
  const { submit } = generate({ shape: "diurnal" });
  const quarter = (part: number): number => submit.filter((at) => Math.floor((at % day) / (day / 4)) === part).length;
  expect(quarter(0) + quarter(1)).toBeGreaterThan(2 * (quarter(2) + quarter(3)));
});

test("a heavy load has most of its work in few jobs; owners overstate within the factor; small tenants submit less", () => {
  const workload = generate({ shape: "heavy", tenants: 4, overestimate: 3 });
  const runs = [...workload.run].sort((a, b) => b - a);
  const total = runs.reduce((sum, run) => sum + run, 0);
  expect(runs.slice(0, 600).reduce((sum, run) => sum + run, 0)).toBeGreaterThan(total / 3);
  expect(
    workload.request.every((request, i) => request >= (workload.run[i] as number) && request <= 3 * (workload.run[i] as number) + 1),
  ).toBe(true);
  const counts = workload.tenants.map((_, k) => workload.tenant.filter((owner) => owner === k).length);
  expect(Math.max(...counts)).toBeGreaterThan(3 * Math.min(...counts));
});

test("jobs of a tenant are alike for as long as was asked, with the same mean; deadlines and priorities lie in their ranges", () => {
  const plain = generate({ tenants: 3 });
  const alike = generate({ tenants: 3, habit: 10, sizes: "powers", deadlineSlack: 4, priorities: true });
  expect(alike.submit.length).toBe(plain.submit.length);
  expect(offeredLoad(alike, 64)).toBeCloseTo(0.8, 0.5);
  const nearness = (workload: Workload): number => {
    const last = new Map<number, number>();
    let near = 0;
    workload.run.forEach((run, i) => {
      const owner = workload.tenant[i] as number;
      if (Math.abs(Math.log(run / (last.get(owner) ?? Infinity))) < 0.7) near++;
      last.set(owner, run);
    });
    return near / workload.count;
  };
  expect(nearness(plain)).toBeLessThan(0.5);
  expect(nearness(alike)).toBeGreaterThan(0.8);
  alike.deadline.forEach((deadline, i) => {
    const left = (deadline - (alike.submit[i] as number)) / (alike.request[i] as number);
    expect(left >= 1 && left <= 5.001).toBe(true);
  });
  expect([Math.min(...alike.priority), Math.max(...alike.priority)]).toEqual([0, 100]);
  expect(plain.deadline[0]).toBe(Infinity);
});

test("each number out of its range is named", () => {
  const result = generateLoad({ ...spec, jobs: 0, offered: -1, seed: 0.5, service: { kind: "pareto", alpha: 1 } });
  expect(!result.ok && result.error.map((problem) => problem.where)).toEqual(["seed", "jobs", "offered", "alpha"]);
});
