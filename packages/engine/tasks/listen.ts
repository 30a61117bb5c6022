// `listen`: takes events until its strategy is satisfied, and does something with each where it says so, strictly one after
// the other in the order of their coming (dsl-reference, "Listen", "Subscription Iterator"). Events are offered to it in
// receive-event.ts.
import type { Json } from "@baton/core";
import type { ListenTask } from "@baton/dsl";
import { checkSize } from "../data-size.ts";
import { fill, validate } from "../evaluate.ts";
import { startConsumption } from "../event-matching.ts";
import { completeStep, startStep } from "../flow.ts";
import type { Scope } from "../scope.ts";
import type { Frame, ListeningProgress } from "../state.ts";
import { emit, scopeNow, type Turn } from "../turn.ts";
import { passOn, type TaskRules } from "./rules.ts";

export const listenRules: TaskRules<"listen"> = {
  enter(turn, frame, task) {
    emit(turn, { type: "ListenStarted", step: frame.id, consumption: startConsumption(scopeNow(turn, frame), task.to, frame.input) });
  },
  advance(turn, frame, task) {
    const { progress } = frame;
    if (progress.kind !== "listening") return;
    if (progress.busy) onWithItem(turn, frame, task, progress);
    else if (progress.queue.length > 0) emit(turn, { type: "IterationStarted", step: frame.id });
    else completeStep(turn, frame);
  },
};

function onWithItem(turn: Turn, frame: Frame, task: ListenTask, progress: ListeningProgress): void {
  const { cursor } = progress;
  if (cursor.at === "next") startStep(turn, frame, cursor.index);
  else if (cursor.at === "over" && cursor.ends) completeStep(turn, frame);
  else if (cursor.at === "over") completeItem(turn, frame, task, progress, cursor.data);
  else passOn(turn, frame);
}

function completeItem(turn: Turn, frame: Frame, task: ListenTask, { current, position, outputs }: ListeningProgress, made: Json): void {
  const { output: rule, export: exported } = task.foreach ?? {};
  const scope: Scope = { ...scopeNow(turn, frame), variables: [...frame.variables, current, position] };
  const output = rule?.as === undefined ? made : fill(scope, rule.as, made);
  if (output !== made) checkSize(task.reference, output, "output of an event");
  validate(scope, rule?.schema, output, "output of an event");
  checkSize(task.reference, [...outputs, output], "list of outputs");
  const context = exported?.as === undefined ? undefined : fill({ ...scope, output }, exported.as, output);
  if (context !== undefined) checkSize(task.reference, context, "context");
  validate(scope, exported?.schema, context ?? scope.context, "exported context");
  emit(turn, {
    type: "ItemCompleted",
    step: frame.id,
    ...(output !== made && { output }),
    ...(context !== undefined && { context }),
  });
}
