// `raise`: faults with the error that its author defined (dsl-reference, "Raise", "Error"). Its type stays
// as it is written, under whichever base; the instance is the raising task unless the definition names one.
import type { Json } from "@baton/core";
import type { ErrorDefinition } from "@baton/dsl";
import { describe, expressionError, fill, textOf } from "../evaluate.ts";
import type { Scope } from "../scope.ts";
import { scopeNow } from "../turn.ts";
import type { WorkflowError } from "../work.ts";
import { Raised } from "../workflow-error.ts";
import type { TaskRules } from "./rules.ts";

export const raiseRules: TaskRules<"raise"> = {
  enter(turn, frame, task) {
    throw new Raised(errorOf(scopeNow(turn, frame), task.error, frame.input));
  },
};

function errorOf(scope: Scope, definition: ErrorDefinition, input: Json): WorkflowError {
  const type = fill(scope, definition.type, input);
  if (typeof type !== "string")
    throw expressionError(scope, `The type of the error to raise should be a URI, but it is ${describe(type)}.`);
  const title = optionalText(scope, definition.title, input);
  const detail = optionalText(scope, definition.detail, input);
  return {
    type,
    status: statusOf(scope, fill(scope, definition.status, input)),
    ...(title !== undefined && { title }),
    ...(detail !== undefined && { detail }),
    instance: optionalText(scope, definition.instance, input) ?? scope.instance,
  };
}

function statusOf(scope: Scope, status: Json): number {
  if (typeof status === "number" && Number.isInteger(status)) return status;
  throw expressionError(scope, `The status of the error to raise should be an integer, but it is ${describe(status)}.`);
}

function optionalText(scope: Scope, template: ErrorDefinition["title"], input: Json): string | undefined {
  if (template === undefined) return undefined;
  const value = fill(scope, template, input);
  return value === null ? undefined : textOf(value);
}
