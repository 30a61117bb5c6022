// `run`: a container, a shell command, a script or another workflow (dsl-reference, "Run"). What is not awaited counts as done as
// soon as it has begun, and its output is then the step's input.
import { newId } from "@baton/core";
import type { WorkflowProcess } from "@baton/dsl";
import { checkSize } from "../data-size.ts";
import { fill } from "../evaluate.ts";
import type { Effect } from "../effects.ts";
import { runLimits } from "../limits.ts";
import { processPlace, processWork } from "../process-work.ts";
import type { Scope } from "../scope.ts";
import type { Frame, Progress } from "../state.ts";
import { emit, frameNow, scopeNow, stateOf, type Turn } from "../turn.ts";
import { limitError, Raised } from "../workflow-error.ts";
import { askWork, jobAsked } from "./ask.ts";
import type { TaskOf, TaskRules } from "./rules.ts";

type SubRunProgress = Extract<Progress, { readonly kind: "subRun" }>;

export const runRules: TaskRules<"run"> = {
  enter(turn, frame, task) {
    const named = task.run.kind === "workflow" ? nameRun(turn, frame) : frame;
    askWork(turn, asks(scopeNow(turn, named), named, task));
  },
  asks,
  outputOf(frame, task, answer) {
    if (!task.await) return frame.input;
    return task.run.kind === "workflow" && task.return === "none" ? null : answer;
  },
};

function nameRun(turn: Turn, frame: Frame): Frame {
  const { depth } = stateOf(turn);
  if (depth >= runLimits.subRunDepth) throw new Raised(limitError("subRunDepth", frame.task.reference, "The sub-flow lies too deep"));
  emit(turn, { type: "SubRunNamed", step: frame.id, runId: newId("run", turn.facts.now, turn.facts.random) });
  return frameNow(turn, frame.id) ?? frame;
}

function asks(scope: Scope, frame: Frame, task: TaskOf<"run">): readonly Effect[] {
  const { run } = task;
  if (run.kind !== "workflow") return [processAsked(scope, frame, task, run)];
  return frame.progress.kind === "subRun" ? [subRun(scope, frame, task, run, frame.progress)] : [];
}

function processAsked(scope: Scope, frame: Frame, task: TaskOf<"run">, process: Exclude<TaskOf<"run">["run"], WorkflowProcess>): Effect {
  return jobAsked(scope, frame, { ...processWork(scope, task, process, frame.input), ...processPlace(scope, frame) }, task.await);
}

function subRun(
  scope: Scope,
  frame: Frame,
  task: TaskOf<"run">,
  { namespace, name, version, ...own }: WorkflowProcess,
  { runId, since }: SubRunProgress,
): Effect {
  const input = own.input ? fill(scope, own.input, frame.input) : frame.input;
  if (input !== frame.input) checkSize(scope.instance, input, "input of the sub-flow");
  return {
    type: "startRun",
    step: frame.id,
    runId,
    workflow: { namespace, name, version },
    input,
    awaited: task.await,
    depth: scope.run.depth + 1,
    ...(since !== undefined && { retrySince: since }),
  };
}
