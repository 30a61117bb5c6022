// A graph of tasks: what must come before what, how long each takes, what it holds while it runs. The readers
// of STG, PSPLIB and WfFormat all give this form. A graph that `checkGraph` passed has no cycle.
import { problem, type Problem } from "../errors.ts";

/** One task of a graph. */
export interface GraphTask {
  readonly id: string;
  readonly run: number;
  /** One amount per resource of the graph, in its order. */
  readonly amounts: readonly number[];
  /** Numbers of the tasks that must have ended before. */
  readonly predecessors: readonly number[];
  /** Bytes that come from each predecessor, in the same order. */
  readonly transfers: readonly number[];
}

/** Tasks and their dependencies. */
export interface TaskGraph {
  readonly name: string;
  /** Milliseconds per unit of time. */
  readonly unitMs: number;
  readonly tasks: readonly GraphTask[];
  readonly resources: readonly GraphResource[];
}

/** A resource of a graph; its capacity where the source names one. */
export interface GraphResource {
  readonly name: string;
  readonly capacity?: number;
}

/** The largest graph that is accepted. */
export const maxGraphTasks = 1_000_000;

/** The problems of a graph: a task that depends on itself by way of others. */
export function checkGraph(graph: TaskGraph): Problem[] {
  const cycle = findCycle(graph.tasks.map((task) => task.predecessors));
  if (!cycle) return [];
  const names = cycle.map((task) => graph.tasks[task]?.id).join(" -> ");
  return [problem("graph-cycle", graph.name, `The tasks wait for each other: ${names}.`)];
}

/** A cycle, as task numbers of which the last is the first again and each must come before the next; undefined where there is none. */
export function findCycle(predecessors: readonly (readonly number[])[]): number[] | undefined {
  const left = predecessors.map((list) => list.length);
  const successors: number[][] = predecessors.map(() => []);
  predecessors.forEach((list, task) => list.forEach((before) => successors[before]?.push(task)));
  const ready = left.flatMap((count, task) => (count === 0 ? [task] : []));
  for (let task = ready.pop(); task !== undefined; task = ready.pop()) {
    for (const after of successors[task] as number[]) {
      left[after] = (left[after] as number) - 1;
      if (left[after] === 0) ready.push(after);
    }
  }
  const stuck = left.findIndex((count) => count > 0);
  return stuck < 0 ? undefined : walkBack(stuck, predecessors, left);
}

/** From a task that can never be ready, back through predecessors that cannot either, until one comes again. */
function walkBack(start: number, predecessors: readonly (readonly number[])[], left: readonly number[]): number[] {
  const seenAt = new Map<number, number>();
  const path: number[] = [];
  let task = start;
  while (!seenAt.has(task)) {
    seenAt.set(task, path.length);
    path.push(task);
    task = (predecessors[task] as readonly number[]).find((before) => (left[before] as number) > 0) as number;
  }
  return [task, ...path.slice(seenAt.get(task)).reverse()];
}
