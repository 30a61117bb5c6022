// One policy on one scenario: the scheduler's own code behind the event loop, or for graphs its planner.
import { createScheduler, planProject, predictionReport, step } from "@baton/scheduler";
import type { Course } from "./drive/course.ts";
import { drive } from "./drive/drive.ts";
import type { NamedPolicy } from "./policies.ts";
import type { Scenario } from "./scenario.ts";

/** Plays the scenario under a policy. The same arguments always give the same course. */
export function simulate(scenario: Scenario, policy: NamedPolicy, onProgress?: (ended: number, total: number) => void): Course {
  if (policy.planned) return plan(scenario);
  const state = createScheduler(policy.policy);
  const course = drive((event, now) => step(state, event, now), scenario.cluster, scenario.workload, {
    clairvoyant: policy.clairvoyant,
    ...(onProgress ? { onProgress } : {}),
  });
  return { ...course, learners: predictionReport(state) };
}

/** Why a scenario cannot be planned as a whole; undefined where it can. */
export function objectionToPlan({ workload, cluster }: Scenario): string | undefined {
  if (!workload.predecessors) return "only a graph of tasks can be planned as a whole";
  if (cluster.nodes.length !== 1) return "a plan is made for one machine (--processors N)";
  const capacity = cluster.nodes[0]?.capacity ?? {};
  const tooLarge = workload.resources.find(({ name, amount }) => amount.some((value) => value > (capacity[name] ?? 0)));
  return tooLarge && `a task asks for more ${tooLarge.name} than there is`;
}

/** The plan of a graph on one machine as a course: every task starts when the plan says. */
function plan({ workload, cluster }: Scenario): Course {
  const { predecessors = [], resources, run, count } = workload;
  const tasks = predecessors.map((before, task) => ({
    predecessors: before,
    run: run[task] as number,
    amounts: resources.map(({ amount }) => amount[task] as number),
  }));
  const capacities = resources.map(({ name }) => cluster.nodes[0]?.capacity[name] ?? 0);
  const { starts } = planProject(tasks, capacities);
  const start = Float64Array.from(starts);
  const end = start.map((at, task) => at + (run[task] as number));
  return { start, end, served: run, node: new Int32Array(count), refused: [], preemptions: 0, suspensions: 0, events: 0, learners: [] };
}
