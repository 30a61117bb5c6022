// Planning a graph of tasks that hold amounts of shared resources while they run: the resource-constrained project
// scheduling problem, of which identical processors are the case with one resource and demands of 1. Schedules are generated
// from priorities, serially or in parallel (Kolisch 1996), improved by justifying them to the right and back to the left
// (forward-backward improvement; Valls, Ballestin and Quintanilla 2005), and varied with seeded noise while the budget lasts.
import { seededRandom } from "@baton/core";
import { schedulerError } from "../errors.ts";
import { Profile } from "../profile.ts";
import { bottomLevels, successorsOf, topologicalOrder, type PrecededTask } from "./graph.ts";

/** A task with its length and what it holds of each resource. */
export interface DemandingTask extends PrecededTask {
  readonly run: number;
  readonly amounts: readonly number[];
}

/** A schedule of a project: the start of each task, and when the last one ends. */
export interface ProjectPlan {
  readonly starts: readonly number[];
  readonly makespan: number;
}

/** How long to search. The same budget and seed give the same plan. */
export interface SearchBudget {
  /** How many schedules are generated at most; it stops before where a plan is proven to be optimal. */
  readonly schedules: number;
  readonly seed: number;
}

/** Enough for graphs of some ten tasks to come within about a percent of the optimum. */
export const defaultBudget: SearchBudget = { schedules: 300, seed: 1 };

/** The shortest plan that is found within the budget. */
export function planProject(tasks: readonly DemandingTask[], capacities: readonly number[], budget = defaultBudget): ProjectPlan {
  return new Search(tasks, capacities, budget).run();
}

class Search {
  readonly #tasks: readonly DemandingTask[];
  /** The same tasks with all dependencies turned round. */
  readonly #reversed: readonly DemandingTask[];
  readonly #capacities: Float64Array;
  readonly #budget: SearchBudget;
  readonly #amounts: readonly Float64Array[];
  readonly #random: () => number;
  #generated = 0;
  #best: ProjectPlan | undefined;
  /** No plan can be shorter: the longest path, and the work of each resource over its capacity. */
  readonly #bound: number;
  readonly #levels: readonly number[];

  constructor(tasks: readonly DemandingTask[], capacities: readonly number[], budget: SearchBudget) {
    checkDemands(tasks, capacities);
    topologicalOrder(tasks);
    this.#tasks = tasks;
    const successors = successorsOf(tasks);
    this.#reversed = tasks.map((task, i) => ({ ...task, predecessors: successors[i] as number[] }));
    this.#capacities = Float64Array.from(capacities);
    this.#amounts = tasks.map(({ amounts }) => Float64Array.from(amounts));
    this.#budget = budget;
    this.#random = seededRandom(budget.seed);
    this.#levels = bottomLevels(tasks);
    const loads = capacities.map((capacity, r) =>
      Math.ceil(tasks.reduce((sum, task) => sum + task.run * (task.amounts[r] ?? 0), 0) / capacity),
    );
    this.#bound = Math.max(0, ...this.#levels, ...loads);
  }

  run(): ProjectPlan {
    for (const rule of this.#rules()) for (const kind of [parallel, serial]) if (this.#try(rule, kind)) return this.#found();
    while (this.#generated < this.#budget.schedules) {
      const kind = this.#random() < 0.5 ? parallel : serial;
      if (this.#try(this.#varied(), kind)) return this.#found();
    }
    return this.#found();
  }

  #found(): ProjectPlan {
    return this.#best ?? { starts: [], makespan: 0 };
  }

  /** Priorities, the higher the sooner: longest path, latest start against the number of successors, and work behind. */
  #rules(): number[][] {
    const levels = [...this.#levels];
    const behind = this.#reversed.map(
      ({ predecessors }, task) => predecessors.length + (this.#tasks[task]?.amounts ?? []).reduce((a, b) => a + b, 0),
    );
    return [
      levels,
      levels.map((level, task) => level + (behind[task] as number)),
      levels.map((level, task) => level - (this.#tasks[task]?.run ?? 0)),
    ];
  }

  /** The order of the best plan, or the longest path, with noise. */
  #varied(): number[] {
    const { starts, makespan } = this.#found();
    const fromBest = this.#random() < 0.7;
    const noise = makespan * (0.02 + 0.6 * this.#random() ** 2);
    return this.#tasks.map(
      (_, task) => (fromBest ? -(starts[task] as number) : (this.#levels[task] as number)) + noise * (this.#random() - 0.5),
    );
  }

  /** Generates and improves one schedule; true where it is proven that none is shorter. */
  #try(priorities: readonly number[], kind: Generator): boolean {
    let starts = this.#generate(this.#tasks, priorities, kind);
    for (;;) {
      const makespan = this.#makespan(starts);
      if (this.#best === undefined || makespan < this.#best.makespan) this.#best = { starts, makespan };
      if (makespan <= this.#bound || this.#generated >= this.#budget.schedules) return makespan <= this.#bound;
      const improved = this.#justify(starts);
      if (this.#makespan(improved) >= makespan) return false;
      starts = improved;
    }
  }

  /** To the right as far as possible, by falling ends; then to the left, by rising starts. */
  #justify(starts: readonly number[]): number[] {
    const ends = starts.map((start, task) => start + (this.#tasks[task]?.run ?? 0));
    const fromTheEnd = this.#generate(this.#reversed, ends, serial);
    // What starts first after the turn back is what ended last in the mirrored schedule.
    const priorities = fromTheEnd.map((start, task) => start + (this.#tasks[task]?.run ?? 0));
    return this.#generate(this.#tasks, priorities, serial);
  }

  #generate(tasks: readonly DemandingTask[], priorities: readonly number[], kind: Generator): number[] {
    this.#generated++;
    return kind(tasks, this.#amounts, this.#capacities, priorities);
  }

  #makespan(starts: readonly number[]): number {
    return starts.reduce((latest, start, task) => Math.max(latest, start + (this.#tasks[task]?.run ?? 0)), 0);
  }
}

type Generator = (
  tasks: readonly DemandingTask[],
  amounts: readonly Float64Array[],
  capacities: Float64Array,
  priorities: readonly number[],
) => number[];

/** Serial generation: the eligible task of the highest priority, at the earliest time at which it fits. */
const serial: Generator = (tasks, amounts, capacities, priorities) => {
  const profile = new Profile(capacities, 0);
  const starts: number[] = [];
  forEachEligible(tasks, priorities, (task, ready) => {
    const { run } = tasks[task] as DemandingTask;
    const amount = amounts[task] as Float64Array;
    const start = run === 0 ? ready : profile.earliest(amount, run, ready);
    profile.take(start, start + run, amount);
    starts[task] = start;
    return start + run;
  });
  return starts;
};

/** Parallel generation: time goes on from end to end, and at each the eligible tasks that fit start, the highest priority first. */
const parallel: Generator = (tasks, amounts, capacities, priorities) => {
  const free = capacities.slice();
  const starts: number[] = [];
  const successors = successorsOf(tasks);
  const missing = tasks.map(({ predecessors }) => predecessors.length);
  let eligible = missing.flatMap((count, task) => (count === 0 ? [task] : []));
  let running: { readonly task: number; readonly end: number }[] = [];
  let now = 0;
  while (eligible.length > 0 || running.length > 0) {
    eligible.sort((a, b) => (priorities[b] as number) - (priorities[a] as number) || a - b);
    const waiting: number[] = [];
    for (const task of eligible) {
      const amount = amounts[task] as Float64Array;
      if (amount.some((wanted, r) => wanted > (free[r] as number))) {
        waiting.push(task);
        continue;
      }
      amount.forEach((wanted, r) => (free[r] = (free[r] as number) - wanted));
      starts[task] = now;
      running.push({ task, end: now + (tasks[task]?.run ?? 0) });
    }
    eligible = waiting;
    now = Math.min(...running.map(({ end }) => end));
    for (const { task } of running.filter(({ end }) => end === now)) {
      amounts[task]?.forEach((held, r) => (free[r] = (free[r] as number) + held));
      for (const next of successors[task] as number[]) {
        missing[next] = (missing[next] as number) - 1;
        if (missing[next] === 0) eligible.push(next);
      }
    }
    running = running.filter(({ end }) => end > now);
  }
  return starts;
};

/** Visits the tasks, always the one of the highest priority whose predecessors were visited; `visit` gives its end. */
function forEachEligible(
  tasks: readonly PrecededTask[],
  priorities: readonly number[],
  visit: (task: number, ready: number) => number,
): void {
  const successors = successorsOf(tasks);
  const missing = tasks.map(({ predecessors }) => predecessors.length);
  const readyAt = tasks.map(() => 0);
  const eligible = missing.flatMap((count, task) => (count === 0 ? [task] : []));
  while (eligible.length > 0) {
    let first = 0;
    for (let i = 1; i < eligible.length; i++) {
      const ahead = (priorities[eligible[i] as number] as number) - (priorities[eligible[first] as number] as number);
      if (ahead > 0 || (ahead === 0 && (eligible[i] as number) < (eligible[first] as number))) first = i;
    }
    const [task = 0] = eligible.splice(first, 1);
    const end = visit(task, readyAt[task] as number);
    for (const next of successors[task] as number[]) {
      readyAt[next] = Math.max(readyAt[next] as number, end);
      missing[next] = (missing[next] as number) - 1;
      if (missing[next] === 0) eligible.push(next);
    }
  }
}

function checkDemands(tasks: readonly DemandingTask[], capacities: readonly number[]): void {
  tasks.forEach(({ run, amounts }, task) => {
    if (!(run >= 0)) throw schedulerError("task-graph-invalid", { message: `task ${task} takes ${run}: it must not be negative` });
    amounts.forEach((amount, r) => {
      if (amount >= 0 && amount <= (capacities[r] ?? 0)) return;
      throw schedulerError("task-graph-invalid", {
        message: `task ${task} holds ${amount} of resource ${r}, which has ${capacities[r] ?? 0}`,
      });
    });
  });
}
