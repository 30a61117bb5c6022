// The process of a `run`, evaluated (dsl-reference, "Shell Process", "Script Process").
import { isArray, isObject, type Json } from "@baton/core";
import type { RunTask, ScriptProcess, ShellProcess, Template } from "@baton/dsl";
import { describe, expressionError, fill, textOf } from "./evaluate.ts";
import { resourceRequest } from "./openapi-work.ts";
import type { Scope } from "./scope.ts";
import type { ProcessWork } from "./work.ts";

/** The process that a shell or script task amounts to, for the step's transformed input. */
export function processWork(scope: Scope, task: RunTask, process: ShellProcess | ScriptProcess, input: Json): ProcessWork {
  const stdin = process.stdin && fill(scope, process.stdin, input);
  return {
    kind: process.kind,
    code:
      process.kind === "script" && process.source
        ? ""
        : textOf(fill(scope, process.kind === "shell" ? process.command : process.code, input)),
    ...(process.kind === "script" && { language: process.language }),
    ...(process.kind === "script" && process.source && { source: resourceRequest(scope, process.source, input) }),
    arguments: argumentsOf(scope, process.arguments, input),
    ...(stdin !== undefined && stdin !== null && { stdin: textOf(stdin) }),
    environment: environmentOf(scope, process.environment, input),
    return: task.return,
  };
}

function argumentsOf(scope: Scope, template: Template | undefined, input: Json): string[] {
  const value = template ? fill(scope, template, input) : [];
  if (!isArray(value)) throw expressionError(scope, `The arguments should be an array, but they are ${describe(value)}.`);
  return value.map(textOf);
}

function environmentOf(scope: Scope, template: Template | undefined, input: Json): { [name: string]: string } {
  const value = template ? fill(scope, template, input) : {};
  if (!isObject(value)) throw expressionError(scope, `The environment should be an object, but it is ${describe(value)}.`);
  return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, textOf(entry)]));
}
