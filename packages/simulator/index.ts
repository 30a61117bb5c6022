// The simulator: loads, clusters and a virtual clock that drive the scheduler's own code.
export { maxNodes, plainMachine, readCluster, totalCapacity, type Cluster } from "./cluster.ts";
export { problem, simulatorErrors, type Problem, type SimulatorErrorCode } from "./errors.ts";
export { checkGraph, findCycle, maxGraphTasks, type GraphResource, type GraphTask, type TaskGraph } from "./graph/graph.ts";
export { readPsplib } from "./graph/psplib.ts";
export { readStg } from "./graph/stg.ts";
export { isWfFormat, readWfFormat } from "./graph/wfformat.ts";
export {
  isHistoryHeader,
  readHistory,
  writeHistoryHeader,
  writeJobRecord,
  type History,
  type HistoryHeader,
  type JobRecord,
} from "./history/history.ts";
export { drawService, exponential, lognormal, normal, pareto, type Service } from "./load/distributions.ts";
export { generateLoad, loadShapes, maxGeneratedJobs, type LoadShape, type LoadSpec } from "./load/generate.ts";
export { readSwf, type LeftOut, type OnMalformed, type SwfLog, type SwfOptions, type SwfProcessors } from "./trace/swf.ts";
export { WorkloadBuilder, type JobRow, type ResourceColumn, type Workload } from "./workload/workload.ts";
