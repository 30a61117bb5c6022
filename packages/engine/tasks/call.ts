// `call`: a request to a service, or one of the workflow's own functions (dsl-reference, "Call"). A function's task
// runs below the call, with the evaluated arguments as its input.
import type { FunctionCall } from "@baton/dsl";
import { checkSize } from "../data-size.ts";
import type { Effect } from "../effects.ts";
import { fill } from "../evaluate.ts";
import { functionWork } from "../function-work.ts";
import { httpWork } from "../http-work.ts";
import { openApiWork } from "../openapi-work.ts";
import type { Scope } from "../scope.ts";
import type { Frame } from "../state.ts";
import { emit, scopeNow, type Turn } from "../turn.ts";
import { askWork, jobAsked, workAsked } from "./ask.ts";
import { advanceList, type TaskOf, type TaskRules } from "./rules.ts";

export const callRules: TaskRules<"call"> = {
  enter(turn, frame, task) {
    if (task.call.kind === "function") enterFunction(turn, frame, task.call);
    else askWork(turn, asks(scopeNow(turn, frame), frame, task));
  },
  advance: advanceList,
  asks,
};

function asks(scope: Scope, frame: Frame, { call }: TaskOf<"call">): readonly Effect[] {
  switch (call.kind) {
    case "http":
      return [workAsked(scope, frame, httpWork(scope, call, frame.input), true)];
    case "openapi":
      return [workAsked(scope, frame, openApiWork(scope, call, frame.input), true)];
    case "code":
      return [jobAsked(scope, frame, functionWork(scope, call, frame))];
    case "function":
      return [];
  }
}

function enterFunction(turn: Turn, frame: Frame, call: FunctionCall): void {
  const given = call.with && fill(scopeNow(turn, frame), call.with, frame.input);
  if (given !== undefined) checkSize(frame.task.reference, given, "arguments");
  emit(turn, { type: "FunctionEntered", step: frame.id, ...(given !== undefined && { arguments: given }) });
}
