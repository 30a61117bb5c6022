// Constant services, several servers, and several queues: answers that are known in closed form, at two million jobs, within
// one percent.
import { test } from "vitest";
import type { PlacementName } from "@baton/scheduler";
import { dispatch } from "./dispatch/dispatch.ts";
import {
  exponential,
  expectWithinOnePercent,
  meanService,
  meanTime,
  oracleJobs,
  patienceMs,
  play,
  poissonLoad,
} from "./testing/queueing.ts";

test.each([
  [0.5, 0.5],
  [0.8, 2],
  [0.9, 4.5],
])(
  "M/D/1 at load %f: mean wait %f",
  (offered, wait) => {
    const workload = poissonLoad(offered, 1, { kind: "deterministic" });
    expectWithinOnePercent(meanTime(workload, play(workload, 1, "fcfs").end) - 1, wait);
  },
  patienceMs,
);

test.each([
  [4, 0.8, 0.59643, 0.74554],
  [10, 0.9, 0.66873, 0.66873],
])(
  "M/M/%i at load %f: probability of waiting %f, mean wait %f",
  (servers, offered, probability, wait) => {
    const workload = poissonLoad(offered, servers, exponential);
    const { start } = play(workload, servers, "fcfs");
    let waited = 0;
    let sum = 0;
    for (let job = 0; job < oracleJobs; job++) {
      const own = (start[job] as number) - (workload.submit[job] as number);
      if (own > 0) waited++;
      sum += own;
    }
    expectWithinOnePercent(waited / oracleJobs, probability);
    expectWithinOnePercent(sum / oracleJobs / meanService, wait);
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
      const workload = poissonLoad(offered, servers, exponential);
      return meanTime(workload, dispatch(workload, servers, policy));
    };
    // Random choice makes independent queues of any number; the law of two choices holds for many servers.
    expectWithinOnePercent(time(10, "random"), random);
    expectWithinOnePercent(time(500, "power-of-two"), two);
  },
  patienceMs,
);
