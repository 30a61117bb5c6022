// One machine, one queue: answers that are known in closed form, at two million jobs. The whole chain of generator, event loop,
// scheduler and measures has to give them within one percent. All policies see the same arrivals.
import { test } from "vitest";
import { exponential, expectWithinOnePercent, meanTime, patienceMs, play, poissonLoad } from "./testing/queueing.ts";

test.each([
  [0.5, 2, 1.7127, 1.4254],
  [0.8, 5, 2.8822, 2.3528],
  [0.9, 10, 4.1969, 3.5521],
])(
  "M/M/1 at load %f: first come first served and time slices %f, shortest first %f, shortest remaining first %f",
  (offered, fcfs, sjf, srpt) => {
    const workload = poissonLoad(offered, 1, exponential);
    const time = (policy: string): number => meanTime(workload, play(workload, 1, policy).end);
    expectWithinOnePercent(time("fcfs"), fcfs);
    // Exponential services have no memory: whatever the slice, the mean is that of processor sharing.
    expectWithinOnePercent(time("rr:1000s"), fcfs);
    expectWithinOnePercent(time("sjf"), sjf);
    expectWithinOnePercent(time("srtf"), srpt);
  },
  patienceMs,
);

test(
  "M/D/1 at load 0.5 in slices of a fortieth of the service: as under processor sharing, mean time 2 whatever the services are",
  () => {
    const workload = poissonLoad(0.5, 1, { kind: "deterministic" }, 200_000);
    expectWithinOnePercent(meanTime(workload, play(workload, 1, "rr:25s").end), 2);
  },
  patienceMs,
);
