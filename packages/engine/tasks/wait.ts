// `wait`: goes on at an instant that is fixed when it starts, so that a restart does not wait again (dsl-reference, "Wait").
import { instantAfter } from "../evaluate.ts";
import { completeStep } from "../flow.ts";
import { emit, scopeNow } from "../turn.ts";
import type { TaskRules } from "./rules.ts";

export const waitRules: TaskRules<"wait"> = {
  enter(turn, frame, task) {
    const until = instantAfter(scopeNow(turn, frame), task.wait, frame.input, turn.facts.now);
    if (until <= turn.facts.now) completeStep(turn, frame);
    else emit(turn, { type: "WaitStarted", step: frame.id, until });
  },
};
