// The process of a `run`, evaluated (dsl-reference, "Container Process", "Shell Process", "Script Process").
import { isArray, isObject, type Json, type JsonObject } from "@baton/core";
import type { ContainerProcess, RunTask, ScriptProcess, ShellProcess, Template } from "@baton/dsl";
import { describe, expressionError, fill, instantAfter, textOf } from "./evaluate.ts";
import { placementOf } from "./function-work.ts";
import { idempotencyKey } from "./idempotency.ts";
import { resourceRequest } from "./openapi-work.ts";
import type { Scope } from "./scope.ts";
import type { Frame } from "./state.ts";
import type { ContainerWork, ProcessWork } from "./work.ts";

/** The process that a task amounts to, for the step's transformed input. */
export function processWork(
  scope: Scope,
  task: RunTask,
  process: ContainerProcess | ShellProcess | ScriptProcess,
  input: Json,
): ProcessWork | ContainerWork {
  return process.kind === "container" ? containerWork(scope, task, process, input) : machineWork(scope, task, process, input);
}

/** Where and when the process runs, and what must happen once. */
export function processPlace(scope: Scope, frame: Frame): Pick<ProcessWork, "placement" | "idempotencyKey"> {
  const { idempotencyKey: key } = frame.task;
  return {
    ...((frame.task.placement ?? scope.workflow.placement) && { placement: placementOf(scope, frame) }),
    ...(key && { idempotencyKey: idempotencyKey(scope, key, frame.input) }),
  };
}

function machineWork(scope: Scope, task: RunTask, process: ShellProcess | ScriptProcess, input: Json): ProcessWork {
  return {
    kind: process.kind,
    code: process.kind === "shell" ? textOf(fill(scope, process.command, input)) : scriptOf(scope, process, input),
    ...(process.kind === "script" && { language: process.language }),
    ...(process.kind === "script" && process.source && { source: resourceRequest(scope, process.source, input) }),
    ...given(scope, process, input),
    return: task.return,
  };
}

/** What every process is given. */
function given(
  scope: Scope,
  process: ContainerProcess | ShellProcess | ScriptProcess,
  input: Json,
): Pick<ProcessWork, "arguments" | "stdin" | "environment"> {
  const stdin = process.stdin && fill(scope, process.stdin, input);
  return {
    arguments: argumentsOf(scope, process.arguments, input),
    ...(stdin !== undefined && stdin !== null && { stdin: textOf(stdin) }),
    environment: environmentOf(scope, process.environment, input),
  };
}

function containerWork(scope: Scope, task: RunTask, process: ContainerProcess, input: Json): ContainerWork {
  const { name, command, pull } = process;
  return {
    kind: "container",
    image: textOf(fill(scope, process.image, input)),
    ...(name && { name: textOf(fill(scope, name, input)) }),
    ...(command && { command: textOf(fill(scope, command, input)) }),
    ...given(scope, process, input),
    ports: entriesOf(scope, process.ports, input).map(([host, port]) => ({ host: Number(host), container: Number(textOf(port)) })),
    volumes: entriesOf(scope, process.volumes, input).map(([host, path]) => ({ host, container: textOf(path) })),
    pull,
    cleanup: cleanupOf(scope, process, input),
    return: task.return,
  };
}

function entriesOf(scope: Scope, template: Template | undefined, input: Json): [string, Json][] {
  const value = template ? fill(scope, template, input) : {};
  return isObject(value) ? Object.entries(value) : [];
}

function cleanupOf(scope: Scope, { cleanup, cleanupAfter }: ContainerProcess, input: Json): ContainerWork["cleanup"] {
  if (cleanup !== "eventually" || cleanupAfter === undefined) return cleanup === "always" ? "always" : "never";
  return { afterMs: instantAfter(scope, cleanupAfter, input, scope.now) - scope.now };
}

function scriptOf(scope: Scope, { code, source, variables, language }: ScriptProcess, input: Json): string {
  if (source !== undefined) return "";
  const set = variables ? Object.entries(fill(scope, variables, input) as JsonObject) : [];
  return [
    ...set.map(([name, value]) => assignments[language](name, JSON.stringify(JSON.stringify(value)))),
    textOf(fill(scope, code, input)),
  ].join("\n");
}

/** A statement that sets a variable to what a JSON text holds; a text in JSON is a text in both languages. */
const assignments: { readonly [L in ScriptProcess["language"]]: (name: string, json: string) => string } = {
  js: (name, json) => `const ${name} = JSON.parse(${json});`,
  python: (name, json) => `${name} = __import__("json").loads(${json})`,
};

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
