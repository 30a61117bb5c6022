// What a simulation leaves behind.
import type { LearnerReport, Problem as SchedulerProblem } from "@baton/scheduler";

/** What happened to each job, in the workload's order and unit of time. */
export interface Course {
  /** First served; NaN for a job that never was. */
  readonly start: Float64Array;
  /** NaN for a job that never ended. */
  readonly end: Float64Array;
  /** How long it was really served; on a node of speed 1 that is its run time. */
  readonly served: Float64Array;
  /** Number of the node in the cluster on which it ran last, or -1. */
  readonly node: Int32Array;
  readonly refused: readonly { readonly job: number; readonly problem: SchedulerProblem }[];
  /** Jobs that were stopped and began again. */
  readonly preemptions: number;
  /** Jobs that were frozen and went on later. */
  readonly suspensions: number;
  /** Events that the scheduler was given. */
  readonly events: number;
  /** How good predictions of run times were, the learner in use in front; empty where nothing was predicted. */
  readonly learners: readonly LearnerReport[];
}
