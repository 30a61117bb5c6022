// `fork`: branches side by side, each on a copy of the context (dsl-reference, "Fork"). A joining fork gives the
// outputs in declaration order and faults with the first fault; a competing one gives the first output, and faults
// when every branch has. What is still under way when it is decided is cancelled.
import { mustCompensate } from "../compensation.ts";
import { completeStep, startCompensation, startStep } from "../flow.ts";
import { runLimits } from "../limits.ts";
import { forkOutcome, type Frame } from "../state.ts";
import { stateOf, type Turn } from "../turn.ts";
import { limitError, Raised } from "../workflow-error.ts";
import { passOn, type TaskRules } from "./rules.ts";

export const forkRules: TaskRules<"fork"> = {
  enter(_turn, _frame, task) {
    if (task.branches.length > runLimits.forkBranches) {
      throw new Raised(limitError("forkBranches", task.reference, `The fork has ${task.branches.length} branches`));
    }
  },
  advance(turn, frame) {
    const { progress } = frame;
    if (progress.kind !== "fork") return;
    const outcome = forkOutcome(frame, progress);
    if (outcome === "completed") complete(turn, frame);
    else if (outcome === "faulted") passOn(turn, frame);
    else
      startStep(
        turn,
        frame,
        progress.branches.findIndex((branch) => branch.at === "next"),
      );
  },
};

/** A branch that is given up undoes what it has done. */
function complete(turn: Turn, frame: Frame): void {
  if (mustCompensate(stateOf(turn), frame)) startCompensation(turn, frame);
  else completeStep(turn, frame);
}
