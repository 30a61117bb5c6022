// One machine, random arrivals: shortest remaining time first does what its definition says to the millisecond, and no
// other policy has a smaller mean time in system, whatever the arrivals.
import { array, assert, constantFrom, integer, property, record } from "fast-check";
import { expect, test } from "vitest";
import { plainMachine } from "./cluster.ts";
import { parsePolicy } from "./policies.ts";
import { simulate } from "./simulate.ts";
import { WorkloadBuilder, type Workload } from "./workload/workload.ts";

const arrivals = array(record({ gap: integer({ min: 0, max: 30 }), run: integer({ min: 1, max: 40 }) }), {
  minLength: 1,
  maxLength: 25,
});
const others = [
  "fcfs",
  "sjf",
  "rr:3ms",
  "rr:20ms",
  "priority:5",
  "edf",
  "mct",
  "wfp3",
  "unicef",
  "f1",
  "expansion",
  "heft",
  "easy",
  "conservative",
  "default",
];

function workload(jobs: readonly { readonly gap: number; readonly run: number }[]): Workload {
  const builder = new WorkloadBuilder("random", 1, ["processors"]);
  let now = 0;
  jobs.forEach(({ gap, run }, id) => {
    now += gap;
    builder.add({ id, submit: now, run, request: run, amounts: [1], tenant: "t" });
  });
  return builder.finish();
}

function ends(jobs: Workload, name: string): number[] {
  const policy = parsePolicy(name);
  if (!policy.ok) throw new Error(policy.error);
  return [...simulate({ workload: jobs, cluster: plainMachine(1) }, policy.value).end];
}

function total(jobs: Workload, name: string): number {
  return ends(jobs, name).reduce((sum, end, job) => sum + end - (jobs.submit[job] as number), 0);
}

/** Unit by unit, from the definition: whoever needs least runs next. Its sum of times in system is the least there is. */
function leastTotal(jobs: Workload): number {
  const left = [...jobs.run];
  let sum = 0;
  for (let now = 0; left.some((rest) => rest > 0); now++) {
    const present = left.flatMap((rest, job) => (rest > 0 && (jobs.submit[job] as number) <= now ? [job] : []));
    const next = present.reduce((best, job) => ((left[job] as number) < (left[best] as number) ? job : best), present[0] ?? -1);
    if (next < 0) continue;
    left[next] = (left[next] as number) - 1;
    if (left[next] === 0) sum += now + 1 - (jobs.submit[next] as number);
  }
  return sum;
}

test("shortest remaining time first has exactly the least total time in system", () => {
  assert(
    property(arrivals, (list) => {
      const jobs = workload(list);
      expect(total(jobs, "srtf")).toBe(leastTotal(jobs));
    }),
    { numRuns: 60 },
  );
});

test("no other policy beats it on any arrivals", () => {
  assert(
    property(arrivals, constantFrom(...others), (list, name) => {
      const jobs = workload(list);
      expect(total(jobs, name)).toBeGreaterThanOrEqual(total(jobs, "srtf"));
    }),
    { numRuns: 100 },
  );
});

test("every policy is work-conserving on one machine: the machine is never idle while a job waits", () => {
  assert(
    property(arrivals, constantFrom("srtf", ...others), (list, name) => {
      const jobs = workload(list);
      let busyUntil = 0;
      for (let job = 0; job < jobs.count; job++) busyUntil = Math.max(busyUntil, jobs.submit[job] as number) + (jobs.run[job] as number);
      expect(Math.max(...ends(jobs, name))).toBe(busyUntil);
    }),
    { numRuns: 60 },
  );
});
