// Planning graphs of tasks as a whole: pure functions, apart from the online scheduler.
export { bottomLevels, successorsOf, topologicalOrder, type PrecededTask } from "./graph.ts";
export {
  heft,
  optimisticCosts,
  peft,
  upwardRanks,
  type CostedTask,
  type Placement,
  type Plan,
  type TransferTime,
} from "./heterogeneous.ts";
export { listSchedule, longestFirst, type TimedTask } from "./list.ts";
export { defaultBudget, planProject, type DemandingTask, type ProjectPlan, type SearchBudget } from "./project.ts";
