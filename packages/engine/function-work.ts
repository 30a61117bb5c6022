// A call of a function that workers bring, evaluated: its input, and where and when its job runs.
import { isObject, type Json, type JsonObject } from "@baton/core";
import type { CodeCall, Template } from "@baton/dsl";
import { checkSize } from "./data-size.ts";
import { fill } from "./evaluate.ts";
import { idempotencyKey } from "./idempotency.ts";
import type { Scope } from "./scope.ts";
import type { Frame } from "./state.ts";
import type { FunctionWork } from "./work.ts";

/** The call that a step amounts to; without arguments the function gets the step's transformed input. */
export function functionWork(scope: Scope, call: CodeCall, frame: Frame): FunctionWork {
  const { task } = frame;
  const input = call.with === undefined ? frame.input : fill(scope, call.with, frame.input);
  checkSize(task.reference, input, "arguments");
  return {
    kind: "function",
    function: call.function,
    version: call.version,
    input,
    ...(task.idempotencyKey && { idempotencyKey: idempotencyKey(scope, task.idempotencyKey, frame.input) }),
    placement: placementOf(scope, frame),
  };
}

/** What the task's metadata says of its job, and the document's where the task's says nothing. */
export function placementOf(scope: Scope, { task, input }: Frame): JsonObject {
  return { ...filled(scope, scope.workflow.placement, scope.run.raw), ...filled(scope, task.placement, input) };
}

function filled(scope: Scope, template: Template | undefined, input: Json): JsonObject {
  const value = template === undefined ? {} : fill(scope, template, input);
  return isObject(value) ? value : {};
}
