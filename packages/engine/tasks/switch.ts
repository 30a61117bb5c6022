// `switch`: the first case that matches, in declaration order, says where the flow goes; then the default; then the
// task's own `then` (dsl-reference, "Switch"). Its output is its input.
import type { SwitchTask } from "@baton/dsl";
import { isTrue } from "../evaluate.ts";
import { completeStep } from "../flow.ts";
import type { Scope } from "../scope.ts";
import type { Frame } from "../state.ts";
import { scopeNow } from "../turn.ts";
import type { TaskRules } from "./rules.ts";

export const switchRules: TaskRules<"switch"> = {
  enter(turn, frame, task) {
    const chosen = choose(scopeNow(turn, frame), frame, task);
    completeStep(turn, frame, chosen >= 0 ? { chosen } : {});
  },
};

function choose(scope: Scope, frame: Frame, { cases }: SwitchTask): number {
  const matching = cases.findIndex(({ when }) => when !== undefined && isTrue(scope, when, frame.input));
  return matching >= 0 ? matching : cases.findIndex(({ when }) => when === undefined);
}
