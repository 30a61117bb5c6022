// `set`: its value becomes the output (dsl-reference, "Set").
import { fill } from "../evaluate.ts";
import { completeStep } from "../flow.ts";
import { scopeNow } from "../turn.ts";
import type { TaskRules } from "./rules.ts";

export const setRules: TaskRules<"set"> = {
  enter(turn, frame, task) {
    completeStep(turn, frame, { output: fill(scopeNow(turn, frame), task.set, frame.input) });
  },
};
