// The pure core of orchestration: decide and evolve over the compiled workflow.
export { decodeEvents, encodeEvents } from "./codec.ts";
export type { Answer, Command, StepId } from "./commands.ts";
export { decide, type Decided, type Decision } from "./decide.ts";
export type { Effect } from "./effects.ts";
export { engineErrors, rejections, type EngineErrorCode, type RejectionCode } from "./errors.ts";
export type { EventType, WorkflowEvent } from "./events.ts";
export { evolve, replay } from "./evolve.ts";
export type { Facts } from "./facts.ts";
export { runLimits, type RunLimit } from "./limits.ts";
export { awaitsRun, isActive, outstandingEffects } from "./outstanding.ts";
export { projectRun, RunProjector } from "./project.ts";
export { decodeState, encodeState } from "./snapshot.ts";
export { isFinal, type RunState } from "./state.ts";
export { statusOf } from "./status.ts";
export type { EndedStep } from "./turn.ts";
export type { RunView, Status, StepView } from "./view.ts";
export type { HttpWork, ProcessWork, StandardErrorKind, Work, WorkFault, WorkflowError, WorkOutcome } from "./work.ts";
export { canonicalErrorType, errorTypeBase, standardError } from "./workflow-error.ts";
