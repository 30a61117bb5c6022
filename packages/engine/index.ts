// The pure core of orchestration: decide and evolve over the compiled workflow.
export type { Command } from "./commands.ts";
export type { Effect, StepId } from "./effects.ts";
export type { Facts } from "./facts.ts";
export type { RunView, Status, StepView } from "./view.ts";
export type { HttpWork, ProcessWork, StandardErrorKind, Work, WorkFault, WorkflowError, WorkOutcome } from "./work.ts";
