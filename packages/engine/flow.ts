// The life of a step, the same for all kinds of tasks: it starts (`if`, input), and completes (output, export) or
// faults. The order of the data flow is the specification's (dsl.md, "Data Flow"; docs/internals/engine.md).
import { defined, type Json } from "@baton/core";
import { setAttributes } from "./attributes.ts";
import { mustCompensate } from "./compensation.ts";
import { checkSize } from "./data-size.ts";
import { fill, instantAfter, isTrue, validate } from "./evaluate.ts";
import { contextAfterFork } from "./evolve.ts";
import { nextFrame } from "./frame.ts";
import { runLimits } from "./limits.ts";
import type { Scope } from "./scope.ts";
import { redact } from "./secrets.ts";
import { errorBelow, ownOutput, rootId, type CompensatingProgress, type ForkProgress, type Frame } from "./state.ts";
import { emit, frameNow, scopeNow, stateOf, type Turn } from "./turn.ts";
import { limitError, Raised } from "./workflow-error.ts";
import type { WorkflowError } from "./work.ts";

/** Starts the task that the parent's cursor at `index` is ready for: skips it, starts it, or starts and faults it. */
export function startStep(turn: Turn, parent: Frame, index: number): void {
  const state = stateOf(turn);
  const step = state.steps + 1;
  if (step > runLimits.stepsPerRun && step > stepsAllowed(turn))
    return faultRun(turn, limitError("stepsPerRun", "/do", "The run takes too many steps"));
  const frame = nextFrame(parent, step, index, { at: turn.facts.now });
  const { task } = frame;
  turn.ready.push(parent.id);
  try {
    if (task.if !== undefined && !isTrue(beforeInput(turn, frame), task.if, frame.raw)) {
      return emit(turn, { type: "StepSkipped", step, parent: parent.id, index });
    }
    checkStart(turn, frame);
    emit(turn, { type: "StepStarted", step, parent: parent.id, index, ...inputOf(turn, frame) });
    turn.fresh = step;
  } catch (error) {
    if (!(error instanceof Raised)) throw error;
    emit(turn, { type: "StepStarted", step, parent: parent.id, index });
    faultStep(turn, defined(frameNow(turn, step), `step ${step}`), error.error);
  }
}

/** What is undone may take as many steps again. */
function stepsAllowed(turn: Turn): number {
  const undoes = frameNow(turn, rootId)?.progress.kind === "compensating";
  return undoes ? 2 * runLimits.stepsPerRun : runLimits.stepsPerRun;
}

function checkStart(turn: Turn, { depth, task }: Frame): void {
  if (depth > runLimits.nesting) throw new Raised(limitError("nesting", task.reference, "The step lies too deep"));
  if (task.compensate !== undefined && (stateOf(turn).compensations?.count ?? 0) >= runLimits.compensations)
    throw new Raised(limitError("compensations", task.reference, "The run would have too much to undo"));
}

/** The scope of `if` and `input.from`: there is no `$input` yet. */
function beforeInput(turn: Turn, frame: Frame): Scope {
  return { ...scopeNow(turn, { ...frame, home: homeBeforeStart(turn, frame) }), input: null };
}

/** A branch has no context of its own before it has started. */
function homeBeforeStart(turn: Turn, frame: Frame): number {
  return frame.home === frame.id ? (frameNow(turn, frame.parent)?.home ?? rootId) : frame.home;
}

function inputOf(turn: Turn, frame: Frame): { input?: Json; deadline?: number } {
  const { input: rule, timeout } = frame.task;
  if (rule === undefined && timeout === undefined) return {};
  const scope = beforeInput(turn, frame);
  validate(scope, rule?.schema, frame.raw, "input");
  const input = rule?.from === undefined ? frame.raw : fill(scope, rule.from, frame.raw);
  if (input !== frame.raw) checkSize(frame.task.reference, input, "input");
  const deadline = timeout && instantAfter({ ...scope, input }, timeout, input, turn.facts.now);
  return { ...(input !== frame.raw && { input }), ...(deadline !== undefined && { deadline }) };
}

/** What a step gives besides what it holds: its raw output, a switch's choice. */
export interface StepResult {
  readonly output?: Json;
  readonly chosen?: number;
}

/** Completes a step: transforms its output, exports, and lets the flow go on behind it. */
export function completeStep(turn: Turn, frame: Frame, result: StepResult = {}): void {
  if (frame.id === rootId) return completeRun(turn, frame);
  const { task } = frame;
  const own = ownOutput(frame);
  const raw = result.output === undefined ? own : result.output;
  if (result.output !== undefined) checkSize(task.reference, raw, "output");
  if (frame.progress.kind === "fork") checkJoined(turn, frame, frame.progress, raw);
  const { output, context } = task.output === undefined && task.export === undefined ? { output: raw } : outputOf(turn, frame, raw);
  if (task.attributes !== undefined) setAttributes(turn, task.attributes, { ...afterRun(turn, frame, raw), output }, output);
  emit(turn, {
    type: "StepCompleted",
    step: frame.id,
    ...(output !== own && { output }),
    ...(context !== undefined && { context }),
    ...(result.chosen !== undefined && { chosen: result.chosen }),
  });
  turn.ready.push(frame.parent);
}

/** What branches gave, each small enough, may be too much together. */
function checkJoined(turn: Turn, frame: Frame, progress: ForkProgress, output: Json): void {
  checkSize(frame.task.reference, output, "output");
  checkSize(frame.task.reference, contextAfterFork(stateOf(turn), frame, progress), "context");
}

function outputOf(turn: Turn, frame: Frame, raw: Json): { output: Json; context?: Json } {
  const { task } = frame;
  const scope = afterRun(turn, frame, raw);
  const output = task.output?.as === undefined ? raw : fill(scope, task.output.as, raw);
  if (output !== raw) checkSize(task.reference, output, "output");
  validate(scope, task.output?.schema, output, "output");
  if (task.export === undefined) return { output };
  const context = task.export.as === undefined ? scope.context : fill({ ...scope, output }, task.export.as, output);
  checkSize(task.reference, context, "context");
  validate(scope, task.export.schema, context, "exported context");
  return { output, context };
}

function afterRun(turn: Turn, frame: Frame, rawOutput: Json): Scope {
  const scope = scopeNow(turn, frame);
  const task = scope.task && { ...scope.task, rawOutput };
  if (frame.progress.kind !== "fork") return { ...scope, task };
  return { ...scope, task, context: contextAfterFork(stateOf(turn), frame, frame.progress) };
}

/** Faults a step; the error goes to its parent, which may catch it. */
export function faultStep(turn: Turn, frame: Frame, error: WorkflowError): void {
  if (frame.id === rootId) return faultRun(turn, error);
  const shown = withoutSecrets(turn, error);
  emit(turn, { type: "StepFaulted", step: frame.id, ...(shown !== errorBelow(frame) && { error: shown }) });
  turn.ready.push(frame.parent);
}

/** Ends the run with an error. */
export function faultRun(turn: Turn, error: WorkflowError): void {
  const shown = withoutSecrets(turn, error);
  const root = frameNow(turn, rootId);
  const own = root !== undefined && shown === errorBelow(root) ? {} : { error: shown };
  if (root === undefined || !mustCompensate(stateOf(turn), root)) return emit(turn, { type: "RunFaulted", ...own });
  startCompensation(turn, root, own);
}

/** Cancels the run, which first undoes what was done. What is undone already goes on, and ends as it began. */
export function cancelRun(turn: Turn, own: { readonly reason?: string }): void {
  const root = defined(frameNow(turn, rootId), "the run's own frame");
  if (mustCompensate(stateOf(turn), root)) startCompensation(turn, root, { cancelled: true, ...own });
  else if (root.progress.kind !== "compensating") emit(turn, { type: "RunCancelled", ...own });
}

/** Begins to undo what was done below a run, a try or a fork. */
export function startCompensation(
  turn: Turn,
  { id: step }: Frame,
  own: { readonly error?: WorkflowError; readonly cancelled?: true; readonly reason?: string } = {},
): void {
  emit(turn, { type: "CompensationStarted", step, ...own });
  turn.ready.push(step);
}

/** A move of what undoes: the next compensation; behind the last one the run ends, or the step faults with what failed. */
export function advanceCompensation(turn: Turn, frame: Frame, { cursor, then, failed }: CompensatingProgress): void {
  if (cursor.at === "next") return startStep(turn, frame, cursor.index);
  if (frame.id !== rootId) return failed === null ? undefined : faultStep(turn, frame, failed);
  if (then.kind !== "cancel" || failed !== null) return emit(turn, { type: "RunFaulted" });
  emit(turn, { type: "RunCancelled", ...(then.reason !== undefined && { reason: then.reason }) });
}

function withoutSecrets(turn: Turn, error: WorkflowError): WorkflowError {
  if (turn.workflow.secrets.length === 0) return error;
  const clean = (text: string): string => redact(text, turn.workflow, turn.facts);
  const { title, detail } = error;
  const shown = { ...error, ...(title !== undefined && { title: clean(title) }), ...(detail !== undefined && { detail: clean(detail) }) };
  return shown.title === title && shown.detail === detail ? error : shown;
}

function completeRun(turn: Turn, root: Frame): void {
  const { output: rule } = turn.workflow;
  const raw = ownOutput(root);
  const scope: Scope = { ...scopeNow(turn, root), input: null, instance: "/output" };
  const output = rule?.as === undefined ? raw : fill(scope, rule.as, raw);
  if (output !== raw) checkSize("/output", output, "output");
  validate(scope, rule?.schema, output, "output");
  emit(turn, { type: "RunCompleted", ...(output !== raw && { output }) });
}

/** Makes a move of a step; what it raises faults the step. */
export function guarded(turn: Turn, frame: Frame, move: () => void): void {
  try {
    move();
  } catch (error) {
    if (!(error instanceof Raised)) throw error;
    const now = frameNow(turn, frame.id);
    if (now !== undefined) faultStep(turn, now, error.error);
  }
}
