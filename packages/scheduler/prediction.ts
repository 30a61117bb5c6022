// How good the predictions of run times are: what a metrics endpoint publishes and a simulation reports.
import type { LearnerReport } from "./predict/predictor.ts";
import { worldOf, type SchedulerState } from "./step.ts";

export type { PredictionErrorSummary } from "./predict/errors.ts";
export type { LearnerReport } from "./predict/predictor.ts";

/** The errors of the learner in use; behind it, where learners compete, those of all of them. Reads only. */
export function predictionReport(state: SchedulerState): readonly LearnerReport[] {
  const w = worldOf(state);
  return w.predictor.report(w.policy.prediction);
}
