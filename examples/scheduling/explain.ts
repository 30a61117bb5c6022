// `npm run example:explain`: a job for every reason to wait, what the scheduler says of it, and what two changes would do.
import { createScheduler, defaultPolicy, explain, plainPolicy, plan, step } from "@baton/scheduler";
import type { JobSpec, Policy, SchedulerEvent, SchedulerState } from "@baton/scheduler";
import { explanationText, planText } from "./text.ts";

const minute = 60_000;
const hour = 60 * minute;
const gib = 2 ** 30;
const nine = Date.UTC(2026, 0, 5, 9);

/** Plays events at nine o'clock; what is refused is printed. */
function world(policy: Policy, events: readonly SchedulerEvent[]): SchedulerState {
  const state = createScheduler(policy);
  for (const event of events) {
    for (const decision of step(state, event, nine).decisions) {
      if (decision.type !== "refuse") continue;
      const { code, where, message, next } = decision.problem;
      console.log(`${decision.jobId} is refused\n  ${code}: ${where}: ${message}\n    ${next}\n`);
    }
  }
  return state;
}

function submit(...jobs: readonly JobSpec[]): SchedulerEvent {
  return { type: "jobs-submitted", jobs };
}

function job(id: string, cores: number, memory: number, limitMs: number, more: Partial<JobSpec> = {}): JobSpec {
  return { id, queue: "research", requests: { cpu: cores * 1000, memory: memory * gib }, limitMs, ...more };
}

function onGpu(id: string, gpu: number, limitMs: number): JobSpec {
  return {
    id,
    queue: "research",
    requests: { cpu: 4000, memory: 16 * gib, gpu },
    limitMs,
    constraints: { tolerations: [{ key: "gpu" }] },
  };
}

const cluster: readonly SchedulerEvent[] = [
  { type: "node-up", node: { id: "w1", capacity: { cpu: 8000, memory: 32 * gib }, zone: "a" } },
  { type: "node-up", node: { id: "w2", capacity: { cpu: 8000, memory: 32 * gib }, zone: "b" } },
  {
    type: "node-up",
    node: {
      id: "g1",
      capacity: { cpu: 16_000, memory: 64 * gib, gpu: 4 },
      zone: "a",
      taints: [{ key: "gpu", effect: "no-schedule" }],
    },
  },
  {
    type: "queues-changed",
    queues: [
      { id: "science", limit: { gpu: 2 } },
      { id: "research", parent: "science" },
      { id: "teaching", maxRunning: 1 },
    ],
  },
];

const running = submit(
  job("fluid", 7, 8, 2 * hour),
  job("genome", 4, 26, 30 * minute),
  job("seminar", 1, 1, hour, { queue: "teaching" }),
  onGpu("train-1", 2, 5 * hour),
);

const database = { labels: { app: "db" }, domain: "node" };
const waiting = submit(
  job("wide", 7, 4, hour),
  job("slow", 3, 2, 3 * hour),
  job("exercise", 1, 1, 10 * minute, { queue: "teaching" }),
  onGpu("train-2", 1, hour),
  job("near-db", 1, 1, 10 * minute, { constraints: { near: [database] } }),
  job("report", 1, 1, 10 * minute, { after: ["fluid"] }),
  job("tonight", 1, 1, 10 * minute, { notBefore: nine + 10 * hour }),
  job("mpi-1", 1, 1, 10 * minute, { gang: { id: "mpi", size: 2 } }),
  job("in-c", 1, 1, hour, { constraints: { zones: ["c"] } }),
);

const busy = world(defaultPolicy, [...cluster, running, waiting]);
for (const id of ["wide", "slow", "exercise", "train-2", "near-db", "report", "tonight", "mpi-1"]) {
  console.log(explanationText(explain(busy, id)));
}

// Without backfilling nobody overtakes the first job; a preemptive order suspends.
const strict = world(plainPolicy, [...cluster, running, submit(job("wide", 7, 4, hour), job("small", 1, 1, minute))]);
console.log(explanationText(explain(strict, "small")));
const shortest: Policy = { ...plainPolicy, order: { name: "srtf" } };
const frozen = world(shortest, [
  { type: "node-up", node: { id: "w1", capacity: { cpu: 8000, memory: 32 * gib } } },
  submit(job("first", 6, 4, 3 * hour, { queue: "default" })),
  submit(job("shorter", 6, 4, minute, { queue: "default" })),
  { type: "job-suspended", jobId: "first" },
]);
console.log(explanationText(explain(frozen, "first")));

const nodeMore: SchedulerEvent = { type: "node-up", node: { id: "w3", capacity: { cpu: 8000, memory: 32 * gib } } };
console.log(planText("one node more", plan(busy, [nodeMore], nine)));
console.log(planText("genome ends now", plan(busy, [{ type: "job-ended", jobId: "genome", outcome: "completed" }], nine)));
