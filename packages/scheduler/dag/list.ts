// List scheduling on identical processors (Graham 1966): whenever a processor is free, it takes the first task of the list
// that is ready. Simple, never worse than (2 - 1/m) times the optimum, and not monotone: more processors, shorter tasks or
// fewer constraints can make it longer (Graham's anomalies).
import { Heap } from "@baton/core";
import { successorsOf, type PrecededTask } from "./graph.ts";
import type { Plan, Placement } from "./heterogeneous.ts";

/** A task with its length. */
export interface TimedTask extends PrecededTask {
  readonly run: number;
}

/** The plan that a list gives on `processors` identical processors; without a list, tasks are taken by index. */
export function listSchedule(
  tasks: readonly TimedTask[],
  processors: number,
  list: readonly number[] = tasks.map((_, task) => task),
): Plan {
  const placements: Placement[] = [];
  const rank = new Map(list.map((task, place) => [task, place]));
  const successors = successorsOf(tasks);
  const missing = tasks.map(({ predecessors }) => predecessors.length);
  const ready = new Heap<number>((a, b) => (rank.get(a) ?? Infinity) - (rank.get(b) ?? Infinity));
  missing.forEach((count, task) => count === 0 && ready.push(task));
  const running = new Heap<{ readonly task: number; readonly end: number }>((a, b) => a.end - b.end || a.task - b.task);
  const idle = new Heap<number>((a, b) => a - b);
  for (let p = 0; p < processors; p++) idle.push(p);
  let now = 0;
  while (ready.size > 0 || running.size > 0) {
    while (ready.size > 0 && idle.size > 0) {
      const task = ready.pop() as number;
      const end = now + (tasks[task]?.run ?? 0);
      placements[task] = { processor: idle.pop() as number, start: now, end };
      running.push({ task, end });
    }
    now = running.peek()?.end ?? now;
    while (running.peek()?.end === now) {
      const { task } = running.pop() as { task: number };
      idle.push((placements[task] as Placement).processor);
      for (const next of successors[task] as number[]) {
        missing[next] = (missing[next] as number) - 1;
        if (missing[next] === 0) ready.push(next);
      }
    }
  }
  return { placements, makespan: Math.max(0, ...placements.map(({ end }) => end)) };
}

/** The list of longest processing time first; for tasks without dependencies never worse than 4/3 - 1/(3m) times the optimum. */
export function longestFirst(tasks: readonly TimedTask[]): number[] {
  return tasks.map((_, task) => task).sort((a, b) => (tasks[b]?.run ?? 0) - (tasks[a]?.run ?? 0) || a - b);
}
