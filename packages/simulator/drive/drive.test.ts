// The loop against schedulers that are scripted here: what they are told, and when.
import type { Decision, SchedulerEvent } from "@baton/scheduler";
import { expect, test } from "vitest";
import { plainMachine, type Cluster } from "../cluster.ts";
import { WorkloadBuilder, type JobRow, type Workload } from "../workload/workload.ts";
import { drive, type Step } from "./drive.ts";

function workload(...rows: readonly Partial<JobRow>[]): Workload {
  const builder = new WorkloadBuilder("w", 1000, ["processors"]);
  rows.forEach((row, id) => builder.add({ id, submit: 0, run: 10, request: 10, amounts: [1], tenant: "t", ...row }));
  return builder.finish();
}

/** A scheduler that answers with `decide`, and the log of what it was told, in seconds. */
function scripted(
  decide: (event: SchedulerEvent, now: number) => readonly Decision[],
  wake?: (now: number) => number | undefined,
): { step: Step; told: string[] } {
  const told: string[] = [];
  const step: Step = (event, now) => {
    const about = event.type === "jobs-submitted" ? event.jobs.map(({ id }) => id).join() : "jobId" in event ? event.jobId : "";
    if (event.type !== "node-up") told.push(`${now / 1000} ${event.type} ${about}`.trim());
    return { decisions: decide(event, now), trace: [], wakeAt: wake?.(now) };
  };
  return { step, told };
}

const start = (jobId: string, estimateMs = 10_000): Decision => ({ type: "start", jobId, nodeId: "machine", estimateMs });
const startAll = (event: SchedulerEvent): Decision[] =>
  event.type === "jobs-submitted" ? event.jobs.map(({ id, limitMs }) => start(id, limitMs)) : [];

test("at one instant: ends of estimates, then submissions, then ends, each in the order of their causes", () => {
  const { step, told } = scripted(startAll);
  const course = drive(
    step,
    plainMachine(9),
    workload(
      { request: 20 },
      { request: 10 },
      { submit: 2, run: 8, request: 9 },
      { submit: 10, run: 1, request: 1 },
      { submit: 10, run: 1, request: 2 },
    ),
  );
  expect(told).toEqual([
    "0 jobs-submitted 0",
    "0 jobs-submitted 1",
    "2 jobs-submitted 2",
    "10 job-due 1",
    "10 jobs-submitted 3",
    "10 jobs-submitted 4",
    "10 job-ended 0",
    "10 job-ended 1",
    "10 job-ended 2",
    "11 job-due 3",
    "11 job-ended 3",
    "11 job-ended 4",
  ]);
  expect([...course.end]).toEqual([10, 10, 10, 11, 11]);
  expect([...course.start]).toEqual([0, 0, 2, 10, 10]);
});

test("an overrun is reported, and again when the corrected estimate has passed too", () => {
  let corrections = 0;
  const { step, told } = scripted((event) => (event.type === "jobs-submitted" ? [start("0", 3000)] : []));
  const correcting: Step = (event, now) => {
    const result = step(event, now);
    if (event.type !== "job-overran") return result;
    return { ...result, trace: [{ type: "corrected", jobId: "0", estimateMs: corrections++ === 0 ? 7000 : 12_000 }] };
  };
  drive(correcting, plainMachine(1), workload({ request: 12 }));
  expect(told).toEqual(["0 jobs-submitted 0", "3 job-overran 0", "7 job-overran 0", "10 job-ended 0"]);
});

test("a frozen job goes on with what was left, at the speed of its node; what it was served is counted", () => {
  const cluster: Cluster = { nodes: [{ id: "machine", capacity: { processors: 1 }, speed: 2 }], queues: [] };
  const { step, told } = scripted(
    (event, now) => {
      if (event.type === "jobs-submitted") return [start("0")];
      if (event.type !== "clock") return [];
      return now === 2000 ? [{ type: "suspend", jobId: "0", nodeId: "machine" }] : [{ type: "resume", jobId: "0", nodeId: "machine" }];
    },
    (now) => (now < 2000 ? 2000 : now < 6000 ? 6000 : undefined),
  );
  const course = drive(step, cluster, workload({ run: 10 }));
  expect(told).toEqual(["0 jobs-submitted 0", "2 clock", "2 job-suspended 0", "6 clock", "9 job-ended 0"]);
  expect([course.start[0], course.end[0], course.served[0], course.suspensions]).toEqual([0, 9, 5, 1]);
});

test("a stopped job begins again and has lost its work", () => {
  const { step, told } = scripted((event, now) => {
    if (event.type === "jobs-submitted" && now === 0) return [start("0")];
    if (event.type === "jobs-submitted") return [{ type: "preempt", jobId: "0", nodeId: "machine", forJobId: "1" }];
    return event.type === "job-ended" && event.outcome === "preempted" ? [start("0")] : [];
  });
  const course = drive(step, plainMachine(1), workload({}, { submit: 4 }));
  expect(told).toEqual(["0 jobs-submitted 0", "4 jobs-submitted 1", "4 job-ended 0", "14 job-due 0", "14 job-ended 0"]);
  expect([course.start[0], course.end[0], course.served[0], course.preemptions]).toEqual([0, 14, 10, 1]);
  expect(Number.isNaN(course.end[1])).toBe(true);
});

test("real run times are told only where they are asked for; refusals are kept", () => {
  const limits: (number | undefined)[] = [];
  const problem = { code: "c", where: "w", message: "m", next: "n" };
  const { step } = scripted((event) => {
    if (event.type !== "jobs-submitted") return [];
    limits.push(event.jobs[0]?.limitMs);
    return [{ type: "refuse", jobId: event.jobs[0]?.id ?? "", problem }];
  });
  const course = drive(step, plainMachine(1), workload({ run: 3 }));
  drive(step, plainMachine(1), workload({ run: 3 }), { clairvoyant: true });
  expect(limits).toEqual([10_000, 3000]);
  expect(course.refused).toEqual([{ job: 0, problem }]);
});

test("the tasks of a graph are submitted in one event; queues are told before nodes", () => {
  const { step, told } = scripted(startAll);
  drive(step, { ...plainMachine(2), queues: [{ id: "q" }] }, { ...workload({}, {}, { submit: 5 }), together: true });
  expect(told.slice(0, 3)).toEqual(["0 queues-changed", "0 jobs-submitted 0,1", "5 jobs-submitted 2"]);
});

test("a scheduler that wants to be woken again and again at one instant is a bug that is named", () => {
  const { step } = scripted(
    () => [],
    () => 1000,
  );
  expect(() => drive(step, plainMachine(1), workload({}))).toThrow("Expected the scheduler to wake later than 1000");
});
