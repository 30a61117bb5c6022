// What the world answers: work that ended, timers that fired. An answer that nobody waits for any more changes
// nothing. While the run is suspended answers are kept, and take effect in their order when it is resumed.
import { answeredBy, type Answer } from "./commands.ts";
import { completeStep, faultRun, faultStep, guarded } from "./flow.ts";
import { awaitsAnswer, rootId, timersOf, type Frame, type RunState } from "./state.ts";
import { rulesOf } from "./tasks/index.ts";
import { startAttempt } from "./tasks/try.ts";
import { clearTimer, emit, frameNow, stateOf, stopWork, type Turn } from "./turn.ts";
import type { WorkflowError } from "./work.ts";
import { reportedError, standardError } from "./workflow-error.ts";

/** Takes an answer as it arrives. */
export function receive(turn: Turn, answer: Answer): void {
  const state = stateOf(turn);
  if (isStale(state, answer)) forgetTimer(turn, answer);
  else if (state.phase === "suspended" || state.deferred.length > 0) defer(turn, answer);
  else apply(turn, answer);
}

/** Lets the first of the deferred answers take effect. */
export function takeDeferred(turn: Turn): void {
  const [answer] = stateOf(turn).deferred;
  if (answer === undefined) return;
  emit(turn, { type: "AnswerTaken" });
  if (!isStale(stateOf(turn), answer)) apply(turn, answer);
}

function defer(turn: Turn, answer: Answer): void {
  emit(turn, { type: "AnswerDeferred", answer });
  forgetTimer(turn, answer);
}

function forgetTimer(turn: Turn, answer: Answer): void {
  if (answer.type === "FireTimer") clearTimer(turn, answer.timer);
}

function isStale(state: RunState, answer: Answer): boolean {
  if (state.deferred.some((earlier) => answeredBy(earlier) === answeredBy(answer))) return true;
  if (answer.type === "FireTimer") return timerFrame(state, answer.timer) === undefined;
  const frame = state.frames.get(answer.step);
  return frame === undefined || !awaitsAnswer(frame);
}

/** The frame that needs the timer, if there is one still. */
function timerFrame(state: RunState, timer: string): Frame | undefined {
  const frame = state.frames.get(Number(timer.slice(timer.lastIndexOf(":") + 1)));
  return timersOf(frame).some((own) => own.timer === timer) ? frame : undefined;
}

function apply(turn: Turn, answer: Answer): void {
  if (answer.type === "FireTimer") return fire(turn, answer.timer);
  const frame = frameNow(turn, answer.step);
  if (frame === undefined) return;
  if (answer.type === "FailWork") return faultStep(turn, frame, reportedError(answer.fault, frame.task.reference));
  const rules = rulesOf(frame);
  const output = rules.outputOf ? rules.outputOf(frame, frame.task, answer.output) : answer.output;
  guarded(turn, frame, () => completeStep(turn, frame, { output }));
}

function fire(turn: Turn, timer: string): void {
  const frame = timerFrame(stateOf(turn), timer);
  if (frame === undefined) return;
  const { task, progress } = frame;
  if (timer.startsWith("timeout")) return timeOut(turn, frame);
  if (progress.kind === "timer") return guarded(turn, frame, () => completeStep(turn, frame));
  if (task.kind !== "try") return;
  turn.ready.push(frame.id);
  if (progress.kind === "trying") attemptTimedOut(turn, frame, timer.startsWith("limit"));
  else if (progress.kind === "compensating") emit(turn, { type: "RetriesEnded", step: frame.id });
  else if (timer.startsWith("limit")) emit(turn, { type: "ErrorCaught", step: frame.id });
  else if (progress.kind === "delaying") guarded(turn, frame, () => startAttempt(turn, frame, task, progress.attempt + 1));
}

/** A timeout is abrupt: everything below is stopped, and the step, or the run, faults. */
function timeOut(turn: Turn, frame: Frame): void {
  if (frame.id === rootId) return faultRun(turn, timeoutError("/timeout", "The workflow"));
  stopWork(turn, frame);
  faultStep(turn, frame, timeoutError(frame.task.reference, `The task "${frame.task.name}"`));
}

function attemptTimedOut(turn: Turn, frame: Frame, last: boolean): void {
  const what = last ? `All attempts of "${frame.task.name}" together` : `An attempt of "${frame.task.name}"`;
  emit(turn, { type: "AttemptTimedOut", step: frame.id, error: timeoutError(frame.task.reference, what), last });
}

function timeoutError(instance: string, what: string): WorkflowError {
  return standardError("timeout", instance, { detail: `${what} took longer than allowed.` });
}
