// The simulator: loads, clusters and a virtual clock that drive the scheduler's own code.
export { maxNodes, maxProcessors, plainMachine, processorsOf, readCluster, totalCapacity, type Cluster } from "./cluster.ts";
export { problem, simulatorErrors, type Problem, type SimulatorErrorCode } from "./errors.ts";
export { checkGraph, findCycle, maxGraphTasks, type GraphResource, type GraphTask, type TaskGraph } from "./graph/graph.ts";
export { readPsplib } from "./graph/psplib.ts";
export { readStg } from "./graph/stg.ts";
export { isWfFormat, readWfFormat } from "./graph/wfformat.ts";
export {
  isHistoryHeader,
  readHistory,
  readHistoryEnd,
  writeHistoryEnd,
  writeHistoryHeader,
  writeJobRecord,
  type History,
  type HistoryEnd,
  type HistoryHeader,
  type JobRecord,
} from "./history/history.ts";
export { drawService, exponential, lognormal, normal, pareto, type Service } from "./load/distributions.ts";
export { generateLoad, loadShapes, maxGeneratedJobs, type LoadShape, type LoadSpec } from "./load/generate.ts";
export { readSwf, type LeftOut, type OnMalformed, type SwfLog, type SwfOptions, type SwfProcessors } from "./trace/swf.ts";
export { WorkloadBuilder, type JobRow, type ResourceColumn, type Workload } from "./workload/workload.ts";
export { advice, halves, judge, longestWaitFactor, objectives, type Entry, type Objective, type Tournament } from "./compare.ts";
export type { Course } from "./drive/course.ts";
export { drive, type DriveOptions, type Step } from "./drive/drive.ts";
export { parsePolicy, policyKinds, type NamedPolicy } from "./policies.ts";
export { formatNumber, formatPercent, formatSpan } from "./report/format.ts";
export { htmlReport, plotsByName } from "./report/html.ts";
export { measureCourse, type Comparison, type PolicyResult } from "./report/result.ts";
export { wholeSpan, type Span } from "./report/series.ts";
export { standalone } from "./report/svg.ts";
export { chooseMeasures, type Measure } from "./report/columns.ts";
export { comparisonCsv, comparisonJson, comparisonTable, jobLines, measuresTable, type TableOptions } from "./report/text.ts";
export { tournamentCsv, tournamentJson, tournamentTable } from "./report/tournament.ts";
export { equalNodes, makeScenario, nodeCapacity, type MachineChoice, type Scenario, type Source } from "./scenario.ts";
export { objectionToPlan, simulate } from "./simulate.ts";
export { graphSetCsv, graphSetJson, graphSetTable, lowerBound, type GraphResult } from "./graph/set.ts";
export { dispatch } from "./dispatch/dispatch.ts";
export { detectFormat, detectionLength, traceFormats, type TraceFormat } from "./trace/detect.ts";
export { graphWorkload, historyWorkload } from "./workload/sources.ts";
export { recordingHistory } from "./recording/history.ts";
export { writeRecordedStep, writeRecordingEnd, writeRecordingHeader, type RecordingEnd, type StepAnswer } from "./recording/recording.ts";
export { replayRecording, type Replay, type ReplayDifference } from "./recording/replay.ts";
