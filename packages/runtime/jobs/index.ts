// Jobs on nodes: taken in, placed, watched, and their results kept.
export type { NewJob } from "./definition.ts";
export { functionLabel, workerTaint } from "./functions.ts";
export { isFinalJobStatus, type FinalJobStatus, type JobStatus } from "./job.ts";
export { JobDesk, planId, type JobExplanation, type OutputPage } from "./job-desk.ts";
export type { JobUpdate } from "./job-watches.ts";
export { Jobs, type JobCounters, type JobsOptions, type NodeSession } from "./jobs.ts";
export { JobsRefused } from "./jobs-refused.ts";
export { startLocalNode, type LocalNode } from "./local-node.ts";
export type { LiveNode, NodeStatus } from "./nodes.ts";
export type { FieldProblem } from "./read/fields.ts";
export { readObjects } from "./read/objects.ts";
export { readSubmission } from "./read/submission.ts";
export { StepJobs, type StepJobsParts } from "./steps/step-jobs.ts";
export type { Submission, Submitted } from "./submissions.ts";
export type { AppliedObject } from "./cluster-objects.ts";
export type { QueueView } from "./queue-view.ts";
export type { JobView } from "./view.ts";
