// Workloads from the two sources that describe whole jobs: a graph of tasks and a history. What the scheduler is given
// is then the source's own specification; the columns serve the event loop and the measures.
import type { JobSpec } from "@baton/scheduler";
import type { GraphTask, TaskGraph } from "../graph/graph.ts";
import { isReplayed, type JobRecord } from "../history/history.ts";
import { WorkloadBuilder, type Workload } from "./workload.ts";

/** All tasks of a graph, submitted at once; each knows its run time and waits for its predecessors. */
export function graphWorkload(graph: TaskGraph): Workload {
  const resources = graph.resources.map(({ name }) => name);
  const builder = new WorkloadBuilder(graph.name, graph.unitMs, resources);
  for (const { id, run, amounts } of graph.tasks) builder.add({ id, submit: 0, run, request: run, amounts, tenant: "all" });
  const specs = graph.tasks.map((task) => taskSpec(graph, task, resources));
  return { ...builder.finish(), specs, together: true, predecessors: graph.tasks.map(({ predecessors }) => predecessors) };
}

function taskSpec(graph: TaskGraph, task: GraphTask, resources: readonly string[]): JobSpec {
  const requests: { [resource: string]: number } = {};
  resources.forEach((name, i) => {
    if (task.amounts[i]) requests[name] = task.amounts[i];
  });
  // A limit must be above zero, even that of a task of no length.
  const length = Math.max(1, task.run * graph.unitMs);
  const after = task.predecessors.map((before) => (graph.tasks[before] as GraphTask).id);
  return { id: task.id, requests, limitMs: length, expectedMs: length, after };
}

/** The jobs of a history that ended by themselves, submitted when they were and running as long as they did. */
export function historyWorkload(records: readonly JobRecord[], name: string): Workload {
  const ran = records.filter(isReplayed).sort((a, b) => a.submittedAt - b.submittedAt || (a.job.id < b.job.id ? -1 : 1));
  const resources = [...new Set(ran.flatMap(({ job }) => Object.keys(job.requests)))].sort();
  const builder = new WorkloadBuilder(name, 1, resources);
  for (const { job, submittedAt, runMs } of ran) {
    builder.add({
      id: job.id,
      submit: submittedAt,
      run: runMs,
      request: job.limitMs ?? job.expectedMs ?? runMs,
      amounts: resources.map((resource) => job.requests[resource] ?? 0),
      tenant: job.queue ?? "default",
      ...(job.weight === undefined ? {} : { weight: job.weight }),
      ...(job.priority === undefined ? {} : { priority: job.priority }),
      ...(job.deadline === undefined ? {} : { deadline: job.deadline }),
    });
  }
  const known = new Set(ran.map(({ job }) => job.id));
  const gangs = new Map<string, number>();
  for (const { job } of ran) if (job.gang) gangs.set(job.gang.id, (gangs.get(job.gang.id) ?? 0) + 1);
  return { ...builder.finish(), specs: ran.map(({ job }) => replayable(job, known, gangs)), together: true };
}

/** The job without what is not part of the history: jobs that it waited for had ended before, and a gang is those that are there. */
function replayable(job: JobSpec, known: ReadonlySet<string>, gangs: ReadonlyMap<string, number>): JobSpec {
  const { after, gang } = job;
  const waits = after ? { after: after.filter((id) => known.has(id)) } : {};
  return { ...job, ...waits, ...(gang && { gang: { id: gang.id, size: gangs.get(gang.id) ?? gang.size } }) };
}
