// Planning a graph of tasks on processors of different speeds with costs of communication: HEFT (Topcuoglu, Hariri and Wu
// 2002) and PEFT (Arabnejad and Barbosa 2014). Both insert tasks into gaps; they differ in the order of the tasks and in
// what they minimise when they choose a processor.
import { successorsOf, topologicalOrder, type PrecededTask } from "./graph.ts";

/** A task, what it takes on each processor, and what each of its predecessors sends to it. */
export interface CostedTask extends PrecededTask {
  readonly costs: readonly number[];
  /** Amounts of data, in the order of the predecessors. */
  readonly transfers: readonly number[];
}

/** How long an amount of data takes from one processor to another; 0 between a processor and itself. */
export type TransferTime = (amount: number, from: number, to: number) => number;

/** Where and when a task runs. */
export interface Placement {
  readonly processor: number;
  readonly start: number;
  readonly end: number;
}

/** The plan of a graph: the placements by task, and when the last one ends. */
export interface Plan {
  readonly placements: readonly Placement[];
  readonly makespan: number;
}

/** The upward rank of each task: mean cost plus the longest mean path of transfers and ranks behind it. */
export function upwardRanks(tasks: readonly CostedTask[], transfer: TransferTime): number[] {
  const ranks = tasks.map(({ costs }) => mean(costs));
  for (const task of topologicalOrder(tasks).reverse()) {
    tasks[task]?.predecessors.forEach((before, i) => {
      const { costs, transfers } = tasks[task] as CostedTask;
      const path = mean(tasks[before]?.costs ?? []) + meanTransfer(transfers[i] ?? 0, costs.length, transfer) + (ranks[task] as number);
      ranks[before] = Math.max(ranks[before] as number, path);
    });
  }
  return ranks;
}

/** PEFT's optimistic costs, by task and processor: the shortest that the rest can take after the task has run there. */
export function optimisticCosts(tasks: readonly CostedTask[], transfer: TransferTime): number[][] {
  const table = tasks.map(({ costs }) => costs.map(() => 0));
  for (const task of topologicalOrder(tasks).reverse()) {
    const { predecessors, transfers, costs } = tasks[task] as CostedTask;
    const own = table[task] as number[];
    predecessors.forEach((before, i) => {
      const row = table[before] as number[];
      const moved = meanTransfer(transfers[i] ?? 0, costs.length, transfer);
      for (let p = 0; p < row.length; p++) {
        let least = Infinity;
        costs.forEach((cost, q) => (least = Math.min(least, (own[q] as number) + cost + (p === q ? 0 : moved))));
        row[p] = Math.max(row[p] as number, least);
      }
    });
  }
  return table;
}

/** Heterogeneous earliest finish time: by falling upward rank, each task where it ends first. */
export function heft(tasks: readonly CostedTask[], transfer: TransferTime): Plan {
  const ranks = upwardRanks(tasks, transfer);
  return plan(tasks, transfer, ranks, () => 0);
}

/** Predict earliest finish time: by falling mean optimistic cost, each task where its end plus the optimistic rest comes first. */
export function peft(tasks: readonly CostedTask[], transfer: TransferTime): Plan {
  const table = optimisticCosts(tasks, transfer);
  return plan(tasks, transfer, table.map(mean), (task, processor) => table[task]?.[processor] ?? 0);
}

/** Places ready tasks one by one, the highest rank first, each on the processor where its end plus `rest` is least. */
function plan(
  tasks: readonly CostedTask[],
  transfer: TransferTime,
  ranks: readonly number[],
  rest: (task: number, processor: number) => number,
): Plan {
  const placements: Placement[] = [];
  const busy: Placement[][] = (tasks[0]?.costs ?? []).map(() => []);
  const successors = successorsOf(tasks);
  const missing = tasks.map(({ predecessors }) => predecessors.length);
  const ready = missing.flatMap((count, task) => (count === 0 ? [task] : []));
  while (ready.length > 0) {
    ready.sort((a, b) => (ranks[b] as number) - (ranks[a] as number) || a - b);
    const task = ready.shift() as number;
    const placement = bestPlacement(tasks[task] as CostedTask, busy, placements, transfer, (processor) => rest(task, processor));
    placements[task] = placement;
    insert(busy[placement.processor] as Placement[], placement);
    for (const next of successors[task] as number[]) {
      missing[next] = (missing[next] as number) - 1;
      if (missing[next] === 0) ready.push(next);
    }
  }
  return { placements, makespan: Math.max(0, ...placements.map(({ end }) => end)) };
}

function bestPlacement(
  task: CostedTask,
  busy: readonly (readonly Placement[])[],
  placements: readonly Placement[],
  transfer: TransferTime,
  rest: (processor: number) => number,
): Placement {
  let best: Placement | undefined;
  let bestRating = Infinity;
  task.costs.forEach((cost, processor) => {
    const arrivals = task.predecessors.map((before, i) => {
      const { end, processor: from } = placements[before] as Placement;
      return from === processor ? end : end + transfer(task.transfers[i] ?? 0, from, processor);
    });
    const start = firstGap(busy[processor] ?? [], Math.max(0, ...arrivals), cost);
    const rating = start + cost + rest(processor);
    if (rating < bestRating) [best, bestRating] = [{ processor, start, end: start + cost }, rating];
  });
  if (best === undefined) return { processor: 0, start: 0, end: 0 };
  return best;
}

/** The first instant from `ready` on at which a processor is idle for as long as `cost`. */
function firstGap(busy: readonly Placement[], ready: number, cost: number): number {
  let start = ready;
  for (const placement of busy) {
    if (start + cost <= placement.start) return start;
    start = Math.max(start, placement.end);
  }
  return start;
}

function insert(busy: Placement[], placement: Placement): void {
  const place = busy.findIndex(({ start }) => start >= placement.end);
  busy.splice(place < 0 ? busy.length : place, 0, placement);
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The mean over all pairs of different processors. */
function meanTransfer(amount: number, processors: number, transfer: TransferTime): number {
  if (processors < 2) return 0;
  let sum = 0;
  for (let p = 0; p < processors; p++) for (let q = 0; q < processors; q++) if (p !== q) sum += transfer(amount, p, q);
  return sum / (processors * (processors - 1));
}
