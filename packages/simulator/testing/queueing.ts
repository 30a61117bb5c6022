// What the tests against queueing theory share: loads of two million jobs with a mean service of one, and the mean time that
// jobs spend in the system. The seed is fixed: at a load of 0.9 the mean of two million jobs still has a standard error of about
// one percent, which no simulator can help.
import { assert } from "@baton/core";
import { plainMachine } from "../cluster.ts";
import type { Course } from "../drive/course.ts";
import type { Service } from "../load/distributions.ts";
import { generateLoad } from "../load/generate.ts";
import { parsePolicy } from "../policies.ts";
import { simulate } from "../simulate.ts";
import type { Workload } from "../workload/workload.ts";

/** How many jobs every answer is the mean of. */
export const oracleJobs = 2_000_000;
/** Units of time per mean service: fine enough that rounding does not show. */
export const meanService = 1_000_000;
/** How long one of these tests may take, on the slowest machine that is thought of. */
export const patienceMs = 1_200_000;
/** Services without memory. */
export const exponential: Service = { kind: "exponential" };

const seed = 2;

/** Poisson arrivals that keep `processors` busy for the share `offered` of the time. */
export function poissonLoad(offered: number, processors: number, service: Service, jobs = oracleJobs): Workload {
  const result = generateLoad({ shape: "poisson", seed, jobs, offered, processors, meanRun: meanService, service });
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

/** Plays a load on one machine under a policy. */
export function play(workload: Workload, processors: number, name: string): Course {
  const policy = parsePolicy(name);
  if (!policy.ok) throw new Error(policy.error);
  return simulate({ workload, cluster: plainMachine(processors) }, policy.value);
}

/** Mean time in system, in mean services. */
export function meanTime(workload: Workload, ends: ArrayLike<number>): number {
  let sum = 0;
  for (let job = 0; job < workload.count; job++) sum += (ends[job] as number) - (workload.submit[job] as number);
  return sum / workload.count / meanService;
}

/** The bar of all these tests. */
export function expectWithinOnePercent(actual: number, expected: number): void {
  assert(Math.abs(actual / expected - 1) < 0.01, `Expected ${expected}, but it is ${actual}.`);
}
