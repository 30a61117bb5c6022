// Graphs of tasks that are planned as a whole, before anything runs. Tasks are known by their index.
import { schedulerError } from "../errors.ts";

/** A task and the indexes of the tasks that must have ended before it. */
export interface PrecededTask {
  readonly predecessors: readonly number[];
}

/** The successors of every task. */
export function successorsOf(tasks: readonly PrecededTask[]): number[][] {
  const successors: number[][] = tasks.map(() => []);
  tasks.forEach(({ predecessors }, task) => {
    for (const before of predecessors) {
      const list = successors[before];
      if (list === undefined)
        throw schedulerError("task-graph-invalid", { message: `task ${task} comes after task ${before}, which is not there` });
      list.push(task);
    }
  });
  return successors;
}

/** The tasks in an order in which every task comes after its predecessors; throws where they wait for each other. */
export function topologicalOrder(tasks: readonly PrecededTask[]): number[] {
  const successors = successorsOf(tasks);
  const missing = tasks.map(({ predecessors }) => predecessors.length);
  const order = missing.flatMap((count, task) => (count === 0 ? [task] : []));
  for (let i = 0; i < order.length; i++) {
    for (const next of successors[order[i] as number] as number[]) {
      missing[next] = (missing[next] as number) - 1;
      if (missing[next] === 0) order.push(next);
    }
  }
  const stuck = missing.findIndex((count) => count > 0);
  if (stuck >= 0) throw schedulerError("task-graph-invalid", { message: `task ${stuck} waits for itself by way of others` });
  return order;
}

/** The longest path from each task to the end of the graph, the task itself included. */
export function bottomLevels(tasks: readonly (PrecededTask & { readonly run: number })[]): number[] {
  const levels = tasks.map(({ run }) => run);
  for (const task of topologicalOrder(tasks).reverse()) {
    const level = levels[task] as number;
    for (const before of tasks[task]?.predecessors ?? []) {
      levels[before] = Math.max(levels[before] as number, (tasks[before]?.run ?? 0) + level);
    }
  }
  return levels;
}
