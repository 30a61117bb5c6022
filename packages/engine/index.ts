// The pure core of orchestration: decide and evolve over the compiled workflow.
export { eventKey, isJsonType, readCloudEvent, type CloudEvent, type EventProblem } from "./cloud-event.ts";
export { consumed, isSatisfied, newConsumption, payloadOf, readEvent, type Consumption, type Match } from "./consumption.ts";
export { correlationKeys, interestsOf, parseEvent, type CorrelationKey, type EventInterest } from "./event-interest.ts";
export { sameInterest, type FrameSubscription } from "./subscriptions.ts";
export { matchEvent, startConsumption } from "./event-matching.ts";
export type { Scope } from "./scope.ts";
export { incidentOf } from "./compensation.ts";
export { approvalsOf, type PendingApproval } from "./approvals.ts";
export { decodeEvents, encodeEvents, firstOf } from "./codec.ts";
export type { Answer, ApprovalAnswer, Command, StepId } from "./commands.ts";
export { decide, type Decided, type Decision } from "./decide.ts";
export type { Effect } from "./effects.ts";
export { engineErrors, rejections, type EngineErrorCode, type RejectionCode } from "./errors.ts";
export type { EventType, WorkflowEvent } from "./events.ts";
export { evolve, replay } from "./evolve.ts";
export type { Facts } from "./facts.ts";
export { startKey } from "./idempotency.ts";
export { lifecycleOf, lifecycleTypes, qualifiedName, type LifecycleEvent, type OutputUri } from "./lifecycle.ts";
export { runLimits, type RunLimit } from "./limits.ts";
export { awaitsRun, isActive, outstandingEffects } from "./outstanding.ts";
export { projectRun, RunProjector } from "./project.ts";
export { definitionOf, definitionsNamed, isSame as isSameDefinition, migratedTo, withFormer, type Definitions } from "./definitions.ts";
export { diffFlows, type FlowDiff, type Obstacle, type SectionChange, type StepChange } from "./flow-diff.ts";
export { findForkPoint } from "./fork-point.ts";
export { migrationProblems } from "./migrate-run.ts";
export { moveStanding, type Moved } from "./move.ts";
export { awaitingAgain, rewindFault, rewindTo, type Before, type Failure } from "./rewind.ts";
export { decodeState, encodeState, type Standing } from "./snapshot.ts";
export { isFinal, type RunState, type Slot } from "./state.ts";
export { awaitsSlot, slotLock } from "./concurrency.ts";
export { approvalReason, isUndoing, reasonOf, slotReason, statusOf } from "./status.ts";
export type { EndedStep } from "./turn.ts";
export type { RunView, SlotView, Status, StepView } from "./view.ts";
export type {
  Credentials,
  ContainerWork,
  FunctionWork,
  HttpWork,
  OpenApiWork,
  ProcessWork,
  ResourceRequest,
  StandardErrorKind,
  Work,
  NamedFault,
  WorkFault,
  WorkflowError,
  WorkOutcome,
} from "./work.ts";
export { canonicalErrorType, errorTypeBase, standardError } from "./workflow-error.ts";
export { decideSchedule, punctualMs, type ScheduleCommand, type ScheduleDecision } from "./schedule/decide-schedule.ts";
export { scheduledInput } from "./schedule/input.ts";
export { neededSubscriptions, neededTimers, strandedSteps, waitsOf, type Wait, type WaitKind } from "./waits.ts";
export {
  freshConsumption,
  maxGathered,
  maxGatherings,
  offerEvent,
  type Gathering,
  type Triggered,
  type Triggering,
} from "./schedule/triggering.ts";
export { firingAfter, newScheduleState, wakeAt, type Firing, type ScheduleState } from "./schedule/state.ts";
