// Queues whose answers are known in closed form (service mean 1), at two million jobs: the whole chain of generator,
// event loop, scheduler and measures has to give them within one percent. The seeds are fixed: at a load of 0.9 the mean of two
// million jobs still has a standard error of about one percent, which no simulator can help.
import { expect, test } from "vitest";
import type { PlacementName } from "@baton/scheduler";
import { dispatch } from "./dispatch/dispatch.ts";
import { generateLoad } from "./load/generate.ts";
import type { Service } from "./load/distributions.ts";
import { parsePolicy } from "./policies.ts";
import { simulate } from "./simulate.ts";
import { plainMachine } from "./cluster.ts";
import type { Course } from "./drive/course.ts";
import type { Workload } from "./workload/workload.ts";

const jobs = 2_000_000;
/** Units of time per mean service: fine enough that rounding does not show. */
const mean = 1_000_000;
const patienceMs = 1_200_000;

function load(offered: number, processors: number, service: Service, seed: number, count = jobs): Workload {
  const result = generateLoad({ shape: "poisson", seed, jobs: count, offered, processors, meanRun: mean, service });
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

function run(workload: Workload, processors: number, name: string): Course {
  const policy = parsePolicy(name);
  if (!policy.ok) throw new Error(policy.error);
  return simulate({ workload, cluster: plainMachine(processors) }, policy.value);
}

/** Mean time in system, in mean services. */
function meanTime(workload: Workload, ends: ArrayLike<number>): number {
  let sum = 0;
  for (let job = 0; job < workload.count; job++) sum += (ends[job] as number) - (workload.submit[job] as number);
  return sum / workload.count / mean;
}

function expectWithin(actual: number, expected: number, share: number): void {
  expect(Math.abs(actual / expected - 1), `${actual} against ${expected}`).toBeLessThan(share);
}

const exponential: Service = { kind: "exponential" };
const seeds: { readonly [offered: number]: number } = { 0.5: 2, 0.7: 2, 0.8: 2, 0.9: 2 };
const seedOf = (offered: number): number => seeds[offered] as number;

test.each([
  [0.5, 2, 1.7127, 1.4254],
  [0.8, 5, 2.8822, 2.3528],
  [0.9, 10, 4.1969, 3.5521],
])(
  "M/M/1 at load %f: first come first served and time slices %f, shortest first %f, shortest remaining first %f",
  (offered, fcfs, sjf, srpt) => {
    const workload = load(offered, 1, exponential, seedOf(offered));
    const time = (policy: string): number => meanTime(workload, run(workload, 1, policy).end);
    expectWithin(time("fcfs"), fcfs, 0.01);
    expectWithin(time("rr:500s"), fcfs, 0.01);
    expectWithin(time("sjf"), sjf, 0.01);
    expectWithin(time("srtf"), srpt, 0.01);
  },
  patienceMs,
);

test.each([
  [0.5, 0.5],
  [0.8, 2],
  [0.9, 4.5],
])(
  "M/D/1 at load %f: mean wait %f",
  (offered, wait) => {
    const workload = load(offered, 1, { kind: "deterministic" }, seedOf(offered));
    expectWithin(meanTime(workload, run(workload, 1, "fcfs").end) - 1, wait, 0.01);
  },
  patienceMs,
);

test(
  "M/D/1 at load 0.5 in slices of a fortieth of the service: as under processor sharing, mean time 2 whatever the services are",
  () => {
    const workload = load(0.5, 1, { kind: "deterministic" }, seedOf(0.5), 200_000);
    expectWithin(meanTime(workload, run(workload, 1, "rr:25s").end), 2, 0.01);
  },
  patienceMs,
);

test.each([
  [4, 0.8, 0.59643, 0.74554],
  [10, 0.9, 0.66873, 0.66873],
])(
  "M/M/%i at load %f: probability of waiting %f, mean wait %f",
  (servers, offered, probability, wait) => {
    const workload = load(offered, servers, exponential, seedOf(offered));
    const { start } = run(workload, servers, "fcfs");
    let waited = 0;
    let sum = 0;
    for (let job = 0; job < jobs; job++) {
      const own = (start[job] as number) - (workload.submit[job] as number);
      if (own > 0) waited++;
      sum += own;
    }
    expectWithin(waited / jobs, probability, 0.01);
    expectWithin(sum / jobs / mean, wait, 0.01);
  },
  patienceMs,
);

test.each([
  [0.5, 2, 1.2657],
  [0.7, 3.3333, 1.6145],
  [0.8, 5, 1.9474],
  [0.9, 10, 2.6141],
])(
  "many servers at load %f: random choice %f, power of two choices %f",
  (offered, random, two) => {
    const time = (servers: number, policy: PlacementName): number => {
      const workload = load(offered, servers, exponential, seedOf(offered));
      return meanTime(workload, dispatch(workload, servers, policy));
    };
    // Random choice makes independent queues of any number; the law of two choices holds for many servers.
    expectWithin(time(10, "random"), random, 0.01);
    expectWithin(time(500, "power-of-two"), two, 0.01);
  },
  patienceMs,
);
