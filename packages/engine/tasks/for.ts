// `for`: its list once per item (dsl-reference, "For"). An iteration reads the output of the one before, `while` is
// asked before each with item and index bound, and without any iteration the output is the input.
import { isArray, type Json } from "@baton/core";
import type { ForTask } from "@baton/dsl";
import { checkSize } from "../data-size.ts";
import { describe, expressionError, fill, isTrue } from "../evaluate.ts";
import { completeStep, startStep } from "../flow.ts";
import { runLimits } from "../limits.ts";
import type { Scope } from "../scope.ts";
import type { Frame } from "../state.ts";
import { emit, scopeNow, type Turn } from "../turn.ts";
import { limitError, Raised } from "../workflow-error.ts";
import { passOn, type TaskRules } from "./rules.ts";

export const forRules: TaskRules<"for"> = {
  enter(turn, frame, task) {
    const items = itemsOf(scopeNow(turn, frame), task, frame.input);
    emit(turn, { type: "LoopEntered", step: frame.id, ...(task.in.kind !== "constant" && { items }) });
  },
  advance(turn, frame, task) {
    const { progress } = frame;
    if (progress.kind !== "loop") return;
    if (progress.cursor.at === "next") startStep(turn, frame, progress.cursor.index);
    else if (progress.cursor.at === "over") nextIteration(turn, frame, task);
    else passOn(turn, frame);
  },
};

function itemsOf(scope: Scope, task: ForTask, input: Json): readonly Json[] {
  const items = fill(scope, task.in, input);
  if (!isArray(items)) {
    throw expressionError(
      scope,
      `The loop's "in" should give an array, but it gave ${describe(items)} (for a list that may be missing write ".items // []").`,
    );
  }
  if (items.length > runLimits.loopItems) throw new Raised(limitError("loopItems", task.reference, `The loop has ${items.length} items`));
  if (task.in.kind !== "constant") checkSize(task.reference, items, "list of items");
  return items;
}

function nextIteration(turn: Turn, frame: Frame, task: ForTask): void {
  if (hasNext(turn, frame, task)) emit(turn, { type: "IterationStarted", step: frame.id });
  else completeStep(turn, frame);
}

function hasNext(turn: Turn, frame: Frame, task: ForTask): boolean {
  const { progress } = frame;
  if (progress.kind !== "loop" || progress.cursor.at !== "over" || progress.cursor.ends) return false;
  const position = progress.position + 1;
  if (position >= progress.items.length) return false;
  if (task.while === undefined) return true;
  const variables = [...frame.variables, progress.items[position] as Json, position];
  return isTrue({ ...scopeNow(turn, frame), variables }, task.while, progress.cursor.data);
}
