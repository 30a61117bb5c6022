// `try`: runs its list, and answers an error that its catch matches: first with retries, by the policy; then, once, with
// the catch's own list (dsl-reference, "Try", "Catch", "Retry"). What the attempt has done is undone before. An error of that list, or one that does not match,
// passes on up.
import type { Instant } from "@baton/core";
import type { CatchRule, ErrorFilter, TryTask } from "@baton/dsl";
import { mustCompensate } from "../compensation.ts";
import { instantAfter, isTrue } from "../evaluate.ts";
import { startCompensation } from "../flow.ts";
import type { Scope } from "../scope.ts";
import { errorValue, type Frame, type TryingProgress } from "../state.ts";
import { emit, scopeNow, stateOf, type Turn } from "../turn.ts";
import { canonicalErrorType } from "../workflow-error.ts";
import type { WorkflowError } from "../work.ts";
import { retryAt } from "./retry.ts";
import { advanceList, passOn, type TaskRules } from "./rules.ts";

export const tryRules: TaskRules<"try"> = {
  enter(turn, frame, task) {
    const scope = scopeNow(turn, frame);
    const bounds = { ...attemptBound(scope, frame, task), ...limitOf(scope, frame, task) };
    if (bounds.limit === undefined && bounds.deadline === undefined) return;
    emit(turn, { type: "AttemptStarted", step: frame.id, attempt: 1, ...bounds });
  },
  advance(turn, frame, task) {
    const { progress } = frame;
    if (progress.kind === "trying" && progress.cursor.at === "faulted") answer(turn, frame, task, progress, progress.cursor.error);
    else advanceList(turn, frame);
  },
};

/** Begins the next attempt of a try that was waiting for it, or needs not wait. */
export function startAttempt(turn: Turn, frame: Frame, task: TryTask, attempt: number): void {
  emit(turn, { type: "AttemptStarted", step: frame.id, attempt, ...attemptBound(scopeNow(turn, frame), frame, task) });
}

/** The deadline of an attempt that begins now. */
export function attemptBound(scope: Scope, frame: Frame, task: TryTask): { readonly deadline?: Instant } {
  const duration = task.catch.retry?.limit.attemptDuration;
  return duration === undefined ? {} : { deadline: instantAfter(catchScope(scope, frame, null), duration, frame.input, scope.facts.now) };
}

/** The deadline of all attempts of a try that begins now. */
export function limitOf(scope: Scope, frame: Frame, task: TryTask): { readonly limit?: Instant } {
  const duration = task.catch.retry?.limit.duration;
  return duration === undefined ? {} : { limit: instantAfter(catchScope(scope, frame, null), duration, frame.input, scope.facts.now) };
}

/** The scope of the catch and its policy: the error is bound, null while there is none. */
function catchScope(scope: Scope, frame: Frame, error: WorkflowError | null): Scope {
  return { ...scope, variables: [...frame.variables, error && errorValue(error)] };
}

function answer(turn: Turn, frame: Frame, task: TryTask, progress: TryingProgress, error: WorkflowError): void {
  const scope = catchScope(scopeNow(turn, frame), frame, error);
  if (!isCaught(scope, task.catch, error)) return passOn(turn, frame);
  if (mustCompensate(stateOf(turn), frame)) return startCompensation(turn, frame);
  const until = task.catch.retry && retryAt(scope, task.catch.retry, { input: frame.input, error: errorValue(error) }, progress);
  if (until === undefined) emit(turn, { type: "ErrorCaught", step: frame.id });
  else if (until > turn.facts.now) emit(turn, { type: "RetryScheduled", step: frame.id, until });
  else startAttempt(turn, frame, task, progress.attempt + 1);
}

/** The conditions are asked of the error itself: `.status` and `$error.status` are the same there. */
function isCaught(scope: Scope, rule: CatchRule, error: WorkflowError): boolean {
  if (rule.with !== undefined && !matches(rule.with, error)) return false;
  if (rule.when !== undefined && !isTrue(scope, rule.when, errorValue(error))) return false;
  return rule.exceptWhen === undefined || !isTrue(scope, rule.exceptWhen, errorValue(error));
}

/** Equality of every field that the filter names; a standard type equals its kin under every base. */
export function matches(filter: ErrorFilter, error: WorkflowError): boolean {
  const { type, status, instance, title, detail } = filter;
  if (type !== undefined && canonicalErrorType(type) !== canonicalErrorType(error.type)) return false;
  if (status !== undefined && status !== error.status) return false;
  if (instance !== undefined && instance !== error.instance) return false;
  return (title === undefined || title === error.title) && (detail === undefined || detail === error.detail);
}
